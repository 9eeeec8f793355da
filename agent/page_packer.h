/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packs batches of pages at the source.
 */
#ifndef TSMC_PAGE_PACKER_H
#define TSMC_PAGE_PACKER_H

#include "codec_choice.h"
#include "report.h"

/**
 * struct tsmc_page_packer - one thread's; zeroed, then @compress and @strongest set
 * @compress: what was asked for
 * @strongest: the last codec that TSMC_COMPRESS_ADAPTIVE may choose
 * @choice: what is known of data and link
 * @packing: working memory of the codecs; NULL until it is needed
 * @plain: copy of the pages
 * @packed: what became of them
 */
struct tsmc_page_packer {
	enum tsmc_compress compress;
	enum tsmc_codec strongest;
	struct tsmc_codec_choice choice;
	struct tsmc_packing *packing;
	char *plain;
	char *packed;
};

/* Another packer, which begins with what this one knows. */
struct tsmc_page_packer tsmc_page_packer_heir(const struct tsmc_page_packer *packer,
					      enum tsmc_codec strongest);
void tsmc_page_packer_destroy(struct tsmc_page_packer *packer);
/*
 * The codec that these pages were packed with, into packer->packed, len bytes;
 * TSMC_CODEC_NONE when they are better sent as they are.
 */
enum tsmc_codec tsmc_page_packer_pack(struct tsmc_page_packer *packer, const void *const *pages,
				      unsigned int nr, size_t *len, struct tsmc_pack_counts *counts);

#endif /* TSMC_PAGE_PACKER_H */
