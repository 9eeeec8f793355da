// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From pages to a record and back: the packer chooses, the unpacker gives the
 * same pages or refuses.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "page_packer.h"
#include "page_samples.h"
#include "page_unpacker.h"
#include "wrapped_pack.h"

#define NR	TSMC_WIRE_PAGES_MAX
#define TOP	(NR + 10)

static char memory[NR * PAGE_BYTES];
static const void *pages[NR];
static struct tsmc_page_packer packer;
static struct tsmc_page_unpacker unpacker;
static struct tsmc_pack_counts counts;
static uint64_t seed;

static void start(enum tsmc_compress compress, enum tsmc_codec strongest)
{
	tsmc_page_packer_destroy(&packer);
	packer.compress = compress;
	packer.strongest = strongest;
	memset(&counts, 0, sizeof(counts));
	seed = 0x7061636b;
	for (unsigned int i = 0; i < NR; i++)
		pages[i] = memory + i * PAGE_BYTES;
}

/* A link of so many bytes per second, seen for long enough. */
static void see_link(double speed)
{
	const struct tsmc_batch_sent sent = { .bytes = 1 << 20, .ns = 1, .waited_ns = 1,
					      .full = { 1 << 20, (1 << 20) / speed * 1e9 } };

	for (unsigned int i = 0; i < 300; i++)
		tsmc_codec_choice_sent(&packer.choice, &sent);
}

/* A PAGES record of nr pages. */
static struct tsmc_record make_record(enum tsmc_codec codec, const void *content, size_t len, unsigned int nr)
{
	struct tsmc_wire_pages head = { .count = nr, .stage = 1, .codec = codec };
	struct tsmc_record record = { .type = TSMC_REC_PAGES, .length = sizeof(head) + 8 * nr + len };
	char *payload = malloc(record.length);
	uint64_t entry;

	EXPECT(payload);
	memcpy(payload, &head, sizeof(head));
	for (unsigned int i = 0; i < nr; i++) {
		entry = tsmc_page_entry(i, TSMC_PAGE_DATA);
		memcpy(payload + sizeof(head) + 8 * i, &entry, sizeof(entry));
	}
	memcpy(payload + sizeof(head) + 8 * nr, content, len);
	record.payload = payload;
	return record;
}

/* 0 when nr pages come out that equal those at expected; 1 when they differ. */
static int unpack(enum tsmc_codec codec, const void *content, size_t len, unsigned int nr, const void *expected)
{
	struct tsmc_record record = make_record(codec, content, len, nr);
	struct tsmc_wire_pages head;
	const uint64_t *entries;
	const void *data;
	int rc;

	rc = tsmc_page_unpack(&unpacker, &record, TOP, &head, &entries, &data);
	if (!rc)
		rc = head.count != nr || tsmc_page_gfn(entries[nr - 1]) != nr - 1 ||
		     memcmp(data, expected, (size_t)nr * PAGE_BYTES);
	free((void *)record.payload);
	return rc;
}

static enum tsmc_codec pack(unsigned int nr, size_t *len)
{
	return tsmc_page_packer_pack(&packer, pages, nr, len, &counts);
}

static void off_packs_nothing(void)
{
	size_t len;

	start(TSMC_COMPRESS_OFF, TSMC_CODEC_ZSTD);
	see_link(1e6);
	memset(memory, 'x', sizeof(memory));
	EXPECT(pack(NR, &len) == TSMC_CODEC_NONE);
	EXPECT(!counts.bytes_in && !counts.cpu_ns && !counts.batches[TSMC_CODEC_NONE]);
	EXPECT(!packer.packing && !packer.plain && !packer.packed);
	EXPECT(!unpack(TSMC_CODEC_NONE, memory, sizeof(memory), NR, memory));
}

static void fast_is_always_lz4(void)
{
	size_t len;

	start(TSMC_COMPRESS_FAST, TSMC_CODEC_ZSTD);
	for (unsigned int nr = 1; nr <= NR; nr += 17) {
		fill_pages(memory, nr, PAGES_TEXT, &seed);
		EXPECT(pack(nr, &len) == TSMC_CODEC_LZ4);
		EXPECT(!unpack(TSMC_CODEC_LZ4, packer.packed, len, nr, memory));
	}
	fill_pages(memory, NR, PAGES_RANDOM, &seed);
	EXPECT(pack(NR, &len) == TSMC_CODEC_NONE);
	EXPECT(pack(0, &len) == TSMC_CODEC_NONE);
}

static void what_hardly_shrinks_is_not_packed(void)
{
	size_t len;

	start(TSMC_COMPRESS_FAST, TSMC_CODEC_ZSTD);
	/* Of 32 pages one is zero, then two, then three: 3, 6, 9 percent. */
	fill_pages(memory, 32, PAGES_RANDOM, &seed);
	memset(memory, 0, PAGE_BYTES);
	EXPECT(pack(32, &len) == TSMC_CODEC_NONE);
	memset(memory + 8 * PAGE_BYTES, 0, 2 * PAGE_BYTES);
	EXPECT(pack(32, &len) == TSMC_CODEC_LZ4);
	EXPECT(len < 30 * PAGE_BYTES);
	EXPECT(!unpack(TSMC_CODEC_LZ4, packer.packed, len, 32, memory));
}

static void counts_are_what_was_packed(void)
{
	size_t text, mixed, none;

	start(TSMC_COMPRESS_FAST, TSMC_CODEC_ZSTD);
	fill_pages(memory, 100, PAGES_TEXT, &seed);
	EXPECT(pack(100, &text) == TSMC_CODEC_LZ4);
	fill_pages(memory, 50, PAGES_MIXED, &seed);
	EXPECT(pack(50, &mixed) == TSMC_CODEC_LZ4);
	fill_pages(memory, 7, PAGES_RANDOM, &seed);
	EXPECT(pack(7, &none) == TSMC_CODEC_NONE);
	EXPECT(counts.batches[TSMC_CODEC_LZ4] == 2 && counts.batches[TSMC_CODEC_NONE] == 1);
	EXPECT(counts.bytes_in == 157 * PAGE_BYTES);
	EXPECT(counts.bytes_out == text + mixed + 7 * PAGE_BYTES);
	EXPECT(counts.cpu_ns > 0);
}

static void adaptive_waits_for_a_full_link(void)
{
	size_t len;

	start(TSMC_COMPRESS_ADAPTIVE, TSMC_CODEC_ZSTD);
	fill_pages(memory, NR, PAGES_TEXT, &seed);
	for (unsigned int i = 0; i < 20; i++)
		EXPECT(pack(NR, &len) == TSMC_CODEC_NONE);
	EXPECT(counts.batches[TSMC_CODEC_NONE] == 20 && counts.bytes_out == counts.bytes_in);
	see_link(1e6);
	EXPECT(pack(NR, &len) != TSMC_CODEC_NONE);
	/* No processor packs a terabyte per second. */
	see_link(1e12);
	EXPECT(pack(NR, &len) == TSMC_CODEC_NONE);
}

static void adaptive_follows_the_data(void)
{
	enum tsmc_codec codec;
	size_t len;

	start(TSMC_COMPRESS_ADAPTIVE, TSMC_CODEC_ZSTD);
	see_link(1e5);
	for (unsigned int round = 0; round < 3; round++) {
		fill_pages(memory, NR, PAGES_TEXT, &seed);
		for (unsigned int i = 0; i < 6; i++)
			codec = pack(NR, &len);
		EXPECT(codec == TSMC_CODEC_ZSTD);
		EXPECT(!unpack(codec, packer.packed, len, NR, memory));
		fill_pages(memory, NR, PAGES_RANDOM, &seed);
		for (unsigned int i = 0; i < 6; i++)
			codec = pack(NR, &len);
		EXPECT(codec == TSMC_CODEC_NONE);
	}
}

static void an_heir_knows_but_keeps_to_its_codec(void)
{
	struct tsmc_page_packer first;
	size_t len;

	start(TSMC_COMPRESS_ADAPTIVE, TSMC_CODEC_ZSTD);
	see_link(1e5);
	fill_pages(memory, NR, PAGES_TEXT, &seed);
	EXPECT(pack(NR, &len) == TSMC_CODEC_ZSTD);
	first = packer;
	/* Too few for a trial: it is what the other one knew. */
	packer = tsmc_page_packer_heir(&first, TSMC_CODEC_LZ4);
	EXPECT(!packer.packing && !packer.plain && !packer.packed);
	EXPECT(pack(9, &len) == TSMC_CODEC_LZ4);
	EXPECT(pack(NR, &len) == TSMC_CODEC_LZ4);
	tsmc_page_packer_destroy(&packer);
	packer = first;
}

static void a_record_that_lies_is_refused(void)
{
	size_t len;

	start(TSMC_COMPRESS_FAST, TSMC_CODEC_ZSTD);
	fill_pages(memory, 20, PAGES_TEXT, &seed);
	EXPECT(pack(20, &len) == TSMC_CODEC_LZ4);
	EXPECT(!unpack(TSMC_CODEC_LZ4, packer.packed, len, 20, memory));
	/* More pages than are in it, fewer, cut off, of another codec, not packed. */
	EXPECT(unpack(TSMC_CODEC_LZ4, packer.packed, len, 21, memory) == -EPROTO);
	EXPECT(unpack(TSMC_CODEC_LZ4, packer.packed, len, 19, memory) == -EPROTO);
	EXPECT(unpack(TSMC_CODEC_LZ4, packer.packed, len - 1, 20, memory) == -EPROTO);
	EXPECT(unpack(TSMC_CODEC_ZSTD, packer.packed, len, 20, memory) == -EPROTO);
	EXPECT(unpack(TSMC_CODEC_NONE, packer.packed, len, 20, memory) == -EPROTO);
	EXPECT(unpack(TSMC_CODEC_LZ4, memory, 20 * PAGE_BYTES, 20, memory) == -EPROTO);
	EXPECT(unpack(3, packer.packed, len, 20, memory) == -EPROTO);
}

/* The guest writes to its pages as soon as a codec begins. */
static bool guest_writes;

size_t __wrap_tsmc_pack(struct tsmc_packing *packing, enum tsmc_codec codec,
			const void *from, size_t len, void *to, size_t room)
{
	if (guest_writes)
		fill_pages(memory, NR, PAGES_RANDOM, &seed);
	return __real_tsmc_pack(packing, codec, from, len, to, room);
}

/* A codec that saw that would make pages wrong that did not change. */
static void the_guest_may_write_meanwhile(void)
{
	static char before[32 * PAGE_BYTES];
	size_t len;

	start(TSMC_COMPRESS_FAST, TSMC_CODEC_ZSTD);
	fill_pages(memory, 32, PAGES_TEXT, &seed);
	memcpy(before, memory, sizeof(before));
	guest_writes = true;
	EXPECT(pack(32, &len) == TSMC_CODEC_LZ4);
	guest_writes = false;
	EXPECT(memcmp(before, memory, sizeof(before)));
	EXPECT(!unpack(TSMC_CODEC_LZ4, packer.packed, len, 32, before));
}

/* For the sanitizer, which looks for what was never freed. */
static void release(void)
{
	tsmc_page_packer_destroy(&packer);
	tsmc_page_unpacker_destroy(&unpacker);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "off packs nothing", off_packs_nothing },
		{ "fast is always lz4", fast_is_always_lz4 },
		{ "what hardly shrinks is not packed", what_hardly_shrinks_is_not_packed },
		{ "counts are what was packed", counts_are_what_was_packed },
		{ "adaptive waits for a full link", adaptive_waits_for_a_full_link },
		{ "adaptive follows the data", adaptive_follows_the_data },
		{ "an heir knows, but keeps to its codec", an_heir_knows_but_keeps_to_its_codec },
		{ "a record that lies is refused", a_record_that_lies_is_refused },
		{ "the guest may write while it is packed", the_guest_may_write_meanwhile },
	};

	atexit(release);
	unit_run(tests, ARRAY_SIZE(tests));
}
