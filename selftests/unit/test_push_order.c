// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The push orders, against sorting by their keys one page with another.
 */
#include <errno.h>
#include <string.h>

#include "linux/tsmc_hint.h"
#include "push_order.h"
#include "unit.h"
#include "virtual_order.h"

#define NR_GFNS		3000u

/* Missing pages, and all that can order them. */
static struct {
	struct tsmc_pagemap missing;
	uint8_t bytes[NR_GFNS];
	uint8_t stamps[NR_GFNS];
	struct tsmc_hints hints;
	struct tsmc_address_spaces *spaces;
	struct tsmc_order_params params;
	uint32_t expected[NR_GFNS];
	uint32_t gfns[NR_GFNS];
} plan;

static void make_plan(uint64_t *seed, unsigned int density, uint64_t features)
{
	memset(&plan, 0, sizeof(plan));
	plan.hints = (struct tsmc_hints){ .nr_pfns = NR_GFNS - 100, .bytes = plan.bytes,
					  .features = features };
	EXPECT(!tsmc_pagemap_init(&plan.missing, NR_GFNS));
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++) {
		plan.bytes[gfn] = TSMC_HINT_BYTE(unit_below(seed, TSMC_CLASS_NR),
						 unit_below(seed, 16));
		plan.stamps[gfn] = unit_below(seed, 4) ? unit_below(seed, 5) : unit_below(seed, 256);
		if (unit_below(seed, 100) < density) {
			plan.expected[plan.missing.count] = gfn;
			tsmc_pagemap_set(&plan.missing, gfn);
		}
	}
	/* About half of the pages are mapped, in any sequence. */
	plan.spaces = virtual_new(&plan.missing);
	for (uint64_t i = 0; i < plan.missing.count; i++)
		virtual_add(plan.spaces, plan.expected[unit_below(seed, plan.missing.count)], false);
	plan.params = (struct tsmc_order_params){ .missing = &plan.missing };
}

static void destroy_plan(void)
{
	tsmc_pagemap_destroy(&plan.missing);
	tsmc_address_spaces_free(plan.spaces);
}

static unsigned int class_place(uint64_t gfn)
{
	static const unsigned int sequence[] = { TSMC_CLASS_ANON, TSMC_CLASS_SHMEM,
						 TSMC_CLASS_FILE };
	unsigned int place = 0;

	while (place < ARRAY_SIZE(sequence) &&
	       tsmc_hints_class(plan.params.hints, gfn) != sequence[place])
		place++;
	return place;
}

#define COMPARE(a, b) do { if ((a) != (b)) return (a) < (b) ? -1 : 1; } while (0)

static int compare(const void *left, const void *right)
{
	uint64_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	const struct tsmc_order_params *params = &plan.params;

	if (params->order == TSMC_ORDER_HINTS) {
		uint32_t place_a = tsmc_address_spaces_place(params->spaces, a);
		uint32_t place_b = tsmc_address_spaces_place(params->spaces, b);
		bool last_a = tsmc_hints_class(params->hints, a) == TSMC_CLASS_CACHE;
		bool last_b = tsmc_hints_class(params->hints, b) == TSMC_CLASS_CACHE;

		COMPARE(last_a, last_b);
		COMPARE(tsmc_hints_heat(params->hints, b), tsmc_hints_heat(params->hints, a));
		COMPARE(class_place(a), class_place(b));
		COMPARE(place_a, place_b);
	}
	if (params->order != TSMC_ORDER_ADDRESS && params->stamps)
		COMPARE(params->stamps[b], params->stamps[a]);
	COMPARE(a, b);
	return 0;
}

/* Each order, with each of the inputs that are optional or without it. */
static void orders_are_sorted(void)
{
	const enum tsmc_order orders[] = { TSMC_ORDER_HINTS, TSMC_ORDER_ADDRESS,
					   TSMC_ORDER_RECENCY };
	const unsigned int densities[] = { 0, 1, 50, 100 };
	uint64_t seed = 0x6f72646572;

	for (unsigned int i = 0; i < ARRAY_SIZE(orders) * ARRAY_SIZE(densities) * 16; i++) {
		make_plan(&seed, densities[i / 16 % 4], i & 8 ? TSMC_HINT_F_HEAT : 0);
		plan.params.order = orders[i / 64];
		plan.params.hints = i & 1 ? &plan.hints : NULL;
		plan.params.stamps = i & 2 ? plan.stamps : NULL;
		plan.params.spaces = i & 4 ? plan.spaces : NULL;
		qsort(plan.expected, plan.missing.count, sizeof(uint32_t), compare);
		EXPECT(!tsmc_push_order(&plan.params, plan.gfns));
		EXPECT(!memcmp(plan.gfns, plan.expected, plan.missing.count * sizeof(uint32_t)));
		destroy_plan();
	}
}

static bool is_cache(uint64_t gfn)
{
	return tsmc_hints_class(&plan.hints, gfn) == TSMC_CLASS_CACHE;
}

/* Even behind what an application can do without. */
static void what_the_disk_has_comes_last(void)
{
	uint64_t seed = 0x64697363;
	bool seen = false;

	make_plan(&seed, 100, TSMC_HINT_F_HEAT);
	plan.params.hints = &plan.hints;
	EXPECT(!tsmc_push_order(&plan.params, plan.gfns));
	for (uint64_t i = 0; i < plan.missing.count; i++) {
		EXPECT(is_cache(plan.gfns[i]) == tsmc_order_is_residue(&plan.params, plan.gfns[i]));
		EXPECT(is_cache(plan.gfns[i]) || !seen);
		seen = is_cache(plan.gfns[i]);
	}
	EXPECT(seen);
	plan.params.order = TSMC_ORDER_ADDRESS;
	for (uint64_t i = 0; i < plan.missing.count; i++)
		EXPECT(!tsmc_order_is_residue(&plan.params, plan.gfns[i]));
	destroy_plan();
}

static void discardable_comes_last(void)
{
	uint64_t seed = 0x6c617374;
	bool seen = false;

	make_plan(&seed, 100, TSMC_HINT_F_HEAT);
	plan.params.hints = &plan.hints;
	EXPECT(!tsmc_push_order(&plan.params, plan.gfns));
	for (uint64_t i = 0; i < plan.missing.count && !is_cache(plan.gfns[i]); i++) {
		bool discardable = !tsmc_hints_heat(&plan.hints, plan.gfns[i]);

		EXPECT(discardable || !seen);
		seen = discardable;
	}
	EXPECT(seen);
	destroy_plan();
}

static int by_number(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

static void random_order_depends_on_its_seed(void)
{
	uint64_t seed = 0x72616e64, size, apart = 0;
	uint32_t other[NR_GFNS];

	make_plan(&seed, 80, 0);
	size = plan.missing.count * sizeof(uint32_t);
	plan.params.order = TSMC_ORDER_RANDOM;
	for (plan.params.seed = 0; plan.params.seed < 3; plan.params.seed++) {
		EXPECT(!tsmc_push_order(&plan.params, plan.gfns));
		EXPECT(!tsmc_push_order(&plan.params, other));
		EXPECT(!memcmp(plan.gfns, other, size));
		/* All are there, and far from where they were: a third of the way on average. */
		for (uint64_t i = 0; i < plan.missing.count; i++)
			apart += labs((long)plan.gfns[i] - (long)plan.expected[i]);
		EXPECT(apart / plan.missing.count > NR_GFNS / 4);
		apart = 0;
		qsort(other, plan.missing.count, sizeof(*other), by_number);
		EXPECT(!memcmp(other, plan.expected, size));
	}
	EXPECT(!tsmc_push_order(&plan.params, other));
	EXPECT(memcmp(plan.gfns, other, size));
	destroy_plan();
}

/* Each page comes to each place equally often. */
static void random_order_is_uniform(void)
{
	uint64_t count[4][4] = { 0 }, seed = 0x756e69;
	struct tsmc_pagemap missing;
	uint32_t gfns[4];

	EXPECT(!tsmc_pagemap_init(&missing, 4));
	for (uint64_t gfn = 0; gfn < 4; gfn++)
		tsmc_pagemap_set(&missing, gfn);
	for (unsigned int i = 0; i < 40000; i++) {
		struct tsmc_order_params params = { .missing = &missing, .seed = unit_random(&seed),
						    .order = TSMC_ORDER_RANDOM };

		EXPECT(!tsmc_push_order(&params, gfns));
		for (unsigned int place = 0; place < 4; place++)
			count[place][gfns[place]]++;
	}
	for (unsigned int i = 0; i < 16; i++)
		EXPECT(count[i / 4][i % 4] > 9500 && count[i / 4][i % 4] < 10500);
	tsmc_pagemap_destroy(&missing);
}

static void spaces_of_another_set_are_refused(void)
{
	uint64_t seed = 0x6f74686572;

	make_plan(&seed, 50, 0);
	plan.params.spaces = plan.spaces;
	EXPECT(!tsmc_push_order(&plan.params, plan.gfns));
	tsmc_pagemap_clear(&plan.missing, plan.expected[7]);
	EXPECT(tsmc_push_order(&plan.params, plan.gfns) == -EINVAL);
	destroy_plan();
}

static void orders_have_names(void)
{
	EXPECT(!strcmp(tsmc_order_name(TSMC_ORDER_HINTS), "hints"));
	EXPECT(!strcmp(tsmc_order_name(TSMC_ORDER_ADDRESS), "address"));
	EXPECT(!strcmp(tsmc_order_name(TSMC_ORDER_RANDOM), "random"));
	EXPECT(!strcmp(tsmc_order_name(TSMC_ORDER_RECENCY), "recency"));
	EXPECT(!strcmp(tsmc_order_name(TSMC_ORDER_NR), "invalid"));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each order is sorted by its keys", orders_are_sorted },
		{ "what can be discarded comes last", discardable_comes_last },
		{ "what the disk has, too, comes last of all", what_the_disk_has_comes_last },
		{ "the random order depends on its seed alone", random_order_depends_on_its_seed },
		{ "the random order is uniform", random_order_is_uniform },
		{ "spaces of another set are refused", spaces_of_another_set_are_refused },
		{ "each order has its name", orders_have_names },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
