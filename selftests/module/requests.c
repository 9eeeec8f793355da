// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Dom0 asks for in xenstore is done, and nothing else is.
 */
#include <errno.h>
#include <kselftest.h>

#include "guest_module.h"
#include "kernel_log.h"
#include "xenstore.h"

static void test_prepare(uint64_t number)
{
	struct tsmc_hint_header before, after;

	ksft_test_result(!module_read_header(&before) &&
			 !module_prepare(number, &after) &&
			 after.state == TSMC_HINT_PREPARED &&
			 after.generation > before.generation,
			 "prepare is answered after a new scan\n");
}

static void test_scans_go_on(void)
{
	struct tsmc_hint_header header;
	uint64_t generation;
	int i;

	module_read_header(&header);
	generation = header.generation;
	for (i = 0; i < ANSWER_LIMIT_S * 10; i++) {
		usleep(100000);
		module_read_header(&header);
		if (header.generation > generation + 1)
			break;
	}
	ksft_test_result(header.generation > generation + 1,
			 "the table is kept up to date while prepared\n");
}

static void test_garbage(uint64_t number)
{
	static const char * const garbage[] = {
		"", "prepare", "prepare ", "prepare 0", "prepare -1",
		"prepare 18446744073709551616", "prepare 1 2", "finish now",
		"prepare cache", "prepare  cache", "prepare 0 cache",
		"prepare 1cache", "prepare 1 cache cache", "prepare 1 cached",
		"FINISH", "resume", "\xff\xfe", "%s%n",
	};
	struct tsmc_hint_header header;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(garbage); i++)
		module_request(garbage[i]);
	xenstore_remove(NODE_REQUEST);
	/* Watches are delivered in order: this one comes last. */
	ksft_test_result(!module_prepare(number, &header) &&
			 header.state == TSMC_HINT_PREPARED,
			 "%zu garbled requests and a deleted one change nothing\n",
			 ARRAY_SIZE(garbage));
}

static void test_finish(void)
{
	struct tsmc_hint_header header;

	module_request("finish");
	ksft_test_result(!module_wait_state(TSMC_HINT_IDLE, &header) &&
			 !header.prepared, "finish makes it idle\n");
	module_request("finish");
	module_request("finish");
}

int main(void)
{
	uint64_t number = module_new_number();
	int log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	ksft_set_plan(9);

	test_prepare(number);
	ksft_test_result(module_unload() == -EWOULDBLOCK,
			 "a prepared module refuses to unload\n");
	test_scans_go_on();
	test_prepare(number + 1);
	test_garbage(number + 2);
	ksft_test_result(module_unload() == -EWOULDBLOCK,
			 "it still refuses to unload\n");
	test_finish();
	ksft_test_result(!module_unload_limited() && !module_load(),
			 "then it unloads and loads again\n");
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
