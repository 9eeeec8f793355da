/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source's side of stage one: copies all memory, and knows what changed since.
 */
#ifndef TSMC_STAGE_ONE_H
#define TSMC_STAGE_ONE_H

#include "dirty_history.h"
#include "layout.h"
#include "page_sender.h"

/**
 * struct tsmc_stage_one - zeroed but for what the caller fills in
 * @log: the agent's; filled in
 * @layout: where the guest has memory; filled in
 * @bulk: to the target; filled in
 * @ld: log-dirty, on; filled in
 * @sender: sends and counts; filled in, its hints too
 * @watch: look at log-dirty now and then, to learn when a page was written; filled in
 * @history: what these looks saw
 * @left_out: frames that were taken for zero because they were free
 * @rounds: passes over memory so far
 */
struct tsmc_stage_one {
	const struct tsmc_log *log;
	const struct tsmc_layout *layout;
	struct tsmc_channel *bulk;
	struct tsmc_logdirty *ld;
	struct tsmc_page_sender *sender;
	bool watch;
	struct tsmc_dirty_history history;
	struct tsmc_pagemap left_out;
	unsigned int rounds;
};

/* Sends every page once, those that are free in the guest as a marker. */
int tsmc_stage_one_copy(struct tsmc_stage_one *one);
/* Precopy: sends what changed in the round before, until little changes. */
int tsmc_stage_one_rounds(struct tsmc_stage_one *one);
/* The suspended guest: every frame of RAM that is not yet right at the target, but for left_out. */
int tsmc_stage_one_dirty(struct tsmc_stage_one *one, bool record_anew, struct tsmc_pagemap *dirty);
void tsmc_stage_one_destroy(struct tsmc_stage_one *one);

#endif /* TSMC_STAGE_ONE_H */
