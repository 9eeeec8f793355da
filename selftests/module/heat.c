// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tracker: which pages it calls hot, and what it leaves behind.
 *
 * Some pages of this process are touched again and again by a thread, others only
 * once; the table is compared with that.
 */
#include <fcntl.h>
#include <kselftest.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "guest_module.h"
#include "heat_step.h"
#include "kernel_log.h"
#include "own_pages.h"

#define PAGE		4096UL
#define HUGE		(2UL << 20)
#define HOT_BYTES	(4UL << 20)
#define COLD_BYTES	(12UL << 20)
#define READ_BYTES	(1UL << 20)
#define ANON		CLASS_BIT(TSMC_CLASS_ANON)
/* For heat to change: some samples, each within its budget, in an emulator. */
#define LIMIT_S		60
#define PERCENT		90

enum { HOT, READ, BIG, COLD, NR_AREAS };

static struct own_pages own;
static atomic_bool touching;

static char *area_new(const char *what, size_t bytes, int advice)
{
	char *start = mmap(NULL, bytes + HUGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		ksft_exit_fail_msg("no memory: %s\n", strerror(errno));
	start += HUGE - (uintptr_t)start % HUGE;
	madvise(start, bytes, advice);
	memset(start, 1, bytes);
	own_pages_add(&own, what, start, bytes, ANON);
	return start;
}

static void touch(const struct own_area *area, bool write)
{
	for (size_t i = 0; i < area->pages; i++) {
		volatile char *byte = area->start + i * PAGE;

		if (write)
			(*byte)++;
		else
			(void)*byte;
	}
}

/* One byte of the huge pages is enough to make them hot. */
static void *touch_on(void *opaque)
{
	const struct own_area *areas = opaque;
	const struct timespec pause = { .tv_nsec = 5000000 };

	while (atomic_load(&touching)) {
		touch(&areas[HOT], true);
		touch(&areas[READ], false);
		(*(volatile char *)areas[BIG].start)++;
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* Pages of an area that are at least so hot. */
static size_t count_from(const struct own_area *area, const uint8_t *table,
			 unsigned int heat)
{
	size_t nr = 0;

	for (size_t i = 0; i < area->pages; i++)
		nr += area->pfns[i] && TSMC_HINT_HEAT(table[area->pfns[i]]) >= heat;
	return nr;
}

static bool reaches(const struct own_area *area, const uint8_t *table,
		    unsigned int heat)
{
	return count_from(area, table, heat) * 100 >= area->pages * PERCENT;
}

static bool hot_is_hot(const uint8_t *table)
{
	return reaches(&own.areas[HOT], table, TSMC_HEAT_HOT) &&
	       reaches(&own.areas[READ], table, TSMC_HEAT_HOT);
}

static bool hot_is_top(const uint8_t *table)
{
	return reaches(&own.areas[HOT], table, TSMC_HEAT_READ_MAX + 1);
}

static bool hot_is_cold(const uint8_t *table)
{
	return !count_from(&own.areas[HOT], table, TSMC_HEAT_HOT);
}

static void print_heat(const uint8_t *table)
{
	for (unsigned int i = 0; i < own.nr; i++)
		ksft_print_msg("%s: %zu of %zu pages hot\n", own.areas[i].what,
			       count_from(&own.areas[i], table, TSMC_HEAT_HOT),
			       own.areas[i].pages);
}

/* Waits until the table says so, and returns it; NULL when it does not. */
static uint8_t *table_when(bool (*holds)(const uint8_t *table))
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	struct tsmc_hint_header header;
	uint8_t *table = NULL;

	for (unsigned int left = LIMIT_S * 20; left; left--) {
		if (module_read_header(&header))
			break;
		free(table);
		table = module_read_table(&header);
		own_pages_look_up(&own);
		if (holds(table))
			return table;
		nanosleep(&pause, NULL);
	}
	if (table)
		print_heat(table);
	free(table);
	return NULL;
}

/* What the kernel says was referenced of an area, kB: entries with their accessed bit set. */
static long referenced_kb(const struct own_area *area)
{
	char line[256], start[32];
	bool here = false;
	long kb = -1;
	FILE *smaps = fopen("/proc/self/smaps", "r");

	snprintf(start, sizeof(start), "%lx-", (unsigned long)area->start);
	while (smaps && kb < 0 && fgets(line, sizeof(line), smaps)) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = from <= (unsigned long)area->start &&
			       to > (unsigned long)area->start;
		else if (here)
			sscanf(line, "Referenced: %ld", &kb);
	}
	if (smaps)
		fclose(smaps);
	return kb;
}

static bool wait_referenced(const struct own_area *area, long kb)
{
	const struct timespec pause = { .tv_nsec = 50000000 };
	long got = -1;

	for (unsigned int left = LIMIT_S * 20; left; left--) {
		got = referenced_kb(area);
		if (got >= kb)
			return true;
		nanosleep(&pause, NULL);
	}
	ksft_print_msg("%ld kB referenced, not %ld\n", got, kb);
	return false;
}

/* A memory that is in pieces has none for the kernel to give. */
static bool starts_huge(const struct own_area *area)
{
	for (size_t i = 0; i < HUGE / PAGE; i++)
		if (area->pfns[i] != area->pfns[0] + i)
			return false;
	return area->pfns[0] % (HUGE / PAGE) == 0;
}

static void test_huge(const struct own_area *area, const uint8_t *table)
{
	size_t nr = count_from(area, table, TSMC_HEAT_HOT);

	if (starts_huge(area))
		ksft_test_result(nr == HUGE / PAGE,
				 "all of a huge page is as hot as one byte of it (%zu pages are)\n",
				 nr);
	else
		ksft_test_result_skip("the kernel gave no huge page\n");
}

static void test_hot(void)
{
	struct own_area *hot = &own.areas[HOT], *cold = &own.areas[COLD];
	uint8_t *table = table_when(hot_is_hot);
	size_t wrong;

	ksft_test_result(table, "pages that are touched again and again become hot\n");
	if (!table)
		ksft_exit_fail_msg("nothing else can be tested\n");
	wrong = count_from(cold, table, TSMC_HEAT_HOT);
	ksft_test_result(wrong * 100 <= hot->pages * (100 - PERCENT),
			 "pages that are not are none of them (%zu are)\n", wrong);
	test_huge(&own.areas[BIG], table);
	free(table);
}

static void test_written(void)
{
	uint8_t *table = table_when(hot_is_top);

	ksft_test_result(table, "pages that are written become hotter still\n");
	if (!table)
		return;
	ksft_test_result(!count_from(&own.areas[COLD], table, TSMC_HEAT_READ_MAX + 1),
			 "no other page does\n");
	free(table);
}

/* Both areas were touched as a whole since the kernel last looked. */
static void test_given_back(const char *when)
{
	ksft_test_result(wait_referenced(&own.areas[COLD], COLD_BYTES >> 10) &&
			 wait_referenced(&own.areas[HOT], HOT_BYTES >> 10),
			 "accessed bits are given back %s\n", when);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		ksft_exit_fail_msg("cannot write %s: %s\n", path,
				   strerror(errno));
	close(fd);
}

static void test_tracker(void)
{
	struct tsmc_hint_header header;
	pthread_t toucher;
	uint8_t *table;

	atomic_store(&touching, true);
	pthread_create(&toucher, NULL, touch_on, own.areas);
	if (module_prepare(module_new_number(), &header))
		ksft_exit_fail_msg("the module does not get ready\n");
	test_hot();
	test_written();
	ksft_test_result(referenced_kb(&own.areas[COLD]) == 0,
			 "the accessed bits of cold pages are taken meanwhile\n");
	write_file("/proc/sys/vm/drop_caches", "2");
	test_given_back("when reclaim begins");

	atomic_store(&touching, false);
	pthread_join(toucher, NULL);
	table = table_when(hot_is_cold);
	ksft_test_result(table, "pages that are left alone cool down\n");
	free(table);
	module_request("finish");
	module_wait_state(TSMC_HINT_IDLE, &header);
	test_given_back("when no migration is near any more");

	module_prepare(module_new_number(), &header);
	free(table_when(hot_is_cold));
	module_request("finish");
	module_wait_state(TSMC_HINT_IDLE, &header);
	ksft_test_result(!module_unload_limited(), "the module is unloaded\n");
	test_given_back("when the module is unloaded");
}

int main(void)
{
	int log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	ksft_set_plan(12);
	/* A guest with less than 512 MiB has them switched off. */
	write_file("/sys/kernel/mm/transparent_hugepage/enabled", "madvise");
	area_new("hot pages", HOT_BYTES, MADV_NOHUGEPAGE);
	area_new("pages only read", READ_BYTES, MADV_NOHUGEPAGE);
	area_new("a huge page", HUGE, MADV_HUGEPAGE);
	area_new("cold pages", COLD_BYTES, MADV_NOHUGEPAGE);
	test_tracker();
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
