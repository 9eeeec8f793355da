// SPDX-License-Identifier: GPL-2.0-or-later
#include "residue_target.h"

#include <errno.h>

static bool is_whole(const struct tsmc_residue_target *residue)
{
	return residue->total && residue->pages.count == residue->total;
}

static uint64_t count_others(const struct tsmc_residue_target *residue, const struct tsmc_pagemap *missing)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < (missing->nr_gfns + 63) / 64; i++)
		count += (uint64_t)__builtin_popcountll(missing->words[i] & ~residue->pages.words[i]);
	return count;
}

/**
 * tsmc_residue_take - the source names a piece of the residue
 * @residue: zeroed at first
 * @record: the RESIDUE
 * @missing: frames without content
 *
 * Return: 0; -EPROTO when it names more, or other numbers, than it has said; -ENOMEM.
 */
int tsmc_residue_take(struct tsmc_residue_target *residue, const struct tsmc_record *record,
		      const struct tsmc_pagemap *missing)
{
	struct tsmc_wire_residue head;
	const uint64_t *bits;
	int rc;

	rc = tsmc_wire_get_residue(record, missing->nr_gfns, &head, &bits);
	if (rc)
		return rc;
	if (is_whole(residue) || (residue->total && residue->total != head.total))
		return -EPROTO;
	residue->total = head.total;
	rc = residue->pages.words ? 0 : tsmc_pagemap_init(&residue->pages, missing->nr_gfns);
	if (!rc)
		rc = tsmc_pagemap_merge(&residue->pages, head.piece.first, head.piece.nr_bits, bits);
	if (rc)
		return rc;
	if (residue->pages.count > residue->total)
		return -EPROTO;
	if (is_whole(residue))
		residue->others = count_others(residue, missing);
	return 0;
}

/**
 * tsmc_residue_came - the content of a missing page has come
 * @residue: any
 * @gfn: the page
 */
void tsmc_residue_came(struct tsmc_residue_target *residue, uint64_t gfn)
{
	if (is_whole(residue) && !tsmc_pagemap_test(&residue->pages, gfn))
		residue->others--;
}

/**
 * tsmc_residue_is_alone - is nothing missing that the guest's disk does not have?
 * @residue: any
 *
 * Return: also false as long as the source has not said what is left.
 */
bool tsmc_residue_is_alone(const struct tsmc_residue_target *residue)
{
	return is_whole(residue) && !residue->others;
}

/**
 * tsmc_residue_portion - what may be dropped next
 * @residue: nothing else is missing
 * @missing: frames without content
 * @gfns: room for @max
 * @max: most of them
 *
 * Return: how many, each of them missing and once at most in all calls; 0: there are no more.
 */
unsigned int tsmc_residue_portion(struct tsmc_residue_target *residue, const struct tsmc_pagemap *missing,
				  uint64_t *gfns, unsigned int max)
{
	uint64_t gfn = tsmc_pagemap_next(&residue->pages, residue->next);
	unsigned int count = 0;

	for (; count < max && gfn < residue->pages.nr_gfns; gfn = tsmc_pagemap_next(&residue->pages, gfn + 1)) {
		if (tsmc_pagemap_test(missing, gfn))
			gfns[count++] = gfn;
	}
	residue->next = gfn;
	return count;
}

/**
 * tsmc_residue_destroy - free what it holds
 * @residue: zeroed afterwards
 */
void tsmc_residue_destroy(struct tsmc_residue_target *residue)
{
	tsmc_pagemap_destroy(&residue->pages);
	*residue = (struct tsmc_residue_target){ 0 };
}
