// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

/**
 * tsmc_page_digest - digest of one page
 * @page: 4096 bytes
 *
 * Return: XXH3-128; no page has zero for it by accident, which stands for "not compared".
 */
struct tsmc_wire_digest tsmc_page_digest(const void *page)
{
	XXH128_hash_t hash = XXH3_128bits(page, TSMC_PAGE_SIZE);

	return (struct tsmc_wire_digest){ .low = hash.low64, .high = hash.high64 };
}

/* Digests of up to TSMC_BATCH_MAX frames, at their places in digests. */
static int digest_frames(struct tsmc_xen *xen, uint32_t domid, uint64_t first,
			 const uint64_t *gfns, unsigned int count, struct tsmc_wire_digest *digests)
{
	int errs[TSMC_BATCH_MAX];
	char *area = tsmc_foreign_map(xen, domid, false, gfns, count, errs);

	if (!area)
		return -errno;
	for (unsigned int i = 0; i < count; i++) {
		if (!errs[i])
			digests[gfns[i] - first] = tsmc_page_digest(area + (size_t)i * TSMC_PAGE_SIZE);
	}
	tsmc_foreign_unmap(xen, area, count);
	return 0;
}

/* Fills the digests of the frames in [first, first + count) that are in map. */
static int digest_window(struct tsmc_xen *xen, uint32_t domid, const struct tsmc_pagemap *map,
			 uint64_t first, unsigned int count, struct tsmc_wire_digest *digests)
{
	uint64_t gfns[TSMC_BATCH_MAX], gfn = tsmc_pagemap_next(map, first);
	int rc = 0;

	memset(digests, 0, count * sizeof(*digests));
	while (!rc && gfn < first + count && gfn < map->nr_gfns) {
		unsigned int nr = 0;

		for (; nr < TSMC_BATCH_MAX && gfn < first + count && gfn < map->nr_gfns;
		     gfn = tsmc_pagemap_next(map, gfn + 1))
			gfns[nr++] = gfn;
		rc = digest_frames(xen, domid, first, gfns, nr, digests);
	}
	return rc;
}

static int send_window(struct tsmc_channel *channel, uint64_t first, unsigned int count,
		       struct tsmc_wire_digest *digests)
{
	struct tsmc_wire_verify head = { .first = first, .count = count };
	struct iovec pieces[2] = { { &head, sizeof(head) }, { digests, count * sizeof(*digests) } };

	return tsmc_channel_send(channel, TSMC_REC_VERIFY, pieces, 2);
}

/**
 * struct excuse - frames that say nothing
 * @ram: frames there are
 * @granted: granted for writing; block backends keep such pages mapped, and Xen tells log-dirty of
 *	writes to them when they are unmapped, which is after us
 * @written: log-dirty's bitmap of what was written since the suspend
 *
 * Backends go on for a moment after the suspend: a packet or a block that arrives late is still
 * written into the source's memory. The guest cannot know of it, since its rings are made anew at the
 * target, and asks again.
 */
struct excuse {
	const struct tsmc_pagemap *ram;
	const struct tsmc_pagemap *granted;
	const uint64_t *written;
};

static bool is_excused(const struct excuse *excuse, uint64_t gfn)
{
	return tsmc_pagemap_test(excuse->ram, gfn) &&
	       (tsmc_pagemap_test(excuse->granted, gfn) || excuse->written[gfn / 64] >> gfn % 64 & 1);
}

static int judge(struct tsmc_channel *channel, const struct tsmc_wire_verified *verified,
		 const uint64_t *gfns, const struct excuse *excuse)
{
	uint64_t named = verified->differing < TSMC_WIRE_DIFFERING_MAX ? verified->differing :
			 TSMC_WIRE_DIFFERING_MAX;
	uint64_t wrong = verified->differing - named;

	for (uint64_t i = 0; i < named; i++) {
		if (is_excused(excuse, gfns[i]))
			continue;
		wrong++;
		tsmc_log(channel->log, TSMC_LOG_ERROR, "verify: gfn %#" PRIx64 " differs", gfns[i]);
	}
	tsmc_log(channel->log, TSMC_LOG_INFO,
		 "verify: %" PRIu64 " pages compared, %" PRIu64 " differ, %" PRIu64 " more are backends' to write",
		 verified->compared, wrong, verified->differing - wrong);
	return wrong ? -EBADMSG : 0;
}

static int read_verdict(struct tsmc_channel *channel, struct excuse *excuse, struct tsmc_logdirty *ld)
{
	struct tsmc_wire_verified verified;
	struct tsmc_record record;
	const uint64_t *gfns;
	int64_t written;
	int rc;

	rc = tsmc_channel_expect(channel, TSMC_REC_VERIFIED, &record, TSMC_LINK_TIMEOUT_MS);
	if (!rc)
		rc = tsmc_wire_get_verified(&record, &verified, &gfns);
	if (rc)
		return rc;
	written = tsmc_logdirty_peek(ld);
	if (written < 0)
		return (int)written;
	excuse->written = tsmc_logdirty_bitmap(ld);
	return judge(channel, &verified, gfns, excuse);
}

/**
 * tsmc_verify_source - have every page compared
 * @xen: handles
 * @domid: the suspended source
 * @channel: bulk
 * @ram: frames to compare
 * @zeroed: those of them that were free and are zero at the target
 * @granted: frames that the domain has granted for writing
 * @sent: digests of what stage two has sent, by gfn: Xen itself writes to some of these pages (event
 *	channels, vCPU info) without a word to log-dirty
 * @ld: cleaned after the suspend
 *
 * Return: 0 when no page differs, -EBADMSG, or another negative errno; logged.
 */
int tsmc_verify_source(struct tsmc_xen *xen, uint32_t domid, struct tsmc_channel *channel,
		       const struct tsmc_pagemap *ram, const struct tsmc_pagemap *zeroed,
		       const struct tsmc_pagemap *granted, const struct tsmc_wire_digest *sent,
		       struct tsmc_logdirty *ld)
{
	struct excuse excuse = { .ram = ram, .granted = granted };
	static const char zero_page[TSMC_PAGE_SIZE];
	struct tsmc_wire_digest digests[TSMC_WIRE_VERIFY_MAX], zero = tsmc_page_digest(zero_page);
	uint64_t gfn = 0;
	int rc = 0;

	while (!rc && (gfn = tsmc_pagemap_next(ram, gfn)) < ram->nr_gfns) {
		uint64_t left = ram->nr_gfns - gfn;
		unsigned int count = left < TSMC_WIRE_VERIFY_MAX ? left : TSMC_WIRE_VERIFY_MAX;

		rc = digest_window(xen, domid, ram, gfn, count, digests);
		for (unsigned int i = 0; !rc && i < count; i++) {
			if (tsmc_pagemap_test(zeroed, gfn + i))
				digests[i] = zero;
			else if (sent[gfn + i].low || sent[gfn + i].high)
				digests[i] = sent[gfn + i];
		}
		if (!rc)
			rc = send_window(channel, gfn, count, digests);
		gfn += count;
	}
	if (!rc)
		rc = send_window(channel, 0, 0, digests);
	return rc ? rc : read_verdict(channel, &excuse, ld);
}

/**
 * struct verdict - what the target found
 * @verified: totals
 * @gfns: the first that differ
 */
struct verdict {
	struct tsmc_wire_verified verified;
	uint64_t gfns[TSMC_WIRE_DIFFERING_MAX];
};

static int compare_window(struct tsmc_xen *xen, uint32_t domid, const struct tsmc_wire_verify *head,
			  const struct tsmc_wire_digest *theirs, struct verdict *verdict)
{
	struct tsmc_wire_digest ours[TSMC_WIRE_VERIFY_MAX];
	uint64_t gfns[TSMC_BATCH_MAX];
	unsigned int at = 0;
	int rc = 0;

	memset(ours, 0, sizeof(ours));
	while (!rc && at < head->count) {
		unsigned int nr = 0;

		for (; nr < TSMC_BATCH_MAX && at < head->count; at++) {
			if (theirs[at].low || theirs[at].high)
				gfns[nr++] = head->first + at;
		}
		if (nr)
			rc = digest_frames(xen, domid, head->first, gfns, nr, ours);
	}
	for (at = 0; !rc && at < head->count; at++) {
		if (!theirs[at].low && !theirs[at].high)
			continue;
		verdict->verified.compared++;
		if (ours[at].low == theirs[at].low && ours[at].high == theirs[at].high)
			continue;
		if (verdict->verified.differing < TSMC_WIRE_DIFFERING_MAX)
			verdict->gfns[verdict->verified.differing] = head->first + at;
		verdict->verified.differing++;
	}
	return rc;
}

static int send_verdict(struct tsmc_channel *channel, struct verdict *verdict)
{
	uint64_t named = verdict->verified.differing < TSMC_WIRE_DIFFERING_MAX ?
			 verdict->verified.differing : TSMC_WIRE_DIFFERING_MAX;
	struct iovec pieces[2] = { { &verdict->verified, sizeof(verdict->verified) },
				   { verdict->gfns, named * sizeof(*verdict->gfns) } };

	return tsmc_channel_send(channel, TSMC_REC_VERIFIED, pieces, 2);
}

/**
 * tsmc_verify_target - compare every page with the source's digests
 * @xen: handles
 * @domid: the complete, paused target
 * @channel: bulk
 * @top_gfn: bound of frames
 *
 * Return: 0 when all were compared and the verdict was sent, or negative errno.
 */
int tsmc_verify_target(struct tsmc_xen *xen, uint32_t domid, struct tsmc_channel *channel,
		       uint64_t top_gfn)
{
	struct verdict verdict = { 0 };
	int rc = 0;

	while (!rc) {
		const struct tsmc_wire_digest *digests;
		struct tsmc_wire_verify head;
		struct tsmc_record record;

		rc = tsmc_channel_expect(channel, TSMC_REC_VERIFY, &record, TSMC_LINK_TIMEOUT_MS);
		if (!rc)
			rc = tsmc_wire_get_verify(&record, top_gfn, &head, &digests);
		if (!rc && !head.count)
			return send_verdict(channel, &verdict);
		if (!rc)
			rc = compare_window(xen, domid, &head, digests, &verdict);
	}
	return rc;
}
