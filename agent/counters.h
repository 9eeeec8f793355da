/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sums over all migrations that ended on this host, and the file that keeps them.
 */
#ifndef TSMC_COUNTERS_H
#define TSMC_COUNTERS_H

#include <stddef.h>

#include "ending.h"
#include "xen_glue.h"

#define TSMC_COUNTERS_DIR	"/var/lib/tsmc"
/* Longest file. */
#define TSMC_COUNTERS_MAX	4096u

/**
 * struct tsmc_counters - sums since the file was begun
 * @ended: how many migrations, by side and outcome; entries of TSMC_OUTCOME_NONE stay 0
 * @figures: of these
 * @downtime_max_ns: the longest of one
 */
struct tsmc_counters {
	uint64_t ended[TSMC_SIDE_NR][TSMC_OUTCOME_NR];
	struct tsmc_figures figures[TSMC_SIDE_NR][TSMC_OUTCOME_NR];
	uint64_t downtime_max_ns;
};

/* Pure, counters_text.c. */
void tsmc_counters_add(struct tsmc_counters *counters, const struct tsmc_ending *ending);
int tsmc_counters_format(const struct tsmc_counters *counters, char *text, size_t len);
int tsmc_counters_parse(const char *text, size_t len, struct tsmc_counters *counters);
const char *tsmc_side_name(enum tsmc_side side);
const char *tsmc_outcome_name(enum tsmc_outcome outcome);

/* counters.c: adds to the file unless the outcome is NONE. Never fails: a warning says what is not counted. */
void tsmc_counters_count(const struct tsmc_ending *ending, const struct tsmc_log *log);
/* All that was counted: 0 or negative errno; logged. */
int tsmc_counters_read(struct tsmc_counters *counters, const struct tsmc_log *log);

#endif /* TSMC_COUNTERS_H */
