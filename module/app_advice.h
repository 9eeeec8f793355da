/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What applications say of ranges of their own memory.
 */
#ifndef TSMC_APP_ADVICE_H
#define TSMC_APP_ADVICE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/tsmc_netlink.h>

#include "hint_table.h"

struct mm_struct;

/**
 * struct tsmc_app_advice - all ranges of all processes
 * @lock: guards the rest
 * @ranges: of processes that live, in no order; ranges of one process do not
 *	overlap: what is said last holds
 * @nr_ranges: in the list
 */
struct tsmc_app_advice {
	struct mutex lock;
	struct list_head ranges;
	unsigned int nr_ranges;
};

void tsmc_app_advice_init(struct tsmc_app_advice *advice);
void tsmc_app_advice_exit(struct tsmc_app_advice *advice);
int tsmc_app_advice_set(struct tsmc_app_advice *advice, struct mm_struct *mm,
			unsigned long start, unsigned long end,
			enum tsmc_advice_kind kind);
void tsmc_app_advice_apply(struct tsmc_app_advice *advice,
			   struct tsmc_hint_table *table, const bool *stop);
unsigned int tsmc_app_advice_count(struct tsmc_app_advice *advice);

#endif /* TSMC_APP_ADVICE_H */
