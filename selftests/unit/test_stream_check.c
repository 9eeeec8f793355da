// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which heads of a restore stream are taken from another host.
 */
#include "stream_format.h"

/* kselftest.h has its own. */
#undef ARRAY_SIZE
#include "unit.h"

#define NR_GFNS		(1ULL << 20)

static uint8_t head[4096];
static size_t head_len;

static void put(const void *data, size_t len)
{
	if (len)
		memcpy(head + head_len, data, len);
	head_len += len;
}

static void put_record(uint32_t type, const void *body, size_t len)
{
	static const uint8_t zeroes[8];
	struct record_header record = { type, len };

	put(&record, sizeof(record));
	put(body, len);
	put(zeroes, -len % 8);
}

static void put_frames(uint32_t count, uint64_t kind, uint64_t first)
{
	struct page_data data = { .count = count };

	for (uint32_t i = 0; i < count && i < TSMC_SPECIAL_MAX; i++)
		data.gfn[i] = kind | (first + i);
	put_record(REC_PAGE_DATA, &data, offsetof(struct page_data, gfn[count]));
}

static void begin(void)
{
	struct image_header image = { .marker = LIBXC_MARKER, .ident = htobe32(LIBXC_IDENT),
				      .version = htobe32(LIBXC_VERSION_3) };
	struct domain_header domain = { .type = LIBXC_TYPE_X86_HVM, .page_shift = TSMC_PAGE_SHIFT };
	uint8_t opening[TSMC_STREAM_OPENING];

	head_len = 0;
	tsmc_stream_opening(opening);
	put(opening, sizeof(opening));
	put(&image, sizeof(image));
	put(&domain, sizeof(domain));
}

/* As tsmc_stream_head() has it. */
static void make(void)
{
	struct hvm_params params = { .count = 2 };
	uint8_t context[123] = { 1 };
	struct tsc_info tsc = { 0 };

	begin();
	put_record(REC_X86_CPUID_POLICY, context, 120);
	put_record(REC_X86_MSR_POLICY, context, 16);
	put_record(REC_STATIC_DATA_END, NULL, 0);
	put_frames(3, PAGE_TYPE_XALLOC, 0xfeff8);
	put_record(REC_X86_TSC_INFO, &tsc, sizeof(tsc));
	put_record(REC_HVM_CONTEXT, context, sizeof(context));
	put_record(REC_HVM_PARAMS, &params, offsetof(struct hvm_params, param[2]));
}

static bool taken(void)
{
	return !tsmc_stream_check(head, head_len, NR_GFNS);
}

static void ours_is_taken(void)
{
	make();
	EXPECT(taken());
}

static void each_cut_is_refused_or_whole(void)
{
	unsigned int whole = 0;

	make();
	for (size_t all = head_len; head_len; head_len--)
		whole += head_len < all && taken();
	/* Behind the headers and behind each record but the last. */
	EXPECT(whole == 7);
}

static void headers_are_looked_at(void)
{
	const size_t all = TSMC_STREAM_OPENING + sizeof(struct image_header) + 6;

	for (size_t i = 0; i < all; i++) {
		/* Reserved in the image header. */
		if (i >= TSMC_STREAM_OPENING + 18 && i < TSMC_STREAM_OPENING + 24)
			continue;
		make();
		head[i] ^= 0x40;
		EXPECT(!taken());
	}
}

static void frames_are_bounded(void)
{
	static const struct {
		uint32_t count;
		uint64_t kind, first;
		bool good;
	} cases[] = {
		{ 1, PAGE_TYPE_XALLOC, 0, true },
		{ 1, PAGE_TYPE_XALLOC, NR_GFNS - 1, true },
		{ 2, PAGE_TYPE_XALLOC, NR_GFNS - 1, false },
		{ 1, PAGE_TYPE_XALLOC, 1ULL << 36, false },
		{ 1, 0, 0, false },
		{ 1, (uint64_t)XEN_DOMCTL_PFINFO_XTAB << 32, 0, false },
		{ TSMC_SPECIAL_MAX, PAGE_TYPE_XALLOC, 0, true },
		{ 0, PAGE_TYPE_XALLOC, 0, false },
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		begin();
		put_frames(cases[i].count, cases[i].kind, cases[i].first);
		EXPECT(taken() == cases[i].good);
	}
}

static void counts_fit_their_records(void)
{
	struct page_data data = { .count = 2, .gfn = { PAGE_TYPE_XALLOC } };
	struct hvm_params params = { .count = 3 };
	uint64_t many[2 + TSMC_SPECIAL_MAX] = { 1 + TSMC_SPECIAL_MAX };

	begin();
	put_record(REC_PAGE_DATA, &data, offsetof(struct page_data, gfn[1]));
	EXPECT(!taken());
	begin();
	put_record(REC_PAGE_DATA, many, sizeof(many));
	EXPECT(!taken());
	begin();
	put_record(REC_HVM_PARAMS, &params, offsetof(struct hvm_params, param[2]));
	EXPECT(!taken());
	begin();
	put_record(REC_HVM_PARAMS, &params, 4);
	EXPECT(!taken());
}

/* What libxl could read and would wait for, allocate, or end at. */
static void other_records_are_refused(void)
{
	for (uint32_t type = 0; type < 64; type++) {
		begin();
		put_record(type, "12345678", 8);
		if (type != REC_X86_CPUID_POLICY && type != REC_X86_MSR_POLICY && type != REC_HVM_CONTEXT)
			EXPECT(!taken());
	}
	begin();
	put_record(REC_STATIC_DATA_END | 1U << 31, NULL, 0);
	EXPECT(!taken());
}

static void none_comes_twice(void)
{
	begin();
	put_frames(1, PAGE_TYPE_XALLOC, 1);
	EXPECT(taken());
	put_frames(1, PAGE_TYPE_XALLOC, 2);
	EXPECT(!taken());
}

static void lengths_are_not_believed(void)
{
	struct record_header record = { REC_HVM_CONTEXT, 128 << 20 };

	begin();
	put(&record, sizeof(record));
	put("12345678", 8);
	EXPECT(!taken());
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a head as we write it is taken", ours_is_taken },
		{ "of one that is cut off nothing but whole records", each_cut_is_refused_or_whole },
		{ "each byte of the headers counts", headers_are_looked_at },
		{ "frames are to be populated, and below the bound", frames_are_bounded },
		{ "counts fit their records", counts_fit_their_records },
		{ "no other record is taken", other_records_are_refused },
		{ "none comes twice", none_comes_twice },
		{ "a length beyond the end is refused", lengths_are_not_believed },
	};

	unit_run(tests, sizeof(tests) / sizeof(*tests));
}
