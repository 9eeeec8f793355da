// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The numbers of a set's members, against counting them.
 */
#include <errno.h>

#include "frame_index.h"
#include "unit.h"

static void make_set(struct tsmc_pagemap *set, uint64_t nr_gfns, unsigned int density, uint64_t *seed)
{
	EXPECT(!tsmc_pagemap_init(set, nr_gfns));
	for (uint64_t gfn = 0; gfn < nr_gfns; gfn++)
		if (unit_below(seed, 100) < density)
			tsmc_pagemap_set(set, gfn);
}

static void members_are_counted_from_zero(void)
{
	const uint64_t sizes[] = { 0, 1, 63, 64, 65, 511, 512, 513, 1024, 5000 };
	const unsigned int densities[] = { 0, 3, 50, 100 };
	uint64_t seed = 0x6e756d626572;

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes) * ARRAY_SIZE(densities); i++) {
		struct tsmc_frame_index index;
		struct tsmc_pagemap set;
		uint64_t number = 0;

		make_set(&set, sizes[i / 4], densities[i % 4], &seed);
		EXPECT(!tsmc_frame_index_init(&index, &set));
		for (uint64_t gfn = 0; gfn < set.nr_gfns + 600; gfn++) {
			bool member = tsmc_pagemap_test(&set, gfn);

			EXPECT(tsmc_frame_index_number(&index, gfn) == (member ? number : UINT64_MAX));
			number += member;
		}
		EXPECT(tsmc_frame_index_number(&index, UINT64_MAX) == UINT64_MAX);
		tsmc_frame_index_destroy(&index);
		EXPECT(!index.before && !index.frames.words);
		tsmc_pagemap_destroy(&set);
	}
}

static void other_sets_are_told_apart(void)
{
	struct tsmc_pagemap set, other;
	struct tsmc_frame_index index;
	uint64_t seed = 0x6f74686572;

	make_set(&set, 1000, 50, &seed);
	EXPECT(!tsmc_frame_index_init(&index, &set));
	EXPECT(tsmc_frame_index_same(&index, &set));
	tsmc_pagemap_set(&set, 998);
	tsmc_pagemap_clear(&set, 999);
	tsmc_frame_index_destroy(&index);
	EXPECT(!tsmc_frame_index_init(&index, &set));
	/* As many members, but others. */
	tsmc_pagemap_clear(&set, 998);
	tsmc_pagemap_set(&set, 999);
	EXPECT(!tsmc_frame_index_same(&index, &set));
	/* The index is a copy. */
	tsmc_pagemap_clear(&set, 999);
	tsmc_pagemap_set(&set, 998);
	EXPECT(tsmc_frame_index_same(&index, &set));
	EXPECT(!tsmc_pagemap_init(&other, 1001));
	for (uint64_t gfn = 0; gfn < 1000; gfn++)
		if (tsmc_pagemap_test(&set, gfn))
			tsmc_pagemap_set(&other, gfn);
	EXPECT(!tsmc_frame_index_same(&index, &other));
	tsmc_frame_index_destroy(&index);
	tsmc_pagemap_destroy(&set);
	tsmc_pagemap_destroy(&other);
}

static void more_than_32_bits_are_refused(void)
{
	/* Only its size is looked at. */
	struct tsmc_pagemap set = { .nr_gfns = (1ULL << 32) + 1 };
	struct tsmc_frame_index index;

	EXPECT(tsmc_frame_index_init(&index, &set) == -EFBIG);
	EXPECT(!index.before && !index.frames.words);
	tsmc_frame_index_destroy(&index);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "members are counted from zero", members_are_counted_from_zero },
		{ "an index knows its set from others", other_sets_are_told_apart },
		{ "a universe beyond 32 bits is refused", more_than_32_bits_are_refused },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
