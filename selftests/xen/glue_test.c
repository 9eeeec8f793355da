// SPDX-License-Identifier: GPL-2.0-or-later
#include "glue_test.h"

#include <poll.h>
#include <string.h>
#include <time.h>

/* Xen frees a domain's memory bit by bit after it is gone. */
#define FREE_LIMIT_MS	20000
/*
 * Pages that Xen's own tables may have grown by. They do with the first domains
 * on a host, whoever makes them, by less than this in all.
 */
#define TABLE_PAGES	10

struct tsmc_xen *xen;

static bool quiet_now;

static void emit(void *opaque, enum tsmc_log_level level, const char *fmt, va_list args)
{
	static const char *const levels[] = { "error", "warning", "info", "debug" };
	char text[2048];

	(void)opaque;
	if (level == TSMC_LOG_DEBUG || quiet_now)
		return;
	vsnprintf(text, sizeof(text), fmt, args);
	ksft_print_msg("%s: %s\n", levels[level], text);
}

void glue_quiet(bool quiet)
{
	quiet_now = quiet;
}

void glue_open(void)
{
	static const struct tsmc_log log = { .emit = emit };

	setvbuf(stdout, NULL, _IOLBF, 0);
	ksft_print_header();
	if (access("/proc/xen/capabilities", R_OK) && access("/dev/xen/privcmd", R_OK))
		ksft_exit_skip("this is no Dom0\n");
	if (tsmc_xen_open(&xen, &log))
		ksft_exit_fail_msg("cannot open Xen\n");
}

void glue_run(const struct glue_test *tests, unsigned int nr)
{
	unsigned int i;

	ksft_set_plan(nr);
	for (i = 0; i < nr; i++) {
		bool ok = tests[i].run();

		glue_quiet(false);
		ksft_test_result(ok, "%s\n", tests[i].name);
	}
	tsmc_xen_close(xen);
	ksft_finished();
}

void *glue_io_state(void)
{
	static uint64_t state[4096];

	memset(state, 0, sizeof(state));
	return state;
}

int64_t glue_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool glue_wait_free(uint64_t pages)
{
	int64_t limit = glue_now_ms() + FREE_LIMIT_MS;
	uint64_t now = 0;

	do {
		if (tsmc_host_free_pages(xen, &now))
			return false;
		if (now + TABLE_PAGES >= pages)
			return true;
		poll(NULL, 0, 50);
	} while (glue_now_ms() < limit);
	ksft_print_msg("waited %d s for %lu free pages, there are %lu\n", FREE_LIMIT_MS / 1000,
		       pages, now);
	return false;
}

int64_t glue_populated(uint32_t domid, uint64_t nr_gfns, uint8_t *populated)
{
	int64_t count = 0;
	uint64_t first;
	unsigned int i, n;

	for (first = 0; first < nr_gfns; first += n) {
		n = nr_gfns - first < TSMC_BATCH_MAX ? nr_gfns - first : TSMC_BATCH_MAX;
		if (tsmc_domain_populated(xen, domid, first, n, populated + first))
			return -1;
		for (i = 0; i < n; i++)
			count += populated[first + i];
	}
	return count;
}
