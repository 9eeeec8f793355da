// SPDX-License-Identifier: GPL-2.0-or-later
#include "hole_claims.h"

#define FIRST_GAP	64u
#define GAP_GROWTH	4u

/* Runs of holes, with gaps of up to gap frames inside; more than max when there are too many. */
static unsigned int find_claims(const struct tsmc_pagemap *holes, uint64_t gap,
				struct tsmc_gfn_range *claims, unsigned int max)
{
	unsigned int nr = 0;

	for (uint64_t gfn = 0; (gfn = tsmc_pagemap_next(holes, gfn)) < holes->nr_gfns; gfn++) {
		struct tsmc_gfn_range *last = nr ? &claims[nr - 1] : NULL;

		if (last && gfn - (last->first + last->count) <= gap) {
			last->count = gfn - last->first + 1;
			continue;
		}
		if (nr == max)
			return max + 1;
		claims[nr++] = (struct tsmc_gfn_range){ gfn, 1 };
	}
	return nr;
}

/**
 * tsmc_hole_claims - ranges that hold all holes
 * @holes: the set
 * @claims: result, ascending and disjoint
 * @max: room in @claims, at least 1
 *
 * A populated frame inside a range costs nothing: only holes trap. So runs that are
 * too many are joined, those with the smallest gaps between them first.
 *
 * Return: how many; 0 when there is no hole.
 */
unsigned int tsmc_hole_claims(const struct tsmc_pagemap *holes, struct tsmc_gfn_range *claims,
			      unsigned int max)
{
	uint64_t gap = 0;
	unsigned int nr;

	while ((nr = find_claims(holes, gap, claims, max)) > max)
		gap = gap ? gap * GAP_GROWTH : FIRST_GAP;
	return nr;
}
