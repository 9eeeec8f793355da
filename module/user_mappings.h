/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes that only page tables and threads know: executable pages, stacks.
 */
#ifndef TSMC_USER_MAPPINGS_H
#define TSMC_USER_MAPPINGS_H

#include <linux/types.h>

struct tsmc_hint_table;

void tsmc_user_mappings_scan(unsigned long *exec, unsigned long nr_pfns,
			     const bool *stop);
void tsmc_user_mappings_settle(struct tsmc_hint_table *table);

#endif /* TSMC_USER_MAPPINGS_H */
