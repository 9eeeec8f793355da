// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * While a migration is announced, and only then, pages are touched before
 * they are granted and before they can be executed.
 */
#include <fcntl.h>
#include <kselftest.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <xen/gntalloc.h>

#include "guest_module.h"
#include "kernel_log.h"

#define GRANTS	64
#define PAGES	64UL
#define BYTES	(PAGES * 4096)

/* Grants pages to Dom0 and takes them back. */
static int grant_pages(int device)
{
	/* Ends with room for one reference, the rest of them follow. */
	union {
		struct ioctl_gntalloc_alloc_gref request;
		char room[sizeof(struct ioctl_gntalloc_alloc_gref) +
			  GRANTS * sizeof(uint32_t)];
	} arg = { .request.count = GRANTS };

	return ioctl(device, IOCTL_GNTALLOC_ALLOC_GREF, &arg);
}

static void finish(struct tsmc_hint_header *header)
{
	module_request("finish");
	module_wait_state(TSMC_HINT_IDLE, header);
}

static uint64_t grant_touches(void)
{
	struct tsmc_hint_header header;

	/* The count is published with each scan, and at the end. */
	module_prepare(module_new_number(), &header);
	return header.guard_touches;
}

static void test_grants(void)
{
	int device = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	struct tsmc_hint_header header;
	uint64_t before, after;

	if (device < 0) {
		ksft_test_result_skip("no /dev/xen/gntalloc: is xen-gntalloc loaded?\n");
		ksft_test_result_skip("nor when idle\n");
		return;
	}
	before = grant_touches();
	if (grant_pages(device))
		ksft_print_msg("cannot grant: %s\n", strerror(errno));
	after = grant_touches();
	ksft_test_result(after - before >= GRANTS,
			 "%llu pages touched when %d were granted\n",
			 (unsigned long long)(after - before), GRANTS);
	close(device);

	finish(&header);
	before = header.guard_touches;
	device = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	if (grant_pages(device))
		ksft_print_msg("cannot grant: %s\n", strerror(errno));
	/* Arming proves the guard with pages of its own, but few. */
	after = grant_touches();
	ksft_test_result(after - before < GRANTS,
			 "not when no migration is announced\n");
	close(device);
	finish(&header);
}

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
	finish(&header);
	ksft_test_result(!map_file_as_code() && !protect_as_code(),
			 "not when no migration is announced\n");
}

int main(void)
{
	int log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	ksft_set_plan(6);
	test_grants();
	test_code();
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
