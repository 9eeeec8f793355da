/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast a migration comes on, from looks at it. No I/O, no clock.
 */
#ifndef TSMC_PROGRESS_RATES_H
#define TSMC_PROGRESS_RATES_H

#include "progress.h"

/* Looks that are kept; at four each second the last five seconds. */
#define TSMC_RATES_LOOKS	21

/**
 * struct tsmc_look - what one look has found
 * @ns: when
 * @bytes: sent by then
 * @left: pages that the step had ahead
 * @nr_steps: that had begun
 */
struct tsmc_look {
	uint64_t ns, bytes, left;
	uint32_t nr_steps;
};

/**
 * struct tsmc_rates - zeroed: there was no look yet
 * @nr: looks so far; number i is at i % TSMC_RATES_LOOKS
 * @looks: the last of them
 */
struct tsmc_rates {
	uint64_t nr;
	struct tsmc_look looks[TSMC_RATES_LOOKS];
};

/* One more look. */
void tsmc_rates_add(struct tsmc_rates *rates, uint64_t ns, const struct tsmc_progress_state *state);
/* Bytes of pages each second; 0 when that is not known. */
uint64_t tsmc_rates_link(const struct tsmc_rates *rates);
/* Until nothing is ahead in this step, ns; TSMC_RATES_UNKNOWN if that cannot be told. */
uint64_t tsmc_rates_left_ns(const struct tsmc_rates *rates);

#define TSMC_RATES_UNKNOWN	UINT64_MAX

#endif /* TSMC_PROGRESS_RATES_H */
