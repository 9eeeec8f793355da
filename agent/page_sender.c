// SPDX-License-Identifier: GPL-2.0-or-later
#include "page_sender.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "verify.h"

static bool page_is_zero(const struct tsmc_page_sender *sender, uint64_t gfn, const void *page)
{
	const uint64_t *words = page;

	if (sender->zero && tsmc_pagemap_test(sender->zero, gfn))
		return true;
	/* Most pages differ early; the rest is compared with itself, shifted. */
	return !words[0] && !memcmp(words, words + 1, TSMC_PAGE_SIZE - sizeof(*words));
}

/* Adds a page to the pieces, merged with the one before when they adjoin. */
static unsigned int add_piece(struct iovec *pieces, unsigned int nr, char *page)
{
	struct iovec *last = &pieces[nr - 1];

	if (nr > 2 && (char *)last->iov_base + last->iov_len == page) {
		last->iov_len += TSMC_PAGE_SIZE;
		return nr;
	}
	pieces[nr] = (struct iovec){ page, TSMC_PAGE_SIZE };
	return nr + 1;
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
	uint64_t entries[TSMC_WIRE_PAGES_MAX];
	int errs[TSMC_WIRE_PAGES_MAX];
	struct iovec pieces[TSMC_WIRE_PAGES_MAX + 2] = { { &head, sizeof(head) },
							 { entries, count * sizeof(*entries) } };
	unsigned int nr_pieces = 2;
	char *area;
	int rc = 0;

	area = tsmc_foreign_map(sender->xen, sender->domid, false, gfns, count, errs);
	if (!area)
		return -errno;
	for (unsigned int i = 0; i < count; i++) {
		unsigned int class = tsmc_hints_class(sender->hints, gfns[i]);
		char *page = area + (size_t)i * TSMC_PAGE_SIZE;

		/* A frame that is gone was ballooned out: it has no content any more. */
		if (errs[i] || page_is_zero(sender, gfns[i], page)) {
			entries[i] = tsmc_page_entry(gfns[i], TSMC_PAGE_ZERO);
			sender->counts.zero[stage][class]++;
			continue;
		}
		if (sender->digests)
			sender->digests[gfns[i]] = tsmc_page_digest(page);
		entries[i] = tsmc_page_entry(gfns[i], TSMC_PAGE_DATA);
		sender->counts.data[stage][class]++;
		nr_pieces = add_piece(pieces, nr_pieces, page);
	}
	rc = tsmc_channel_send(channel, TSMC_REC_PAGES, pieces, nr_pieces);
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

	if (!count)
		return 0;
	for (unsigned int i = 0; i < count; i++) {
		entries[i] = tsmc_page_entry(gfns[i], kind);
		if (kind == TSMC_PAGE_ZERO)
			sender->counts.zero[stage][tsmc_hints_class(sender->hints, gfns[i])]++;
	}
	return tsmc_channel_send(channel, TSMC_REC_PAGES, pieces, 2);
}
