// SPDX-License-Identifier: GPL-2.0-or-later
#include "page_codec.h"

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <lz4.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* Level 3 makes 9 % less of a kernel's code than this one, and takes twice the time. */
#define ZSTD_LEVEL 1

/**
 * struct tsmc_packing - working memory for packing
 * @lz4: of LZ4_sizeofState() bytes
 * @zstd: context
 */
struct tsmc_packing {
	void *lz4;
	ZSTD_CCtx *zstd;
};

/**
 * struct tsmc_unpacking - working memory for unpacking
 * @zstd: context; lz4 needs none
 */
struct tsmc_unpacking {
	ZSTD_DCtx *zstd;
};

/**
 * tsmc_packing_new - make working memory for packing
 *
 * Return: to be given to tsmc_packing_free(); NULL without memory.
 */
struct tsmc_packing *tsmc_packing_new(void)
{
	struct tsmc_packing *packing = calloc(1, sizeof(*packing));

	if (!packing)
		return NULL;
	packing->lz4 = malloc(LZ4_sizeofState());
	packing->zstd = ZSTD_createCCtx();
	if (packing->lz4 && packing->zstd)
		return packing;
	tsmc_packing_free(packing);
	return NULL;
}

/**
 * tsmc_packing_free - free it
 * @packing: from tsmc_packing_new(), or NULL
 */
void tsmc_packing_free(struct tsmc_packing *packing)
{
	if (!packing)
		return;
	free(packing->lz4);
	ZSTD_freeCCtx(packing->zstd);
	free(packing);
}

/**
 * tsmc_pack - pack bytes
 * @packing: working memory
 * @codec: not TSMC_CODEC_NONE
 * @from: must not change meanwhile, or what is packed is not what was there at any time
 * @len: bytes there, at most TSMC_WIRE_PAYLOAD_MAX
 * @to: result
 * @room: bytes that may be put there
 *
 * Return: bytes at @to; 0 when they did not fit into @room, which ends the work early.
 */
size_t tsmc_pack(struct tsmc_packing *packing, enum tsmc_codec codec,
		 const void *from, size_t len, void *to, size_t room)
{
	size_t done;

	if (codec == TSMC_CODEC_LZ4)
		return LZ4_compress_fast_extState(packing->lz4, from, to, len, room, 1);
	done = ZSTD_compressCCtx(packing->zstd, to, room, from, len, ZSTD_LEVEL);
	return ZSTD_isError(done) ? 0 : done;
}

/**
 * tsmc_unpacking_new - make working memory for unpacking
 *
 * Return: to be given to tsmc_unpacking_free(); NULL without memory.
 */
struct tsmc_unpacking *tsmc_unpacking_new(void)
{
	struct tsmc_unpacking *unpacking = calloc(1, sizeof(*unpacking));

	if (!unpacking)
		return NULL;
	unpacking->zstd = ZSTD_createDCtx();
	if (unpacking->zstd)
		return unpacking;
	free(unpacking);
	return NULL;
}

/**
 * tsmc_unpacking_free - free it
 * @unpacking: from tsmc_unpacking_new(), or NULL
 */
void tsmc_unpacking_free(struct tsmc_unpacking *unpacking)
{
	if (!unpacking)
		return;
	ZSTD_freeDCtx(unpacking->zstd);
	free(unpacking);
}

/*
 * One frame of today's format and nothing behind it, whose header tells this size. The
 * library would also follow formats that its older versions had, frames that are to be
 * skipped, and one frame after the other.
 */
static bool zstd_frame_fits(const void *from, size_t len, size_t size)
{
	uint32_t magic;

	if (len < sizeof(magic))
		return false;
	memcpy(&magic, from, sizeof(magic));
	return le32toh(magic) == ZSTD_MAGICNUMBER &&
	       ZSTD_findFrameCompressedSize(from, len) == len &&
	       ZSTD_getFrameContentSize(from, len) == size;
}

/**
 * tsmc_unpack - unpack bytes that a peer has sent
 * @unpacking: working memory
 * @codec: not TSMC_CODEC_NONE
 * @from: anything
 * @len: bytes there, at most TSMC_WIRE_PAYLOAD_MAX
 * @to: result; undefined after an error
 * @size: bytes that must come out; no more are ever written, at most TSMC_WIRE_PAYLOAD_MAX
 *
 * Return: 0; -EPROTO when @from is not what a codec makes of @size bytes.
 */
int tsmc_unpack(struct tsmc_unpacking *unpacking, enum tsmc_codec codec,
		const void *from, size_t len, void *to, size_t size)
{
	static_assert(TSMC_WIRE_PAYLOAD_MAX <= INT_MAX, "lz4 takes lengths as int");

	if (codec == TSMC_CODEC_LZ4)
		return LZ4_decompress_safe(from, to, len, size) == (int)size ? 0 : -EPROTO;
	if (!zstd_frame_fits(from, len, size))
		return -EPROTO;
	return ZSTD_decompressDCtx(unpacking->zstd, to, size, from, len) == size ? 0 : -EPROTO;
}
