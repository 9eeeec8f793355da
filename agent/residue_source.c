// SPDX-License-Identifier: GPL-2.0-or-later
#include "residue_source.h"

#include <errno.h>

#include "clock.h"

/* Bits of one RESIDUE record: half of what a payload may carry, 32 GiB of guest. */
#define PIECE_BITS (1ULL << 23)

/* From the first word with a bit set to the last of a piece; false when there is none. */
static bool trim(const struct tsmc_pagemap *left, struct tsmc_wire_missing *piece)
{
	uint64_t end = piece->first + piece->nr_bits;
	uint64_t gfn = tsmc_pagemap_next(left, piece->first), first = gfn / 64 * 64;

	if (gfn >= left->nr_gfns || gfn >= end)
		return false;
	while (!left->words[end / 64 - 1])
		end -= 64;
	*piece = (struct tsmc_wire_missing){ .first = first, .nr_bits = end - first };
	return true;
}

/**
 * tsmc_residue_tell - say that nothing but these pages is left to send
 * @residue: to which the target was told nothing yet
 * @bulk: to the target
 * @left: the pages, at least one
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_residue_tell(struct tsmc_residue_source *residue, struct tsmc_channel *bulk,
		      const struct tsmc_pagemap *left)
{
	uint64_t nr_bits = (left->nr_gfns + 63) / 64 * 64;
	int rc = 0;

	residue->told = true;
	residue->total = left->count;
	for (uint64_t first = 0; !rc && first < nr_bits; first += PIECE_BITS) {
		struct tsmc_wire_residue head = { .total = left->count, .piece.first = first,
						  .piece.nr_bits = nr_bits - first < PIECE_BITS ?
								   nr_bits - first : PIECE_BITS };
		struct iovec pieces[2] = { { &head, sizeof(head) } };

		if (!trim(left, &head.piece))
			continue;
		pieces[1] = (struct iovec){ left->words + head.piece.first / 64, head.piece.nr_bits / 8 };
		rc = tsmc_channel_send(bulk, TSMC_REC_RESIDUE, pieces, 2);
	}
	return rc;
}

/**
 * tsmc_residue_hear_safe - the target lacks nothing but residue
 * @residue: any
 * @record: the SAFE
 *
 * Return: 0; -EPROTO when it cannot be.
 */
int tsmc_residue_hear_safe(struct tsmc_residue_source *residue, const struct tsmc_record *record)
{
	uint64_t nr_missing;

	if (tsmc_wire_get_safe(record, &nr_missing) || !residue->told || residue->safe_ns ||
	    nr_missing > residue->total)
		return -EPROTO;
	residue->safe_ns = tsmc_now_ns();
	residue->safe_pages = nr_missing;
	return 0;
}

/**
 * tsmc_residue_hear_dropped - the guest has given up pages
 * @residue: any
 * @record: the DROPPED
 * @gfns: result: any numbers, of pages that need not be sent, if they were not
 * @count: of them
 *
 * Return: 0; -EPROTO when it cannot be.
 */
int tsmc_residue_hear_dropped(struct tsmc_residue_source *residue, const struct tsmc_record *record,
			      const uint64_t **gfns, unsigned int *count)
{
	struct tsmc_wire_dropped dropped;

	if (tsmc_wire_get_dropped(record, TSMC_WIRE_GFN_MASK + 1, &dropped, gfns) || !residue->safe_ns ||
	    residue->settled)
		return -EPROTO;
	*count = dropped.count;
	residue->settled = dropped.last;
	return 0;
}

/**
 * tsmc_residue_waits - may pages be dropped soon?
 * @residue: any
 */
bool tsmc_residue_waits(const struct tsmc_residue_source *residue)
{
	return residue->told && !residue->settled;
}
