// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table as it was settled while the guest was suspended.
 *
 * Somebody outside has to suspend the guest meanwhile, and is told when by
 * a line "# suspend me": xl save -c, or a migration. Without that the test is
 * skipped. Give the program a number of seconds to wait.
 */
#include <kselftest.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "guest_module.h"
#include "kernel_log.h"
#include "own_pages.h"

#define PAGE		4096UL
#define THREADS		4
#define STACK_BYTES	(256UL << 10)
#define POLL_US		2000

static struct own_pages own;
static pthread_barrier_t started;

/* Sleeps in the kernel, with its stack pointer where @data finds it. */
static void *hold_still(void *data)
{
	char **frame = data;
	sigset_t none;

	*frame = __builtin_frame_address(0);
	pthread_barrier_wait(&started);
	sigemptyset(&none);
	for (;;)
		sigsuspend(&none);
	return NULL;
}

static void add_stacks(void)
{
	static char *frames[THREADS];
	pthread_attr_t attr;
	pthread_t thread;
	stack_t alternate = { };
	char *stack;
	int i;

	pthread_barrier_init(&started, NULL, THREADS + 1);
	for (i = 0; i < THREADS; i++) {
		stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		madvise(stack, STACK_BYTES, MADV_NOHUGEPAGE);
		memset(stack, 6, STACK_BYTES);
		pthread_attr_init(&attr);
		pthread_attr_setstack(&attr, stack, STACK_BYTES);
		if (pthread_create(&thread, &attr, hold_still, &frames[i]))
			ksft_exit_fail_msg("no thread\n");
	}
	pthread_barrier_wait(&started);
	for (i = 0; i < THREADS; i++)
		own_pages_add(&own, "stack of a thread, around its pointer",
			      frames[i] - PAGE, PAGE + 1,
			      CLASS_BIT(TSMC_CLASS_STACK));

	alternate.ss_size = 4 * PAGE;
	alternate.ss_sp = mmap(NULL, alternate.ss_size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(alternate.ss_sp, 7, alternate.ss_size);
	if (!sigaltstack(&alternate, NULL))
		own_pages_add(&own, "alternate signal stack", alternate.ss_sp,
			      alternate.ss_size, CLASS_BIT(TSMC_CLASS_STACK));
}

/* The table between the resume and the next scan, or NULL. */
static uint8_t *settled_table(const struct tsmc_hint_header *before,
			      struct tsmc_hint_header *header, long seconds)
{
	struct timespec now, end;
	uint64_t generation;
	uint8_t *table;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += seconds;
	do {
		usleep(POLL_US);
		if (module_read_header(header))
			return NULL;
		if (header->settle_ns != before->settle_ns) {
			generation = header->generation;
			table = module_read_table(header);
			module_read_header(header);
			if (header->generation == generation)
				return table;
			ksft_print_msg("a scan came too soon after the resume\n");
			free(table);
			return NULL;
		}
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec);
	ksft_print_msg("nobody suspended the guest in %ld s\n", seconds);
	return NULL;
}

int main(int argc, char **argv)
{
	long seconds = argc > 1 ? atol(argv[1]) : 0;
	struct tsmc_hint_header before, header;
	uint8_t *table;
	unsigned int i;
	int log;

	ksft_print_header();
	if (seconds <= 0)
		ksft_exit_skip("needs somebody who suspends the guest\n");
	module_require();
	log = kernel_log_open();
	own_pages_create(&own);
	add_stacks();
	ksft_set_plan(own.nr + 2);

	if (module_prepare(module_new_number(), &before))
		ksft_exit_fail_msg("cannot announce a migration\n");
	own_pages_settle(&own);
	printf("# suspend me\n");
	fflush(stdout);
	table = settled_table(&before, &header, seconds);
	if (!table)
		ksft_exit_fail_msg("no settled table\n");

	ksft_print_msg("settled %llu pfns in %.3f ms\n",
		       (unsigned long long)header.nr_pfns,
		       header.settle_ns / 1e6);
	own_pages_look_up(&own);
	for (i = 0; i < own.nr; i++)
		ksft_test_result(own_area_matches(&own.areas[i], &header,
						  table),
				 "%s\n", own.areas[i].what);
	ksft_test_result(header.state == TSMC_HINT_PREPARED &&
			 header.prepared == before.prepared,
			 "after the resume it is still prepared\n");
	module_request("finish");
	module_wait_state(TSMC_HINT_IDLE, &header);
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
