// SPDX-License-Identifier: GPL-2.0-or-later
#include "page_unpacker.h"

#include <errno.h>
#include <stdlib.h>

#include "page_codec.h"

#define PLAIN_MAX (TSMC_WIRE_PAGES_MAX * 4096u)

/**
 * tsmc_page_unpacker_destroy - free its memory
 * @unpacker: zeroed or in use
 */
void tsmc_page_unpacker_destroy(struct tsmc_page_unpacker *unpacker)
{
	tsmc_unpacking_free(unpacker->unpacking);
	free(unpacker->plain);
	*unpacker = (struct tsmc_page_unpacker){ 0 };
}

static int get_ready(struct tsmc_page_unpacker *unpacker)
{
	if (!unpacker->unpacking)
		unpacker->unpacking = tsmc_unpacking_new();
	if (!unpacker->plain)
		unpacker->plain = malloc(PLAIN_MAX);
	return unpacker->unpacking && unpacker->plain ? 0 : -ENOMEM;
}

/**
 * tsmc_page_unpack - check a PAGES and unpack its content
 * @unpacker: lends memory for it
 * @record: the record
 * @top_gfn: from LAYOUT
 * @pages: result
 * @entries: count entries, in the record
 * @data: 4096 bytes for each entry of kind TSMC_PAGE_DATA, in their order; valid as
 *	long as the record, and until the next one is unpacked
 *
 * Return: 0; -EPROTO, also for content that does not unpack to as much as the
 * entries need; -ENOMEM.
 */
int tsmc_page_unpack(struct tsmc_page_unpacker *unpacker, const struct tsmc_record *record,
		     uint64_t top_gfn, struct tsmc_wire_pages *pages, const uint64_t **entries,
		     const void **data)
{
	struct tsmc_wire_content content;
	int rc;

	rc = tsmc_wire_get_pages(record, top_gfn, pages, entries, &content);
	if (rc)
		return rc;
	*data = content.bytes;
	if (pages->codec == TSMC_CODEC_NONE)
		return 0;
	rc = get_ready(unpacker);
	if (rc)
		return rc;
	*data = unpacker->plain;
	return tsmc_unpack(unpacker->unpacking, pages->codec, content.bytes, content.length,
			   unpacker->plain, content.plain_length);
}
