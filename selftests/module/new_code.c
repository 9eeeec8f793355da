// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * While a migration is announced, and only then, pages are touched before
 * they can be executed.
 */
#include <kselftest.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "guest_module.h"
#include "kernel_log.h"

#define PAGES	64UL
#define BYTES	(PAGES * 4096)

static uint64_t code_touches(void)
{
	FILE *file = fopen("/sys/kernel/debug/tsmc/exec_touches", "r");
	unsigned long long touches = 0;

	if (!file || fscanf(file, "%llu", &touches) != 1)
		ksft_exit_fail_msg("no count of touches in debugfs\n");
	fclose(file);
	return touches;
}

/* Pages touched when a page cache that was written is mapped as code. */
static uint64_t map_file_as_code(void)
{
	int file = memfd_create("guards", 0);
	char page[4096];
	uint64_t before;
	unsigned int i;
	void *code;

	memset(page, 0xc3, sizeof(page));
	for (i = 0; i < PAGES; i++)
		if (write(file, page, sizeof(page)) != sizeof(page))
			ksft_exit_fail_msg("memfd: %s\n", strerror(errno));
	before = code_touches();
	code = mmap(NULL, BYTES, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
	if (code == MAP_FAILED || madvise(code, BYTES, MADV_POPULATE_READ))
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	munmap(code, BYTES);
	close(file);
	return code_touches() - before;
}

/* Pages touched when memory that was written is made executable. */
static uint64_t protect_as_code(void)
{
	void *code = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	uint64_t before = code_touches();

	if (code == MAP_FAILED || mprotect(code, BYTES, PROT_READ | PROT_EXEC))
		ksft_exit_fail_msg("mprotect: %s\n", strerror(errno));
	munmap(code, BYTES);
	return code_touches() - before;
}

static void test_code(void)
{
	struct tsmc_hint_header header;

	module_prepare(module_new_number(), &header);
	ksft_test_result(map_file_as_code() >= PAGES,
			 "pages of a file are touched when mapped as code\n");
	ksft_test_result(protect_as_code() >= PAGES,
			 "pages are touched when made executable\n");
	module_request("finish");
	module_wait_state(TSMC_HINT_IDLE, &header);
	ksft_test_result(!map_file_as_code() && !protect_as_code(),
			 "not when no migration is announced\n");
}

int main(void)
{
	int log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	ksft_set_plan(4);
	test_code();
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
