/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The codecs that pages are packed with: lz4, the fast one, and zstd, the strong one.
 */
#ifndef TSMC_PAGE_CODEC_H
#define TSMC_PAGE_CODEC_H

#include <stddef.h>

#include "wire_format.h"

/* What a codec needs for its work; one thread's. */
struct tsmc_packing;
struct tsmc_unpacking;

struct tsmc_packing *tsmc_packing_new(void);
void tsmc_packing_free(struct tsmc_packing *packing);
/* How many bytes it made of them, at most room; 0 when there is not enough room. */
size_t tsmc_pack(struct tsmc_packing *packing, enum tsmc_codec codec,
		 const void *from, size_t len, void *to, size_t room);

struct tsmc_unpacking *tsmc_unpacking_new(void);
void tsmc_unpacking_free(struct tsmc_unpacking *unpacking);
/* 0 when exactly size bytes came out, -EPROTO otherwise. */
int tsmc_unpack(struct tsmc_unpacking *unpacking, enum tsmc_codec codec,
		const void *from, size_t len, void *to, size_t size);

#endif /* TSMC_PAGE_CODEC_H */
