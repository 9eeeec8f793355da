/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters in the text format of Prometheus.
 */
#ifndef TSMC_METRICS_VIEW_H
#define TSMC_METRICS_VIEW_H

#include <stdio.h>

#include "counters.h"

/**
 * struct tsmc_open_migrations - those with a record on this host
 * @active: an agent deals with them
 * @interrupted: nobody does, and somebody has to
 */
struct tsmc_open_migrations {
	unsigned int active[TSMC_SIDE_NR];
	unsigned int interrupted[TSMC_SIDE_NR];
};

void tsmc_metrics_text(const struct tsmc_counters *counters, const struct tsmc_open_migrations *open, FILE *out);

#endif /* TSMC_METRICS_VIEW_H */
