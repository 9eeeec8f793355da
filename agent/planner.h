/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which page crosses when: splits what is missing at the suspend into what
 * cannot wait and what may be a hole, and orders the latter for stage three.
 * A pure data structure: no I/O, no lock, no clock.
 */
#ifndef TSMC_PLANNER_H
#define TSMC_PLANNER_H

#include <stdbool.h>
#include <stdint.h>

#include "pagemap.h"

/**
 * struct tsmc_hints - a private, validated copy of a guest's hint table
 * @nr_pfns: bytes in @bytes
 * @bytes: class and heat of each pfn, see linux/tsmc_hint.h; classes are < TSMC_CLASS_NR
 * @features: TSMC_HINT_F_*
 */
struct tsmc_hints {
	uint64_t nr_pfns;
	uint8_t *bytes;
	uint64_t features;
};

/* Class of a gfn; TSMC_CLASS_UNKNOWN beyond the table or without one (hints == NULL). */
unsigned int tsmc_hints_class(const struct tsmc_hints *hints, uint64_t gfn);
unsigned int tsmc_hints_heat(const struct tsmc_hints *hints, uint64_t gfn);

/* May a page of this class be a hole when the guest resumes? */
bool tsmc_class_may_wait(unsigned int class);
const char *tsmc_class_name(unsigned int class);

/**
 * struct tsmc_split - what stage two does with each page that is not yet right at the target
 * @send: cannot wait: crosses in stage two
 * @zero: free at the suspend, may have an older copy at the target: becomes a zero page
 * @missing: may wait: a hole at the resume, crosses in stage three
 */
struct tsmc_split {
	struct tsmc_pagemap send;
	struct tsmc_pagemap zero;
	struct tsmc_pagemap missing;
};

/**
 * tsmc_plan_split - sort the pages of the switchover
 * @dirty: dirty at the suspend; the authority
 * @left_out: pages that stage one replaced by zero on a scan's word (free then); NULL: none
 * @skip: special frames, never copied
 * @hints: settled table of the suspended guest, or NULL: everything is sent in stage two
 * @split: result; its maps are initialised here
 *
 * dirty and free -> zero; dirty and may wait -> missing; other dirty -> send.
 * left_out, not dirty: free -> nothing (it is zero there); may wait -> missing; else send.
 */
int tsmc_plan_split(const struct tsmc_pagemap *dirty, const struct tsmc_pagemap *left_out,
		    const struct tsmc_pagemap *skip, const struct tsmc_hints *hints,
		    struct tsmc_split *split);
void tsmc_split_destroy(struct tsmc_split *split);

struct tsmc_planner;

/* Orders the missing pages: hotter first, then class (anon, shmem, file), then address. Copies what it needs. */
int tsmc_planner_new(const struct tsmc_pagemap *missing, const struct tsmc_hints *hints,
		     struct tsmc_planner **planner);
void tsmc_planner_free(struct tsmc_planner *planner);
/* Missing pages that were neither pushed nor demanded yet. */
uint64_t tsmc_planner_left(const struct tsmc_planner *planner);
/* Takes the next pages of the push order, at most max. Each page is handed out once, whether pushed or demanded. */
unsigned int tsmc_planner_push(struct tsmc_planner *planner, uint64_t *gfns, unsigned int max);
/*
 * A vCPU waits for gfn: takes it, if it was not handed out yet, and up to
 * window of its nearest missing neighbours on both sides (prepull), the demanded page
 * first. Returns the number taken, 0 when the page was handed out already. max >= 1.
 */
unsigned int tsmc_planner_demand(struct tsmc_planner *planner, uint64_t gfn, unsigned int window,
				 uint64_t *gfns, unsigned int max);
/* Place of a missing page in the initial push order, 0 .. nr - 1; UINT64_MAX when it was not missing. */
uint64_t tsmc_planner_rank(const struct tsmc_planner *planner, uint64_t gfn);

#endif /* TSMC_PLANNER_H */
