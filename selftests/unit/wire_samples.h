/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A good payload of each record type, built byte for byte, and one way to
 * decode them all: whatever a decoder accepts is held to what it promises.
 *
 * Payloads are decoded from allocations of their exact size, so that the
 * sanitizer sees one byte read too many.
 */
#ifndef TSMC_WIRE_SAMPLES_H
#define TSMC_WIRE_SAMPLES_H

#include <errno.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define TOP		1000u
#define GFN_LIMIT	(1ULL << 40)
#define SAMPLE_MAX	(TSMC_WIRE_PAYLOAD_MAX + 4096u)

/**
 * struct sample - a good payload, built by hand in a buffer
 * @length: bytes in @bytes
 * @bytes: payload
 */
struct sample {
	size_t length;
	uint8_t bytes[SAMPLE_MAX];
};

static struct sample sample;

static void put(const void *from, size_t size)
{
	memcpy(sample.bytes + sample.length, from, size);
	sample.length += size;
}

/* A little-endian integer, byte for byte. */
static void put_int(uint64_t value, unsigned int size)
{
	while (size--) {
		sample.bytes[sample.length++] = value & 0xff;
		value >>= 8;
	}
}

static void put_fill(uint8_t byte, size_t size)
{
	while (size--)
		sample.bytes[sample.length++] = byte;
}

static void build_hello(void)
{
	put("TSMCMGRI", 8);
	put_int(1, 2);
	put_int(TSMC_CHANNEL_URGENT, 2);
	put_int(TSMC_CAP_POSTCOPY | 1u << 31, 4);
	put("0123456789abcdef", 16);
}

static void build_config(void)
{
	put_int(TSMC_CONFIG_VERIFY, 4);
	put_int(0, 4);
	put_int(5, 4);
	put_int(9, 4);
	put("guest{\"a\": 1}\n", 14);
}

static void build_layout(void)
{
	put_int(TOP, 8);
	put_int(2, 4);
	put_int(3, 4);
	put_int(0, 8);
	put_int(160, 8);
	put_int(256, 8);
	put_int(TOP - 256, 8);
	put_int(0xfeff8, 8);
	put_int(0xfeffc, 8);
	put_int(GFN_LIMIT - 1, 8);
}

static void build_pages(void)
{
	put_int(4, 4);
	put_int(2, 2);
	put_int(TSMC_CODEC_NONE, 2);
	put_int(0, 8);
	put_int(TOP - 1 + (TSMC_PAGE_ZERO << 60), 8);
	put_int(7, 8);
	put_int(7 + (TSMC_PAGE_ZERO << 60), 8);
	put_fill(0xaa, 4096);
	put_fill(0xbb, 4096);
}

static void build_missing(void)
{
	put_int(896, 8);
	put_int(128, 8);
	put_int(0x8000000000000001, 8);
	/* 960 + 39 is the last gfn. */
	put_int(1ULL << 39, 8);
}

static void build_final(void)
{
	put_int(123456789012, 8);
	put_int(1, 4);
	put_int(2400000, 4);
	put_int(3, 4);
	put_int(11, 4);
	put_int(777, 8);
	put_int(4321, 8);
	put("hvm context", 11);
}

static void build_request(void)
{
	put_int(2, 4);
	put_int(0, 4);
	put_int(TOP - 1, 8);
	put_int(0, 8);
}

static void build_credit(void)
{
	put_int(300, 4);
	put_int(0, 4);
}

static void build_complete(void)
{
	for (unsigned int i = 0; i < 9 + TSMC_WIRE_HISTOGRAM; i++)
		put_int(1000 + i, 8);
}

static void build_verify(void)
{
	put_int(TOP - 2, 8);
	put_int(2, 4);
	put_int(0, 4);
	put_fill(0x11, 32);
}

static void build_verified(void)
{
	put_int(TOP, 8);
	put_int(2, 8);
	put_int(5, 8);
	put_int(GFN_LIMIT - 1, 8);
}

static void build_resume(void)
{
	put("0123456789abcdef", 16);
	put_int(TSMC_VERDICT_WITHDRAWN, 4);
	put_int(0, 4);
}

static void build_state(void)
{
	put_int(TSMC_STANDING_WAITING, 4);
	put_int(0, 4);
	put_int(4321, 8);
}

static void build_residue(void)
{
	put_int(3, 8);
	build_missing();
}

static void build_safe(void)
{
	put_int(4321, 8);
}

static void build_dropped(void)
{
	put_int(2, 4);
	put_int(1, 4);
	put_int(TOP - 1, 8);
	put_int(0, 8);
}

/* 1 when the sanitizer of addresses, if it is there, says that bytes were promised that are not there. */
static int overruns(const void *bytes, size_t size)
{
#ifdef __SANITIZE_ADDRESS__
	return size && __asan_region_is_poisoned((void *)bytes, size);
#else
	return size && !bytes;
#endif
}

static union {
	struct tsmc_wire_hello hello;
	struct tsmc_wire_config config;
	struct tsmc_wire_layout layout;
	struct tsmc_wire_pages pages;
	struct tsmc_wire_missing missing;
	struct tsmc_wire_final final;
	struct tsmc_wire_complete complete;
	struct tsmc_wire_verify verify;
	struct tsmc_wire_verified verified;
	struct tsmc_wire_resume resume;
	struct tsmc_wire_state state;
	struct tsmc_wire_residue residue;
	uint64_t safe;
	struct tsmc_wire_dropped dropped;
	uint32_t credit;
	unsigned int request;
} got;

/* Like the functions under test, but all of one shape; what is returned is used in full. */
static int get_hello(const struct tsmc_record *record)
{
	return tsmc_wire_get_hello(record, &got.hello);
}

static int get_config(const struct tsmc_record *record)
{
	const char *name, *json;
	int rc = tsmc_wire_get_config(record, &got.config, &name, &json);

	return rc ? rc : overruns(name, got.config.name_len) || overruns(json, got.config.json_len);
}

static int get_layout(const struct tsmc_record *record)
{
	const struct tsmc_wire_range *ranges;
	const uint64_t *specials;
	int rc = tsmc_wire_get_layout(record, &got.layout, &ranges, &specials);

	return rc ? rc : overruns(ranges, got.layout.nr_ranges * sizeof(*ranges)) ||
			 overruns(specials, got.layout.nr_specials * sizeof(*specials));
}

static int get_pages(const struct tsmc_record *record)
{
	struct tsmc_wire_content content;
	const uint64_t *entries;
	size_t plain = 0;
	int rc = tsmc_wire_get_pages(record, TOP, &got.pages, &entries, &content);

	for (unsigned int i = 0; !rc && i < got.pages.count; i++) {
		/* The promise of the header, checked by other means. */
		if (entries[i] % (1ULL << 60) >= TOP || entries[i] >> 60 > (got.pages.stage == 1 ? 2 : 1))
			return 1;
		if (entries[i] >> 60 == 0)
			plain += 4096;
	}
	if (rc)
		return rc;
	/* Packed: some bytes, and fewer than they stand for. */
	if (got.pages.codec ? !content.length || content.length >= plain : content.length != plain)
		return 1;
	return got.pages.codec > TSMC_CODEC_ZSTD || content.plain_length != plain ||
	       overruns(content.bytes, content.length);
}

static int get_missing(const struct tsmc_record *record)
{
	const uint64_t *bits;
	int rc = tsmc_wire_get_missing(record, TOP, &got.missing, &bits);

	for (uint64_t i = 0; !rc && i < got.missing.nr_bits; i++)
		if (bits[i / 64] >> (i % 64) & 1 && got.missing.first + i >= TOP)
			return 1;
	return rc;
}

static int get_final(const struct tsmc_record *record)
{
	const void *context;
	int rc = tsmc_wire_get_final(record, &got.final, &context);

	return rc ? rc : overruns(context, got.final.context_len);
}

static int get_request(const struct tsmc_record *record)
{
	const uint64_t *gfns;
	int rc = tsmc_wire_get_request(record, TOP, &got.request, &gfns);

	for (unsigned int i = 0; !rc && i < got.request; i++)
		if (gfns[i] >= TOP)
			return 1;
	return rc;
}

static int get_credit(const struct tsmc_record *record)
{
	return tsmc_wire_get_credit(record, &got.credit);
}

static int get_complete(const struct tsmc_record *record)
{
	return tsmc_wire_get_complete(record, &got.complete);
}

static int get_verify(const struct tsmc_record *record)
{
	const struct tsmc_wire_digest *digests;
	int rc = tsmc_wire_get_verify(record, TOP, &got.verify, &digests);

	return rc ? rc : overruns(digests, got.verify.count * sizeof(*digests));
}

static int get_verified(const struct tsmc_record *record)
{
	const uint64_t *gfns;
	int rc = tsmc_wire_get_verified(record, &got.verified, &gfns);

	return rc ? rc : overruns(gfns, 8 * (got.verified.differing < 64 ? got.verified.differing : 64));
}

static int get_resume(const struct tsmc_record *record)
{
	int rc = tsmc_wire_get_resume(record, &got.resume);

	return rc ? rc : got.resume.verdict < 1 || got.resume.verdict > 2;
}

static int get_state(const struct tsmc_record *record)
{
	int rc = tsmc_wire_get_state(record, &got.state);

	return rc ? rc : got.state.standing < 1 || got.state.standing > 3;
}

static int get_residue(const struct tsmc_record *record)
{
	const uint64_t *bits;
	int rc = tsmc_wire_get_residue(record, TOP, &got.residue, &bits);

	for (uint64_t i = 0; !rc && i < got.residue.piece.nr_bits; i++)
		if (bits[i / 64] >> (i % 64) & 1 && got.residue.piece.first + i >= TOP)
			return 1;
	return rc ? rc : !got.residue.total;
}

static int get_safe(const struct tsmc_record *record)
{
	return tsmc_wire_get_safe(record, &got.safe);
}

static int get_dropped(const struct tsmc_record *record)
{
	const uint64_t *gfns;
	int rc = tsmc_wire_get_dropped(record, TOP, &got.dropped, &gfns);

	for (unsigned int i = 0; !rc && i < got.dropped.count; i++)
		if (gfns[i] >= TOP)
			return 1;
	return rc;
}

static const struct {
	unsigned int type;
	void (*build)(void);
	int (*get)(const struct tsmc_record *record);
} types[] = {
	{ TSMC_REC_HELLO, build_hello, get_hello },
	{ TSMC_REC_CONFIG, build_config, get_config },
	{ TSMC_REC_LAYOUT, build_layout, get_layout },
	{ TSMC_REC_PAGES, build_pages, get_pages },
	{ TSMC_REC_MISSING, build_missing, get_missing },
	{ TSMC_REC_FINAL, build_final, get_final },
	{ TSMC_REC_REQUEST, build_request, get_request },
	{ TSMC_REC_CREDIT, build_credit, get_credit },
	{ TSMC_REC_COMPLETE, build_complete, get_complete },
	{ TSMC_REC_VERIFY, build_verify, get_verify },
	{ TSMC_REC_VERIFIED, build_verified, get_verified },
	{ TSMC_REC_RESUME, build_resume, get_resume },
	{ TSMC_REC_STATE, build_state, get_state },
	{ TSMC_REC_RESIDUE, build_residue, get_residue },
	{ TSMC_REC_SAFE, build_safe, get_safe },
	{ TSMC_REC_DROPPED, build_dropped, get_dropped },
};

/* Decodes the first length bytes of the sample as a record of this type. */
static int decode_as(unsigned int index, unsigned int type, size_t length)
{
	struct tsmc_record record = { .type = type, .length = length };
	void *payload = malloc(length ? length : 1);
	int rc;

	if (!payload)
		return -ENOMEM;
	memcpy(payload, sample.bytes, length);
	record.payload = payload;
	rc = types[index].get(&record);
	free(payload);
	return rc;
}

static unsigned int index_of(unsigned int type)
{
	unsigned int index = 0;

	while (types[index].type != type)
		index++;
	return index;
}

static void build(unsigned int type)
{
	sample.length = 0;
	types[index_of(type)].build();
}

static int decode(unsigned int type)
{
	return decode_as(index_of(type), type, sample.length);
}

/* Decodes a good payload of which one integer was replaced. */
static int with_int(unsigned int type, size_t offset, uint64_t value, unsigned int size)
{
	size_t length;

	build(type);
	length = sample.length;
	sample.length = offset;
	put_int(value, size);
	sample.length = length;
	return decode(type);
}

#endif /* TSMC_WIRE_SAMPLES_H */
