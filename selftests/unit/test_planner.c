// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The planner: the split against its truth table, the order and what is handed
 * out against naive models.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "linux/tsmc_hint.h"
#include "planner.h"
#include "unit.h"

#define NR_GFNS		3000u

static void classes_that_may_wait(void)
{
	for (unsigned int class = 0; class < TSMC_CLASS_NR + 10; class++) {
		bool may = class == TSMC_CLASS_FREE || class == TSMC_CLASS_ANON ||
			   class == TSMC_CLASS_FILE || class == TSMC_CLASS_SHMEM;

		EXPECT(tsmc_class_may_wait(class) == may);
	}
	EXPECT(!tsmc_class_may_wait(UINT_MAX));
}

static void classes_have_names(void)
{
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
		EXPECT(*tsmc_class_name(class));
		for (unsigned int other = 0; other < class; other++)
			EXPECT(strcmp(tsmc_class_name(class), tsmc_class_name(other)));
	}
	EXPECT(!strcmp(tsmc_class_name(TSMC_CLASS_ANON), "anon"));
	EXPECT(!strcmp(tsmc_class_name(TSMC_CLASS_NR), "invalid"));
	EXPECT(!strcmp(tsmc_class_name(UINT_MAX), "invalid"));
}

static void hints_are_read_within_the_table(void)
{
	uint8_t bytes[2] = { TSMC_HINT_BYTE(TSMC_CLASS_ANON, 9),
			     TSMC_HINT_BYTE(TSMC_CLASS_STACK, 15) };
	struct tsmc_hints hints = { .nr_pfns = 2, .bytes = bytes, .features = TSMC_HINT_F_HEAT };

	EXPECT(tsmc_hints_class(&hints, 0) == TSMC_CLASS_ANON);
	EXPECT(tsmc_hints_class(&hints, 1) == TSMC_CLASS_STACK);
	EXPECT(tsmc_hints_class(&hints, 2) == TSMC_CLASS_UNKNOWN);
	EXPECT(tsmc_hints_class(&hints, UINT64_MAX) == TSMC_CLASS_UNKNOWN);
	EXPECT(tsmc_hints_class(NULL, 0) == TSMC_CLASS_UNKNOWN);
	EXPECT(tsmc_hints_heat(&hints, 0) == 9);
	EXPECT(tsmc_hints_heat(&hints, 1) == 15);
	EXPECT(tsmc_hints_heat(&hints, 2) == 0);
	EXPECT(tsmc_hints_heat(NULL, 0) == 0);
	hints.features = TSMC_HINT_F_FREE | TSMC_HINT_F_GUARD;
	EXPECT(tsmc_hints_heat(&hints, 0) == 0);
}

enum fate { NOTHING, SEND, ZERO, MISSING };

/* The truth table of planner.h, written out by hand. */
static const struct {
	enum fate dirty;
	enum fate left_out;	/* left out and not dirty */
} truth[TSMC_CLASS_NR] = {
	[TSMC_CLASS_UNKNOWN]	= { SEND, SEND },
	[TSMC_CLASS_NOPAGE]	= { SEND, SEND },
	[TSMC_CLASS_FREE]	= { ZERO, NOTHING },
	[TSMC_CLASS_KERNEL]	= { SEND, SEND },
	[TSMC_CLASS_EXEC]	= { SEND, SEND },
	[TSMC_CLASS_STACK]	= { SEND, SEND },
	[TSMC_CLASS_PINNED]	= { SEND, SEND },
	[TSMC_CLASS_ANON]	= { MISSING, MISSING },
	[TSMC_CLASS_FILE]	= { MISSING, MISSING },
	[TSMC_CLASS_SHMEM]	= { MISSING, MISSING },
};

struct split_input {
	struct tsmc_pagemap dirty, left_out, skip;
	uint8_t bytes[NR_GFNS];
	struct tsmc_hints hints;
};

/* Every class meets every combination of the three sets; the table ends before the universe. */
static void make_input(struct split_input *input, uint64_t *seed)
{
	EXPECT(!tsmc_pagemap_init(&input->dirty, NR_GFNS));
	EXPECT(!tsmc_pagemap_init(&input->left_out, NR_GFNS));
	EXPECT(!tsmc_pagemap_init(&input->skip, NR_GFNS));
	input->hints = (struct tsmc_hints){ .nr_pfns = NR_GFNS - 200, .bytes = input->bytes,
					    .features = TSMC_HINT_F_FREE | TSMC_HINT_F_HEAT };
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++) {
		unsigned int class = gfn / 8 % TSMC_CLASS_NR;

		input->bytes[gfn] = TSMC_HINT_BYTE(class, unit_below(seed, 16));
		if (gfn & 1)
			tsmc_pagemap_set(&input->dirty, gfn);
		if (gfn & 2)
			tsmc_pagemap_set(&input->left_out, gfn);
		if (gfn & 4)
			tsmc_pagemap_set(&input->skip, gfn);
	}
}

static void destroy_input(struct split_input *input)
{
	tsmc_pagemap_destroy(&input->dirty);
	tsmc_pagemap_destroy(&input->left_out);
	tsmc_pagemap_destroy(&input->skip);
}

static enum fate expected_fate(uint64_t gfn, const struct tsmc_pagemap *left_out,
			       const struct tsmc_pagemap *skip, const struct tsmc_hints *hints)
{
	unsigned int class = hints && gfn < hints->nr_pfns ? gfn / 8 % TSMC_CLASS_NR :
							     TSMC_CLASS_UNKNOWN;

	if (skip && gfn & 4)
		return NOTHING;
	if (gfn & 1)
		return truth[class].dirty;
	if (left_out && gfn & 2)
		return truth[class].left_out;
	return NOTHING;
}

static void split_agrees(const struct split_input *input, const struct tsmc_pagemap *left_out,
			 const struct tsmc_pagemap *skip, const struct tsmc_hints *hints)
{
	struct tsmc_split split;

	EXPECT(!tsmc_plan_split(&input->dirty, left_out, skip, hints, &split));
	EXPECT(split.send.nr_gfns == NR_GFNS);
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++) {
		enum fate fate = expected_fate(gfn, left_out, skip, hints);

		EXPECT(tsmc_pagemap_test(&split.send, gfn) == (fate == SEND));
		EXPECT(tsmc_pagemap_test(&split.zero, gfn) == (fate == ZERO));
		EXPECT(tsmc_pagemap_test(&split.missing, gfn) == (fate == MISSING));
	}
	tsmc_split_destroy(&split);
	EXPECT(!split.send.words && !split.zero.words && !split.missing.words);
}

static void split_follows_truth_table(void)
{
	static struct split_input input;
	uint64_t seed = 0x73706c6974;

	make_input(&input, &seed);
	/* Each of the optional inputs is there or not. */
	for (unsigned int i = 0; i < 8; i++)
		split_agrees(&input, i & 1 ? &input.left_out : NULL,
				    i & 2 ? &input.skip : NULL, i & 4 ? &input.hints : NULL);
	destroy_input(&input);
}

static void split_refuses_other_universe(void)
{
	struct tsmc_pagemap dirty, left_out;
	struct tsmc_split split;

	EXPECT(!tsmc_pagemap_init(&dirty, 100));
	EXPECT(!tsmc_pagemap_init(&left_out, 101));
	EXPECT(tsmc_plan_split(&dirty, &left_out, NULL, NULL, &split) == -EINVAL);
	EXPECT(!split.send.words && !split.zero.words && !split.missing.words);
	tsmc_pagemap_destroy(&dirty);
	tsmc_pagemap_destroy(&left_out);
}

/* A set of missing pages with hints, its planner and the order that is expected. */
struct plan {
	struct tsmc_pagemap missing;
	uint8_t bytes[NR_GFNS];
	struct tsmc_hints hints;
	struct tsmc_planner *planner;
	uint64_t order[NR_GFNS];
	uint64_t nr;
	bool handed_out[NR_GFNS];
};

static struct plan *current;

static unsigned int class_place(uint64_t gfn)
{
	static const unsigned int sequence[] = { TSMC_CLASS_ANON, TSMC_CLASS_SHMEM,
						 TSMC_CLASS_FILE };
	unsigned int place = 0;

	while (place < ARRAY_SIZE(sequence) &&
	       tsmc_hints_class(&current->hints, gfn) != sequence[place])
		place++;
	return place;
}

static int compare_gfns(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
	unsigned int heat_a = tsmc_hints_heat(&current->hints, a);
	unsigned int heat_b = tsmc_hints_heat(&current->hints, b);

	if (heat_a != heat_b)
		return heat_a > heat_b ? -1 : 1;
	if (class_place(a) != class_place(b))
		return class_place(a) < class_place(b) ? -1 : 1;
	return a < b ? -1 : a > b;
}

static void make_plan(struct plan *plan, uint64_t *seed, uint64_t features, unsigned int density)
{
	memset(plan, 0, sizeof(*plan));
	plan->hints = (struct tsmc_hints){ .nr_pfns = NR_GFNS - 100, .bytes = plan->bytes,
					   .features = features };
	EXPECT(!tsmc_pagemap_init(&plan->missing, NR_GFNS));
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++) {
		plan->bytes[gfn] = TSMC_HINT_BYTE(unit_below(seed, TSMC_CLASS_NR),
						  unit_below(seed, 16));
		if (unit_below(seed, 100) < density) {
			tsmc_pagemap_set(&plan->missing, gfn);
			plan->order[plan->nr++] = gfn;
		}
	}
	current = plan;
	qsort(plan->order, plan->nr, sizeof(plan->order[0]), compare_gfns);
	EXPECT(!tsmc_planner_new(&plan->missing, &plan->hints, &plan->planner));
	/* The planner keeps copies: what it was made from may go. */
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

static void push_order_is_sorted(void)
{
	const uint64_t features[] = { TSMC_HINT_F_HEAT | TSMC_HINT_F_FREE, TSMC_HINT_F_FREE };
	const unsigned int densities[] = { 0, 1, 50, 100 };
	uint64_t seed = 0x6f72646572, gfns[64];
	static struct plan plan;

	for (unsigned int i = 0; i < ARRAY_SIZE(features) * ARRAY_SIZE(densities); i++) {
		unsigned int max = 1 + unit_below(&seed, ARRAY_SIZE(gfns)), count;
		uint64_t place = 0;

		make_plan(&plan, &seed, features[i % 2], densities[i / 2]);
		EXPECT(tsmc_planner_left(plan.planner) == plan.nr);
		while ((count = tsmc_planner_push(plan.planner, gfns, max))) {
			EXPECT(count == max || place + count == plan.nr);
			for (unsigned int j = 0; j < count; j++)
				EXPECT(gfns[j] == plan.order[place++]);
			EXPECT(tsmc_planner_left(plan.planner) == plan.nr - place);
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

	make_plan(&plan, &seed, TSMC_HINT_F_HEAT, 40);
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
	EXPECT(tsmc_planner_rank(plan.planner, plan.order[0] + (1ULL << 32)) == UINT64_MAX);
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

		make_plan(&plan, &seed, TSMC_HINT_F_HEAT, 10 + round * 9);
		for (left = plan.nr; left; left = tsmc_planner_left(plan.planner)) {
			unsigned int window = windows[unit_below(&seed, ARRAY_SIZE(windows))];
			unsigned int max = 1 + unit_below(&seed, 64);
			uint64_t out = 0;

			if (unit_below(&seed, 3))
				demand_agrees(&plan, unit_below(&seed, NR_GFNS + 5),
						     window, max);
			else
				push_agrees(&plan, &place, unit_below(&seed, 20));
			for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++)
				out += plan.handed_out[gfn];
			EXPECT(tsmc_planner_left(plan.planner) == plan.nr - out);
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
	EXPECT(!tsmc_planner_new(&map, NULL, &planner));
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
	EXPECT(!tsmc_planner_new(&map, NULL, &planner));
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
	struct tsmc_planner *planner;

	EXPECT(tsmc_planner_new(&map, NULL, &planner) == -EFBIG);
	EXPECT(!planner);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "only free, anon, file and shmem may wait", classes_that_may_wait },
		{ "each class has a name of its own", classes_have_names },
		{ "hints are read within the table only", hints_are_read_within_the_table },
		{ "the split follows its truth table", split_follows_truth_table },
		{ "the split refuses sets of different universes", split_refuses_other_universe },
		{ "push goes by heat, class and address", push_order_is_sorted },
		{ "rank is the place in the push order", rank_is_place_in_order },
		{ "push and demand hand out each page once", hands_out_each_page_once },
		{ "demand takes the nearest missing neighbours", demand_takes_nearest_neighbours },
		{ "without hints addresses ascend", without_hints_addresses_ascend },
		{ "a universe beyond 32 bits is refused", refuses_gfns_of_more_than_32_bits },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
