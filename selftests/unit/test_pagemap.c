// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The set of guest frames, against an array of booleans.
 */
#include <errno.h>
#include <string.h>

#include "pagemap.h"
#include "unit.h"

#define TOP_MAX		1100u

/* Sizes at and around the ends of words. */
static const uint64_t universes[] = { 0, 1, 63, 64, 65, 127, 128, 129, 1000, TOP_MAX };

/* Huge requests fail as they do without the sanitizer, instead of ending the test. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return __asan_default_options();
}

struct model {
	uint64_t nr_gfns;
	bool in[TOP_MAX + 3];	/* never true at or beyond nr_gfns */
};

static uint64_t model_count(const struct model *model)
{
	uint64_t count = 0;

	for (uint64_t gfn = 0; gfn < model->nr_gfns; gfn++)
		count += model->in[gfn];
	return count;
}

static uint64_t model_next(const struct model *model, uint64_t from)
{
	for (; from < model->nr_gfns; from++)
		if (model->in[from])
			return from;
	return model->nr_gfns;
}

static void same(const struct tsmc_pagemap *map, const struct model *model)
{
	EXPECT(map->nr_gfns == model->nr_gfns);
	EXPECT(map->count == model_count(model));
	for (uint64_t gfn = 0; gfn < model->nr_gfns + 130; gfn++) {
		bool in = gfn < model->nr_gfns && model->in[gfn];

		EXPECT(tsmc_pagemap_test(map, gfn) == in);
		EXPECT(tsmc_pagemap_next(map, gfn) == model_next(model, gfn));
	}
}

static void starts_empty(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(universes); i++) {
		struct model model = { .nr_gfns = universes[i] };
		struct tsmc_pagemap map;

		EXPECT(!tsmc_pagemap_init(&map, universes[i]));
		same(&map, &model);
		tsmc_pagemap_destroy(&map);
		EXPECT(!map.words && !map.nr_gfns && !map.count);
		tsmc_pagemap_destroy(&map);
	}
}

static void memory_of_the_caller_is_used(void)
{
	uint64_t words[3] = { 1ULL << 63 | 1, ~0ULL, ~0ULL };
	struct tsmc_pagemap map;

	tsmc_pagemap_over(&map, words, 130);
	EXPECT(map.nr_gfns == 130 && map.count == 2 + 64 + 2);
	EXPECT(words[2] == 3);
	EXPECT(tsmc_pagemap_clear(&map, 129) && map.count == 67 && words[2] == 1);
	EXPECT(tsmc_pagemap_set(&map, 1) && words[0] == (1ULL << 63 | 3));
	EXPECT(!tsmc_pagemap_set(&map, 130) && words[2] == 1);
	tsmc_pagemap_over(&map, words, 128);
	EXPECT(map.count == 3 + 64 && words[2] == 1);
}

static void refuses_what_memory_cannot_hold(void)
{
	struct tsmc_pagemap map;

	EXPECT(tsmc_pagemap_init(&map, UINT64_MAX) == -ENOMEM);
	EXPECT(!map.words && !map.nr_gfns);
	tsmc_pagemap_destroy(&map);
}

static void ignores_beyond_universe(void)
{
	struct tsmc_pagemap map;

	EXPECT(!tsmc_pagemap_init(&map, 70));
	EXPECT(!tsmc_pagemap_set(&map, 70));
	EXPECT(!tsmc_pagemap_set(&map, UINT64_MAX));
	EXPECT(!tsmc_pagemap_test(&map, 70));
	EXPECT(!tsmc_pagemap_test(&map, UINT64_MAX));
	EXPECT(!tsmc_pagemap_clear(&map, UINT64_MAX));
	EXPECT(tsmc_pagemap_next(&map, UINT64_MAX) == 70);
	EXPECT(map.count == 0);
	tsmc_pagemap_destroy(&map);
}

static void take_agrees(const struct tsmc_pagemap *map, const struct model *model, uint64_t from,
			unsigned int max)
{
	uint64_t gfns[8], expected = from, at = from;
	unsigned int taken;

	taken = tsmc_pagemap_take(map, &at, gfns, max);
	EXPECT(taken <= max);
	for (unsigned int i = 0; i < taken; i++) {
		EXPECT(gfns[i] == model_next(model, expected));
		expected = gfns[i] + 1;
	}
	EXPECT(at == expected);
	EXPECT(taken == max || model_next(model, expected) == model->nr_gfns);
}

/* As taking all and leaving out what the other set holds. */
static void take_except_leaves_out(void)
{
	uint64_t gfns[5], at = 3, expected = 3;
	struct tsmc_pagemap map, except;
	unsigned int taken;

	EXPECT(!tsmc_pagemap_init(&map, 200) && !tsmc_pagemap_init(&except, 200));
	for (uint64_t gfn = 0; gfn < 200; gfn++) {
		if (gfn % 2)
			tsmc_pagemap_set(&map, gfn);
		if (gfn % 3)
			tsmc_pagemap_set(&except, gfn);
	}
	do {
		taken = tsmc_pagemap_take_except(&map, &except, &at, gfns, 5);
		for (unsigned int i = 0; i < taken; i++, expected += 6)
			EXPECT(gfns[i] == expected);
	} while (taken == 5);
	EXPECT(expected == 201);
	tsmc_pagemap_destroy(&map);
	tsmc_pagemap_destroy(&except);
}

static void merge_agrees(struct tsmc_pagemap *map, struct model *model, uint64_t *seed)
{
	uint64_t first = unit_below(seed, model->nr_gfns / 64 + 3) * 64;
	uint64_t nr_bits = unit_below(seed, 5) * 64;
	uint64_t bits[4] = { 0 };
	bool beyond = false;
	int rc;

	for (uint64_t i = 0; i < nr_bits; i++) {
		/* One piece in four may reach beyond the universe, so that both ends are seen. */
		bool set = !unit_below(seed, 3) &&
			   (first + i < model->nr_gfns || !unit_below(seed, 200));

		bits[i / 64] |= (uint64_t)set << (i % 64);
		beyond |= set && first + i >= model->nr_gfns;
	}
	rc = tsmc_pagemap_merge(map, first, nr_bits, bits);
	EXPECT(rc == (beyond ? -ERANGE : 0));
	for (uint64_t i = 0; !rc && i < nr_bits; i++)
		if (bits[i / 64] >> (i % 64) & 1)
			model->in[first + i] = true;
}

static void agrees_with_model(void)
{
	uint64_t seed = 0x70616765;

	for (unsigned int i = 0; i < ARRAY_SIZE(universes); i++) {
		struct model model = { .nr_gfns = universes[i] };
		struct tsmc_pagemap map;

		EXPECT(!tsmc_pagemap_init(&map, universes[i]));
		for (unsigned int step = 0; step < 4000; step++) {
			/* Some beyond the universe. */
			uint64_t gfn = unit_below(&seed, universes[i] + 3);
			bool inside = gfn < universes[i];

			switch (unit_below(&seed, 8)) {
			case 0 ... 2:
				EXPECT(tsmc_pagemap_set(&map, gfn) == (inside && !model.in[gfn]));
				model.in[gfn] |= inside;
				break;
			case 3 ... 5:
				EXPECT(tsmc_pagemap_clear(&map, gfn) == model.in[gfn]);
				model.in[gfn] = false;
				break;
			case 6:
				take_agrees(&map, &model, gfn, unit_below(&seed, 9));
				break;
			default:
				/* Seldom: it fills the map. */
				if (!unit_below(&seed, 20))
					merge_agrees(&map, &model, &seed);
			}
			if (step % 100 == 0)
				same(&map, &model);
		}
		same(&map, &model);
		tsmc_pagemap_destroy(&map);
	}
}

static void merge_wants_whole_words(void)
{
	uint64_t bits[2] = { 1, 1 };
	struct tsmc_pagemap map;

	EXPECT(!tsmc_pagemap_init(&map, 1000));
	EXPECT(tsmc_pagemap_merge(&map, 1, 64, bits) == -EINVAL);
	EXPECT(tsmc_pagemap_merge(&map, 32, 64, bits) == -EINVAL);
	EXPECT(tsmc_pagemap_merge(&map, 64, 63, bits) == -EINVAL);
	EXPECT(tsmc_pagemap_merge(&map, 64, 65, bits) == -EINVAL);
	EXPECT(map.count == 0);
	EXPECT(!tsmc_pagemap_merge(&map, 64, 128, bits));
	EXPECT(map.count == 2 && tsmc_pagemap_test(&map, 64) && tsmc_pagemap_test(&map, 128));
	EXPECT(!tsmc_pagemap_merge(&map, 64, 0, NULL));
	/* What is there already is not counted twice. */
	EXPECT(!tsmc_pagemap_merge(&map, 64, 128, bits));
	EXPECT(map.count == 2);
	tsmc_pagemap_destroy(&map);
}

static void merge_adds_all_or_nothing(void)
{
	struct tsmc_pagemap map;
	uint64_t bits[3] = { 5 };

	EXPECT(!tsmc_pagemap_init(&map, 100));
	/* The universe ends inside of the second word. */
	bits[1] = 1ULL << 36;
	EXPECT(tsmc_pagemap_merge(&map, 0, 128, bits) == -ERANGE);
	EXPECT(map.count == 0);
	bits[1] = 1ULL << 35;
	EXPECT(!tsmc_pagemap_merge(&map, 0, 192, bits));
	EXPECT(map.count == 3 && tsmc_pagemap_test(&map, 99));
	/* Far beyond, where sums of gfns would overflow. */
	EXPECT(tsmc_pagemap_merge(&map, UINT64_MAX - 63, 64, bits) == -ERANGE);
	EXPECT(tsmc_pagemap_merge(&map, UINT64_MAX - 63, 192, bits) == -ERANGE);
	bits[0] = 0;
	bits[1] = 0;
	EXPECT(!tsmc_pagemap_merge(&map, UINT64_MAX - 63, 192, bits));
	EXPECT(map.count == 3);
	tsmc_pagemap_destroy(&map);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "memory of the caller is used", memory_of_the_caller_is_used },
		{ "a new map is empty whatever its universe", starts_empty },
		{ "a universe that memory cannot hold is refused",
		  refuses_what_memory_cannot_hold },
		{ "gfns beyond the universe are never members", ignores_beyond_universe },
		{ "random operations agree with a naive model", agrees_with_model },
		{ "take_except leaves out the other set", take_except_leaves_out },
		{ "merge takes whole words only", merge_wants_whole_words },
		{ "merge adds all of a piece or nothing", merge_adds_all_or_nothing },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
