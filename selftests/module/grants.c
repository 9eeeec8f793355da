// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * While a migration is announced, and only then, pages are touched before
 * they are granted.
 */
#include <fcntl.h>
#include <kselftest.h>
#include <stdint.h>
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

static uint64_t touches(void)
{
	struct tsmc_hint_header header;

	/* The count is published with each scan, and at the end. */
	module_prepare(module_new_number(), &header);
	return header.guard_touches;
}

int main(void)
{
	struct tsmc_hint_header header;
	uint64_t before, after;
	int device, log;

	ksft_print_header();
	module_require();
	device = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	if (device < 0)
		ksft_exit_skip("no /dev/xen/gntalloc: is xen-gntalloc loaded?\n");
	log = kernel_log_open();
	ksft_set_plan(4);

	before = touches();
	ksft_test_result(!grant_pages(device), "%d pages granted\n", GRANTS);
	after = touches();
	ksft_print_msg("%llu pages touched\n",
		       (unsigned long long)(after - before));
	ksft_test_result(after - before >= GRANTS,
			 "each was touched, as a migration was announced\n");

	module_request("finish");
	module_wait_state(TSMC_HINT_IDLE, &header);
	before = header.guard_touches;
	close(device);
	device = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);
	grant_pages(device);
	/* Arming proves the guard with a page or two of its own. */
	after = touches();
	ksft_test_result(after - before < GRANTS,
			 "none was touched when idle\n");
	module_request("finish");
	module_wait_state(TSMC_HINT_IDLE, &header);
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
