// SPDX-License-Identifier: GPL-2.0-or-later
#include "page_sender.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "progress.h"
#include "verify.h"

static bool page_is_zero(const struct tsmc_page_sender *sender, uint64_t gfn, const void *page)
{
	const uint64_t *words = page;

	if (sender->zero && tsmc_pagemap_test(sender->zero, gfn))
		return true;
	/* Most pages differ early; the rest is compared with itself, shifted. */
	return !words[0] && !memcmp(words, words + 1, TSMC_PAGE_SIZE - sizeof(*words));
}

/**
 * tsmc_page_sender_compress - have content packed
 * @sender: new
 * @compress: what was asked for
 * @capabilities: common to both sides, TSMC_CAP_*
 *
 * A target that cannot unpack gets pages as they are, and the operator is told.
 */
void tsmc_page_sender_compress(struct tsmc_page_sender *sender, enum tsmc_compress compress,
			       uint32_t capabilities)
{
	if (compress != TSMC_COMPRESS_OFF && !(capabilities & TSMC_CAP_PACKED)) {
		tsmc_log(sender->log, TSMC_LOG_WARN,
			 "the target's tsmc-agent cannot unpack pages: they cross as they are");
		compress = TSMC_COMPRESS_OFF;
	}
	sender->packer = (struct tsmc_page_packer){ .compress = compress, .strongest = TSMC_CODEC_ZSTD };
}

/**
 * tsmc_page_sender_destroy - free digests and packer
 * @sender: zeroed or in use; its counts stay
 */
void tsmc_page_sender_destroy(struct tsmc_page_sender *sender)
{
	free(sender->digests);
	sender->digests = NULL;
	tsmc_page_packer_destroy(&sender->packer);
}

/* Appends pages to the pieces, in one where they adjoin; returns how many pieces there are. */
static unsigned int add_pages(struct iovec *pieces, unsigned int nr, const void *const *pages, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct iovec *last = &pieces[nr - 1];

		if (i && (const char *)last->iov_base + last->iov_len == pages[i])
			last->iov_len += TSMC_PAGE_SIZE;
		else
			pieces[nr++] = (struct iovec){ (void *)pages[i], TSMC_PAGE_SIZE };
	}
	return nr;
}

/* Makes the entries, and finds the pages whose content has to be sent; returns how many these are. */
static unsigned int describe(struct tsmc_page_sender *sender, unsigned int stage, const char *area,
			     const int *errs, const uint64_t *gfns, unsigned int count,
			     uint64_t *entries, const void **pages)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < count; i++) {
		unsigned int class = tsmc_hints_class(sender->hints, gfns[i]);
		const char *page = area + (size_t)i * TSMC_PAGE_SIZE;

		/* Those are frames that are gone: see confirm_gone(). */
		if (errs[i] || page_is_zero(sender, gfns[i], page)) {
			entries[i] = tsmc_page_entry(gfns[i], TSMC_PAGE_ZERO);
			sender->counts.zero[stage][class]++;
			continue;
		}
		if (sender->digests)
			sender->digests[gfns[i]] = tsmc_page_digest(page);
		entries[i] = tsmc_page_entry(gfns[i], TSMC_PAGE_DATA);
		sender->counts.data[stage][class]++;
		pages[nr++] = page;
	}
	return nr;
}

/* Each page has its entry, and its part of the content. */
static void count_bytes(struct tsmc_page_sender *sender, unsigned int stage, const uint64_t *entries,
			unsigned int count, uint64_t content, unsigned int nr_pages)
{
	for (unsigned int i = 0; i < count; i++) {
		unsigned int class = tsmc_hints_class(sender->hints, tsmc_page_gfn(entries[i]));
		uint64_t share = 0;

		if (tsmc_page_kind(entries[i]) == TSMC_PAGE_DATA)
			share = content / nr_pages--;
		content -= share;
		sender->counts.bytes[stage][class] += sizeof(*entries) + share;
	}
}

/*
 * A frame that is gone was ballooned out: it has no content any more. One that only cannot be
 * mapped has, and must not become zero.
 */
static int confirm_gone(const struct tsmc_page_sender *sender, const int *errs, const uint64_t *gfns,
			unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		uint8_t populated;
		int rc;

		if (!errs[i])
			continue;
		rc = tsmc_domain_populated(sender->xen, sender->domid, gfns[i], 1, &populated);
		if (rc || populated)
			return rc ? rc : errs[i];
	}
	return 0;
}

/* Lets the packer know how the link took a batch. */
static void learn(struct tsmc_page_sender *sender, const struct tsmc_channel *before,
		  const struct tsmc_channel *after, uint64_t start)
{
	struct tsmc_batch_sent sent = { .bytes = after->bytes_sent - before->bytes_sent,
					.ns = tsmc_now_ns() - start,
					.waited_ns = after->waited_ns - before->waited_ns,
					.full.bytes = after->full_bytes - before->full_bytes,
					.full.ns = after->full_ns - before->full_ns };
	uint64_t limit = after->pace ? after->pace->bytes_per_s : 0;

	/* The operator's limit is a link of that speed, unless the link itself is slower. */
	if (limit && sent.full.bytes * 1e9 >= sent.full.ns * limit) {
		sent.full = (struct tsmc_link_figures){ sent.bytes, sent.bytes * 1e9 / limit };
		sent.waited_ns = sent.ns;
	}
	tsmc_codec_choice_sent(&sender->packer.choice, &sent);
}

/**
 * tsmc_page_sender_send - send frames with their content
 * @sender: counts are updated
 * @channel: where to
 * @stage: 1 .. 3, for the counts and the record
 * @gfns: frames of RAM of the domain
 * @count: 1 .. TSMC_WIRE_PAGES_MAX
 *
 * The guest may be writing to the pages (stage one): what is sent then may be
 * torn, and log-dirty knows it.
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_page_sender_send(struct tsmc_page_sender *sender, struct tsmc_channel *channel,
			  unsigned int stage, const uint64_t *gfns, unsigned int count)
{
	struct tsmc_wire_pages head = { .count = count, .stage = stage };
	const struct tsmc_channel before = *channel;
	const void *pages[TSMC_WIRE_PAGES_MAX];
	uint64_t entries[TSMC_WIRE_PAGES_MAX], classes[TSMC_CLASS_NR];
	int errs[TSMC_WIRE_PAGES_MAX];
	struct iovec pieces[TSMC_WIRE_PAGES_MAX + 2] = { { &head, sizeof(head) },
							 { entries, count * sizeof(*entries) } };
	unsigned int nr_pages, nr_pieces = 3;
	uint64_t start = tsmc_now_ns(), content;
	char *area;
	int rc;

	area = tsmc_foreign_map(sender->xen, sender->domid, false, gfns, count, errs);
	for (unsigned int i = 0, error = errno; !area && i < count; i++)
		errs[i] = -(int)error;
	rc = confirm_gone(sender, errs, gfns, count);
	if (rc) {
		tsmc_foreign_unmap(sender->xen, area, count);
		return rc;
	}
	memcpy(classes, sender->counts.data[stage], sizeof(classes));
	nr_pages = describe(sender, stage, area, errs, gfns, count, entries, pages);
	head.codec = tsmc_page_packer_pack(&sender->packer, pages, nr_pages, &pieces[2].iov_len,
					   &sender->counts.pack);
	pieces[2].iov_base = sender->packer.packed;
	content = head.codec == TSMC_CODEC_NONE ? nr_pages * TSMC_PAGE_SIZE : pieces[2].iov_len;
	count_bytes(sender, stage, entries, count, content, nr_pages);
	if (head.codec == TSMC_CODEC_NONE)
		nr_pieces = add_pages(pieces, 2, pages, nr_pages);
	rc = tsmc_channel_send(channel, TSMC_REC_PAGES, pieces, nr_pieces);
	tsmc_series_sent(sender->series, start, channel->bytes_sent - before.bytes_sent, nr_pages, count - nr_pages);
	tsmc_progress_classes(tsmc_series_live(sender->series), classes, sender->counts.data[stage]);
	/* In stage three it is the window that bounds what is on its way, not the link. */
	if (stage < 3)
		learn(sender, &before, channel, start);
	tsmc_foreign_unmap(sender->xen, area, count);
	return rc;
}

/**
 * tsmc_page_sender_send_all - send every frame of a set with its content
 * @sender: counts are updated
 * @channel: where to
 * @stage: 1 .. 3
 * @map: the set
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_page_sender_send_all(struct tsmc_page_sender *sender, struct tsmc_channel *channel,
			      unsigned int stage, const struct tsmc_pagemap *map)
{
	uint64_t gfns[TSMC_WIRE_PAGES_MAX], from = 0;
	unsigned int count;
	int rc = 0;

	while (!rc && (count = tsmc_pagemap_take(map, &from, gfns, TSMC_WIRE_PAGES_MAX)))
		rc = tsmc_page_sender_send(sender, channel, stage, gfns, count);
	return rc;
}

/**
 * tsmc_page_sender_mark - say of frames all that there is to say, without content
 * @sender: zero pages are counted
 * @channel: where to
 * @stage: 1 .. 3
 * @kind: TSMC_PAGE_ZERO, or in stage one TSMC_PAGE_ABSENT
 * @gfns: frames of RAM
 * @count: 0 .. TSMC_WIRE_PAGES_MAX
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_page_sender_mark(struct tsmc_page_sender *sender, struct tsmc_channel *channel,
			  unsigned int stage, uint64_t kind, const uint64_t *gfns, unsigned int count)
{
	struct tsmc_wire_pages head = { .count = count, .stage = stage };
	uint64_t entries[TSMC_WIRE_PAGES_MAX];
	struct iovec pieces[2] = { { &head, sizeof(head) }, { entries, count * sizeof(*entries) } };
	uint64_t start = tsmc_now_ns(), before = channel->bytes_sent;
	int rc;

	if (!count)
		return 0;
	for (unsigned int i = 0; i < count; i++) {
		entries[i] = tsmc_page_entry(gfns[i], kind);
		if (kind == TSMC_PAGE_ZERO)
			sender->counts.zero[stage][tsmc_hints_class(sender->hints, gfns[i])]++;
	}
	count_bytes(sender, stage, entries, count, 0, 0);
	rc = tsmc_channel_send(channel, TSMC_REC_PAGES, pieces, 2);
	tsmc_series_sent(sender->series, start, channel->bytes_sent - before, 0, kind == TSMC_PAGE_ZERO ? count : 0);
	return rc;
}

/**
 * tsmc_page_sender_zero_all - make frames zero at the target
 * @sender: counts are updated
 * @channel: where to
 * @stage: 1 .. 3
 * @map: of these
 * @holes: frames that are left out: they are holes over there, to be filled in stage three
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_page_sender_zero_all(struct tsmc_page_sender *sender, struct tsmc_channel *channel,
			      unsigned int stage, const struct tsmc_pagemap *map,
			      const struct tsmc_pagemap *holes)
{
	uint64_t gfns[TSMC_WIRE_PAGES_MAX], from = 0;
	unsigned int count;
	int rc = 0;

	while (!rc && (count = tsmc_pagemap_take_except(map, holes, &from, gfns, TSMC_WIRE_PAGES_MAX)))
		rc = tsmc_page_sender_mark(sender, channel, stage, TSMC_PAGE_ZERO, gfns, count);
	return rc;
}
