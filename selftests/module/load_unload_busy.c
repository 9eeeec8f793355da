// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tsmc.ko comes and goes in a busy guest, in every state that it can be in.
 *
 * usage: load_unload_busy [CYCLES]
 */
#include <errno.h>
#include <kselftest.h>

#include "activity.h"
#include "guest_module.h"
#include "kernel_log.h"

#define CYCLES 100

/* What is announced before the module is unloaded, and how far that comes. */
enum depth {
	IDLE,		/* nothing */
	REVOKED,	/* a migration that is called off at once */
	AGAIN,		/* one that another takes the place of */
	SCANNED,	/* one whose scan was waited for */
};

/* Mostly nothing: the others take twice as long. */
static const enum depth depths[] = {
	IDLE, REVOKED, IDLE, SCANNED, IDLE, AGAIN, IDLE, IDLE,
};

static int announce(enum depth depth)
{
	uint64_t number = module_new_number();
	struct tsmc_hint_header header;

	switch (depth) {
	case REVOKED:
		return module_request("prepare 1");
	case AGAIN:
		return module_request("prepare 1") ?:
		       module_request("prepare 2");
	case SCANNED:
		return module_prepare(number, &header);
	default:
		return 0;
	}
}

static int cycle(int number)
{
	enum depth depth = depths[number % ARRAY_SIZE(depths)];
	int ret;

	ret = module_load();
	if (ret) {
		ksft_print_msg("cycle %d: load: error %d\n", number, ret);
		return ret;
	}
	ret = announce(depth);
	if (ret || (depth != IDLE && module_request("finish"))) {
		ksft_print_msg("cycle %d: announcement %d: error %d\n", number,
			       depth, ret);
		return -EPROTO;
	}
	ret = module_unload_limited();
	if (ret)
		ksft_print_msg("cycle %d: unload: error %d\n", number, ret);
	return ret;
}

int main(int argc, char **argv)
{
	int cycles = argc > 1 ? atoi(argv[1]) : CYCLES;
	int log, done = 0;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	ksft_set_plan(3);

	activity_start();
	if (!module_unload_limited())
		while (done < cycles && !cycle(done))
			done++;
	ksft_test_result(done == cycles,
			 "%d times loaded and unloaded in a busy guest\n",
			 cycles);
	ksft_test_result(activity_stop(), "the guest was busy all the time\n");
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	module_load();
	ksft_finished();
}
