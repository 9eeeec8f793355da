/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A map of a guest's memory: what was in it, and how it crossed. Cells of as many frames each as
 * it takes to have no more than a few thousand. Does no I/O and takes no lock.
 */
#ifndef TSMC_MEMORY_MAP_H
#define TSMC_MEMORY_MAP_H

#include "hints.h"
#include "pagemap.h"
#include "split.h"

/* 4096, and some at the ends of runs that are not all memory. */
#define TSMC_MAP_CELLS	4160u

/**
 * enum tsmc_crossing - how a page came to the target for the last time
 * @TSMC_CROSSING_MARKER: it was free: as a marker, without content
 * @TSMC_CROSSING_ONE: in stage one
 * @TSMC_CROSSING_TWO: in stage two
 * @TSMC_CROSSING_THREE: in stage three
 * @TSMC_CROSSING_DROPPED: not at all: the guest dropped this page cache
 * @TSMC_CROSSING_NR: how many there are
 */
enum tsmc_crossing {
	TSMC_CROSSING_MARKER,
	TSMC_CROSSING_ONE,
	TSMC_CROSSING_TWO,
	TSMC_CROSSING_THREE,
	TSMC_CROSSING_DROPPED,
	TSMC_CROSSING_NR,
};

/**
 * struct tsmc_map_cell - some frames
 * @number: the frames are from @number times the pages of a cell on
 * @crossed: pages by enum tsmc_crossing; together: memory in the cell
 * @class: most frequent of these pages at the suspend, enum tsmc_class
 * @heat: mean of them, rounded up
 */
struct tsmc_map_cell {
	uint64_t number;
	uint32_t crossed[TSMC_CROSSING_NR];
	uint8_t class;
	uint8_t heat;
};

/**
 * struct tsmc_memory_map - the map
 * @cell_pages: frames of a cell, a power of two
 * @has_hints: classes and heat are known
 * @has_heat: of these, heat
 * @nr: cells
 * @cells: those with memory, ascending
 */
struct tsmc_memory_map {
	uint64_t cell_pages;
	bool has_hints, has_heat;
	unsigned int nr;
	struct tsmc_map_cell cells[TSMC_MAP_CELLS];
};

/**
 * struct tsmc_map_source - what a map is made from
 * @ram: the guest's memory
 * @left_out: frames that stage one took for free
 * @split: of stage two
 * @dropped: missing pages that did not cross; NULL: none
 * @hints: of the suspended guest; NULL: none
 */
struct tsmc_map_source {
	const struct tsmc_pagemap *ram, *left_out;
	const struct tsmc_split *split;
	const struct tsmc_pagemap *dropped;
	const struct tsmc_hints *hints;
};

/* Makes a map, to be freed; NULL: no memory. */
struct tsmc_memory_map *tsmc_memory_map_new(const struct tsmc_map_source *source);

#endif /* TSMC_MEMORY_MAP_H */
