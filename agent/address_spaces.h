/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which missing pages are neighbours in the guest's address spaces: found in
 * the suspended guest's own page tables. No I/O but through a callback.
 */
#ifndef TSMC_ADDRESS_SPACES_H
#define TSMC_ADDRESS_SPACES_H

#include "frame_index.h"
#include "hint_reader.h"

/**
 * struct tsmc_address_spaces - the missing pages that some address space maps
 * @index: numbers the missing pages
 * @nr: of them, those that are mapped
 * @order: their gfns in virtual order: the address space of the greatest weight
 *	first, in it by address; a page that is mapped more than once is where it
 *	comes first
 * @place: where in @order a missing page is, by its number; TSMC_NO_PLACE: nowhere
 * @starts: places whose page is no neighbour of the one before it
 */
struct tsmc_address_spaces {
	struct tsmc_frame_index index;
	uint64_t nr;
	uint32_t *order;
	uint32_t *place;
	struct tsmc_pagemap starts;
};

#define TSMC_NO_PLACE UINT32_MAX

/*
 * Walks the page tables of these address spaces, at most TSMC_HINT_SPACES_MAX. The
 * universe of missing is what the guest's frames are. -ECANCELED when the read
 * callback says so; -EFBIG; -ENOMEM.
 */
int tsmc_address_spaces_read(const struct tsmc_hint_source *source,
			     const struct tsmc_hint_space *list, unsigned int nr_spaces,
			     const struct tsmc_pagemap *missing,
			     struct tsmc_address_spaces **spaces);
void tsmc_address_spaces_free(struct tsmc_address_spaces *spaces);
/* Place of a gfn in the virtual order; TSMC_NO_PLACE when it has none. spaces may be NULL. */
uint32_t tsmc_address_spaces_place(const struct tsmc_address_spaces *spaces, uint64_t gfn);

#endif /* TSMC_ADDRESS_SPACES_H */
