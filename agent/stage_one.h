/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source's side of stage one: copies memory, and knows what is not yet right
 * at the target.
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
 * @sender: sends and counts; filled in, its hints too, which may be read anew at any time
 * @stamp: find out when a page was written, not only whether; filled in
 * @postpone: leave out all that may wait; filled in
 * @history: what is not right at the target: changed since it was sent, or not sent at all
 * @left_out: frames that were taken for zero because they were free
 * @absent: frames that the target was told will be missing
 * @next_look: when log-dirty is to be looked at again, ns
 * @recorded: frames that the record of log-dirty had at the last look
 * @rounds: passes over memory so far
 */
struct tsmc_stage_one {
	const struct tsmc_log *log;
	const struct tsmc_layout *layout;
	struct tsmc_channel *bulk;
	struct tsmc_logdirty *ld;
	struct tsmc_page_sender *sender;
	bool stamp;
	bool postpone;
	struct tsmc_dirty_history history;
	struct tsmc_pagemap left_out;
	struct tsmc_pagemap absent;
	uint64_t next_look;
	uint64_t recorded;
	unsigned int rounds;
};

/* Sends what is not free, and is not going to cross later in any case. */
int tsmc_stage_one_copy(struct tsmc_stage_one *one);
/* Sends what changed and cannot wait, says what else will be missing; how many pages it sent. */
int tsmc_stage_one_round(struct tsmc_stage_one *one, uint64_t *sent);
/* The suspended guest: every frame of RAM that is not right at the target, but for left_out. */
int tsmc_stage_one_dirty(struct tsmc_stage_one *one, bool record_anew, struct tsmc_pagemap *dirty);
void tsmc_stage_one_destroy(struct tsmc_stage_one *one);

#endif /* TSMC_STAGE_ONE_H */
