/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page cache that the guest's disk has too.
 */
#ifndef TSMC_CLEAN_CACHE_H
#define TSMC_CLEAN_CACHE_H

#include <linux/types.h>

struct address_space;
struct page;

bool tsmc_cache_has_disk(const struct address_space *mapping);
bool tsmc_clean_cache(struct page *page);

#endif /* TSMC_CLEAN_CACHE_H */
