// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * While a migration is announced, and only then, pages are touched before
 * they are granted.
 */
#include <fcntl.h>
#include <kselftest.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <xen/gntalloc.h>

#include "guest_module.h"
#include "kernel_log.h"

#define GRANTS 64

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

static int open_device(void)
{
	int device = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);

	if (device < 0 && !system("modprobe -q xen-gntalloc"))
		device = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	if (device < 0)
		ksft_exit_skip("no /dev/xen/gntalloc\n");
	return device;
}

static void test_grants(int device)
{
	struct tsmc_hint_header header;
	uint64_t before, after;

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
	device = open_device();
	if (grant_pages(device))
		ksft_print_msg("cannot grant: %s\n", strerror(errno));
	/* Arming proves the guard with pages of its own, but few. */
	after = grant_touches();
	ksft_test_result(after - before < GRANTS,
			 "not when no migration is announced\n");
	close(device);
	finish(&header);
}

int main(void)
{
	int device, log;

	ksft_print_header();
	module_require();
	device = open_device();
	log = kernel_log_open();
	ksft_set_plan(3);
	test_grants(device);
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
