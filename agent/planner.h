/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which missing page crosses next in stage three: what a vCPU waits for, what it
 * will want soon, then the push order. A pure data structure: no I/O, no lock, no
 * clock.
 */
#ifndef TSMC_PLANNER_H
#define TSMC_PLANNER_H

#include "push_order.h"

struct tsmc_planner;

/*
 * Orders the missing pages. Copies what it needs but the address spaces, which must outlive
 * it. -EFBIG beyond 2^32 gfns; -EINVAL when these are of another set; -ENOMEM.
 */
int tsmc_planner_new(const struct tsmc_order_params *params, struct tsmc_planner **planner);
void tsmc_planner_free(struct tsmc_planner *planner);
/*
 * Goes on where another planner of the same pages stands: what that one handed out is not
 * handed out again, and it has nothing left. -EINVAL when it was made for other pages.
 */
int tsmc_planner_take_over(struct tsmc_planner *planner, struct tsmc_planner *from);
/* Missing pages that were neither pushed nor demanded yet. */
uint64_t tsmc_planner_left(const struct tsmc_planner *planner);
/* Of these, such as the guest's disk does not have. */
uint64_t tsmc_planner_others(const struct tsmc_planner *planner);
/* This page need not cross; whether it waited to. */
bool tsmc_planner_forget(struct tsmc_planner *planner, uint64_t gfn);
/* A copy of what was neither pushed nor demanded yet; -ENOMEM. */
int tsmc_planner_copy_left(const struct tsmc_planner *planner, struct tsmc_pagemap *left);
/* Takes the next pages to push, at most max. Each page is handed out once, whether pushed or demanded. */
unsigned int tsmc_planner_push(struct tsmc_planner *planner, uint64_t *gfns, unsigned int max);
/*
 * A vCPU waits for gfn: takes it, if it was not handed out yet, and some window of its
 * missing neighbours (prepull), the demanded page first. What lies behind them is
 * pushed next. Returns the number taken, 0 when the page was handed out already. max >= 1.
 */
unsigned int tsmc_planner_demand(struct tsmc_planner *planner, uint64_t gfn, unsigned int window,
				 uint64_t *gfns, unsigned int max);
/* Place of a missing page in the push order, 0 .. nr - 1; UINT64_MAX when it was not missing. */
uint64_t tsmc_planner_rank(const struct tsmc_planner *planner, uint64_t gfn);

#endif /* TSMC_PLANNER_H */
