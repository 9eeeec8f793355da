// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory_map.h"

#include <stdlib.h>

#include "linux/tsmc_hint.h"

/* Smallest cells that are few enough. */
static uint64_t choose_cell(const struct tsmc_pagemap *ram)
{
	uint64_t pages, nr = TSMC_MAP_CELLS + 1;

	for (pages = 1; pages * TSMC_MAP_CELLS < ram->count; pages *= 2)
		;
	for (; nr > TSMC_MAP_CELLS; pages *= 2) {
		nr = 0;
		for (uint64_t gfn = 0; nr <= TSMC_MAP_CELLS && (gfn = tsmc_pagemap_next(ram, gfn)) < ram->nr_gfns;
		     gfn = (gfn / pages + 1) * pages)
			nr++;
	}
	return pages / 2;
}

/* A page that was free has no content, whatever stage it is in. */
static enum tsmc_crossing crossing(const struct tsmc_map_source *source, uint64_t gfn)
{
	const struct tsmc_split *split = source->split;

	if (tsmc_pagemap_test(&split->zero, gfn))
		return TSMC_CROSSING_MARKER;
	if (source->dropped && tsmc_pagemap_test(source->dropped, gfn))
		return TSMC_CROSSING_DROPPED;
	if (tsmc_pagemap_test(&split->missing, gfn))
		return TSMC_CROSSING_THREE;
	if (tsmc_pagemap_test(&split->send, gfn))
		return TSMC_CROSSING_TWO;
	return tsmc_pagemap_test(source->left_out, gfn) ? TSMC_CROSSING_MARKER : TSMC_CROSSING_ONE;
}

static void fill(const struct tsmc_map_source *source, uint64_t cell_pages, struct tsmc_map_cell *cell)
{
	uint64_t end = (cell->number + 1) * cell_pages, pages = 0, heat = 0;
	uint64_t classes[TSMC_CLASS_NR] = { 0 };

	if (end > source->ram->nr_gfns)
		end = source->ram->nr_gfns;
	for (uint64_t gfn = cell->number * cell_pages; (gfn = tsmc_pagemap_next(source->ram, gfn)) < end; gfn++) {
		classes[tsmc_hints_class(source->hints, gfn)]++;
		heat += tsmc_hints_heat(source->hints, gfn);
		cell->crossed[crossing(source, gfn)]++;
		pages++;
	}
	for (unsigned int class = 1; class < TSMC_CLASS_NR; class++)
		if (classes[class] > classes[cell->class])
			cell->class = class;
	cell->heat = (heat + pages - 1) / pages;
}

/**
 * tsmc_memory_map_new - make a map
 * @source: from this
 *
 * Goes over all frames, so better not while anybody waits.
 *
 * Return: to be freed, or NULL without memory for it.
 */
struct tsmc_memory_map *tsmc_memory_map_new(const struct tsmc_map_source *source)
{
	struct tsmc_memory_map *map = calloc(1, sizeof(*map));
	const struct tsmc_pagemap *ram = source->ram;

	if (!map)
		return NULL;
	map->cell_pages = choose_cell(ram);
	map->has_hints = source->hints;
	map->has_heat = source->hints && source->hints->features & TSMC_HINT_F_HEAT;
	for (uint64_t gfn = 0; (gfn = tsmc_pagemap_next(ram, gfn)) < ram->nr_gfns;) {
		struct tsmc_map_cell *cell = &map->cells[map->nr++];

		cell->number = gfn / map->cell_pages;
		fill(source, map->cell_pages, cell);
		gfn = (cell->number + 1) * map->cell_pages;
	}
	return map;
}
