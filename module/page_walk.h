/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process has mapped, entry by entry.
 */
#ifndef TSMC_PAGE_WALK_H
#define TSMC_PAGE_WALK_H

#include <linux/types.h>

struct mm_struct;

/**
 * struct tsmc_page_walk - a walk over page tables
 * @found: called for each present entry, with the pfns that it maps and its
 *	flags; one call may be for part of a huge page
 */
struct tsmc_page_walk {
	void (*found)(const struct tsmc_page_walk *walk, unsigned long pfn,
		      unsigned long nr, unsigned long prot);
};

void tsmc_page_walk(const struct tsmc_page_walk *walk, struct mm_struct *mm,
		    unsigned long addr, unsigned long end);

#endif /* TSMC_PAGE_WALK_H */
