// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Claims: no hole may be outside of them.
 */
#include "hole_claims.h"
#include "unit.h"

#define TOP	100000u
#define MAX	8u

static bool claimed(const struct tsmc_gfn_range *claims, unsigned int nr, uint64_t gfn)
{
	for (unsigned int i = 0; i < nr; i++) {
		if (gfn >= claims[i].first && gfn - claims[i].first < claims[i].count)
			return true;
	}
	return false;
}

/* Of a set with holes here and there: all are claimed, in order, within the room. */
static void every_hole_is_claimed(void)
{
	struct tsmc_gfn_range claims[MAX];
	struct tsmc_pagemap holes;
	uint64_t seed = 0x686f6c65;

	for (unsigned int count = 1; count < 2000; count = count * 3) {
		unsigned int nr;

		EXPECT(!tsmc_pagemap_init(&holes, TOP));
		while (holes.count < count)
			tsmc_pagemap_set(&holes, unit_below(&seed, TOP));
		nr = tsmc_hole_claims(&holes, claims, MAX);
		EXPECT(nr >= 1 && nr <= MAX);
		for (uint64_t gfn = 0; (gfn = tsmc_pagemap_next(&holes, gfn)) < TOP; gfn++)
			EXPECT(claimed(claims, nr, gfn));
		for (unsigned int i = 1; i < nr; i++)
			EXPECT(claims[i].first > claims[i - 1].first + claims[i - 1].count);
		EXPECT(claims[nr - 1].first + claims[nr - 1].count <= TOP);
		tsmc_pagemap_destroy(&holes);
	}
}

static void few_runs_stay_apart(void)
{
	struct tsmc_gfn_range claims[MAX];
	struct tsmc_pagemap holes;

	EXPECT(!tsmc_pagemap_init(&holes, TOP));
	EXPECT(!tsmc_hole_claims(&holes, claims, MAX));
	for (uint64_t gfn = 10; gfn < 20; gfn++)
		tsmc_pagemap_set(&holes, gfn);
	tsmc_pagemap_set(&holes, 21);
	tsmc_pagemap_set(&holes, TOP - 1);
	EXPECT(tsmc_hole_claims(&holes, claims, MAX) == 3);
	EXPECT(claims[0].first == 10 && claims[0].count == 10);
	EXPECT(claims[1].first == 21 && claims[1].count == 1);
	EXPECT(claims[2].first == TOP - 1 && claims[2].count == 1);
	/* Too many: those that are near each other are joined. */
	EXPECT(tsmc_hole_claims(&holes, claims, 2) == 2);
	EXPECT(claims[0].first == 10 && claims[0].count == 12);
	tsmc_pagemap_destroy(&holes);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "every hole is claimed", every_hole_is_claimed },
		{ "few runs stay apart, near ones are joined", few_runs_stay_apart },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
