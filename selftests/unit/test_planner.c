// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The planner where neighbours are those in gfns: what is handed out, against
 * a naive model.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "linux/tsmc_hint.h"
#include "planner.h"
#include "unit.h"

#define NR_GFNS		3000u

/* A set of missing pages, its planner and the order that is expected. */
struct plan {
	struct tsmc_pagemap missing;
	uint8_t bytes[NR_GFNS];
	uint8_t stamps[NR_GFNS];
	uint32_t order[NR_GFNS];
	uint64_t nr;
	uint64_t nr_residue;
	struct tsmc_planner *planner;
	bool handed_out[NR_GFNS], residue[NR_GFNS];
};

static void make_plan(struct plan *plan, uint64_t *seed, enum tsmc_order order, unsigned int density)
{
	struct tsmc_hints hints = { .nr_pfns = NR_GFNS - 100, .bytes = plan->bytes,
				    .features = TSMC_HINT_F_HEAT };
	struct tsmc_order_params params = { .missing = &plan->missing, .order = order,
					    .hints = &hints, .stamps = plan->stamps,
					    .seed = unit_random(seed) };

	memset(plan, 0, sizeof(*plan));
	EXPECT(!tsmc_pagemap_init(&plan->missing, NR_GFNS));
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++) {
		plan->bytes[gfn] = TSMC_HINT_BYTE(unit_below(seed, TSMC_CLASS_NR),
						  unit_below(seed, 16));
		plan->stamps[gfn] = unit_below(seed, 10);
		if (unit_below(seed, 100) < density)
			tsmc_pagemap_set(&plan->missing, gfn);
	}
	plan->nr = plan->missing.count;
	EXPECT(!tsmc_push_order(&params, plan->order));
	EXPECT(!tsmc_planner_new(&params, &plan->planner));
	for (uint64_t i = 0; i < plan->nr; i++) {
		plan->residue[plan->order[i]] = tsmc_order_is_residue(&params, plan->order[i]);
		plan->nr_residue += plan->residue[plan->order[i]];
	}
	/* The planner keeps copies: what it was made from may go. */
	memset(plan->bytes, 0, sizeof(plan->bytes));
	memset(plan->stamps, 0, sizeof(plan->stamps));
	tsmc_pagemap_destroy(&plan->missing);
}

static bool is_missing(const struct plan *plan, uint64_t gfn)
{
	for (uint64_t i = 0; i < plan->nr; i++)
		if (plan->order[i] == gfn)
			return true;
	return false;
}

static bool waits(const struct plan *plan, uint64_t gfn)
{
	return gfn < NR_GFNS && is_missing(plan, gfn) && !plan->handed_out[gfn];
}

static void push_follows_the_order(void)
{
	const unsigned int densities[] = { 0, 1, 50, 100 };
	uint64_t seed = 0x6f72646572, gfns[64];
	static struct plan plan;

	for (unsigned int i = 0; i < TSMC_ORDER_NR * ARRAY_SIZE(densities); i++) {
		unsigned int max = 1 + unit_below(&seed, ARRAY_SIZE(gfns)), count;
		uint64_t place = 0;

		make_plan(&plan, &seed, i % TSMC_ORDER_NR, densities[i / TSMC_ORDER_NR]);
		EXPECT(tsmc_planner_left(plan.planner) == plan.nr);
		while ((count = tsmc_planner_push(plan.planner, gfns, max))) {
			EXPECT(count == max || place + count == plan.nr ||
			       place + count == plan.nr - plan.nr_residue);
			/* Nobody gets the residue before he could know that the rest is handed out. */
			EXPECT(place >= plan.nr - plan.nr_residue || place + count <= plan.nr - plan.nr_residue);
			for (unsigned int j = 0; j < count; j++)
				EXPECT(gfns[j] == plan.order[place++]);
			EXPECT(tsmc_planner_left(plan.planner) == plan.nr - place);
			EXPECT(tsmc_planner_others(plan.planner) ==
			       (place < plan.nr - plan.nr_residue ? plan.nr - plan.nr_residue - place : 0));
		}
		EXPECT(place == plan.nr);
		tsmc_planner_free(plan.planner);
	}
}

static void rank_is_place_in_order(void)
{
	static struct plan plan;
	uint64_t seed = 0x72616e6b, gfns[NR_GFNS];
	uint64_t misses = 0;

	make_plan(&plan, &seed, TSMC_ORDER_RANDOM, 40);
	for (unsigned int round = 0; round < 2; round++) {
		for (uint64_t place = 0; place < plan.nr; place++)
			EXPECT(tsmc_planner_rank(plan.planner, plan.order[place]) == place);
		/* Handing out does not change it. */
		tsmc_planner_push(plan.planner, gfns, round ? NR_GFNS : 100);
	}
	for (uint64_t gfn = 0; gfn < NR_GFNS + 10; gfn++)
		misses += tsmc_planner_rank(plan.planner, gfn) == UINT64_MAX;
	EXPECT(misses == NR_GFNS + 10 - plan.nr);
	EXPECT(tsmc_planner_rank(plan.planner, UINT64_MAX) == UINT64_MAX);
	/* A gfn whose low 32 bits are those of a missing one. */
	EXPECT(tsmc_planner_rank(plan.planner, (1ULL << 32) + plan.order[0]) == UINT64_MAX);
	tsmc_planner_free(plan.planner);
}

/* What demand has to hand out, by looking at each gfn in the order of its distance. */
static unsigned int model_demand(const struct plan *plan, uint64_t gfn, unsigned int window,
				 uint64_t *gfns, unsigned int max)
{
	unsigned int wanted = window < max - 1 ? window : max - 1;
	unsigned int count = 0;

	if (!waits(plan, gfn))
		return 0;
	gfns[count++] = gfn;
	for (uint64_t distance = 1; distance <= 4ULL * wanted; distance++) {
		if (count <= wanted && waits(plan, gfn + distance))
			gfns[count++] = gfn + distance;
		if (count <= wanted && distance <= gfn && waits(plan, gfn - distance))
			gfns[count++] = gfn - distance;
	}
	return count;
}

static void demand_agrees(struct plan *plan, uint64_t gfn, unsigned int window, unsigned int max)
{
	uint64_t gfns[64], expected[64];
	unsigned int count, model;

	model = model_demand(plan, gfn, window, expected, max);
	count = tsmc_planner_demand(plan->planner, gfn, window, gfns, max);
	EXPECT(count == model);
	for (unsigned int i = 0; i < count; i++) {
		EXPECT(gfns[i] == expected[i]);
		plan->handed_out[gfns[i]] = true;
	}
	EXPECT(tsmc_planner_demand(plan->planner, gfn, window, gfns, max) == 0);
}

static void forget_agrees(struct plan *plan, uint64_t gfn)
{
	bool waited = waits(plan, gfn);

	EXPECT(tsmc_planner_forget(plan->planner, gfn) == waited);
	if (waited)
		plan->handed_out[gfn] = true;
	EXPECT(!tsmc_planner_forget(plan->planner, gfn));
}

static void push_agrees(struct plan *plan, uint64_t *place, unsigned int max)
{
	uint64_t gfns[64];
	unsigned int count = tsmc_planner_push(plan->planner, gfns, max);

	for (unsigned int i = 0; i < count; i++) {
		while (*place < plan->nr && plan->handed_out[plan->order[*place]])
			(*place)++;
		EXPECT(*place < plan->nr);
		EXPECT(gfns[i] == plan->order[*place]);
		plan->handed_out[gfns[i]] = true;
	}
}

/* Pushes and demands in any sequence: each page once, the right one each time, none forgotten. */
static void hands_out_each_page_once(void)
{
	const unsigned int windows[] = { 0, 1, 8, 33, UINT_MAX };
	uint64_t seed = 0x64656d616e64;
	static struct plan plan;

	for (unsigned int round = 0; round < 10; round++) {
		uint64_t place = 0, left;

		make_plan(&plan, &seed, round % TSMC_ORDER_NR, 10 + round * 9);
		for (left = plan.nr; left; left = tsmc_planner_left(plan.planner)) {
			unsigned int window = windows[unit_below(&seed, ARRAY_SIZE(windows))];
			unsigned int max = 1 + unit_below(&seed, 64);
			uint64_t out = 0, residue_out = 0;
			struct tsmc_pagemap copy;

			if (!unit_below(&seed, 8))
				forget_agrees(&plan, unit_below(&seed, NR_GFNS + 5));
			else if (unit_below(&seed, 3))
				demand_agrees(&plan, unit_below(&seed, NR_GFNS + 5),
						     window, max);
			else
				push_agrees(&plan, &place, unit_below(&seed, 20));
			EXPECT(!tsmc_planner_copy_left(plan.planner, &copy));
			for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++) {
				out += plan.handed_out[gfn];
				residue_out += plan.handed_out[gfn] && plan.residue[gfn];
				EXPECT(!tsmc_pagemap_test(&copy, gfn) || !plan.handed_out[gfn]);
			}
			EXPECT(copy.count == plan.nr - out);
			tsmc_pagemap_destroy(&copy);
			EXPECT(tsmc_planner_left(plan.planner) == plan.nr - out);
			EXPECT(tsmc_planner_others(plan.planner) ==
			       plan.nr - plan.nr_residue - (out - residue_out));
		}
		push_agrees(&plan, &place, 64);
		tsmc_planner_free(plan.planner);
	}
}

static void demand_takes_nearest_neighbours(void)
{
	const uint64_t missing[] = { 0, 60, 90, 99, 100, 101, 103, 110, 132, 133 };
	const uint64_t expected[] = { 100, 101, 99, 103, 110, 90, 132 };
	struct tsmc_planner *planner;
	struct tsmc_pagemap map;
	uint64_t gfns[16];

	EXPECT(!tsmc_pagemap_init(&map, 1000));
	for (unsigned int i = 0; i < ARRAY_SIZE(missing); i++)
		tsmc_pagemap_set(&map, missing[i]);
	EXPECT(!tsmc_planner_new(&(struct tsmc_order_params){ .missing = &map }, &planner));
	/* A window of 8 reaches 32 gfns to either side: not to 60, not to 133. */
	EXPECT(tsmc_planner_demand(planner, 100, 8, gfns, 16) == ARRAY_SIZE(expected));
	EXPECT(!memcmp(gfns, expected, sizeof(expected)));
	EXPECT(tsmc_planner_left(planner) == 3);
	/* Not missing; handed out; nowhere; no room. */
	EXPECT(tsmc_planner_demand(planner, 61, 8, gfns, 16) == 0);
	EXPECT(tsmc_planner_demand(planner, 99, 8, gfns, 16) == 0);
	EXPECT(tsmc_planner_demand(planner, UINT64_MAX, 8, gfns, 16) == 0);
	EXPECT(tsmc_planner_demand(planner, 60, 8, gfns, 0) == 0);
	EXPECT(tsmc_planner_left(planner) == 3);
	/* No window, and no room for a neighbour. */
	EXPECT(tsmc_planner_demand(planner, 133, 0, gfns, 16) == 1 && gfns[0] == 133);
	EXPECT(tsmc_planner_demand(planner, 60, UINT_MAX, gfns, 1) == 1 && gfns[0] == 60);
	EXPECT(tsmc_planner_push(planner, gfns, 16) == 1 && gfns[0] == 0);
	tsmc_planner_free(planner);
	tsmc_pagemap_destroy(&map);
}

static void without_hints_addresses_ascend(void)
{
	struct tsmc_planner *planner;
	struct tsmc_pagemap map;
	uint64_t gfns[4];

	EXPECT(!tsmc_pagemap_init(&map, 1000));
	tsmc_pagemap_set(&map, 999);
	tsmc_pagemap_set(&map, 3);
	tsmc_pagemap_set(&map, 500);
	EXPECT(!tsmc_planner_new(&(struct tsmc_order_params){ .missing = &map }, &planner));
	EXPECT(tsmc_planner_push(planner, gfns, 4) == 3);
	EXPECT(gfns[0] == 3 && gfns[1] == 500 && gfns[2] == 999);
	EXPECT(tsmc_planner_push(planner, gfns, 4) == 0);
	tsmc_planner_free(planner);
	tsmc_planner_free(NULL);
	tsmc_pagemap_destroy(&map);
}

static void refuses_gfns_of_more_than_32_bits(void)
{
	/* Only its size is looked at. */
	struct tsmc_pagemap map = { .nr_gfns = (1ULL << 32) + 1 };
	struct tsmc_order_params params = { .missing = &map };
	struct tsmc_planner *planner;

	EXPECT(tsmc_planner_new(&params, &planner) == -EFBIG);
	EXPECT(!planner);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "push follows the order", push_follows_the_order },
		{ "rank is the place in the push order", rank_is_place_in_order },
		{ "push and demand hand out each page once", hands_out_each_page_once },
		{ "demand takes the nearest missing neighbours", demand_takes_nearest_neighbours },
		{ "without hints addresses ascend", without_hints_addresses_ascend },
		{ "a universe beyond 32 bits is refused", refuses_gfns_of_more_than_32_bits },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
