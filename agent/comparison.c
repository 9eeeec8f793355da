// SPDX-License-Identifier: GPL-2.0-or-later
#include "comparison.h"

#include <errno.h>
#include <stdlib.h>

#include "verify.h"

/* Backends may write to these at any time, through mappings that log-dirty does not see. */
static int find_granted(const struct tsmc_comparison *comparison, struct tsmc_pagemap *granted)
{
	uint64_t *gfns = calloc(TSMC_GRANTS_MAX, sizeof(*gfns));
	int rc = gfns ? tsmc_pagemap_init(granted, comparison->ram->nr_gfns) : -ENOMEM;
	int count = rc ? rc : tsmc_grants_writable(comparison->xen, comparison->domid, gfns, TSMC_GRANTS_MAX);

	for (int i = 0; i < count; i++) {
		if (gfns[i] < granted->nr_gfns)
			tsmc_pagemap_set(granted, gfns[i]);
	}
	free(gfns);
	return count < 0 ? count : 0;
}

/* Free pages, whatever they hold here: at the target they are zero. */
static int find_zeroed(const struct tsmc_comparison *comparison, struct tsmc_pagemap *zeroed)
{
	const struct tsmc_split *split = comparison->split;
	const struct tsmc_pagemap *ram = comparison->ram;
	int rc = tsmc_pagemap_init(zeroed, ram->nr_gfns);

	for (uint64_t gfn = 0; !rc && (gfn = tsmc_pagemap_next(ram, gfn)) < ram->nr_gfns; gfn++) {
		bool kept_out = tsmc_pagemap_test(comparison->left_out, gfn) &&
				!tsmc_pagemap_test(&split->send, gfn) &&
				!tsmc_pagemap_test(&split->missing, gfn);

		if (kept_out || tsmc_pagemap_test(&split->zero, gfn))
			tsmc_pagemap_set(zeroed, gfn);
	}
	return rc;
}

/**
 * tsmc_compare - compare every page of both sides
 * @comparison: the source
 * @channel: to the target, which compares
 *
 * Return: 0; -EBADMSG when pages differ; another negative errno; logged.
 */
int tsmc_compare(const struct tsmc_comparison *comparison, struct tsmc_channel *channel)
{
	struct tsmc_pagemap zeroed = { 0 }, granted = { 0 };
	int rc;

	rc = find_zeroed(comparison, &zeroed);
	if (!rc)
		rc = find_granted(comparison, &granted);
	if (!rc)
		rc = tsmc_verify_source(comparison->xen, comparison->domid, channel, comparison->ram,
					&zeroed, &granted, comparison->sent, comparison->ld);
	tsmc_pagemap_destroy(&zeroed);
	tsmc_pagemap_destroy(&granted);
	return rc;
}
