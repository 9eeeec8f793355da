// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decoding: a good record of each type is understood, and every way to damage
 * it is refused.
 */
#include <errno.h>
#include <string.h>

#include "unit.h"
#include "wire_samples.h"

static void good_records_are_understood(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		build(types[i].type);
		EXPECT(!decode(types[i].type));
	}
}

static void fields_are_where_they_belong(void)
{
	build(TSMC_REC_HELLO);
	EXPECT(!decode(TSMC_REC_HELLO));
	EXPECT(got.hello.magic == TSMC_WIRE_MAGIC && got.hello.version == 1);
	EXPECT(got.hello.channel == TSMC_CHANNEL_URGENT);
	EXPECT(got.hello.capabilities == (TSMC_CAP_POSTCOPY | 1u << 31));
	EXPECT(!memcmp(got.hello.session, "0123456789abcdef", 16));
	build(TSMC_REC_CONFIG);
	EXPECT(!decode(TSMC_REC_CONFIG));
	EXPECT(got.config.flags == TSMC_CONFIG_VERIFY && !got.config.reserved);
	EXPECT(got.config.name_len == 5 && got.config.json_len == 9);
	build(TSMC_REC_LAYOUT);
	EXPECT(!decode(TSMC_REC_LAYOUT));
	EXPECT(got.layout.top_gfn == TOP);
	EXPECT(got.layout.nr_ranges == 2 && got.layout.nr_specials == 3);
	build(TSMC_REC_PAGES);
	EXPECT(!decode(TSMC_REC_PAGES));
	EXPECT(got.pages.count == 4 && got.pages.stage == 2 && got.pages.codec == TSMC_CODEC_NONE);
	build(TSMC_REC_MISSING);
	EXPECT(!decode(TSMC_REC_MISSING));
	EXPECT(got.missing.first == 896 && got.missing.nr_bits == 128);
	build(TSMC_REC_FINAL);
	EXPECT(!decode(TSMC_REC_FINAL));
	EXPECT(got.final.tsc_nsec == 123456789012 && got.final.tsc_mode == 1);
	EXPECT(got.final.tsc_khz == 2400000 && got.final.tsc_incarnation == 3);
	EXPECT(got.final.context_len == 11 && got.final.nr_missing == 777);
	EXPECT(got.final.hint_gfn == 4321);
	build(TSMC_REC_REQUEST);
	EXPECT(!decode(TSMC_REC_REQUEST));
	EXPECT(got.request == 2);
	build(TSMC_REC_CREDIT);
	EXPECT(!decode(TSMC_REC_CREDIT));
	EXPECT(got.credit == 300);
	build(TSMC_REC_COMPLETE);
	EXPECT(!decode(TSMC_REC_COMPLETE));
	EXPECT(got.complete.faults == 1000 && got.complete.install_ns == 1008);
	EXPECT(got.complete.histogram[0] == 1009);
	EXPECT(got.complete.histogram[TSMC_WIRE_HISTOGRAM - 1] == 1008 + TSMC_WIRE_HISTOGRAM);
	build(TSMC_REC_VERIFY);
	EXPECT(!decode(TSMC_REC_VERIFY));
	EXPECT(got.verify.first == TOP - 2 && got.verify.count == 2);
	build(TSMC_REC_VERIFIED);
	EXPECT(!decode(TSMC_REC_VERIFIED));
	EXPECT(got.verified.compared == TOP && got.verified.differing == 2);
}

static void parts_are_where_they_belong(void)
{
	struct tsmc_record record = { .payload = sample.bytes };
	const struct tsmc_wire_range *ranges;
	const uint64_t *entries, *specials;
	struct tsmc_wire_content content;
	const char *name, *json;
	const uint8_t *data;

	build(TSMC_REC_CONFIG);
	record.type = TSMC_REC_CONFIG;
	record.length = sample.length;
	EXPECT(!tsmc_wire_get_config(&record, &got.config, &name, &json));
	EXPECT(!memcmp(name, "guest", 5) && !memcmp(json, "{\"a\": 1}\n", 9));
	build(TSMC_REC_LAYOUT);
	record.type = TSMC_REC_LAYOUT;
	record.length = sample.length;
	EXPECT(!tsmc_wire_get_layout(&record, &got.layout, &ranges, &specials));
	EXPECT(ranges[0].first == 0 && ranges[0].count == 160);
	EXPECT(ranges[1].first == 256 && ranges[1].count == TOP - 256);
	EXPECT(specials[0] == 0xfeff8 && specials[2] == GFN_LIMIT - 1);
	build(TSMC_REC_PAGES);
	record.type = TSMC_REC_PAGES;
	record.length = sample.length;
	EXPECT(!tsmc_wire_get_pages(&record, TOP, &got.pages, &entries, &content));
	EXPECT(tsmc_page_gfn(entries[1]) == TOP - 1);
	EXPECT(tsmc_page_kind(entries[1]) == TSMC_PAGE_ZERO);
	EXPECT(tsmc_page_gfn(entries[2]) == 7 && tsmc_page_kind(entries[2]) == TSMC_PAGE_DATA);
	EXPECT(content.length == 8192 && content.plain_length == 8192);
	data = content.bytes;
	EXPECT(data[0] == 0xaa && data[4095] == 0xaa && data[4096] == 0xbb && data[8191] == 0xbb);
	EXPECT(tsmc_page_entry(7, TSMC_PAGE_ZERO) == 0x1000000000000007);
}

static void wrong_length_is_refused(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		build(types[i].type);
		for (size_t length = 0; length < sample.length; length++)
			EXPECT(decode_as(i, types[i].type, length) == -EPROTO);
		/* Longer by a byte, an entry, a page. */
		for (size_t more = 1; more <= 4096; more *= 8) {
			size_t length = sample.length + more;

			memset(sample.bytes + sample.length, 1, more);
			EXPECT(decode_as(i, types[i].type, length) == -EPROTO);
		}
	}
}

static void wrong_type_is_refused(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		build(types[i].type);
		for (unsigned int type = 0; type < 30; type++)
			if (type != types[i].type)
				EXPECT(decode_as(i, type, sample.length) == -EPROTO);
	}
}

static void hello_of_a_stranger_is_refused(void)
{
	EXPECT(with_int(TSMC_REC_HELLO, 0, 'X', 1) == -EPROTO);
	EXPECT(with_int(TSMC_REC_HELLO, 7, 'X', 1) == -EPROTO);
	EXPECT(!got.hello.magic && !got.hello.version);
	EXPECT(with_int(TSMC_REC_HELLO, 10, 0, 2) == -EPROTO);
	EXPECT(with_int(TSMC_REC_HELLO, 10, 3, 2) == -EPROTO);
	EXPECT(!got.hello.magic);
	EXPECT(!with_int(TSMC_REC_HELLO, 10, TSMC_CHANNEL_BULK, 2));
}

static void hello_of_another_version_is_named(void)
{
	/* Only magic and version are looked at, and nothing else is handed on. */
	EXPECT(!with_int(TSMC_REC_HELLO, 8, 2, 2));
	EXPECT(got.hello.magic == TSMC_WIRE_MAGIC && got.hello.version == 2);
	EXPECT(!got.hello.channel && !got.hello.capabilities && !got.hello.session[0]);
	EXPECT(!decode_as(index_of(TSMC_REC_HELLO), TSMC_REC_HELLO, 10));
	EXPECT(got.hello.version == 2);
	EXPECT(!decode_as(index_of(TSMC_REC_HELLO), TSMC_REC_HELLO, 100));
	EXPECT(decode_as(index_of(TSMC_REC_HELLO), TSMC_REC_HELLO, 9) == -EPROTO);
	EXPECT(!with_int(TSMC_REC_HELLO, 8, 0xffff, 2));
	EXPECT(got.hello.version == 0xffff);
}

static void senseless_config_is_refused(void)
{
	EXPECT(with_int(TSMC_REC_CONFIG, 0, 2, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_CONFIG, 4, 1, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_CONFIG, 8, 0, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_CONFIG, 8, 6, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_CONFIG, 12, 0, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_CONFIG, 12, UINT32_MAX, 4) == -EPROTO);
	/* Sums that fit: no name; no JSON; lengths that only fit when they overflow. */
	EXPECT(with_int(TSMC_REC_CONFIG, 8, 0 | 14ULL << 32, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_CONFIG, 8, 14, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_CONFIG, 8, 15 | 0xffffffffULL << 32, 8) == -EPROTO);
	/* A NUL in the name, at the end of the JSON. */
	EXPECT(with_int(TSMC_REC_CONFIG, 18, 0, 1) == -EPROTO);
	EXPECT(with_int(TSMC_REC_CONFIG, 29, 0, 1) == -EPROTO);
	/* Names of 255 and 256 bytes. */
	for (unsigned int len = 255; len <= 256; len++) {
		sample.length = 0;
		put_int(0, 4);
		put_int(0, 4);
		put_int(len, 4);
		put_int(1, 4);
		put_fill('n', len + 1);
		EXPECT(decode(TSMC_REC_CONFIG) == (len == 255 ? 0 : -EPROTO));
	}
	/* The longest JSON, and a longer one. */
	for (unsigned int len = TSMC_WIRE_JSON_MAX; len <= TSMC_WIRE_JSON_MAX + 1; len++) {
		sample.length = 0;
		put_int(0, 8);
		put_int(1, 4);
		put_int(len, 4);
		put_fill('n', len + 1);
		EXPECT(decode(TSMC_REC_CONFIG) == (len == TSMC_WIRE_JSON_MAX ? 0 : -EPROTO));
	}
}

static void senseless_layout_is_refused(void)
{
	EXPECT(with_int(TSMC_REC_LAYOUT, 0, TOP - 1, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_LAYOUT, 0, 0, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_LAYOUT, 0, GFN_LIMIT + 1, 8) == -EPROTO);
	EXPECT(!with_int(TSMC_REC_LAYOUT, 0, GFN_LIMIT, 8));
	EXPECT(with_int(TSMC_REC_LAYOUT, 8, 0, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_LAYOUT, 8, UINT32_MAX, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_LAYOUT, 12, UINT32_MAX, 4) == -EPROTO);
	/* Ranges: empty, reaching into the next, beyond the top, overflowing, not ascending. */
	EXPECT(with_int(TSMC_REC_LAYOUT, 24, 0, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_LAYOUT, 24, 257, 8) == -EPROTO);
	EXPECT(!with_int(TSMC_REC_LAYOUT, 24, 256, 8));
	EXPECT(with_int(TSMC_REC_LAYOUT, 24, UINT64_MAX, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_LAYOUT, 40, TOP - 255, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_LAYOUT, 40, UINT64_MAX - 255, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_LAYOUT, 16, 300, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_LAYOUT, 32, TOP, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_LAYOUT, 48, GFN_LIMIT, 8) == -EPROTO);
	/* As many ranges and special frames as are allowed, and one more of each. */
	for (unsigned int more = 0; more < 3; more++) {
		unsigned int nr_ranges = TSMC_WIRE_RANGES_MAX + (more == 1);
		unsigned int nr_specials = TSMC_WIRE_SPECIALS_MAX + (more == 2);

		sample.length = 0;
		put_int(GFN_LIMIT, 8);
		put_int(nr_ranges, 4);
		put_int(nr_specials, 4);
		for (unsigned int i = 0; i < nr_ranges; i++) {
			put_int(2 * i, 8);
			put_int(1, 8);
		}
		put_fill(0, nr_specials * 8);
		EXPECT(decode(TSMC_REC_LAYOUT) == (more ? -EPROTO : 0));
	}
}

/* The second entry of the sample, a page of zeros, becomes one of another kind. */
static int with_kind(unsigned int stage, unsigned int kind)
{
	build(TSMC_REC_PAGES);
	sample.bytes[4] = stage;
	sample.bytes[23] = kind << 4;
	return decode(TSMC_REC_PAGES);
}

static void absent_pages_are_of_stage_one(void)
{
	EXPECT(!with_kind(1, TSMC_PAGE_ABSENT));
	EXPECT(with_kind(2, TSMC_PAGE_ABSENT) == -EPROTO);
	EXPECT(with_kind(3, TSMC_PAGE_ABSENT) == -EPROTO);
	EXPECT(with_kind(1, TSMC_PAGE_ABSENT + 1) == -EPROTO);
}

static void senseless_pages_are_refused(void)
{
	EXPECT(with_int(TSMC_REC_PAGES, 0, 0, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_PAGES, 0, UINT32_MAX, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_PAGES, 4, 0, 2) == -EPROTO);
	EXPECT(with_int(TSMC_REC_PAGES, 4, 4, 2) == -EPROTO);
	EXPECT(!with_int(TSMC_REC_PAGES, 4, 3, 2));
	/* Beyond the top, an unknown kind, each of the reserved bits. */
	EXPECT(with_int(TSMC_REC_PAGES, 8, TOP, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_PAGES, 16, TOP | 1ULL << 60, 8) == -EPROTO);
	for (uint64_t kind = 2; kind < 16; kind++)
		EXPECT(with_int(TSMC_REC_PAGES, 16, 5 | kind << 60, 8) == -EPROTO);
	for (unsigned int bit = 40; bit < 60; bit++)
		EXPECT(with_int(TSMC_REC_PAGES, 8, 5 | 1ULL << bit, 8) == -EPROTO);
	/* Data for one page too few, one too many. */
	EXPECT(with_int(TSMC_REC_PAGES, 16, 5, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_PAGES, 8, 5 | 1ULL << 60, 8) == -EPROTO);
	/* As many entries as are allowed, and one more. */
	for (unsigned int count = 256; count <= 257; count++) {
		sample.length = 0;
		put_int(count, 4);
		put_int(1, 4);
		for (unsigned int i = 0; i < count; i++)
			put_int(i | 1ULL << 60, 8);
		EXPECT(decode(TSMC_REC_PAGES) == (count == 256 ? 0 : -EPROTO));
	}
}

/* The sample's two pages, packed into so many bytes. */
static int with_packed(unsigned int codec, size_t length)
{
	build(TSMC_REC_PAGES);
	sample.bytes[6] = codec % 256;
	sample.bytes[7] = codec / 256;
	sample.length = 40 + length;
	return decode(TSMC_REC_PAGES);
}

static void packed_pages_are_bounded(void)
{
	for (unsigned int codec = TSMC_CODEC_LZ4; codec <= TSMC_CODEC_ZSTD; codec++) {
		EXPECT(!with_packed(codec, 1) && got.pages.codec == codec);
		EXPECT(!with_packed(codec, 8191));
		/* Nothing at all, or not less than the pages themselves. */
		EXPECT(with_packed(codec, 0) == -EPROTO);
		EXPECT(with_packed(codec, 8192) == -EPROTO);
		EXPECT(with_packed(codec, 8193) == -EPROTO);
	}
	EXPECT(with_packed(TSMC_CODEC_NONE, 8191) == -EPROTO);
	EXPECT(with_packed(3, 100) == -EPROTO);
	EXPECT(with_packed(0xff01, 100) == -EPROTO);
	/* Packed content, but not one page that has content. */
	build(TSMC_REC_PAGES);
	sample.bytes[6] = TSMC_CODEC_LZ4;
	sample.bytes[15] = TSMC_PAGE_ZERO << 4;
	sample.bytes[31] = TSMC_PAGE_ZERO << 4;
	for (sample.length = 40; sample.length < 50; sample.length++)
		EXPECT(decode(TSMC_REC_PAGES) == -EPROTO);
}

static void senseless_missing_is_refused(void)
{
	EXPECT(!with_int(TSMC_REC_MISSING, 0, 64, 8));
	EXPECT(with_int(TSMC_REC_MISSING, 0, 65, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_MISSING, 0, 96, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_MISSING, 0, 960, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_MISSING, 0, 1024, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_MISSING, 0, UINT64_MAX - 63, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_MISSING, 8, 0, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_MISSING, 8, 127, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_MISSING, 8, 64, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_MISSING, 8, 192, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_MISSING, 8, UINT64_MAX - 63, 8) == -EPROTO);
	/* The first bit beyond the top, the last one of the word. */
	EXPECT(with_int(TSMC_REC_MISSING, 24, 1ULL << 40, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_MISSING, 24, 1ULL << 63, 8) == -EPROTO);
	/* A piece that begins beyond it, though nothing is set there. */
	sample.length = 0;
	put_int(1024, 8);
	put_int(64, 8);
	put_int(0, 8);
	EXPECT(decode(TSMC_REC_MISSING) == -EPROTO);
	/* A whole word beyond it. */
	build(TSMC_REC_MISSING);
	put_int(1, 8);
	sample.bytes[8] = 192;
	EXPECT(decode(TSMC_REC_MISSING) == -EPROTO);
	sample.bytes[32] = 0;
	EXPECT(!decode(TSMC_REC_MISSING));
}

static void senseless_final_is_refused(void)
{
	EXPECT(with_int(TSMC_REC_FINAL, 20, 0, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_FINAL, 20, 10, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_FINAL, 20, UINT32_MAX, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_FINAL, 24, GFN_LIMIT + 1, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_FINAL, 32, GFN_LIMIT, 8) == -EPROTO);
	/* No context at all. */
	build(TSMC_REC_FINAL);
	memset(sample.bytes + 20, 0, 4);
	EXPECT(decode_as(index_of(TSMC_REC_FINAL), TSMC_REC_FINAL, 40) == -EPROTO);
}

static void senseless_request_is_refused(void)
{
	EXPECT(with_int(TSMC_REC_REQUEST, 0, 0, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_REQUEST, 0, 3, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_REQUEST, 0, UINT32_MAX, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_REQUEST, 4, 1, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_REQUEST, 16, TOP, 8) == -EPROTO);
	/* None; as many as are allowed, and one more. */
	build(TSMC_REC_REQUEST);
	sample.bytes[0] = 0;
	EXPECT(decode_as(index_of(TSMC_REC_REQUEST), TSMC_REC_REQUEST, 8) == -EPROTO);
	for (unsigned int count = 64; count <= 65; count++) {
		sample.length = 0;
		put_int(count, 8);
		put_fill(0, count * 8);
		EXPECT(decode(TSMC_REC_REQUEST) == (count == 64 ? 0 : -EPROTO));
	}
}

/* Decodes the sample as VERIFY, of a guest of this size. */
static int decode_digests(uint64_t top_gfn)
{
	struct tsmc_record record = { .type = TSMC_REC_VERIFY, .payload = sample.bytes,
				      .length = sample.length };
	const struct tsmc_wire_digest *digests;

	return tsmc_wire_get_verify(&record, top_gfn, &got.verify, &digests);
}

static void senseless_verification_is_refused(void)
{
	EXPECT(with_int(TSMC_REC_CREDIT, 4, 1, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_VERIFY, 0, TOP - 1, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_VERIFY, 0, UINT64_MAX, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_VERIFY, 8, 3, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_VERIFY, 8, UINT32_MAX, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_VERIFY, 12, 1, 4) == -EPROTO);
	/* As many digests as are allowed and as there are frames; one more of each. */
	for (unsigned int count = 4096; count <= 4097; count++) {
		sample.length = 0;
		put_int(0, 8);
		put_int(count, 8);
		put_fill(0, count * 16);
		EXPECT(decode_digests(GFN_LIMIT) == (count == 4096 ? 0 : -EPROTO));
		EXPECT(decode_digests(4096) == (count == 4096 ? 0 : -EPROTO));
		EXPECT(decode_digests(4095) == -EPROTO);
	}
	/* The end of the digests, whatever first says. */
	sample.length = 0;
	put_int(UINT64_MAX, 8);
	put_int(0, 8);
	EXPECT(!decode(TSMC_REC_VERIFY));
	EXPECT(with_int(TSMC_REC_VERIFIED, 0, 1, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_VERIFIED, 8, 3, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_VERIFIED, 8, 1, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_VERIFIED, 16, GFN_LIMIT, 8) == -EPROTO);
	/* More differ than are listed. */
	for (unsigned int count = 4096; count <= 4097; count++) {
		sample.length = 0;
		put_int(1ULL << 50, 8);
		put_int(1ULL << 49, 8);
		put_fill(0, count * 8);
		EXPECT(decode(TSMC_REC_VERIFIED) == (count == 4096 ? 0 : -EPROTO));
	}
}

static void error_text_is_made_printable(void)
{
	struct tsmc_record record = { .type = TSMC_REC_ERROR, .payload = "text\x1b[\n\xff.", .length = 9 };
	char text[16];

	memset(text, 'x', sizeof(text));
	tsmc_wire_get_error(&record, text, sizeof(text));
	EXPECT(!strcmp(text, "text?[??."));
	/* Just enough room, too little, only for the end. */
	tsmc_wire_get_error(&record, text, 10);
	EXPECT(!strcmp(text, "text?[??."));
	tsmc_wire_get_error(&record, text, 9);
	EXPECT(!strcmp(text, "text?[??"));
	tsmc_wire_get_error(&record, text, 1);
	EXPECT(!strcmp(text, "") && text[1] == 'e');
	record.payload = NULL;
	record.length = 0;
	tsmc_wire_get_error(&record, text, sizeof(text));
	EXPECT(!strcmp(text, ""));
}

static void types_have_names(void)
{
	for (unsigned int type = TSMC_REC_HELLO; type <= TSMC_REC_WORKING; type++) {
		EXPECT(strcmp(tsmc_wire_type_name(type), "unknown"));
		for (unsigned int other = TSMC_REC_HELLO; other < type; other++)
			EXPECT(strcmp(tsmc_wire_type_name(type), tsmc_wire_type_name(other)));
	}
	EXPECT(!strcmp(tsmc_wire_type_name(TSMC_REC_GO), "GO"));
	EXPECT(!strcmp(tsmc_wire_type_name(0), "unknown"));
	EXPECT(!strcmp(tsmc_wire_type_name(TSMC_REC_DROPPED + 1), "unknown"));
	EXPECT(!strcmp(tsmc_wire_type_name(UINT32_MAX), "unknown"));
}

/* Damaged bytes at random: what is accepted all the same keeps its promises (see get_*()). */
static void damage_is_survived(void)
{
	uint64_t seed = 0x77697265;

	for (unsigned int round = 0; round < 60000; round++) {
		unsigned int index = unit_below(&seed, ARRAY_SIZE(types));
		size_t fixed;
		int rc;

		build(types[index].type);
		fixed = sample.length < 64 ? sample.length : 64;
		for (unsigned int i = 0; i <= unit_below(&seed, 3); i++)
			sample.bytes[unit_below(&seed, fixed)] ^= 1u << unit_below(&seed, 8);
		rc = decode_as(index, types[index].type,
			       unit_below(&seed, 2) ? sample.length :
						      unit_below(&seed, sample.length + 1));
		EXPECT(rc == 0 || rc == -EPROTO);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "good records are understood", good_records_are_understood },
		{ "fields are where they belong", fields_are_where_they_belong },
		{ "parts are where they belong", parts_are_where_they_belong },
		{ "records of a wrong length are refused", wrong_length_is_refused },
		{ "records of another type are refused", wrong_type_is_refused },
		{ "HELLO of a stranger is refused", hello_of_a_stranger_is_refused },
		{ "HELLO of another version tells the version",
		  hello_of_another_version_is_named },
		{ "a senseless CONFIG is refused", senseless_config_is_refused },
		{ "a senseless LAYOUT is refused", senseless_layout_is_refused },
		{ "a senseless PAGES is refused", senseless_pages_are_refused },
		{ "packed pages are bounded", packed_pages_are_bounded },
		{ "only stage one has absent pages", absent_pages_are_of_stage_one },
		{ "a senseless MISSING is refused", senseless_missing_is_refused },
		{ "a senseless FINAL is refused", senseless_final_is_refused },
		{ "a senseless REQUEST is refused", senseless_request_is_refused },
		{ "a senseless CREDIT, VERIFY, VERIFIED is refused",
		  senseless_verification_is_refused },
		{ "the text of an ERROR is made printable", error_text_is_made_printable },
		{ "types have names", types_have_names },
		{ "random damage is survived", damage_is_survived },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
