// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What applications say of their memory: kept within limits, joined and split,
 * heard by the table, and gone with the process.
 */
#include <errno.h>
#include <kselftest.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "family.h"
#include "guest_module.h"
#include "kernel_log.h"
#include "own_pages.h"

#define PAGE		4096UL
#define AREA_PAGES	512UL
#define RANGES_PROCESS	64
#define RANGES_ALL	1024

static struct family family;

static int say(unsigned long first, unsigned long pages, uint32_t advice)
{
	/* Advice is of addresses: nothing has to be there. */
	return family_hint(&family, 0, (void *)(first * PAGE), pages * PAGE,
			   advice);
}

static bool there_are(uint64_t ranges)
{
	uint64_t got = family_status(&family, TSMC_A_ADVICE_RANGES);

	if (got != ranges)
		ksft_print_msg("there are %llu ranges, not %llu\n",
			       (unsigned long long)got,
			       (unsigned long long)ranges);
	return got == ranges;
}

static bool forget_all(void)
{
	return !say(0, 1UL << 34, TSMC_ADVICE_NONE) && there_are(0);
}

static void test_joining(void)
{
	bool right;

	right = !say(100, 10, TSMC_ADVICE_HOT) && there_are(1) &&
		!say(120, 10, TSMC_ADVICE_HOT) && there_are(2) &&
		!say(110, 10, TSMC_ADVICE_HOT) && there_are(1) &&
		!say(105, 50, TSMC_ADVICE_HOT) && there_are(1) &&
		!say(155, 5, TSMC_ADVICE_COLD) && there_are(2) &&
		!say(95, 5, TSMC_ADVICE_DISCARDABLE) && there_are(3);
	ksft_test_result(right && forget_all(), "equal ranges that touch join\n");

	right = !say(100, 100, TSMC_ADVICE_HOT) &&
		!say(150, 10, TSMC_ADVICE_COLD) && there_are(3) &&
		!say(150, 10, TSMC_ADVICE_HOT) && there_are(1) &&
		!say(150, 10, TSMC_ADVICE_NONE) && there_are(2) &&
		!say(190, 20, TSMC_ADVICE_COLD) && there_are(3) &&
		!say(90, 20, TSMC_ADVICE_COLD) && there_are(4) &&
		!say(80, 200, TSMC_ADVICE_DISCARDABLE) && there_are(1);
	ksft_test_result(right && forget_all(), "what is said last holds\n");
}

/* Ranges that do not touch. Returns the first error. */
static int say_many(int nr)
{
	int i, ret = 0;

	for (i = 0; i < nr && !ret; i++)
		ret = say(100 + 10 * i, 5, TSMC_ADVICE_HOT);
	return ret;
}

static void test_process_limit(void)
{
	bool right;

	right = !say_many(RANGES_PROCESS) && there_are(RANGES_PROCESS) &&
		say(50, 5, TSMC_ADVICE_HOT) == -ENOSPC &&
		say(102, 1, TSMC_ADVICE_COLD) == -ENOSPC &&
		say(102, 1, TSMC_ADVICE_NONE) == -ENOSPC &&
		there_are(RANGES_PROCESS);
	ksft_test_result(right, "beyond %d ranges nothing changes\n",
			 RANGES_PROCESS);
	right = !say(100, 5, TSMC_ADVICE_COLD) && there_are(RANGES_PROCESS) &&
		!say(105, 5, TSMC_ADVICE_HOT) && there_are(RANGES_PROCESS) &&
		!say(100, 10, TSMC_ADVICE_NONE) &&
		there_are(RANGES_PROCESS - 1) &&
		!say(50, 5, TSMC_ADVICE_HOT) && there_are(RANGES_PROCESS);
	ksft_test_result(right && forget_all(),
			 "what makes them no more is still heard\n");
}

/* A child that has said as much as it may, and stays; or 0 if it could not. */
static pid_t full_child(void)
{
	int ends[2], ret = -EIO;
	pid_t child;

	if (pipe(ends))
		ksft_exit_fail_msg("no pipe: %s\n", strerror(errno));
	child = fork();
	if (!child) {
		ret = family_open(&family) ?: say_many(RANGES_PROCESS);
		if (write(ends[1], &ret, sizeof(ret)) == sizeof(ret))
			for (;;)
				pause();
		_exit(1);
	}
	close(ends[1]);
	if (read(ends[0], &ret, sizeof(ret)) != sizeof(ret) || ret) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		child = 0;
	}
	close(ends[0]);
	return child;
}

static void test_limit(void)
{
	pid_t children[RANGES_ALL / RANGES_PROCESS];
	const int nr = ARRAY_SIZE(children);
	bool right = true;
	int i;

	for (i = 0; i < nr; i++) {
		children[i] = full_child();
		right = right && children[i];
	}
	ksft_test_result(right && there_are(RANGES_ALL) &&
			 say(100, 5, TSMC_ADVICE_HOT) == -ENOSPC &&
			 there_are(RANGES_ALL),
			 "%d processes fill what there is for all\n", nr);
	for (i = 0; i < nr; i++) {
		if (!children[i])
			continue;
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	ksft_test_result(there_are(0) && !say(100, 5, TSMC_ADVICE_HOT) &&
			 forget_all(), "their advice dies with them\n");
}

static void test_others(void)
{
	pid_t child = fork();

	if (!child)
		for (;;)
			pause();
	ksft_test_result(!family_hint(&family, child, NULL, PAGE,
				      TSMC_ADVICE_COLD) && there_are(1),
			 "root advises on another process's memory\n");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	ksft_test_result(family_hint(&family, child, NULL, PAGE,
				     TSMC_ADVICE_COLD) == -ESRCH &&
			 family_hint(&family, 2, NULL, PAGE,
				     TSMC_ADVICE_COLD) == -ESRCH &&
			 there_are(0),
			 "not on one that is gone, nor on a kernel thread\n");
}

/* Pages of an area whose heat is at least and at most so much. */
static size_t pages_with_heat(const struct own_area *area, unsigned int min,
			      unsigned int max)
{
	struct tsmc_hint_header header;
	size_t page, right = 0;
	uint8_t *table;

	if (module_read_header(&header))
		return 0;
	table = module_read_table(&header);
	for (page = 0; table && page < area->pages; page++) {
		uint64_t pfn = area->pfns[page];
		unsigned int heat;

		if (!pfn || pfn >= header.nr_pfns)
			continue;
		heat = TSMC_HINT_HEAT(table[pfn]);
		right += heat >= min && heat <= max;
	}
	free(table);
	return right;
}

/* Waits until nearly all pages are; some may just be on the move. */
static bool becomes(const char *what, const struct own_area *area,
		    unsigned int min, unsigned int max)
{
	time_t end = time(NULL) + ANSWER_LIMIT_S;
	size_t right;

	do {
		right = pages_with_heat(area, min, max);
		if (right >= area->pages - 2)
			return true;
		usleep(20000);
	} while (time(NULL) < end);
	ksft_print_msg("waited %d s for %s, %zu of %zu pages are\n",
		       ANSWER_LIMIT_S, what, right, area->pages);
	return false;
}

static char *anonymous(void)
{
	char *start = mmap(NULL, AREA_PAGES * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	madvise(start, AREA_PAGES * PAGE, MADV_NOHUGEPAGE);
	memset(start, 1, AREA_PAGES * PAGE);
	return start;
}

static void test_heat(void)
{
	static struct own_pages own;
	char *start = anonymous();
	struct own_area *area = own_pages_add(&own, "area", start,
					      AREA_PAGES * PAGE, 0);
	struct tsmc_hint_header header;

	own_pages_look_up(&own);
	module_prepare(module_new_number(), &header);
	family_hint(&family, 0, start, AREA_PAGES * PAGE, TSMC_ADVICE_HOT);
	ksft_test_result(becomes("hot", area, 15, 15),
			 "pages called hot become so without being touched\n");
	family_hint(&family, 0, start, AREA_PAGES * PAGE,
		    TSMC_ADVICE_DISCARDABLE);
	ksft_test_result(becomes("discardable", area, 0, 0),
			 "pages called discardable come last of all\n");
	family_hint(&family, 0, start, AREA_PAGES * PAGE, TSMC_ADVICE_COLD);
	ksft_test_result(becomes("cold", area, 1, 1),
			 "pages called cold become so\n");
	family_hint(&family, 0, start, AREA_PAGES * PAGE, TSMC_ADVICE_HOT);
	becomes("hot again", area, 15, 15);
	family_hint(&family, 0, start, AREA_PAGES * PAGE, TSMC_ADVICE_NONE);
	ksft_test_result(there_are(0) && becomes("forgotten", area, 1, 7),
			 "what was said is forgotten, and then they cool\n");
	module_request("finish");
	module_wait_state(TSMC_HINT_IDLE, &header);
}

int main(void)
{
	int log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	ksft_set_plan(13);
	if (family_open(&family))
		ksft_exit_fail_msg("no family \"" TSMC_GENL_NAME "\"\n");

	test_joining();
	test_process_limit();
	test_limit();
	test_others();
	test_heat();
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
