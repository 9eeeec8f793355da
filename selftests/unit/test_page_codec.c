// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Codecs: what is packed comes back, and nothing that a peer can send makes
 * unpacking accept another size or touch a byte outside its buffers. The libraries
 * know nothing of the sanitizer, so the buffers end where memory ends.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <zstd.h>

#include "page_codec.h"
#include "page_samples.h"

#define NR_MAX 32u

static struct tsmc_packing *packing;
static struct tsmc_unpacking *unpacking;
static char plain[NR_MAX * PAGE_BYTES];
static char blob[NR_MAX * PAGE_BYTES * 2];
/* Behind these there is nothing. */
static char *from_end, *to_end;

static char *make_edge(void)
{
	char *area = mmap(NULL, sizeof(blob) + PAGE_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED || mprotect(area + sizeof(blob), PAGE_BYTES, PROT_NONE))
		return NULL;
	return area + sizeof(blob);
}

/* Whether the bytes before a buffer are as they were set before. */
static bool front_is_whole(const char *to)
{
	for (unsigned int i = 1; i <= 64; i++)
		if (to[-(int)i] != 0x5a)
			return false;
	return true;
}

static size_t pack(enum tsmc_codec codec, unsigned int nr)
{
	return tsmc_pack(packing, codec, plain, nr * PAGE_BYTES, blob, sizeof(blob));
}

/* Unpacks the first len bytes of the blob to size bytes; 1 when they are not those of the pages. */
static int unpack(enum tsmc_codec codec, size_t len, size_t size)
{
	char *from = from_end - len, *to = to_end - size;
	int rc;

	memcpy(from, blob, len);
	memset(to - 64, 0x5a, 64);
	rc = tsmc_unpack(unpacking, codec, from, len, to, size);
	EXPECT(front_is_whole(to));
	return rc ? rc : !!memcmp(to, plain, size);
}

static void what_is_packed_comes_back(void)
{
	uint64_t seed = 0x70616765;

	for (enum tsmc_codec codec = TSMC_CODEC_LZ4; codec < TSMC_CODEC_NR; codec++) {
		for (enum page_kind kind = 0; kind < PAGES_KINDS; kind++) {
			for (unsigned int nr = 1; nr <= NR_MAX; nr += 1 + unit_below(&seed, 7)) {
				size_t len;

				fill_pages(plain, nr, kind, &seed);
				len = pack(codec, nr);
				EXPECT(len && !unpack(codec, len, nr * PAGE_BYTES));
			}
		}
	}
}

static void kinds_pack_as_expected(void)
{
	uint64_t seed = 0x6b696e64;
	size_t fast;

	fill_pages(plain, NR_MAX, PAGES_TEXT, &seed);
	fast = pack(TSMC_CODEC_LZ4, NR_MAX);
	EXPECT(fast < sizeof(plain) / 2);
	EXPECT(pack(TSMC_CODEC_ZSTD, NR_MAX) < fast * 3 / 4);
	fill_pages(plain, NR_MAX, PAGES_RANDOM, &seed);
	EXPECT(pack(TSMC_CODEC_LZ4, NR_MAX) > sizeof(plain));
	EXPECT(pack(TSMC_CODEC_ZSTD, NR_MAX) > sizeof(plain));
}

static void room_is_kept_to(void)
{
	uint64_t seed = 0x726f6f6d;

	for (enum tsmc_codec codec = TSMC_CODEC_LZ4; codec < TSMC_CODEC_NR; codec++) {
		for (unsigned int i = 0; i < 200; i++) {
			enum page_kind kind = unit_below(&seed, PAGES_KINDS);
			size_t room = 1 + unit_below(&seed, 4 * PAGE_BYTES);
			char *to = to_end - room;
			size_t len;

			memset(to - 64, 0x5a, 64);
			fill_pages(plain, 4, kind, &seed);
			len = tsmc_pack(packing, codec, plain, 4 * PAGE_BYTES, to, room);
			EXPECT(len <= room && front_is_whole(to));
			if (len) {
				memcpy(blob, to, len);
				EXPECT(!unpack(codec, len, 4 * PAGE_BYTES));
			}
		}
		fill_pages(plain, 4, PAGES_RANDOM, &seed);
		EXPECT(!tsmc_pack(packing, codec, plain, 4 * PAGE_BYTES, blob, 4 * PAGE_BYTES));
	}
}

static void truncation_is_refused(void)
{
	uint64_t seed = 0x7472756e;

	for (enum tsmc_codec codec = TSMC_CODEC_LZ4; codec < TSMC_CODEC_NR; codec++) {
		size_t len;

		fill_pages(plain, 3, PAGES_TEXT, &seed);
		len = pack(codec, 3);
		EXPECT(len > 100);
		for (size_t shorter = 0; shorter < len; shorter++)
			EXPECT(unpack(codec, shorter, 3 * PAGE_BYTES) == -EPROTO);
		/* Longer: by what the buffer happens to hold. */
		for (size_t more = 1; more < 20; more++)
			EXPECT(unpack(codec, len + more, 3 * PAGE_BYTES) == -EPROTO);
	}
}

static void another_size_is_refused(void)
{
	uint64_t seed = 0x73697a65;

	for (enum tsmc_codec codec = TSMC_CODEC_LZ4; codec < TSMC_CODEC_NR; codec++) {
		size_t len;

		fill_pages(plain, NR_MAX, PAGES_MIXED, &seed);
		len = pack(codec, 8);
		EXPECT(!unpack(codec, len, 8 * PAGE_BYTES));
		for (unsigned int nr = 1; nr <= 16; nr++)
			EXPECT(nr == 8 || unpack(codec, len, nr * PAGE_BYTES) == -EPROTO);
		EXPECT(unpack(codec, len, 8 * PAGE_BYTES - 1) == -EPROTO);
		EXPECT(unpack(codec, len, 8 * PAGE_BYTES + 1) == -EPROTO);
	}
}

/* What is accepted all the same has the right size; the sanitizer watches the rest. */
static void damage_is_survived(void)
{
	uint64_t seed = 0x64616d61;
	unsigned int refused = 0;

	for (unsigned int round = 0; round < 20000; round++) {
		enum tsmc_codec codec = TSMC_CODEC_LZ4 + round % 2;
		size_t len;
		int rc;

		if (round % 100 < 2) {
			fill_pages(plain, 2, PAGES_MIXED, &seed);
			while (!memcmp(plain, plain + PAGE_BYTES, PAGE_BYTES))
				fill_pages(plain, 2, PAGES_MIXED, &seed);
		}
		len = pack(codec, 2);
		for (unsigned int i = 0; i <= unit_below(&seed, 3); i++)
			blob[unit_below(&seed, len)] ^= 1u << unit_below(&seed, 8);
		rc = unpack(codec, len, 2 * PAGE_BYTES);
		EXPECT(rc == 0 || rc == 1 || rc == -EPROTO);
		refused += rc == -EPROTO;
	}
	EXPECT(refused > 1000);
}

static void noise_is_refused(void)
{
	uint64_t seed = 0x6e6f6973;

	for (unsigned int round = 0; round < 20000; round++) {
		size_t len = 1 + unit_below(&seed, 600);
		int rc;

		for (size_t i = 0; i < len; i++)
			blob[i] = unit_random(&seed);
		/* An lz4 block has no mark, so noise may happen to be one. */
		rc = unpack(TSMC_CODEC_LZ4, len, PAGE_BYTES);
		EXPECT(rc == 1 || rc == -EPROTO);
		EXPECT(unpack(TSMC_CODEC_ZSTD, len, PAGE_BYTES) == -EPROTO);
		memcpy(blob, "\x28\xb5\x2f\xfd", 4);
		rc = unpack(TSMC_CODEC_ZSTD, len, PAGE_BYTES);
		EXPECT(rc == 1 || rc == -EPROTO);
	}
}

/* The library accepts more than one frame, frames to be skipped and frames that hide their size. */
static void other_frames_are_refused(void)
{
	static const char skipped[12] = "\x50\x2a\x4d\x18\x04\0\0\0skip";
	uint64_t seed = 0x6672616d;
	size_t one, two;
	ZSTD_CCtx *zstd;

	fill_pages(plain, 2, PAGES_TEXT, &seed);
	one = ZSTD_compress(blob, sizeof(blob), plain, PAGE_BYTES, 1);
	EXPECT(!ZSTD_isError(one));
	two = ZSTD_compress(blob + one, sizeof(blob) - one, plain + PAGE_BYTES, PAGE_BYTES, 1);
	EXPECT(!ZSTD_isError(two));
	EXPECT(unpack(TSMC_CODEC_ZSTD, one + two, 2 * PAGE_BYTES) == -EPROTO);
	/* A frame to be skipped, behind the right one and before it. */
	two = ZSTD_compress(blob, sizeof(blob), plain, 2 * PAGE_BYTES, 1);
	EXPECT(!ZSTD_isError(two) && !unpack(TSMC_CODEC_ZSTD, two, 2 * PAGE_BYTES));
	memcpy(blob + two, skipped, sizeof(skipped));
	EXPECT(unpack(TSMC_CODEC_ZSTD, two + sizeof(skipped), 2 * PAGE_BYTES) == -EPROTO);
	memcpy(blob, skipped, sizeof(skipped));
	two = ZSTD_compress(blob + sizeof(skipped), sizeof(blob) - sizeof(skipped), plain, 2 * PAGE_BYTES, 1);
	EXPECT(!ZSTD_isError(two));
	EXPECT(unpack(TSMC_CODEC_ZSTD, sizeof(skipped) + two, 2 * PAGE_BYTES) == -EPROTO);

	zstd = ZSTD_createCCtx();
	EXPECT(zstd);
	ZSTD_CCtx_setParameter(zstd, ZSTD_c_contentSizeFlag, 0);
	two = ZSTD_compress2(zstd, blob, sizeof(blob), plain, 2 * PAGE_BYTES);
	ZSTD_freeCCtx(zstd);
	EXPECT(!ZSTD_isError(two));
	EXPECT(unpack(TSMC_CODEC_ZSTD, two, 2 * PAGE_BYTES) == -EPROTO);
}

/* A page of 'x' as version 0.7 of the library had it. */
static void old_formats_are_refused(void)
{
	static const char old[] = "\x27\xb5\x2f\xfd\x60\x00\x0f\x80\x10\x00x\xc0\0\0";

	memset(plain, 'x', PAGE_BYTES);
	memcpy(blob, old, sizeof(old) - 1);
	EXPECT(unpack(TSMC_CODEC_ZSTD, sizeof(old) - 1, PAGE_BYTES) == -EPROTO);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "what is packed comes back", what_is_packed_comes_back },
		{ "text packs well, noise does not", kinds_pack_as_expected },
		{ "packing keeps to its room", room_is_kept_to },
		{ "truncated and longer blobs are refused", truncation_is_refused },
		{ "blobs of another size are refused", another_size_is_refused },
		{ "random damage is survived", damage_is_survived },
		{ "noise is refused", noise_is_refused },
		{ "what only looks like one frame is refused", other_frames_are_refused },
		{ "what older libraries made is refused", old_formats_are_refused },
	};

	packing = tsmc_packing_new();
	unpacking = tsmc_unpacking_new();
	from_end = make_edge();
	to_end = make_edge();
	if (!packing || !unpacking || !from_end || !to_end)
		return KSFT_FAIL;
	unit_run(tests, ARRAY_SIZE(tests));
}
