// SPDX-License-Identifier: GPL-2.0-or-later
#include "page_packer.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "page_codec.h"

#define PAGE_BYTES 4096u

/* A trial packs this part of a batch, but not less than so many pages. */
#define TRIAL_PART 32
#define TRIAL_PAGES 4
/* Smaller batches are packed by what is known already. */
#define TRIAL_BATCH (16 * TRIAL_PAGES)

/* What is left of len bytes must fit here: for less it is not worth to unpack them. */
static size_t worth(size_t len)
{
	return len - len / 16;
}

static bool get_ready(struct tsmc_page_packer *packer)
{
	if (!packer->packing)
		packer->packing = tsmc_packing_new();
	if (!packer->plain)
		packer->plain = malloc(TSMC_WIRE_PAGES_MAX * PAGE_BYTES);
	if (!packer->packed)
		packer->packed = malloc(TSMC_WIRE_PAGES_MAX * PAGE_BYTES);
	return packer->packing && packer->plain && packer->packed;
}

/* Copies nr of the pages, evenly chosen. The guest may go on writing to them: a codec must not see that. */
static size_t copy_pages(struct tsmc_page_packer *packer, const void *const *pages,
			 unsigned int total, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		memcpy(packer->plain + i * PAGE_BYTES, pages[i * total / nr], PAGE_BYTES);
	return (size_t)nr * PAGE_BYTES;
}

/* Finds out what the codecs make of pages like these. */
static void try_codecs(struct tsmc_page_packer *packer, const void *const *pages, unsigned int nr)
{
	unsigned int part = nr / TRIAL_PART > TRIAL_PAGES ? nr / TRIAL_PART : TRIAL_PAGES;
	size_t len = copy_pages(packer, pages, nr, part);

	for (enum tsmc_codec codec = TSMC_CODEC_LZ4; codec <= packer->strongest; codec++) {
		struct tsmc_codec_figures trial = { .in = len };
		uint64_t start;
		size_t done;

		if (!tsmc_codec_choice_wants(&packer->choice, codec))
			continue;
		start = tsmc_thread_ns();
		done = tsmc_pack(packer->packing, codec, packer->plain, len, packer->packed, worth(len));
		trial.ns = tsmc_thread_ns() - start;
		trial.out = done ? done : len;
		tsmc_codec_choice_tried(&packer->choice, codec, &trial);
	}
	packer->choice.batches++;
}

static enum tsmc_codec choose(struct tsmc_page_packer *packer, const void *const *pages, unsigned int nr)
{
	if (packer->compress == TSMC_COMPRESS_FAST)
		return TSMC_CODEC_LZ4;
	if (nr >= TRIAL_BATCH)
		try_codecs(packer, pages, nr);
	return tsmc_codec_best(packer->choice.figures, &packer->choice.link, packer->strongest);
}

/* The codec, and what it made of them; TSMC_CODEC_NONE when that is hardly less. */
static enum tsmc_codec pack(struct tsmc_page_packer *packer, const void *const *pages,
			    unsigned int nr, size_t *len)
{
	enum tsmc_codec codec = choose(packer, pages, nr);
	size_t plain;

	if (codec == TSMC_CODEC_NONE)
		return codec;
	plain = copy_pages(packer, pages, nr, nr);
	*len = tsmc_pack(packer->packing, codec, packer->plain, plain, packer->packed, worth(plain));
	return *len ? codec : TSMC_CODEC_NONE;
}

/**
 * tsmc_page_packer_heir - make a packer that begins with what another one knows
 * @packer: the other one
 * @strongest: the last codec that it may choose
 *
 * Return: to be destroyed by itself.
 */
struct tsmc_page_packer tsmc_page_packer_heir(const struct tsmc_page_packer *packer,
					      enum tsmc_codec strongest)
{
	return (struct tsmc_page_packer){ .compress = packer->compress, .strongest = strongest,
					  .choice = packer->choice };
}

/**
 * tsmc_page_packer_destroy - free its memory
 * @packer: zeroed or in use
 */
void tsmc_page_packer_destroy(struct tsmc_page_packer *packer)
{
	tsmc_packing_free(packer->packing);
	free(packer->plain);
	free(packer->packed);
	*packer = (struct tsmc_page_packer){ 0 };
}

/**
 * tsmc_page_packer_pack - pack the content of a batch
 * @packer: what it learns of them stays for the next batch
 * @pages: of 4096 bytes each; they may change meanwhile
 * @nr: 0 .. TSMC_WIRE_PAGES_MAX
 * @len: bytes at @packer->packed, unless the result is TSMC_CODEC_NONE
 * @counts: updated
 *
 * Without memory for it nothing is packed.
 *
 * Return: the codec; TSMC_CODEC_NONE when the pages are better sent as they are.
 */
enum tsmc_codec tsmc_page_packer_pack(struct tsmc_page_packer *packer, const void *const *pages,
				      unsigned int nr, size_t *len, struct tsmc_pack_counts *counts)
{
	enum tsmc_codec codec = TSMC_CODEC_NONE;
	uint64_t start;

	if (!nr || packer->compress == TSMC_COMPRESS_OFF || !get_ready(packer))
		return codec;
	start = tsmc_thread_ns();
	codec = pack(packer, pages, nr, len);
	counts->cpu_ns += tsmc_thread_ns() - start;
	counts->batches[codec]++;
	counts->bytes_in += (uint64_t)nr * PAGE_BYTES;
	counts->bytes_out += codec == TSMC_CODEC_NONE ? (uint64_t)nr * PAGE_BYTES : *len;
	return codec;
}
