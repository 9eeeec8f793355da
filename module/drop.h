/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page cache that is given up so that it need not cross.
 */
#ifndef TSMC_DROP_H
#define TSMC_DROP_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/tsmc_hint.h>

struct page;

/**
 * struct tsmc_drop - what Dom0 wants to be given up, and what is
 * @area: the page in which it asks and is answered
 * @work: deals with a portion
 * @lock: guards @held and @nr_held
 * @held: pages of the newest portion, ours alone
 * @nr_held: how many
 */
struct tsmc_drop {
	struct tsmc_hint_drop *area;
	struct work_struct work;
	struct mutex lock;
	struct page **held;
	unsigned int nr_held;
};

int tsmc_drop_init(struct tsmc_drop *drop);
void tsmc_drop_exit(struct tsmc_drop *drop);
unsigned long tsmc_drop_gfn(const struct tsmc_drop *drop);
void tsmc_drop_asked(struct tsmc_drop *drop);
void tsmc_drop_stop(struct tsmc_drop *drop);
void tsmc_drop_release(struct tsmc_drop *drop);

#endif /* TSMC_DROP_H */
