// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a guest may publish: its header, its table, its list of address spaces
 * and its page tables, all of which may change at any time. Whatever it says,
 * no page is lost: see Documentation/design.md.
 */
#include "lying_guest.h"

#include "advice.h"
#include "planner.h"
#include "split.h"

/* No guest has the agent look more often: 17 times for a header, each time it may wait. */
#define LOOKS_MAX	60000u
#define BATCH		64u

/* Pages that changed, and are sent again: every third one, and a run. */
static void fill_dirty(struct tsmc_pagemap *dirty)
{
	MUST(!tsmc_pagemap_init(dirty, GUEST_GFNS));
	for (uint64_t gfn = 0; gfn < GUEST_GFNS; gfn++)
		if (gfn % 3 == 1 || gfn / 256 == 3)
			tsmc_pagemap_set(dirty, gfn);
}

/* A table is whole and its classes are known ones. */
static void check_hints(const struct tsmc_hints *hints)
{
	MUST(hints->nr_pfns <= GUEST_GFNS);
	for (uint64_t pfn = 0; pfn < hints->nr_pfns; pfn++) {
		unsigned int class = tsmc_hints_class(hints, pfn);

		MUST(class < TSMC_CLASS_NR);
		MUST(class != TSMC_CLASS_FREE || hints->features & TSMC_HINT_F_FREE);
		MUST(tsmc_hints_heat(hints, pfn) <= TSMC_HINT_HEAT_MAX);
	}
	MUST(tsmc_hints_class(hints, hints->nr_pfns) == TSMC_CLASS_UNKNOWN);
}

/* Pages that stage one would leave out. */
static void fill_left_out(const struct tsmc_hints *hints, struct tsmc_pagemap *left_out)
{
	MUST(!tsmc_pagemap_init(left_out, GUEST_GFNS));
	for (uint64_t gfn = 0; gfn < GUEST_GFNS; gfn++)
		if (tsmc_hints_class(hints, gfn) == TSMC_CLASS_FREE)
			tsmc_pagemap_set(left_out, gfn);
}

/* Rule 2: a page that is not right at the target is sent, zeroed or missing; rule 3: only some may be missing. */
static void check_split(const struct tsmc_pagemap *dirty, const struct tsmc_pagemap *left_out,
			const struct tsmc_hints *hints, const struct tsmc_split *split)
{
	for (uint64_t gfn = 0; gfn < GUEST_GFNS; gfn++) {
		bool changed = tsmc_pagemap_test(dirty, gfn), was_free = tsmc_pagemap_test(left_out, gfn);
		unsigned int class = tsmc_hints_class(hints, gfn);
		unsigned int ways = tsmc_pagemap_test(&split->send, gfn) +
				    tsmc_pagemap_test(&split->zero, gfn) +
				    tsmc_pagemap_test(&split->missing, gfn);

		MUST(ways <= 1);
		MUST(!changed || ways == 1);
		MUST(!was_free || ways == 1 || class == TSMC_CLASS_FREE);
		MUST(!tsmc_pagemap_test(&split->missing, gfn) || tsmc_class_may_wait(class));
		MUST(!tsmc_pagemap_test(&split->zero, gfn) || class == TSMC_CLASS_FREE);
	}
}

static void take_once(struct tsmc_pagemap *left, const uint64_t *gfns, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		MUST(tsmc_pagemap_clear(left, gfns[i]));
}

/* Each missing page is handed out once, in whatever order the guest would have it. */
static void check_planner(const struct tsmc_pagemap *missing, const struct tsmc_hints *hints,
			  const struct tsmc_address_spaces *spaces)
{
	struct tsmc_order_params params = { .missing = missing, .hints = hints };
	struct tsmc_planner *first, *planner;
	struct tsmc_pagemap left;
	uint64_t gfns[BATCH];
	unsigned int count;

	MUST(!tsmc_planner_new(&params, &first));
	params.spaces = spaces;
	MUST(!tsmc_planner_new(&params, &planner));
	MUST(!tsmc_pagemap_init(&left, GUEST_GFNS));
	MUST(!tsmc_pagemap_merge(&left, 0, GUEST_GFNS, missing->words));
	take_once(&left, gfns, tsmc_planner_push(first, gfns, BATCH));
	MUST(!tsmc_planner_take_over(planner, first));
	for (uint64_t gfn = 0; gfn < GUEST_GFNS; gfn += 61) {
		uint64_t rank = tsmc_planner_rank(planner, gfn);

		MUST(rank == UINT64_MAX ? !tsmc_pagemap_test(missing, gfn) : rank < missing->count);
		take_once(&left, gfns, tsmc_planner_demand(planner, gfn, 16, gfns, BATCH));
		take_once(&left, gfns, tsmc_planner_push(planner, gfns, 3));
	}
	while ((count = tsmc_planner_push(planner, gfns, BATCH)))
		take_once(&left, gfns, count);
	MUST(!left.count && !tsmc_planner_left(planner));
	tsmc_planner_free(first);
	tsmc_planner_free(planner);
	tsmc_pagemap_destroy(&left);
}

/* The virtual order holds missing pages only, each once, and knows their places. */
static void check_spaces(const struct tsmc_address_spaces *spaces, const struct tsmc_pagemap *missing)
{
	MUST(spaces->nr <= missing->count);
	for (uint64_t place = 0; place < spaces->nr; place++) {
		MUST(tsmc_pagemap_test(missing, spaces->order[place]));
		MUST(tsmc_address_spaces_place(spaces, spaces->order[place]) == place);
	}
}

/* The suspended guest: what is settled, what is missing, what are neighbours. */
static void suspend(struct tsmc_advice *advice, const struct tsmc_pagemap *left_out)
{
	const struct tsmc_hints *settled = tsmc_advice_settled(advice, GUEST_GFNS);
	struct tsmc_address_spaces *spaces = NULL;
	struct tsmc_pagemap dirty;
	struct tsmc_split split;
	atomic_bool stop = false;
	char why[256] = "";

	MUST(!settled || advice->guest.header.state == TSMC_HINT_SETTLED);
	fill_dirty(&dirty);
	MUST(!tsmc_plan_split(&dirty, left_out, NULL, NULL, settled, &split));
	check_split(&dirty, left_out, settled, &split);
	if (settled)
		check_hints(settled);
	if (tsmc_advice_guest(advice) &&
	    tsmc_guest_hints_spaces(&advice->guest, &split.missing, &stop, &spaces, why, sizeof(why)))
		MUST(*why && !spaces);
	if (spaces)
		check_spaces(spaces, &split.missing);
	check_planner(&split.missing, tsmc_advice_hints(advice), spaces);
	tsmc_address_spaces_free(spaces);
	tsmc_split_destroy(&split);
	tsmc_pagemap_destroy(&dirty);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input = { bytes, size };
	struct tsmc_agent agent = { .options = { 0 } };
	struct tsmc_advice advice = { 0 };
	struct tsmc_pagemap left_out;
	char why[256] = "";
	int rc;

	guest_begin(&input);
	rc = tsmc_advice_announce(&advice, &agent, 1, why, sizeof(why));
	if (!rc)
		rc = tsmc_advice_await(&advice, GUEST_GFNS, why, sizeof(why));
	if (rc) {
		/* Falls back to precopy, and can say why. */
		MUST(rc < 0 && *why && !tsmc_advice_hints(&advice));
	} else {
		check_hints(tsmc_advice_hints(&advice));
		fill_left_out(tsmc_advice_hints(&advice), &left_out);
		tsmc_advice_update(&advice, GUEST_GFNS);
		suspend(&advice, &left_out);
		tsmc_pagemap_destroy(&left_out);
	}
	MUST(guest_looks() < LOOKS_MAX);
	tsmc_advice_withdraw(&advice);
	tsmc_advice_destroy(&advice);
	return 0;
}
