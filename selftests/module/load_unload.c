// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tsmc.ko comes and goes without a trace.
 */
#include <errno.h>
#include <kselftest.h>

#include "guest_module.h"
#include "kernel_log.h"
#include "xenstore.h"

#define CYCLES 20

static int published(void)
{
	char gfn[32];

	return !xenstore_read(NODE_HEADER_GFN, gfn, sizeof(gfn)) && atol(gfn);
}

/* Load, see it there, unload, see it gone; -1 if any of it fails. */
static int cycle(void)
{
	struct tsmc_hint_header header;
	char value[64];
	int ret;

	ret = module_load();
	if (ret || !published() || module_read_header(&header)) {
		ksft_print_msg("load: error %d, published %d\n", ret,
			       published());
		return -1;
	}
	ret = module_unload();
	if (ret || xenstore_read(TSMC_XS_DIR, value, sizeof(value)) != -ENOENT ||
	    module_read_header(&header) != -ENOENT) {
		ksft_print_msg("unload: error %d, xenstore's %s is still there or /sys/kernel/debug/tsmc is\n",
			       ret, TSMC_XS_DIR);
		return -1;
	}
	return 0;
}

static void test_header(void)
{
	struct tsmc_hint_header header;

	ksft_test_result(!module_read_header(&header) &&
			 header.magic == TSMC_HINT_MAGIC &&
			 header.abi_version == TSMC_HINT_ABI_VERSION &&
			 header.header_size == sizeof(header) &&
			 header.state == TSMC_HINT_IDLE && header.nr_pfns &&
			 header.nr_dirs && header.dir_gfn[0],
			 "a loaded module publishes a valid, idle header\n");
}

static void test_cycles(void)
{
	int done = 0;

	while (done < CYCLES && !cycle())
		done++;
	ksft_test_result(done == CYCLES,
			 "%d times loaded and unloaded without a trace\n",
			 CYCLES);
}

static void test_stale_request(void)
{
	struct tsmc_hint_header header;

	module_request("prepare 1");
	ksft_test_result(!module_load() && !module_read_header(&header) &&
			 header.state == TSMC_HINT_IDLE && !module_unload(),
			 "a request from before the module was loaded is ignored\n");
}

int main(void)
{
	int log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	ksft_set_plan(6);

	test_header();
	ksft_test_result(!module_unload_limited(), "an idle module unloads\n");
	test_cycles();
	test_stale_request();
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_test_result(!(kernel_taint() & ~TAINT_EXPECTED),
			 "the kernel is tainted by an out-of-tree module only\n");
	module_load();
	ksft_finished();
}
