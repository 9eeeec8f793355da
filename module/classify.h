/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes from struct page and the allocator's own lists.
 */
#ifndef TSMC_CLASSIFY_H
#define TSMC_CLASSIFY_H

#include <linux/types.h>

struct tsmc_hint_table;

unsigned long tsmc_classify_nr_pfns(void);
bool tsmc_classify_free_known(void);
bool tsmc_classify_scan(struct tsmc_hint_table *table,
			const unsigned long *exec, bool cache,
			const bool *stop);
void tsmc_classify_settle(struct tsmc_hint_table *table, bool cache);

#endif /* TSMC_CLASSIFY_H */
