/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many pages there are of each kind, in all or of a process.
 */
#ifndef TSMC_PAGE_COUNTS_H
#define TSMC_PAGE_COUNTS_H

#include <linux/types.h>
#include <linux/tsmc_hint.h>

struct mm_struct;
struct tsmc_hint_table;

/**
 * struct tsmc_page_counts - pages, as the table describes them
 * @pages: of each class
 * @hot: of these, how many are hot
 * @written: how many are marked dirty by an entry that maps them
 */
struct tsmc_page_counts {
	u64 pages[TSMC_CLASS_NR];
	u64 hot[TSMC_CLASS_NR];
	u64 written;
};

int tsmc_count_table(struct tsmc_page_counts *counts,
		     const struct tsmc_hint_table *table);
int tsmc_count_mapped(struct tsmc_page_counts *counts,
		      const struct tsmc_hint_table *table, struct mm_struct *mm,
		      unsigned long start, unsigned long end);
u64 tsmc_count_pages(const struct tsmc_page_counts *counts);
u64 tsmc_count_hot(const struct tsmc_page_counts *counts);

#endif /* TSMC_PAGE_COUNTS_H */
