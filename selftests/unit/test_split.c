// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What hints mean, and the split against its truth table.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "linux/tsmc_hint.h"
#include "split.h"
#include "unit.h"

#define NR_GFNS		3000u

static void classes_that_may_wait(void)
{
	for (unsigned int class = 0; class < TSMC_CLASS_NR + 10; class++) {
		bool may = class == TSMC_CLASS_FREE || class == TSMC_CLASS_ANON ||
			   class == TSMC_CLASS_FILE || class == TSMC_CLASS_SHMEM ||
			   class == TSMC_CLASS_CACHE;

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

enum fate { NOTHING, SEND, ZERO, MISSING, ZERO_HOLE };

/* The truth table of split.h, written out by hand. */
static const struct {
	enum fate dirty;
	enum fate parked;	/* dirty, and a hole already */
	enum fate left_out;	/* left out and not dirty */
} truth[TSMC_CLASS_NR] = {
	[TSMC_CLASS_UNKNOWN]	= { SEND, SEND, SEND },
	[TSMC_CLASS_NOPAGE]	= { SEND, SEND, SEND },
	[TSMC_CLASS_FREE]	= { ZERO, ZERO_HOLE, NOTHING },
	[TSMC_CLASS_KERNEL]	= { SEND, SEND, SEND },
	[TSMC_CLASS_EXEC]	= { SEND, SEND, SEND },
	[TSMC_CLASS_STACK]	= { SEND, SEND, SEND },
	[TSMC_CLASS_PINNED]	= { SEND, SEND, SEND },
	[TSMC_CLASS_ANON]	= { MISSING, MISSING, MISSING },
	[TSMC_CLASS_FILE]	= { MISSING, MISSING, MISSING },
	[TSMC_CLASS_SHMEM]	= { MISSING, MISSING, MISSING },
	[TSMC_CLASS_CACHE]	= { MISSING, MISSING, MISSING },
};

struct split_input {
	struct tsmc_pagemap dirty, left_out, parked, skip;
	uint8_t bytes[NR_GFNS];
	struct tsmc_hints hints;
};

/* Every class meets every combination of the four sets; the table ends before the universe. */
static void make_input(struct split_input *input, uint64_t *seed)
{
	EXPECT(!tsmc_pagemap_init(&input->dirty, NR_GFNS));
	EXPECT(!tsmc_pagemap_init(&input->left_out, NR_GFNS));
	EXPECT(!tsmc_pagemap_init(&input->parked, NR_GFNS));
	EXPECT(!tsmc_pagemap_init(&input->skip, NR_GFNS));
	input->hints = (struct tsmc_hints){ .nr_pfns = NR_GFNS - 200, .bytes = input->bytes,
					    .features = TSMC_HINT_F_FREE | TSMC_HINT_F_HEAT };
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++) {
		unsigned int class = gfn / 16 % TSMC_CLASS_NR;

		input->bytes[gfn] = TSMC_HINT_BYTE(class, unit_below(seed, 16));
		if (gfn & 1)
			tsmc_pagemap_set(&input->dirty, gfn);
		if (gfn & 2)
			tsmc_pagemap_set(&input->left_out, gfn);
		if (gfn & 4)
			tsmc_pagemap_set(&input->skip, gfn);
		if (gfn & 8)
			tsmc_pagemap_set(&input->parked, gfn);
	}
}

static void destroy_input(struct split_input *input)
{
	tsmc_pagemap_destroy(&input->dirty);
	tsmc_pagemap_destroy(&input->left_out);
	tsmc_pagemap_destroy(&input->parked);
	tsmc_pagemap_destroy(&input->skip);
}

static enum fate expected_fate(uint64_t gfn, const struct tsmc_pagemap *left_out,
			       const struct tsmc_pagemap *parked, const struct tsmc_pagemap *skip,
			       const struct tsmc_hints *hints)
{
	unsigned int class = hints && gfn < hints->nr_pfns ? gfn / 16 % TSMC_CLASS_NR :
							     TSMC_CLASS_UNKNOWN;

	if (skip && gfn & 4)
		return NOTHING;
	if (gfn & 1)
		return parked && gfn & 8 ? truth[class].parked : truth[class].dirty;
	if (left_out && gfn & 2)
		return truth[class].left_out;
	return NOTHING;
}

static void split_agrees(const struct split_input *input, const struct tsmc_pagemap *left_out,
			 const struct tsmc_pagemap *parked, const struct tsmc_pagemap *skip,
			 const struct tsmc_hints *hints)
{
	struct tsmc_split split;

	EXPECT(!tsmc_plan_split(&input->dirty, left_out, parked, skip, hints, &split));
	EXPECT(split.send.nr_gfns == NR_GFNS);
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++) {
		enum fate fate = expected_fate(gfn, left_out, parked, skip, hints);

		EXPECT(tsmc_pagemap_test(&split.send, gfn) == (fate == SEND));
		EXPECT(tsmc_pagemap_test(&split.zero, gfn) == (fate == ZERO || fate == ZERO_HOLE));
		EXPECT(tsmc_pagemap_test(&split.missing, gfn) == (fate == MISSING || fate == ZERO_HOLE));
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
	for (unsigned int i = 0; i < 16; i++)
		split_agrees(&input, i & 1 ? &input.left_out : NULL, i & 8 ? &input.parked : NULL,
				    i & 2 ? &input.skip : NULL, i & 4 ? &input.hints : NULL);
	destroy_input(&input);
}

static void split_refuses_other_universe(void)
{
	struct tsmc_pagemap dirty, left_out;
	struct tsmc_split split;

	EXPECT(!tsmc_pagemap_init(&dirty, 100));
	EXPECT(!tsmc_pagemap_init(&left_out, 101));
	EXPECT(tsmc_plan_split(&dirty, &left_out, NULL, NULL, NULL, &split) == -EINVAL);
	EXPECT(!split.send.words && !split.zero.words && !split.missing.words);
	tsmc_pagemap_destroy(&dirty);
	tsmc_pagemap_destroy(&left_out);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "only free, anon, file and shmem may wait", classes_that_may_wait },
		{ "each class has a name of its own", classes_have_names },
		{ "hints are read within the table only", hints_are_read_within_the_table },
		{ "the split follows its truth table", split_follows_truth_table },
		{ "the split refuses sets of different universes", split_refuses_other_universe },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
