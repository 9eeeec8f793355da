// SPDX-License-Identifier: GPL-2.0-or-later
#include "page_receiver.h"

#include <errno.h>
#include <string.h>

/**
 * struct sorted - what one record asks for
 * @home: frames to be written where they are
 * @contents: of these; NULL: zero
 * @nr_home: how many
 * @absent: frames to be parked
 * @nr_absent: how many
 */
struct sorted {
	uint64_t home[TSMC_WIRE_PAGES_MAX];
	const void *contents[TSMC_WIRE_PAGES_MAX];
	unsigned int nr_home;
	uint64_t absent[TSMC_WIRE_PAGES_MAX];
	unsigned int nr_absent;
};

/* A fresh page is zero already, and writing it would only cost memory bandwidth. */
static void clear_page(void *page)
{
	const uint64_t *words = page;

	if (words[0] || memcmp(words, words + 1, TSMC_PAGE_SIZE - sizeof(*words)))
		memset(page, 0, TSMC_PAGE_SIZE);
}

static void write_page(void *page, const void *content)
{
	if (content)
		memcpy(page, content, TSMC_PAGE_SIZE);
	else
		clear_page(page);
}

/* Writes what is mapped for good, and puts the rest where it belongs. */
static void sort(const struct tsmc_parking *parking, const struct tsmc_wire_pages *head,
		 const uint64_t *entries, const char *data, struct sorted *sorted)
{
	sorted->nr_home = 0;
	sorted->nr_absent = 0;
	for (unsigned int i = 0; i < head->count; i++) {
		uint64_t gfn = tsmc_page_gfn(entries[i]);
		void *page = tsmc_parking_page(parking, gfn);
		const void *content = NULL;

		if (tsmc_page_kind(entries[i]) == TSMC_PAGE_ABSENT) {
			sorted->absent[sorted->nr_absent++] = gfn;
			continue;
		}
		if (tsmc_page_kind(entries[i]) == TSMC_PAGE_DATA) {
			content = data;
			data += TSMC_PAGE_SIZE;
		}
		if (page) {
			write_page(page, content);
			continue;
		}
		sorted->home[sorted->nr_home] = gfn;
		sorted->contents[sorted->nr_home++] = content;
	}
}

static int write_home(struct tsmc_xen *xen, uint32_t domid, const struct sorted *sorted)
{
	int errs[TSMC_WIRE_PAGES_MAX];
	char *area;
	int rc = 0;

	area = tsmc_foreign_map(xen, domid, true, sorted->home, sorted->nr_home, errs);
	if (!area)
		return -errno;
	for (unsigned int i = 0; !rc && i < sorted->nr_home; i++) {
		rc = errs[i];
		if (!rc)
			write_page(area + (size_t)i * TSMC_PAGE_SIZE, sorted->contents[i]);
	}
	tsmc_foreign_unmap(xen, area, sorted->nr_home);
	return rc;
}

/**
 * tsmc_page_receive - write the pages of one record into the domain
 * @xen: handles
 * @domid: built and never run
 * @top_gfn: bound of frames
 * @parking: gets those that are likely to be missing at the resume
 * @unpacker: for packed pages
 * @record: PAGES
 *
 * Return: 0; -EPROTO on a malformed record; another negative errno when a frame is not
 * there, which means that the source changed its layout since it told it.
 */
int tsmc_page_receive(struct tsmc_xen *xen, uint32_t domid, uint64_t top_gfn,
		      struct tsmc_parking *parking, struct tsmc_page_unpacker *unpacker,
		      const struct tsmc_record *record)
{
	struct tsmc_wire_pages head;
	const uint64_t *entries;
	struct sorted sorted;
	const void *data;
	int rc;

	rc = tsmc_page_unpack(unpacker, record, top_gfn, &head, &entries, &data);
	if (rc)
		return rc;
	sort(parking, &head, entries, data, &sorted);
	if (sorted.nr_home)
		rc = write_home(xen, domid, &sorted);
	if (!rc && sorted.nr_absent)
		rc = tsmc_parking_add(parking, sorted.absent, sorted.nr_absent);
	return rc;
}
