/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PAGES records at the target: checked, and their content unpacked.
 */
#ifndef TSMC_PAGE_UNPACKER_H
#define TSMC_PAGE_UNPACKER_H

#include "wire.h"

/**
 * struct tsmc_page_unpacker - one thread's; zeroed at first
 * @unpacking: working memory of the codecs; NULL until it is needed
 * @plain: pages of the last packed record
 */
struct tsmc_page_unpacker {
	struct tsmc_unpacking *unpacking;
	void *plain;
};

void tsmc_page_unpacker_destroy(struct tsmc_page_unpacker *unpacker);
/* Like tsmc_wire_get_pages(), but data is always 4096 bytes for each entry of kind DATA. */
int tsmc_page_unpack(struct tsmc_page_unpacker *unpacker, const struct tsmc_record *record,
		     uint64_t top_gfn, struct tsmc_wire_pages *pages, const uint64_t **entries,
		     const void **data);

#endif /* TSMC_PAGE_UNPACKER_H */
