// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How far a guest may spread its frame numbers.
 */
#include "frame_bound.h"
#include "unit.h"

#define GFNS_4GIB	(1ULL << 20)
#define GFNS_GIB	(1ULL << 18)

/* Memory above the hole for devices, all of it parked above that once: see tsmc_physmap_staging_base(). */
static uint64_t honest_top(uint64_t pages)
{
	uint64_t top = GFNS_4GIB + pages;

	return (top + GFNS_GIB - 1) / GFNS_GIB * GFNS_GIB + top;
}

static void honest_guests_are_below(void)
{
	for (uint64_t pages = 1; pages < 1ULL << 34; pages *= 2)
		EXPECT(honest_top(pages) < tsmc_frame_bound(pages));
}

/* A page table of the agent for a guest of 256 MiB stays below 32 MiB. */
static void absurd_numbers_are_above(void)
{
	EXPECT(tsmc_frame_bound(65536) <= 8ULL << 20);
	EXPECT(tsmc_frame_bound(65536) < (1ULL << 40) / 1000);
	EXPECT(tsmc_frame_bound(0) > 0);
}

static void it_never_wraps(void)
{
	EXPECT(tsmc_frame_bound(UINT64_MAX) == UINT64_MAX);
	EXPECT(tsmc_frame_bound(UINT64_MAX / 4) == UINT64_MAX);
	EXPECT(tsmc_frame_bound(1ULL << 52) > 1ULL << 54);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "an honest guest's frames are below the bound", honest_guests_are_below },
		{ "absurd numbers are above it", absurd_numbers_are_above },
		{ "the bound never wraps", it_never_wraps },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
