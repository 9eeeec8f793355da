/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Encoding and checked decoding of records. Does no I/O: callers bring the bytes.
 */
#ifndef TSMC_WIRE_H
#define TSMC_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire_format.h"

/**
 * struct tsmc_record - one complete record that was received
 * @type: enum tsmc_wire_type, without the optional bit
 * @optional: may be ignored when unknown
 * @payload: @length bytes, 8-byte aligned, valid until the next call on its reader
 * @length: bytes of payload
 */
struct tsmc_record {
	unsigned int type;
	bool optional;
	const void *payload;
	size_t length;
};

/**
 * struct tsmc_wire_content - pages of a PAGES record, perhaps packed
 * @bytes: in the payload
 * @length: of them
 * @plain_length: when they are unpacked: 4096 for each entry of kind DATA; equals
 *	@length when they are not packed, and is more otherwise
 */
struct tsmc_wire_content {
	const void *bytes;
	size_t length;
	size_t plain_length;
};

/**
 * struct tsmc_wire_reader - puts records together from pieces
 *
 * Ask where the next bytes go and how many at most, receive them there, say
 * how many came; then look whether a record is complete. It never asks beyond
 * the end of the current record.
 */
struct tsmc_wire_reader;

struct tsmc_wire_reader *tsmc_wire_reader_new(void);
void tsmc_wire_reader_free(struct tsmc_wire_reader *reader);
void *tsmc_wire_reader_space(struct tsmc_wire_reader *reader, size_t *len);
/* Returns 1 with *record when one is complete, 0 when more is needed, -EPROTO on a malformed header. */
int tsmc_wire_reader_advance(struct tsmc_wire_reader *reader, size_t len, struct tsmc_record *record);

/* Checked views of payloads: 0, or -EPROTO when the payload is not well formed. Pointers point into the payload. */
int tsmc_wire_get_hello(const struct tsmc_record *record, struct tsmc_wire_hello *hello);
int tsmc_wire_get_config(const struct tsmc_record *record, struct tsmc_wire_config *config,
			 const char **name, const char **json);
int tsmc_wire_get_layout(const struct tsmc_record *record, struct tsmc_wire_layout *layout,
			 const struct tsmc_wire_range **ranges, const uint64_t **specials);
/*
 * Entries and content of PAGES; every gfn is checked below top_gfn, kinds and codec are
 * known, and the length fits the number of DATA entries. Packed content is not
 * looked into: see page_unpacker.h.
 */
int tsmc_wire_get_pages(const struct tsmc_record *record, uint64_t top_gfn,
			struct tsmc_wire_pages *pages, const uint64_t **entries,
			struct tsmc_wire_content *content);
int tsmc_wire_get_missing(const struct tsmc_record *record, uint64_t top_gfn,
			  struct tsmc_wire_missing *missing, const uint64_t **bits);
int tsmc_wire_get_final(const struct tsmc_record *record, struct tsmc_wire_final *final,
			const void **context);
int tsmc_wire_get_request(const struct tsmc_record *record, uint64_t top_gfn,
			  unsigned int *count, const uint64_t **gfns);
int tsmc_wire_get_credit(const struct tsmc_record *record, uint32_t *pages);
int tsmc_wire_get_complete(const struct tsmc_record *record, struct tsmc_wire_complete *complete);
int tsmc_wire_get_verify(const struct tsmc_record *record, uint64_t top_gfn,
			 struct tsmc_wire_verify *verify, const struct tsmc_wire_digest **digests);
int tsmc_wire_get_verified(const struct tsmc_record *record, struct tsmc_wire_verified *verified,
			   const uint64_t **gfns);
int tsmc_wire_get_resume(const struct tsmc_record *record, struct tsmc_wire_resume *resume);
int tsmc_wire_get_state(const struct tsmc_record *record, struct tsmc_wire_state *state);
/* wire_residue.c */
int tsmc_wire_get_residue(const struct tsmc_record *record, uint64_t top_gfn,
			  struct tsmc_wire_residue *residue, const uint64_t **bits);
int tsmc_wire_get_safe(const struct tsmc_record *record, uint64_t *nr_missing);
int tsmc_wire_get_dropped(const struct tsmc_record *record, uint64_t top_gfn,
			  struct tsmc_wire_dropped *dropped, const uint64_t **gfns);
/* Copies the text of an ERROR, made printable and terminated. */
void tsmc_wire_get_error(const struct tsmc_record *record, char *text, size_t len);

static inline uint64_t tsmc_page_entry(uint64_t gfn, uint64_t kind)
{
	return gfn | kind << TSMC_PAGE_KIND_SHIFT;
}

static inline uint64_t tsmc_page_gfn(uint64_t entry)
{
	return entry & TSMC_WIRE_GFN_MASK;
}

static inline uint64_t tsmc_page_kind(uint64_t entry)
{
	return entry >> TSMC_PAGE_KIND_SHIFT;
}

/* Name of a record type for messages. */
const char *tsmc_wire_type_name(unsigned int type);

#endif /* TSMC_WIRE_H */
