/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * With the linker's --wrap=tsmc_pack, calls of tsmc_pack() go to __wrap_tsmc_pack(),
 * which the test defines, and the function itself is __real_tsmc_pack().
 */
#ifndef TSMC_WRAPPED_PACK_H
#define TSMC_WRAPPED_PACK_H

#include "page_codec.h"

size_t __real_tsmc_pack(struct tsmc_packing *packing, enum tsmc_codec codec,
			const void *from, size_t len, void *to, size_t room);
size_t __wrap_tsmc_pack(struct tsmc_packing *packing, enum tsmc_codec codec,
			const void *from, size_t len, void *to, size_t room);

#endif /* TSMC_WRAPPED_PACK_H */
