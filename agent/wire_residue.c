// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checked decoding of what both sides say of the residue, as in wire.c.
 */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "wire.h"

/**
 * tsmc_wire_get_residue - check a RESIDUE
 * @record: the record
 * @top_gfn: from LAYOUT
 * @residue: result; its piece is as tsmc_wire_get_missing() promises, total at
 *	most @top_gfn and not 0
 * @bits: of the piece
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_residue(const struct tsmc_record *record, uint64_t top_gfn,
			  struct tsmc_wire_residue *residue, const uint64_t **bits)
{
	const size_t before = offsetof(struct tsmc_wire_residue, piece);
	struct tsmc_record piece = { .type = TSMC_REC_MISSING };

	if (record->type != TSMC_REC_RESIDUE || record->length < sizeof(*residue))
		return -EPROTO;
	memcpy(&residue->total, record->payload, sizeof(residue->total));
	residue->total = le64toh(residue->total);
	if (!residue->total || residue->total > top_gfn)
		return -EPROTO;
	piece.payload = (const char *)record->payload + before;
	piece.length = record->length - before;
	return tsmc_wire_get_missing(&piece, top_gfn, &residue->piece, bits);
}

/**
 * tsmc_wire_get_safe - check a SAFE
 * @record: the record
 * @nr_missing: result: pages that the target lacks
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_safe(const struct tsmc_record *record, uint64_t *nr_missing)
{
	struct tsmc_wire_safe safe;

	if (record->type != TSMC_REC_SAFE || record->length != sizeof(safe))
		return -EPROTO;
	memcpy(&safe, record->payload, sizeof(safe));
	*nr_missing = le64toh(safe.nr_missing);
	return *nr_missing && *nr_missing <= TSMC_WIRE_GFN_MASK + 1 ? 0 : -EPROTO;
}

/**
 * tsmc_wire_get_dropped - check a DROPPED
 * @record: the record
 * @top_gfn: bound of the gfns
 * @dropped: result
 * @gfns: count of them, below @top_gfn
 *
 * Return: 0; -EPROTO.
 */
int tsmc_wire_get_dropped(const struct tsmc_record *record, uint64_t top_gfn,
			  struct tsmc_wire_dropped *dropped, const uint64_t **gfns)
{
	if (record->type != TSMC_REC_DROPPED || record->length < sizeof(*dropped))
		return -EPROTO;
	memcpy(dropped, record->payload, sizeof(*dropped));
	dropped->count = le32toh(dropped->count);
	dropped->last = le32toh(dropped->last);
	if (dropped->count > TSMC_WIRE_DROPPED_MAX || dropped->last > 1 ||
	    record->length != sizeof(*dropped) + dropped->count * sizeof(**gfns))
		return -EPROTO;
	*gfns = (const uint64_t *)((const char *)record->payload + sizeof(*dropped));
	for (unsigned int i = 0; i < dropped->count; i++) {
		if ((*gfns)[i] >= top_gfn)
			return -EPROTO;
	}
	return 0;
}
