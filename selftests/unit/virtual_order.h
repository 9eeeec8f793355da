/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address spaces that a test lays out by hand.
 */
#ifndef TSMC_VIRTUAL_ORDER_H
#define TSMC_VIRTUAL_ORDER_H

#include <stdlib.h>

#include "address_spaces.h"
#include "unit.h"

/* An order of missing pages, in which nothing has a place yet. */
static inline struct tsmc_address_spaces *virtual_new(const struct tsmc_pagemap *missing)
{
	struct tsmc_address_spaces *spaces = calloc(1, sizeof(*spaces));

	EXPECT(!tsmc_frame_index_init(&spaces->index, missing));
	EXPECT(!tsmc_pagemap_init(&spaces->starts, missing->count));
	spaces->order = calloc(missing->count + 1, sizeof(*spaces->order));
	spaces->place = malloc((missing->count + 1) * sizeof(*spaces->place));
	for (uint64_t i = 0; i < missing->count; i++)
		spaces->place[i] = TSMC_NO_PLACE;
	return spaces;
}

/* Gives a missing page the next place; false when it has one. */
static inline bool virtual_add(struct tsmc_address_spaces *spaces, uint64_t gfn, bool start)
{
	uint64_t number = tsmc_frame_index_number(&spaces->index, gfn);

	EXPECT(number != UINT64_MAX);
	if (spaces->place[number] != TSMC_NO_PLACE)
		return false;
	if (start || !spaces->nr)
		tsmc_pagemap_set(&spaces->starts, spaces->nr);
	spaces->place[number] = spaces->nr;
	spaces->order[spaces->nr++] = gfn;
	return true;
}

#endif /* TSMC_VIRTUAL_ORDER_H */
