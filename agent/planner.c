// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which page crosses when.
 *
 * The push order is a counting sort of the missing frames into buckets of
 * equal heat and class, addresses ascending inside a bucket. A page is handed
 * out when its bit in `left` is cleared; the push cursor skips what was
 * demanded before it came by, so that every page costs one step in total.
 *
 * Memory: 4 bytes per missing frame and one bit per gfn below the top of RAM.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "linux/tsmc_hint.h"
#include "planner.h"

/* Neighbours are looked for among this many gfns per page of the window, on each side. */
#define PREPULL_REACH	4u

enum { RANK_ANON, RANK_SHMEM, RANK_FILE, RANK_OTHER, NR_CLASS_RANKS };
#define NR_BUCKETS	((TSMC_HINT_HEAT_MAX + 1) * NR_CLASS_RANKS)

struct tsmc_planner {
	struct tsmc_pagemap left;		/* neither pushed nor demanded yet */
	uint64_t nr;				/* frames in order[] */
	uint64_t cursor;			/* next place of order[] to push */
	uint64_t start[NR_BUCKETS + 1];		/* first place of each bucket; then nr */
	uint32_t *order;			/* gfns, in push order */
};

/**
 * tsmc_hints_class - what a page is to its guest
 * @hints: table, or NULL
 * @gfn: any number
 *
 * Return: enum tsmc_class; TSMC_CLASS_UNKNOWN beyond the table and without one.
 */
unsigned int tsmc_hints_class(const struct tsmc_hints *hints, uint64_t gfn)
{
	if (!hints || gfn >= hints->nr_pfns)
		return TSMC_CLASS_UNKNOWN;
	return TSMC_HINT_CLASS(hints->bytes[gfn]);
}

/**
 * tsmc_hints_heat - how soon a page is likely to be touched again
 * @hints: table, or NULL
 * @gfn: any number
 *
 * Return: 0 (cold) to TSMC_HINT_HEAT_MAX; 0 beyond the table, without one, and
 * when the guest did not say that it measures heat (TSMC_HINT_F_HEAT).
 */
unsigned int tsmc_hints_heat(const struct tsmc_hints *hints, uint64_t gfn)
{
	if (!hints || gfn >= hints->nr_pfns || !(hints->features & TSMC_HINT_F_HEAT))
		return 0;
	return TSMC_HINT_HEAT(hints->bytes[gfn]);
}

/**
 * tsmc_class_may_wait - may a page be absent when the guest resumes?
 * @class: enum tsmc_class, or any number
 *
 * FREE may, having no content to lose; tsmc_plan_split() never makes it a hole
 * but a zero page.
 *
 * Return: true for FREE, ANON, FILE and SHMEM, false for everything else.
 */
bool tsmc_class_may_wait(unsigned int class)
{
	switch (class) {
	case TSMC_CLASS_FREE:
	case TSMC_CLASS_ANON:
	case TSMC_CLASS_FILE:
	case TSMC_CLASS_SHMEM:
		return true;
	default:
		return false;
	}
}

/**
 * tsmc_class_name - name of a class, for reports
 * @class: enum tsmc_class, or any number
 *
 * Return: a constant string in lower case; "invalid" for a number that is no class.
 */
const char *tsmc_class_name(unsigned int class)
{
	static const char *const names[TSMC_CLASS_NR] = {
		[TSMC_CLASS_UNKNOWN]	= "unknown",
		[TSMC_CLASS_NOPAGE]	= "nopage",
		[TSMC_CLASS_FREE]	= "free",
		[TSMC_CLASS_KERNEL]	= "kernel",
		[TSMC_CLASS_EXEC]	= "exec",
		[TSMC_CLASS_STACK]	= "stack",
		[TSMC_CLASS_PINNED]	= "pinned",
		[TSMC_CLASS_ANON]	= "anon",
		[TSMC_CLASS_FILE]	= "file",
		[TSMC_CLASS_SHMEM]	= "shmem",
	};

	return class < TSMC_CLASS_NR ? names[class] : "invalid";
}

static void split_page(uint64_t gfn, bool dirty, const struct tsmc_hints *hints,
		       struct tsmc_split *split)
{
	unsigned int class = tsmc_hints_class(hints, gfn);

	if (class == TSMC_CLASS_FREE) {
		/* A page that was left out and not dirtied since is zero over there already. */
		if (dirty)
			tsmc_pagemap_set(&split->zero, gfn);
	} else if (tsmc_class_may_wait(class)) {
		tsmc_pagemap_set(&split->missing, gfn);
	} else {
		tsmc_pagemap_set(&split->send, gfn);
	}
}

static bool skipped(const struct tsmc_pagemap *skip, uint64_t gfn)
{
	return skip && tsmc_pagemap_test(skip, gfn);
}

/**
 * tsmc_plan_split - sort the pages of the switchover
 * @dirty: dirty at the suspend; the authority
 * @left_out: pages that stage one replaced by zero on a scan's word, or NULL
 * @skip: special frames, in none of the results; or NULL
 * @hints: settled table of the suspended guest; NULL: everything is sent
 * @split: result, three disjoint sets over the universe of @dirty; initialised
 *	here, to be destroyed by the caller
 *
 * Return: 0; -EINVAL when @left_out has another universe than @dirty; -ENOMEM.
 * After an error @split is zeroed.
 */
int tsmc_plan_split(const struct tsmc_pagemap *dirty, const struct tsmc_pagemap *left_out,
		    const struct tsmc_pagemap *skip, const struct tsmc_hints *hints,
		    struct tsmc_split *split)
{
	uint64_t nr_gfns = dirty->nr_gfns;
	uint64_t gfn;

	*split = (struct tsmc_split){ 0 };
	if (left_out && left_out->nr_gfns != nr_gfns)
		return -EINVAL;
	if (tsmc_pagemap_init(&split->send, nr_gfns) ||
	    tsmc_pagemap_init(&split->zero, nr_gfns) ||
	    tsmc_pagemap_init(&split->missing, nr_gfns)) {
		tsmc_split_destroy(split);
		return -ENOMEM;
	}

	for (gfn = tsmc_pagemap_next(dirty, 0); gfn < nr_gfns;
	     gfn = tsmc_pagemap_next(dirty, gfn + 1))
		if (!skipped(skip, gfn))
			split_page(gfn, true, hints, split);
	if (!left_out)
		return 0;
	for (gfn = tsmc_pagemap_next(left_out, 0); gfn < nr_gfns;
	     gfn = tsmc_pagemap_next(left_out, gfn + 1))
		if (!skipped(skip, gfn) && !tsmc_pagemap_test(dirty, gfn))
			split_page(gfn, false, hints, split);
	return 0;
}

/**
 * tsmc_split_destroy - free what a split holds
 * @split: result of tsmc_plan_split(), or zeroed; zeroed afterwards
 */
void tsmc_split_destroy(struct tsmc_split *split)
{
	tsmc_pagemap_destroy(&split->send);
	tsmc_pagemap_destroy(&split->zero);
	tsmc_pagemap_destroy(&split->missing);
}

static unsigned int class_rank(unsigned int class)
{
	switch (class) {
	case TSMC_CLASS_ANON:
		return RANK_ANON;
	case TSMC_CLASS_SHMEM:
		return RANK_SHMEM;
	case TSMC_CLASS_FILE:
		return RANK_FILE;
	default:
		return RANK_OTHER;
	}
}

static unsigned int bucket_of(const struct tsmc_hints *hints, uint64_t gfn)
{
	unsigned int coldness = TSMC_HINT_HEAT_MAX - tsmc_hints_heat(hints, gfn);

	return coldness * NR_CLASS_RANKS + class_rank(tsmc_hints_class(hints, gfn));
}

static void sort_missing(struct tsmc_planner *planner, const struct tsmc_hints *hints)
{
	const struct tsmc_pagemap *missing = &planner->left;
	uint64_t fill[NR_BUCKETS];
	uint64_t gfn;

	for (gfn = tsmc_pagemap_next(missing, 0); gfn < missing->nr_gfns;
	     gfn = tsmc_pagemap_next(missing, gfn + 1))
		planner->start[bucket_of(hints, gfn) + 1]++;
	for (unsigned int bucket = 0; bucket < NR_BUCKETS; bucket++)
		planner->start[bucket + 1] += planner->start[bucket];

	memcpy(fill, planner->start, sizeof(fill));
	for (gfn = tsmc_pagemap_next(missing, 0); gfn < missing->nr_gfns;
	     gfn = tsmc_pagemap_next(missing, gfn + 1))
		planner->order[fill[bucket_of(hints, gfn)]++] = (uint32_t)gfn;
}

/**
 * tsmc_planner_new - order the missing pages for stage three
 * @missing: the pages; copied
 * @hints: table that orders them, or NULL; not kept
 * @planner: result, to be freed by tsmc_planner_free(); NULL after an error
 *
 * Pages of a class other than anon, shmem and file come after these, heat for
 * heat. Linear in the universe and the number of pages.
 *
 * Return: 0; -EFBIG when the universe has more than 2^32 gfns (16 TiB); -ENOMEM.
 */
int tsmc_planner_new(const struct tsmc_pagemap *missing, const struct tsmc_hints *hints,
		     struct tsmc_planner **planner)
{
	struct tsmc_planner *p;

	*planner = NULL;
	/* order[] holds a gfn in 32 bits. */
	if (missing->nr_gfns > 1ULL << 32)
		return -EFBIG;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->nr = missing->count;
	p->order = calloc(p->nr ? p->nr : 1, sizeof(*p->order));
	if (!p->order || tsmc_pagemap_init(&p->left, missing->nr_gfns)) {
		tsmc_planner_free(p);
		return -ENOMEM;
	}
	memcpy(p->left.words, missing->words, (missing->nr_gfns + 63) / 64 * sizeof(uint64_t));
	p->left.count = missing->count;
	sort_missing(p, hints);
	*planner = p;
	return 0;
}

/**
 * tsmc_planner_free - free a planner
 * @planner: from tsmc_planner_new(), or NULL
 */
void tsmc_planner_free(struct tsmc_planner *planner)
{
	if (!planner)
		return;
	tsmc_pagemap_destroy(&planner->left);
	free(planner->order);
	free(planner);
}

/**
 * tsmc_planner_left - how many pages wait to be handed out
 * @planner: the planner
 *
 * Return: missing pages that were neither pushed nor demanded yet.
 */
uint64_t tsmc_planner_left(const struct tsmc_planner *planner)
{
	return planner->left.count;
}

/**
 * tsmc_planner_push - take the next pages of the push order
 * @planner: the planner
 * @gfns: room for @max gfns
 * @max: most pages to take
 *
 * Amortised one step per page, demanded ones included.
 *
 * Return: pages taken; fewer than @max means that none is left.
 */
unsigned int tsmc_planner_push(struct tsmc_planner *planner, uint64_t *gfns, unsigned int max)
{
	unsigned int taken = 0;

	while (taken < max && planner->cursor < planner->nr) {
		uint64_t gfn = planner->order[planner->cursor++];

		if (tsmc_pagemap_clear(&planner->left, gfn))
			gfns[taken++] = gfn;
	}
	return taken;
}

/**
 * tsmc_planner_demand - take a page that a vCPU waits for, and its neighbours
 * @planner: the planner
 * @gfn: the page; any number
 * @window: most neighbours to take along (prepull)
 * @gfns: room for @max gfns; @gfn comes first, then neighbours, nearest first,
 *	of two equally near ones the higher
 * @max: most pages to take in all, @gfn included; at least 1
 *
 * Neighbours are looked for within 4 * @window gfns on either side: what lies
 * farther away is no neighbour, and the search stays bounded when nearly
 * everything around was handed out already. At most 8 steps per page of the
 * window (or of @max, where that is less).
 *
 * Return: pages taken; 0 when @gfn is not missing or was handed out already,
 * neighbours are not taken then.
 */
unsigned int tsmc_planner_demand(struct tsmc_planner *planner, uint64_t gfn, unsigned int window,
				 uint64_t *gfns, unsigned int max)
{
	unsigned int taken = 0;
	unsigned int wanted;
	uint64_t reach;

	if (!max || !tsmc_pagemap_clear(&planner->left, gfn))
		return 0;
	gfns[taken++] = gfn;
	wanted = window < max - 1 ? window + 1 : max;
	reach = (uint64_t)(wanted - 1) * PREPULL_REACH;
	for (uint64_t distance = 1; distance <= reach && taken < wanted; distance++) {
		if (tsmc_pagemap_clear(&planner->left, gfn + distance))
			gfns[taken++] = gfn + distance;
		if (taken < wanted && distance <= gfn &&
		    tsmc_pagemap_clear(&planner->left, gfn - distance))
			gfns[taken++] = gfn - distance;
	}
	return taken;
}

/* Place of gfn among order[from .. to), where addresses ascend; UINT64_MAX when it is not there. */
static uint64_t find_place(const uint32_t *order, uint64_t from, uint64_t to, uint64_t gfn)
{
	uint64_t end = to;

	while (from < to) {
		uint64_t middle = from + (to - from) / 2;

		if (order[middle] < gfn)
			from = middle + 1;
		else
			to = middle;
	}
	return from < end && order[from] == gfn ? from : UINT64_MAX;
}

/**
 * tsmc_planner_rank - place of a page in the initial push order
 * @planner: the planner
 * @gfn: any number
 *
 * A binary search in each bucket: nothing has to be kept per page for it.
 *
 * Return: 0 (first) .. number of missing pages - 1, whether the page was handed
 * out or not; UINT64_MAX when it was not missing.
 */
uint64_t tsmc_planner_rank(const struct tsmc_planner *planner, uint64_t gfn)
{
	for (unsigned int bucket = 0; bucket < NR_BUCKETS; bucket++) {
		uint64_t place = find_place(planner->order, planner->start[bucket],
					    planner->start[bucket + 1], gfn);

		if (place != UINT64_MAX)
			return place;
	}
	return UINT64_MAX;
}
