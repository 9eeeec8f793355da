// SPDX-License-Identifier: GPL-2.0-or-later
#include "split.h"

#include <errno.h>

#include "linux/tsmc_hint.h"

static bool holds(const struct tsmc_pagemap *map, uint64_t gfn)
{
	return map && tsmc_pagemap_test(map, gfn);
}

static void split_page(uint64_t gfn, bool dirty, const struct tsmc_pagemap *parked,
		       const struct tsmc_hints *hints, struct tsmc_split *split)
{
	unsigned int class = tsmc_hints_class(hints, gfn);

	if (class == TSMC_CLASS_FREE) {
		/* A page that was left out and not dirtied since is zero over there already. */
		if (dirty)
			tsmc_pagemap_set(&split->zero, gfn);
		/* Filling a hole while the guest stands still would only cost downtime. */
		if (dirty && holds(parked, gfn))
			tsmc_pagemap_set(&split->missing, gfn);
	} else if (tsmc_class_may_wait(class)) {
		tsmc_pagemap_set(&split->missing, gfn);
	} else {
		tsmc_pagemap_set(&split->send, gfn);
	}
}

/**
 * tsmc_plan_split - sort the pages of the switchover
 * @dirty: dirty at the suspend; the authority
 * @left_out: pages that stage one replaced by zero on a scan's word, or NULL
 * @parked: pages that the target has made holes of, or NULL
 * @skip: special frames, in none of the results; or NULL
 * @hints: settled table of the suspended guest; NULL: everything is sent
 * @split: result, three sets over the universe of @dirty, disjoint but for what
 *	is zero and missing; initialised here, to be destroyed by the caller
 *
 * Return: 0; -EINVAL when @left_out has another universe than @dirty; -ENOMEM.
 * After an error @split is zeroed.
 */
int tsmc_plan_split(const struct tsmc_pagemap *dirty, const struct tsmc_pagemap *left_out,
		    const struct tsmc_pagemap *parked, const struct tsmc_pagemap *skip,
		    const struct tsmc_hints *hints, struct tsmc_split *split)
{
	uint64_t nr_gfns = dirty->nr_gfns;
	uint64_t gfn;

	*split = (struct tsmc_split){ 0 };
	if (left_out && left_out->nr_gfns != nr_gfns)
		return -EINVAL;
	if (tsmc_pagemap_init(&split->send, nr_gfns) ||
	    tsmc_pagemap_init(&split->zero, nr_gfns) ||
	    tsmc_pagemap_init(&split->missing, nr_gfns)) {
		tsmc_split_destroy(split);
		return -ENOMEM;
	}

	for (gfn = tsmc_pagemap_next(dirty, 0); gfn < nr_gfns;
	     gfn = tsmc_pagemap_next(dirty, gfn + 1))
		if (!holds(skip, gfn))
			split_page(gfn, true, parked, hints, split);
	if (!left_out)
		return 0;
	for (gfn = tsmc_pagemap_next(left_out, 0); gfn < nr_gfns;
	     gfn = tsmc_pagemap_next(left_out, gfn + 1))
		if (!holds(skip, gfn) && !tsmc_pagemap_test(dirty, gfn))
			split_page(gfn, false, parked, hints, split);
	return 0;
}

/**
 * tsmc_split_destroy - free what a split holds
 * @split: result of tsmc_plan_split(), or zeroed; zeroed afterwards
 */
void tsmc_split_destroy(struct tsmc_split *split)
{
	tsmc_pagemap_destroy(&split->send);
	tsmc_pagemap_destroy(&split->zero);
	tsmc_pagemap_destroy(&split->missing);
}
