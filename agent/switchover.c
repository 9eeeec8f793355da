// SPDX-License-Identifier: GPL-2.0-or-later
#include "switchover.h"

#include <stdlib.h>

/* Bits of one MISSING record: half of what a payload may carry, 32 GiB of guest. */
#define PIECE_BITS (1ULL << 23)

/**
 * tsmc_send_missing - send a bitmap of missing frames
 * @bulk: to the other host
 * @missing: the frames
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_send_missing(struct tsmc_channel *bulk, const struct tsmc_pagemap *missing)
{
	int rc = 0;

	for (uint64_t first = 0; !rc && first < missing->nr_gfns; first += PIECE_BITS) {
		uint64_t left = (missing->nr_gfns - first + 63) / 64 * 64;
		struct tsmc_wire_missing head = { .first = first,
						  .nr_bits = left < PIECE_BITS ? left : PIECE_BITS };
		struct iovec pieces[2] = { { &head, sizeof(head) },
					   { missing->words + first / 64, head.nr_bits / 8 } };

		rc = tsmc_channel_send(bulk, TSMC_REC_MISSING, pieces, 2);
	}
	return rc;
}

static int send_final(struct tsmc_channel *bulk, const struct tsmc_tsc_info *tsc,
		      void *context, size_t len, uint64_t nr_missing, uint64_t hint_gfn)
{
	struct tsmc_wire_final final = {
		.tsc_nsec = tsc->nsec,
		.tsc_mode = tsc->mode,
		.tsc_khz = tsc->khz,
		.tsc_incarnation = tsc->incarnation,
		.context_len = len,
		.nr_missing = nr_missing,
		.hint_gfn = hint_gfn,
	};
	struct iovec pieces[2] = { { &final, sizeof(final) }, { context, len } };

	return tsmc_channel_send(bulk, TSMC_REC_FINAL, pieces, 2);
}

/**
 * tsmc_switchover_send - tell the target what is missing and how the CPUs stand
 * @agent: handles
 * @bulk: to the target
 * @domid: the suspended domain
 * @missing: frames that are to be holes when it resumes
 * @hint_gfn: header of its hint table, 0 when it has none
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_switchover_send(struct tsmc_agent *agent, struct tsmc_channel *bulk, uint32_t domid,
			 const struct tsmc_pagemap *missing, uint64_t hint_gfn)
{
	struct tsmc_tsc_info tsc;
	void *context;
	size_t len;
	int rc;

	rc = tsmc_send_missing(bulk, missing);
	if (!rc)
		rc = tsmc_domain_get_tsc(agent->xen, domid, &tsc);
	if (!rc)
		rc = tsmc_domain_get_context(agent->xen, domid, &context, &len);
	if (rc)
		return rc;
	rc = send_final(bulk, &tsc, context, len, missing->count, hint_gfn);
	free(context);
	return rc;
}
