/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of xen-glue share: KTAP by list, a logger, small questions.
 */
#ifndef TSMC_GLUE_TEST_H
#define TSMC_GLUE_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include "kselftest.h"
#include "xen_glue.h"

/**
 * struct glue_test - one line of the report
 * @name: what holds when it passes
 * @run: whether it holds
 */
struct glue_test {
	const char *name;
	bool (*run)(void);
};

/* Says what did not hold, and lets the test fail. */
#define CHECK(condition)							\
	do {									\
		if (!(condition)) {						\
			ksft_print_msg("%s:%d: %s does not hold\n",		\
				       __FILE__, __LINE__, #condition);		\
			return false;						\
		}								\
	} while (0)

extern struct tsmc_xen *xen;

/* Runs them in order and exits. */
void glue_run(const struct glue_test *tests, unsigned int nr);

/* Opens Xen, or exits: skipped where there is none. */
void glue_open(void);

/* Messages of the library that are expected are not shown. */
void glue_quiet(bool quiet);

/* Memory for an ioreq server, all zero; that of the last call is used again. */
void *glue_io_state(void);

/* Milliseconds of a clock that never jumps. */
int64_t glue_now_ms(void);

/* Waits until the host has so many free pages again, but for Xen's own few; false after a limit. */
bool glue_wait_free(uint64_t pages);

/* Fills in populated[] for all frames of a domain and counts them; -1 on failure. */
int64_t glue_populated(uint32_t domid, uint64_t nr_gfns, uint8_t *populated);

#endif /* TSMC_GLUE_TEST_H */
