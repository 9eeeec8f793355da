// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * While a migration is announced, and only then, an instruction that Xen refuses on
 * a missing page is run again. One that is wrong in itself is, too, but once: its
 * program gets the signal that it gets otherwise, wherever its operand lies.
 */
#include <kselftest.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "guest_module.h"
#include "kernel_log.h"

#define LIMIT_S 20

/* FXRSTOR wants its operand at a multiple of 16. */
static const struct {
	const char *where;
	uint64_t address;
} operands[] = {
	{ "nowhere", 0x8 },
	{ "at the end of a program's addresses", 0x7fffffffeff8 },
	{ "at the kernel's", 0xffff888000000008 },
	{ "at the end of all addresses", 0xfffffffffffff008 },
	{ "in the last bytes of all addresses", 0xfffffffffffffff8 },
};

static uint64_t retries(void)
{
	FILE *file = fopen("/sys/kernel/debug/tsmc/state_retries", "r");
	unsigned long long count = 0;

	if (!file || fscanf(file, "%llu", &count) != 1)
		ksft_exit_fail_msg("no count of instructions run again in debugfs\n");
	fclose(file);
	return count;
}

#define GOT_SIGSEGV 42

/* Who has a handler is not told of in the kernel's log. */
static void on_sigsegv(int signr)
{
	(void)signr;
	_exit(GOT_SIGSEGV);
}

/* Whether a program that does so gets its signal. */
static bool load_state_from(uint64_t address)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	time_t limit = time(NULL) + LIMIT_S;
	pid_t child = fork();
	int status;

	if (child < 0)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	if (!child) {
		signal(SIGSEGV, on_sigsegv);
		asm volatile("fxrstor (%0)" : : "r" (address) : "memory");
		_exit(0);
	}
	while (!waitpid(child, &status, WNOHANG)) {
		if (time(NULL) > limit)
			return false;
		nanosleep(&pause, NULL);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == GOT_SIGSEGV;
}

static void test_wrong_operands(const char *when)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(operands); i++)
		ksft_test_result(load_state_from(operands[i].address),
				 "a wrong operand %s gives SIGSEGV %s\n",
				 operands[i].where, when);
}

int main(void)
{
	struct tsmc_hint_header header;
	uint64_t before, count;
	int log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	ksft_set_plan(2 * ARRAY_SIZE(operands) + 3);
	module_prepare(module_new_number(), &header);
	before = retries();
	test_wrong_operands("while a migration is announced");
	count = retries() - before;
	/* Who waits long for a processor between its two exceptions is tried once more. */
	ksft_test_result(count >= ARRAY_SIZE(operands) && count < 2 * ARRAY_SIZE(operands),
			 "each was run again, once\n");
	module_request("finish");
	module_wait_state(TSMC_HINT_IDLE, &header);
	before = retries();
	test_wrong_operands("otherwise");
	ksft_test_result(retries() == before, "none was run again then\n");
	ksft_test_result(!kernel_log_complaints(log), "the kernel does not complain\n");
	ksft_finished();
}
