// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the group "events" hears of a migration, in which order.
 *
 * Given a number of seconds, somebody outside has to suspend the guest and
 * resume it meanwhile, and is told when by a line "# suspend me": xl save -c.
 */
#include <errno.h>
#include <kselftest.h>
#include <stdbool.h>
#include <unistd.h>

#include "family.h"
#include "guest_module.h"
#include "kernel_log.h"

#define LIMIT_MS	(ANSWER_LIMIT_S * 1000)

static struct family family;

/* The next event is this one; in the same domain the epoch stays. */
static bool comes(int event, uint64_t number, int limit_ms)
{
	uint64_t request, epoch;
	struct tsmc_hint_header header;
	int got = family_event(&family, limit_ms, &request, &epoch);

	module_read_header(&header);
	if (got == event && request == number && epoch == header.epoch)
		return true;
	ksft_print_msg("waited %d ms for event %d of %llu, got %d of %llu\n",
		       limit_ms, event, (unsigned long long)number, got,
		       (unsigned long long)request);
	return false;
}

static bool nothing_comes(void)
{
	uint64_t request, epoch;

	return family_event(&family, 0, &request, &epoch) == -ETIMEDOUT;
}

static void test_suspend(uint64_t number, long seconds)
{
	if (seconds <= 0) {
		ksft_test_result_skip("needs somebody who suspends the guest\n");
		return;
	}
	printf("# suspend me\n");
	fflush(stdout);
	ksft_test_result(comes(TSMC_EVENT_SUSPENDING, number, seconds * 1000) &&
			 comes(TSMC_EVENT_RESUMED, number, LIMIT_MS) &&
			 nothing_comes(),
			 "a suspend and its resume are heard, once\n");
}

int main(int argc, char **argv)
{
	long seconds = argc > 1 ? atol(argv[1]) : 0;
	uint64_t number = module_new_number();
	struct tsmc_hint_header header;
	int log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	ksft_set_plan(6);
	if (family_open(&family) || family_listen(&family))
		ksft_exit_fail_msg("no family \"" TSMC_GENL_NAME "\"\n");

	module_prepare(number, &header);
	ksft_test_result(comes(TSMC_EVENT_ANNOUNCED, number, LIMIT_MS) &&
			 family_status(&family, TSMC_A_REQUEST) == number &&
			 family_status(&family, TSMC_A_STATE) ==
			 TSMC_HINT_PREPARED,
			 "a migration is announced, with its number\n");
	module_prepare(number, &header);
	module_prepare(number + 1, &header);
	ksft_test_result(comes(TSMC_EVENT_ANNOUNCED, number + 1, LIMIT_MS),
			 "so is the next; one twice is not\n");
	test_suspend(number + 1, seconds);
	module_request("finish");
	ksft_test_result(comes(TSMC_EVENT_COMPLETE, number + 1, LIMIT_MS) &&
			 !module_wait_state(TSMC_HINT_IDLE, &header) &&
			 !family_status(&family, TSMC_A_REQUEST),
			 "its end is heard\n");
	/* Requests are heard in order: of these only the second does anything. */
	module_request("finish");
	module_prepare(number + 2, &header);
	ksft_test_result(comes(TSMC_EVENT_ANNOUNCED, number + 2, LIMIT_MS) &&
			 nothing_comes(), "and it is heard once\n");
	module_request("finish");
	module_wait_state(TSMC_HINT_IDLE, &header);
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
