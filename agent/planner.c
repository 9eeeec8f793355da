// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which missing page crosses next.
 *
 * A page is handed out when its bit in `left` is cleared, so never twice; the
 * push cursor goes over the whole order and skips what was demanded or moved
 * forward before it came by, so none is forgotten and every page costs one step
 * there in total.
 *
 * Memory: 8 bytes per missing page and about 3 bits per gfn below the top of RAM.
 */
#include "planner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fault_runs.h"

/* Neighbours are looked for among this many gfns or places per page of the window, on each side. */
#define PREPULL_REACH	4u
/* A run doubles its window with each fault, up to this many pages: 256 KiB. */
#define RUN_WINDOW_MAX	64u
/* In a run, pages that are moved forward per page of its window. */
#define RUN_AHEAD	8u
/* Ranges that wait for being pushed first; the oldest makes room for another. */
#define NR_AHEAD	16u

/**
 * struct range - part of the virtual order that is pushed first
 * @next: first place that was not looked at yet
 * @end: first place behind it
 */
struct range {
	uint64_t next, end;
};

/**
 * struct tsmc_planner - see the head of this file
 * @left: neither pushed nor demanded yet
 * @residue: missing pages that the guest's disk has, too; last in @order
 * @others: pages in @left that are not
 * @index: numbers the missing pages
 * @order: gfns in push order
 * @rank: place in @order, by number
 * @cursor: next place of @order to push
 * @spaces: virtual order; NULL: neighbours are those in gfns
 * @runs: faults that follow one another in the virtual order
 * @ahead: pushed before @order, the oldest first; a ring
 * @first_ahead: the oldest
 * @nr_ahead: how many
 */
struct tsmc_planner {
	struct tsmc_pagemap left;
	struct tsmc_pagemap residue;
	uint64_t others;
	struct tsmc_frame_index index;
	uint32_t *order;
	uint32_t *rank;
	uint64_t cursor;
	const struct tsmc_address_spaces *spaces;
	struct tsmc_fault_runs runs;
	struct range ahead[NR_AHEAD];
	unsigned int first_ahead, nr_ahead;
};

/* A page is handed out, unless it was before. */
static bool hand_out(struct tsmc_planner *planner, uint64_t gfn)
{
	if (!tsmc_pagemap_clear(&planner->left, gfn))
		return false;
	planner->others -= !tsmc_pagemap_test(&planner->residue, gfn);
	return true;
}

static int fill(struct tsmc_planner *planner, const struct tsmc_order_params *params)
{
	const struct tsmc_pagemap *missing = params->missing;
	uint64_t nr = missing->count;
	int rc;

	rc = tsmc_frame_index_init(&planner->index, missing);
	if (!rc)
		rc = tsmc_pagemap_init(&planner->left, missing->nr_gfns);
	if (!rc)
		rc = tsmc_pagemap_init(&planner->residue, missing->nr_gfns);
	if (rc)
		return rc;
	memcpy(planner->left.words, missing->words,
	       (missing->nr_gfns + 63) / 64 * sizeof(uint64_t));
	planner->left.count = nr;
	planner->order = calloc(nr ? nr : 1, sizeof(*planner->order));
	planner->rank = calloc(nr ? nr : 1, sizeof(*planner->rank));
	if (!planner->order || !planner->rank)
		return -ENOMEM;
	rc = tsmc_push_order(params, planner->order);
	for (uint64_t i = 0; !rc && i < nr; i++) {
		planner->rank[tsmc_frame_index_number(&planner->index, planner->order[i])] =
			(uint32_t)i;
		if (tsmc_order_is_residue(params, planner->order[i]))
			tsmc_pagemap_set(&planner->residue, planner->order[i]);
	}
	planner->others = nr - planner->residue.count;
	return rc;
}

/**
 * tsmc_planner_new - order the missing pages for stage three
 * @params: what orders them. Its address spaces are kept and must outlive the
 *	planner; they are used by the order hints only, so that the others are
 *	the plain alternatives. The rest is copied or not needed later
 * @planner: result, to be freed by tsmc_planner_free(); NULL after an error
 *
 * Linear in the universe and the number of pages.
 *
 * Return: 0; -EFBIG when the universe has more than 2^32 gfns (16 TiB); -EINVAL
 * when the address spaces were read for another set of pages; -ENOMEM.
 */
int tsmc_planner_new(const struct tsmc_order_params *params, struct tsmc_planner **planner)
{
	int rc = -ENOMEM;

	*planner = calloc(1, sizeof(**planner));
	if (*planner)
		rc = fill(*planner, params);
	if (rc) {
		tsmc_planner_free(*planner);
		*planner = NULL;
		return rc;
	}
	if (params->order == TSMC_ORDER_HINTS)
		(*planner)->spaces = params->spaces;
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
	tsmc_pagemap_destroy(&planner->residue);
	tsmc_frame_index_destroy(&planner->index);
	free(planner->order);
	free(planner->rank);
	free(planner);
}

/**
 * tsmc_planner_take_over - go on where another planner stands
 * @planner: which goes on
 * @from: which has nothing left afterwards
 *
 * For an order that takes a while to make: the first planner works meanwhile.
 * Compares and swaps a bit per gfn.
 *
 * The two must have been made with the same hints.
 *
 * Return: 0; -EINVAL, and nothing has changed, when the two were made for
 * different pages.
 */
int tsmc_planner_take_over(struct tsmc_planner *planner, struct tsmc_planner *from)
{
	if (!tsmc_frame_index_same(&planner->index, &from->index.frames))
		return -EINVAL;
	tsmc_pagemap_destroy(&planner->left);
	planner->left = from->left;
	planner->others = from->others;
	from->left = (struct tsmc_pagemap){ 0 };
	from->others = 0;
	return 0;
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
 * tsmc_planner_others - how many of these exist nowhere but at the source
 * @planner: the planner
 *
 * Return: pages that wait to be handed out and are not of the residue.
 */
uint64_t tsmc_planner_others(const struct tsmc_planner *planner)
{
	return planner->others;
}

/**
 * tsmc_planner_forget - a page need not be handed out any more
 * @planner: the planner
 * @gfn: any number
 *
 * Return: whether it waited to be.
 */
bool tsmc_planner_forget(struct tsmc_planner *planner, uint64_t gfn)
{
	return hand_out(planner, gfn);
}

/**
 * tsmc_planner_copy_left - which pages wait to be handed out
 * @planner: the planner
 * @left: result, to be destroyed by the caller
 *
 * Return: 0; -ENOMEM.
 */
int tsmc_planner_copy_left(const struct tsmc_planner *planner, struct tsmc_pagemap *left)
{
	int rc = tsmc_pagemap_init(left, planner->left.nr_gfns);

	return rc ? rc : tsmc_pagemap_merge(left, 0, (left->nr_gfns + 63) / 64 * 64, planner->left.words);
}

static unsigned int push_ahead(struct tsmc_planner *planner, uint64_t *gfns, unsigned int max)
{
	unsigned int taken = 0;

	while (taken < max && planner->nr_ahead) {
		struct range *range = &planner->ahead[planner->first_ahead];
		uint64_t gfn;

		if (range->next == range->end) {
			planner->first_ahead = (planner->first_ahead + 1) % NR_AHEAD;
			planner->nr_ahead--;
			continue;
		}
		gfn = planner->spaces->order[range->next++];
		/* A page of the residue has its turn, whatever page tables say of it. */
		if (!tsmc_pagemap_test(&planner->residue, gfn) && hand_out(planner, gfn))
			gfns[taken++] = gfn;
	}
	return taken;
}

/**
 * tsmc_planner_push - take the next pages to push
 * @planner: the planner
 * @gfns: room for @max gfns
 * @max: most pages to take
 *
 * What demands have moved forward comes first, then the push order. The residue
 * begins with a call of its own. Amortised one step per page, and one per page
 * that a demand has moved forward.
 *
 * Return: pages taken; 0 means that none is left.
 */
unsigned int tsmc_planner_push(struct tsmc_planner *planner, uint64_t *gfns, unsigned int max)
{
	bool others = planner->others;
	unsigned int taken = push_ahead(planner, gfns, max);

	while (taken < max && planner->cursor < planner->index.frames.count &&
	       (planner->others || !others)) {
		uint64_t gfn = planner->order[planner->cursor++];

		if (hand_out(planner, gfn))
			gfns[taken++] = gfn;
	}
	return taken;
}

/* Takes up to wanted neighbours in gfns, nearest first, of two equally near ones the higher. */
static unsigned int take_near(struct tsmc_planner *planner, uint64_t gfn, uint64_t *gfns,
			      unsigned int wanted)
{
	uint64_t reach = (uint64_t)wanted * PREPULL_REACH;
	unsigned int taken = 0;

	for (uint64_t distance = 1; distance <= reach && taken < wanted; distance++) {
		if (hand_out(planner, gfn + distance))
			gfns[taken++] = gfn + distance;
		if (taken < wanted && distance <= gfn &&
		    hand_out(planner, gfn - distance))
			gfns[taken++] = gfn - distance;
	}
	return taken;
}

/* First place behind `place` that is no neighbour of those before it. */
static uint64_t neighbours_end(const struct tsmc_address_spaces *spaces, uint64_t place)
{
	uint64_t end = tsmc_pagemap_next(&spaces->starts, place + 1);

	return end < spaces->nr ? end : spaces->nr;
}

/* Takes up to wanted neighbours with higher addresses; moves *next behind the last one. */
static unsigned int take_forward(struct tsmc_planner *planner, uint64_t *next, uint64_t reach,
				 uint64_t *gfns, unsigned int wanted)
{
	const struct tsmc_address_spaces *spaces = planner->spaces;
	uint64_t end = neighbours_end(spaces, *next - 1);
	unsigned int taken = 0;

	if (end - *next > reach)
		end = *next + reach;
	for (uint64_t place = *next; place < end && taken < wanted; place++) {
		if (!hand_out(planner, spaces->order[place]))
			continue;
		gfns[taken++] = spaces->order[place];
		*next = place + 1;
	}
	return taken;
}

/* Takes up to wanted neighbours with lower addresses, the nearest first. */
static unsigned int take_backward(struct tsmc_planner *planner, uint64_t place, uint64_t reach,
				  uint64_t *gfns, unsigned int wanted)
{
	const struct tsmc_address_spaces *spaces = planner->spaces;
	unsigned int taken = 0;

	/* The first place of all is a start. */
	for (; reach && taken < wanted && !tsmc_pagemap_test(&spaces->starts, place); reach--) {
		place--;
		if (hand_out(planner, spaces->order[place]))
			gfns[taken++] = spaces->order[place];
	}
	return taken;
}

/* Has the neighbours from `next` on pushed before all others, at most nr of them. */
static void move_ahead(struct tsmc_planner *planner, uint64_t next, uint64_t nr)
{
	uint64_t end = neighbours_end(planner->spaces, next - 1);
	unsigned int at;

	if (next >= end || !nr)
		return;
	if (planner->nr_ahead == NR_AHEAD) {
		planner->first_ahead = (planner->first_ahead + 1) % NR_AHEAD;
		planner->nr_ahead--;
	}
	at = (planner->first_ahead + planner->nr_ahead++) % NR_AHEAD;
	planner->ahead[at] = (struct range){ next, end - next > nr ? next + nr : end };
}

static bool place_waits(void *opaque, uint64_t place)
{
	const struct tsmc_planner *planner = opaque;

	return tsmc_pagemap_test(&planner->left, planner->spaces->order[place]);
}

/* Neighbours that a run of so many faults takes along. */
static unsigned int run_window(unsigned int window, unsigned int length)
{
	while (--length && window < RUN_WINDOW_MAX)
		window = window * 2 < RUN_WINDOW_MAX ? window * 2 : RUN_WINDOW_MAX;
	return window;
}

/*
 * A fault at a place of the virtual order: takes up to max neighbours if `take`, and has those
 * behind them pushed next.
 */
static unsigned int fault_at(struct tsmc_planner *planner, uint64_t place, unsigned int window,
			     bool take, uint64_t *gfns, unsigned int max)
{
	struct tsmc_fault_run *run = tsmc_fault_runs_note(&planner->runs, place, place_waits, planner);
	unsigned int length = run ? run->length : 1;
	uint64_t next = place + 1, reach;
	unsigned int wanted, taken = 0;

	window = run_window(window, length);
	wanted = window < max ? window : max;
	reach = (uint64_t)wanted * PREPULL_REACH;
	if (take) {
		taken = take_forward(planner, &next, reach, gfns,
				     length > 1 ? wanted : wanted - wanted / 4);
		taken += take_backward(planner, place, reach, gfns + taken, wanted - taken);
	}
	if (run) {
		run->next = next;
		move_ahead(planner, next, length > 1 ? (uint64_t)window * RUN_AHEAD : window);
	}
	return taken;
}

/**
 * tsmc_planner_demand - take a page that a vCPU waits for, and its neighbours
 * @planner: the planner
 * @gfn: the page; any number
 * @window: most neighbours to take along (prepull) when the fault is a lone one
 * @gfns: room for @max gfns; @gfn comes first
 * @max: most pages to take in all, @gfn included; at least 1
 *
 * Where the virtual order is known and the page is in it, its neighbours there
 * are taken: first those with higher addresses, three quarters of the window,
 * then those with lower ones. Each fault that continues a run of ascending ones
 * doubles the window, up to 64 pages, and all of it lies ahead. As many pages
 * again, in a run eight times as many, are moved to the front of the push order.
 * A fault on a page that was handed out already also does that.
 *
 * Otherwise neighbours are those with near gfns, nearest first.
 *
 * Neighbours are looked for within 4 * @window gfns or places on either side:
 * what lies farther away is no neighbour, and the search stays bounded when
 * nearly everything around was handed out already. A bounded number of steps.
 *
 * Return: pages taken; 0 when @gfn is not missing or was handed out already,
 * neighbours are not taken then.
 */
unsigned int tsmc_planner_demand(struct tsmc_planner *planner, uint64_t gfn, unsigned int window,
				 uint64_t *gfns, unsigned int max)
{
	uint32_t place = tsmc_address_spaces_place(planner->spaces, gfn);
	unsigned int wanted;
	bool take;

	if (!max)
		return 0;
	take = hand_out(planner, gfn);
	if (take)
		gfns[0] = gfn;
	if (place != TSMC_NO_PLACE)
		return take + fault_at(planner, place, window, take, gfns + 1, max - 1);
	if (!take)
		return 0;
	wanted = window < max - 1 ? window : max - 1;
	return 1 + take_near(planner, gfn, gfns + 1, wanted);
}

/**
 * tsmc_planner_rank - place of a page in the push order
 * @planner: the planner
 * @gfn: any number
 *
 * Return: 0 (first) .. number of missing pages - 1, whether the page was handed
 * out or not, and wherever demands have moved it; UINT64_MAX when it was not missing.
 */
uint64_t tsmc_planner_rank(const struct tsmc_planner *planner, uint64_t gfn)
{
	uint64_t number = tsmc_frame_index_number(&planner->index, gfn);

	return number == UINT64_MAX ? UINT64_MAX : planner->rank[number];
}
