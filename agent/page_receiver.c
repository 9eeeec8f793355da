// SPDX-License-Identifier: GPL-2.0-or-later
#include "page_receiver.h"

#include <errno.h>
#include <string.h>

/* A fresh page is zero already, and writing it would only cost memory bandwidth. */
static void clear_page(void *page)
{
	const uint64_t *words = page;

	if (words[0] || memcmp(words, words + 1, TSMC_PAGE_SIZE - sizeof(*words)))
		memset(page, 0, TSMC_PAGE_SIZE);
}

/**
 * tsmc_page_receive - write the pages of one record into the domain
 * @xen: handles
 * @domid: built and never run
 * @top_gfn: bound of frames
 * @record: PAGES
 *
 * Return: 0; -EPROTO on a malformed record; another negative errno when a frame is not
 * there, which means that the source changed its layout since it told it.
 */
int tsmc_page_receive(struct tsmc_xen *xen, uint32_t domid, uint64_t top_gfn,
		      const struct tsmc_record *record)
{
	uint64_t gfns[TSMC_WIRE_PAGES_MAX];
	int errs[TSMC_WIRE_PAGES_MAX];
	struct tsmc_wire_pages head;
	const uint64_t *entries;
	const char *data;
	char *area;
	int rc;

	rc = tsmc_wire_get_pages(record, top_gfn, &head, &entries, (const void **)&data);
	if (rc)
		return rc;
	for (unsigned int i = 0; i < head.count; i++)
		gfns[i] = tsmc_page_gfn(entries[i]);
	area = tsmc_foreign_map(xen, domid, true, gfns, head.count, errs);
	if (!area)
		return -errno;
	for (unsigned int i = 0; !rc && i < head.count; i++) {
		char *page = area + (size_t)i * TSMC_PAGE_SIZE;

		rc = errs[i];
		if (rc)
			break;
		if (tsmc_page_kind(entries[i]) == TSMC_PAGE_DATA) {
			memcpy(page, data, TSMC_PAGE_SIZE);
			data += TSMC_PAGE_SIZE;
		} else {
			clear_page(page);
		}
	}
	tsmc_foreign_unmap(xen, area, head.count);
	return rc;
}
