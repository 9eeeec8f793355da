/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The accessed bits of page tables: taken, and given back.
 */
#ifndef TSMC_HEAT_WALK_H
#define TSMC_HEAT_WALK_H

#include <linux/types.h>

struct mm_struct;

/**
 * struct tsmc_heat_walk - what a walk reads and writes; bits are per pfn
 * @nr_pfns: bits in each
 * @seen: set when the accessed bit was set
 * @written: set when the dirty bit was set besides
 * @owed: set when the accessed bit was taken
 * @given: bits that were given back
 */
struct tsmc_heat_walk {
	unsigned long nr_pfns;
	unsigned long *seen;
	unsigned long *written;
	unsigned long *owed;
	u64 given;
};

void tsmc_heat_walk_take(struct mm_struct *mm, void *walk);
void tsmc_heat_walk_give(struct mm_struct *mm, void *walk);
void tsmc_heat_walk_flush(void);

#endif /* TSMC_HEAT_WALK_H */
