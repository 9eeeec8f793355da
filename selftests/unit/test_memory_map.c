// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The map of a guest's memory.
 */
#include <stdlib.h>
#include <string.h>

#include "linux/tsmc_hint.h"
#include "memory_map.h"
#include "unit.h"

#define NR_GFNS	300000u

/**
 * struct guest - one that is mapped
 */
struct guest {
	struct tsmc_pagemap ram, left_out, dropped;
	struct tsmc_split split;
	struct tsmc_hints hints;
	uint8_t bytes[NR_GFNS];
};

static struct guest guest;

static void begin(void)
{
	memset(&guest, 0, sizeof(guest));
	guest.hints = (struct tsmc_hints){ .nr_pfns = NR_GFNS, .bytes = guest.bytes, .features = TSMC_HINT_F_HEAT };
	EXPECT(!tsmc_pagemap_init(&guest.ram, NR_GFNS) && !tsmc_pagemap_init(&guest.left_out, NR_GFNS));
	EXPECT(!tsmc_pagemap_init(&guest.dropped, NR_GFNS) && !tsmc_pagemap_init(&guest.split.send, NR_GFNS));
	EXPECT(!tsmc_pagemap_init(&guest.split.zero, NR_GFNS) && !tsmc_pagemap_init(&guest.split.missing, NR_GFNS));
}

static struct tsmc_memory_map *make(void)
{
	const struct tsmc_map_source source = { .ram = &guest.ram, .left_out = &guest.left_out, .split = &guest.split,
						.dropped = &guest.dropped, .hints = &guest.hints };
	struct tsmc_memory_map *map = tsmc_memory_map_new(&source);

	tsmc_pagemap_destroy(&guest.ram);
	tsmc_pagemap_destroy(&guest.left_out);
	tsmc_pagemap_destroy(&guest.dropped);
	tsmc_split_destroy(&guest.split);
	EXPECT(map);
	return map;
}

static uint64_t pages_of(const struct tsmc_map_cell *cell)
{
	uint64_t pages = 0;

	for (unsigned int i = 0; i < TSMC_CROSSING_NR; i++)
		pages += cell->crossed[i];
	return pages;
}

static void how_pages_crossed(void)
{
	static const uint32_t expected[TSMC_CROSSING_NR] = {
		[TSMC_CROSSING_MARKER] = 3, [TSMC_CROSSING_ONE] = 1, [TSMC_CROSSING_TWO] = 1,
		[TSMC_CROSSING_THREE] = 2, [TSMC_CROSSING_DROPPED] = 1,
	};
	struct tsmc_memory_map *map;

	begin();
	for (uint64_t gfn = 0; gfn < 8; gfn++)
		tsmc_pagemap_set(&guest.ram, 80000 + gfn);
	/* Others, so that a cell has 32 frames. */
	for (uint64_t gfn = 96000; gfn < 96000 + 100000; gfn++)
		tsmc_pagemap_set(&guest.ram, gfn);
	tsmc_pagemap_set(&guest.left_out, 80000);
	tsmc_pagemap_set(&guest.split.zero, 80001);
	tsmc_pagemap_set(&guest.split.zero, 80002);
	tsmc_pagemap_set(&guest.split.missing, 80002);
	/* Free when it was left out, and used later. */
	tsmc_pagemap_set(&guest.left_out, 80003);
	tsmc_pagemap_set(&guest.split.send, 80003);
	tsmc_pagemap_set(&guest.left_out, 80004);
	tsmc_pagemap_set(&guest.split.missing, 80004);
	tsmc_pagemap_set(&guest.split.missing, 80005);
	tsmc_pagemap_set(&guest.split.missing, 80006);
	tsmc_pagemap_set(&guest.dropped, 80006);
	for (uint64_t gfn = 80000; gfn < 80008; gfn++)
		guest.bytes[gfn] = TSMC_HINT_BYTE(gfn < 80005 ? TSMC_CLASS_ANON : TSMC_CLASS_KERNEL, gfn == 80007);
	map = make();
	EXPECT(map->cell_pages == 32 && map->cells[0].number == 80000 / 32);
	EXPECT(!memcmp(map->cells[0].crossed, expected, sizeof(expected)));
	EXPECT(map->cells[0].class == TSMC_CLASS_ANON && map->cells[0].heat == 1);
	EXPECT(map->cells[1].heat == 0 && map->has_hints && map->has_heat);
	EXPECT(map->nr == 1 + 100000 / 32);
	free(map);
}

/* Every page is in one cell, whatever memory looks like, and there are not more cells than there may be. */
static void all_memory_is_on_it(void)
{
	uint64_t seed = 0x6d6170;

	for (unsigned int i = 0; i < 60; i++) {
		uint64_t run = 1 + unit_below(&seed, 1 << unit_below(&seed, 16)), count, pages = 0;
		uint64_t gap = unit_below(&seed, 1 << unit_below(&seed, 12));
		struct tsmc_memory_map *map;

		begin();
		for (uint64_t gfn = unit_below(&seed, 1000); gfn < NR_GFNS; gfn += gap)
			for (uint64_t end = gfn + run; gfn < end && gfn < NR_GFNS; gfn++)
				tsmc_pagemap_set(&guest.ram, gfn);
		count = guest.ram.count;
		map = make();
		EXPECT(map->nr && map->nr <= TSMC_MAP_CELLS);
		for (unsigned int cell = 0; cell < map->nr; cell++) {
			EXPECT(!cell || map->cells[cell].number > map->cells[cell - 1].number);
			EXPECT(pages_of(&map->cells[cell]) && pages_of(&map->cells[cell]) <= map->cell_pages);
			pages += pages_of(&map->cells[cell]);
		}
		EXPECT(pages == count);
		free(map);
	}
}

static void it_is_small(void)
{
	EXPECT(sizeof(struct tsmc_memory_map) <= 192 << 10);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "it knows how each page crossed for the last time", how_pages_crossed },
		{ "all memory is on it, in few cells", all_memory_is_on_it },
		{ "it is small", it_is_small },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
