// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lists of the family "tsmc": hot pages, processes, mappings. All of it, in
 * order, and the same however small the pieces in which it is read.
 */
#include <errno.h>
#include <kselftest.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "family.h"
#include "guest_module.h"
#include "kernel_log.h"

#define PAGE		4096UL
#define AREA_PAGES	512UL
#define FILE_NAME	"netlink_test"
#define CHILDREN	60
#define MAPPINGS	400UL

static struct family family;

static char *anonymous(unsigned long pages)
{
	char *start = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		ksft_exit_fail_msg("no memory: %s\n", strerror(errno));
	madvise(start, pages * PAGE, MADV_NOHUGEPAGE);
	memset(start, 1, pages * PAGE);
	return start;
}

/**
 * struct listed - what a dump of processes or mappings has of one of them
 * @key: its number or address
 * @last: the greatest so far
 * @order: none was below one before it
 * @nr: messages
 * @found: messages about @key, of which the rest is
 */
struct listed {
	uint64_t key;
	uint64_t last;
	bool order;
	unsigned int nr;
	unsigned int found;
	uint64_t pages;
	uint64_t written;
	uint64_t length;
	uint64_t prot;
	char name[64];
};

static void take_listed(const struct nlattr **attrs, struct listed *listed,
			int key, int name)
{
	uint64_t value = family_u64(attrs, key);

	listed->order = listed->nr++ ? listed->order && value > listed->last :
				       true;
	listed->last = value;
	if (value != listed->key)
		return;
	listed->found++;
	listed->pages = family_u64(attrs, TSMC_A_PAGES);
	listed->written = family_u64(attrs, TSMC_A_WRITTEN);
	listed->length = family_u64(attrs, TSMC_A_LENGTH);
	listed->prot = family_u64(attrs, TSMC_A_PROT);
	if (attrs[name])
		snprintf(listed->name, sizeof(listed->name), "%s",
			 mnl_attr_get_str(attrs[name]));
}

static void take_process(const struct nlattr **attrs, void *data)
{
	take_listed(attrs, data, TSMC_A_PID, TSMC_A_COMM);
}

static void take_mapping(const struct nlattr **attrs, void *data)
{
	take_listed(attrs, data, TSMC_A_START, TSMC_A_NAME);
}

static struct listed list_mappings(struct family *from, const void *start)
{
	struct nlmsghdr *request = family_begin(from, TSMC_CMD_MAPPING_GET,
						NLM_F_DUMP);
	struct listed listed = { .key = (uintptr_t)start };

	mnl_attr_put_u32(request, TSMC_A_PID, getpid());
	if (family_talk(from, request, take_mapping, &listed))
		listed.nr = 0;
	return listed;
}

static void test_process(void)
{
	struct listed listed = { .key = getpid() };
	char *area = anonymous(AREA_PAGES);

	ksft_test_result(!family_ask(&family, TSMC_CMD_PROCESS_GET, NLM_F_DUMP,
				     take_process, &listed) &&
			 listed.order && listed.found == 1 &&
			 !strcmp(listed.name, "netlink_lists") &&
			 listed.written >= AREA_PAGES &&
			 listed.pages >= listed.written &&
			 listed.pages < AREA_PAGES + 4096,
			 "processes are listed by number, this one too\n");
	munmap(area, AREA_PAGES * PAGE);
}

static void test_mapping(void)
{
	int file = memfd_create(FILE_NAME, 0);
	char *area = anonymous(AREA_PAGES), *shared;
	struct listed of_area, of_file;

	/* What has other rights on both sides is a mapping of its own. */
	mprotect(area, PAGE, PROT_NONE);
	mprotect(area + (AREA_PAGES - 1) * PAGE, PAGE, PROT_NONE);
	if (file < 0 || ftruncate(file, 4 * PAGE))
		ksft_exit_fail_msg("no memfd: %s\n", strerror(errno));
	shared = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, file, 0);
	madvise(shared, 2 * PAGE, MADV_POPULATE_READ);
	close(file);

	of_area = list_mappings(&family, area + PAGE);
	of_file = list_mappings(&family, shared);
	ksft_test_result(of_area.order && of_area.found == 1 &&
			 of_area.length == (AREA_PAGES - 2) * PAGE &&
			 of_area.pages == AREA_PAGES - 2 &&
			 of_area.written == AREA_PAGES - 2 &&
			 of_area.prot == 3 && !of_area.name[0],
			 "mappings are listed by address, with what is in them\n");
	ksft_test_result(of_file.found == 1 && of_file.length == 4 * PAGE &&
			 of_file.pages == 2 && !of_file.written &&
			 of_file.prot == (1 | 8) &&
			 !strcmp(of_file.name, "memfd:" FILE_NAME),
			 "so is the mapping of a file, with its name\n");
	munmap(area, AREA_PAGES * PAGE);
	munmap(shared, 4 * PAGE);
}

/**
 * struct hot - what a dump of hot pages says
 * @pages: in all
 * @sum: of all that is said
 * @last_heat: of the run before
 * @last_end: and where it ended
 * @last_class: and its class
 * @wrong: runs out of order, or that could have been one
 */
struct hot {
	uint64_t pages;
	uint64_t sum;
	uint64_t last_heat;
	uint64_t last_end;
	uint64_t last_class;
	unsigned int wrong;
};

static void take_hot(const struct nlattr **attrs, void *data)
{
	uint64_t pfn = family_u64(attrs, TSMC_A_PFN);
	uint64_t pages = family_u64(attrs, TSMC_A_PAGES);
	uint64_t heat = family_u64(attrs, TSMC_A_HEAT);
	uint64_t class = family_u64(attrs, TSMC_A_CLASS);
	struct hot *hot = data;

	if (heat > hot->last_heat ||
	    (heat == hot->last_heat && hot->pages && pfn < hot->last_end) ||
	    (heat == hot->last_heat && class == hot->last_class &&
	     pfn == hot->last_end))
		hot->wrong++;
	hot->pages += pages;
	hot->sum = hot->sum * 31 + pfn * 7 + pages * 5 + heat * 3 + class;
	hot->last_heat = heat;
	hot->last_end = pfn + pages;
	hot->last_class = class;
}

static struct hot list_hot(struct family *from, int class, int heat_min)
{
	struct nlmsghdr *request = family_begin(from, TSMC_CMD_HOT_GET,
						NLM_F_DUMP);
	struct hot hot = { .last_heat = 15 };

	if (class >= 0)
		mnl_attr_put_u8(request, TSMC_A_CLASS, class);
	if (heat_min >= 0)
		mnl_attr_put_u8(request, TSMC_A_HEAT_MIN, heat_min);
	if (family_talk(from, request, take_hot, &hot))
		hot.wrong++;
	return hot;
}

/* Nothing changes the table while the module is idle. */
static void test_hot(void)
{
	const struct hot all = list_hot(&family, -1, 0);
	const struct hot hot = list_hot(&family, -1, -1);
	const struct hot anon = list_hot(&family, TSMC_CLASS_ANON, 0);

	ksft_test_result(!all.wrong && all.pages ==
			 family_status(&family, TSMC_A_NR_PFNS),
			 "all pages are listed once, hottest first, in runs\n");
	ksft_test_result(!hot.wrong && hot.pages < all.pages &&
			 (!hot.pages || hot.last_heat >= 8),
			 "without a limit these are the hot ones\n");
	ksft_test_result(!anon.wrong && anon.pages && anon.pages < all.pages &&
			 anon.last_class == TSMC_CLASS_ANON,
			 "or those of one class\n");
}

static void open_small(struct family *small)
{
	const int bytes = 1;

	if (family_open(small))
		ksft_exit_fail_msg("no second socket\n");
	/* The kernel makes it as small as it allows. */
	setsockopt(mnl_socket_get_fd(small->socket), SOL_SOCKET, SO_RCVBUF,
		   &bytes, sizeof(bytes));
	small->room = FAMILY_ROOM_MIN;
}

static void test_resumption(void)
{
	char *areas = anonymous(MAPPINGS);
	struct listed in_large, in_small;
	struct hot hot_large, hot_small;
	struct family small;
	int i;

	open_small(&small);
	hot_large = list_hot(&family, -1, 0);
	hot_small = list_hot(&small, -1, 0);
	ksft_test_result(!hot_small.wrong && small.reads > 1 &&
			 hot_large.sum == hot_small.sum,
			 "hot pages come the same in %u messages\n",
			 small.reads);

	for (i = 0; i < (int)MAPPINGS; i += 2)
		mprotect(areas + i * PAGE, PAGE, PROT_READ);
	in_large = list_mappings(&family, areas);
	in_small = list_mappings(&small, areas);
	ksft_test_result(in_small.order && in_small.nr >= MAPPINGS &&
			 small.reads > 10 && in_small.nr == in_large.nr,
			 "%u mappings come the same in %u messages\n",
			 in_small.nr, small.reads);
	munmap(areas, MAPPINGS * PAGE);
	family_close(&small);
}

static void test_many_processes(void)
{
	struct listed listed = { .key = getpid() };
	struct family small;
	pid_t children[CHILDREN];
	int i;

	for (i = 0; i < CHILDREN; i++) {
		children[i] = fork();
		if (!children[i])
			for (;;)
				pause();
	}
	open_small(&small);
	ksft_test_result(!family_ask(&small, TSMC_CMD_PROCESS_GET, NLM_F_DUMP,
				     take_process, &listed) &&
			 listed.order && listed.nr > CHILDREN &&
			 listed.found == 1 && small.reads > 1,
			 "%u processes come in order in %u messages\n",
			 listed.nr, small.reads);
	family_close(&small);
	for (i = 0; i < CHILDREN; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
}

static void test_abandoned(void)
{
	struct nlmsghdr *request;
	struct family small;
	bool busy;

	open_small(&small);
	request = family_begin(&small, TSMC_CMD_HOT_GET, NLM_F_DUMP);
	mnl_attr_put_u8(request, TSMC_A_HEAT_MIN, 0);
	family_send(&small, request, request->nlmsg_len);
	busy = module_unload() == -EWOULDBLOCK;
	family_close(&small);
	family_close(&family);
	ksft_test_result(busy && !module_unload_limited() && !module_load() &&
			 !family_open(&family),
			 "a dump that nobody reads keeps the module, until its socket closes\n");
}

int main(void)
{
	int log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	ksft_set_plan(11);
	if (family_open(&family))
		ksft_exit_fail_msg("no family \"" TSMC_GENL_NAME "\"\n");

	test_process();
	test_mapping();
	test_hot();
	test_resumption();
	test_many_processes();
	test_abandoned();
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
