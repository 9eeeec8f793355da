/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests as an estimate's watch would see them.
 */
#ifndef WATCHED_GUEST_H
#define WATCHED_GUEST_H

#include "costs.h"
#include "estimate.h"
#include "unit.h"

#define WIRE_PAGE	(4096 + 8)
/* 1000 pages a second: each page takes 1 ms. */
#define RATE		(1000.0 * WIRE_PAGE)
#define LOOKS		40
#define LOOK_S		0.25

/* Seconds that a cost takes where it was measured. */
#define COST_S(name)	(TSMC_COST_ ## name ## _NS / 1e9)

static struct tsmc_look looks[LOOKS];

/* So many pages cross a link that is slower than the hosts, which have so much to do with each. */
static inline double crossing(double pages, double work_s)
{
	return pages * (0.001 + TSMC_COST_IN_TURNS * work_s);
}

static inline double copying(double pages)
{
	return crossing(pages, COST_S(PAGE));
}

/* Writes nothing, has no zero page but free ones: 60000 pages that may wait, 20000 that cannot. */
static inline struct tsmc_observations quiet(void)
{
	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i] = (struct tsmc_look){ .at_s = (i + 1) * LOOK_S };
	return (struct tsmc_observations){ .looks = looks, .nr_looks = LOOKS, .nr_vcpus = 2, .nr_cpus = 8, .ram = 100000,
					   .wait = 60000, .fixed = 20000, .zero_free = 1,
					   .again = { { .length_s = 0.05 }, { .length_s = 0.5 } }, .advised = true };
}

/* So many pages that may wait are written from the beginning. */
static inline struct tsmc_observations hot_set(uint64_t pages)
{
	struct tsmc_observations seen = quiet();

	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].wait = pages;
	return seen;
}

/* So many more pages that may wait are written each second. */
static inline struct tsmc_observations sweep(uint64_t pages_per_s)
{
	struct tsmc_observations seen = quiet();

	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].wait = looks[i].at_s * pages_per_s;
	return seen;
}

static inline struct tsmc_estimate tsmc(const struct tsmc_observations *seen)
{
	return tsmc_estimate(seen, RATE, TSMC_MODE_THREE_STAGE);
}

static inline bool near(double value, double wanted, double slack)
{
	if (value >= wanted - slack && value <= wanted + slack)
		return true;
	ksft_print_msg("%g, not %g\n", value, wanted);
	return false;
}

#endif /* WATCHED_GUEST_H */
