// SPDX-License-Identifier: GPL-2.0-or-later
#include "dirty_history.h"

#include <errno.h>
#include <stdlib.h>

/**
 * tsmc_dirty_history_init - nothing was seen dirty yet
 * @history: to set up; tsmc_dirty_history_destroy() frees, also after a failure
 * @nr_gfns: frames looked at
 *
 * Return: 0 or -ENOMEM.
 */
int tsmc_dirty_history_init(struct tsmc_dirty_history *history, uint64_t nr_gfns)
{
	*history = (struct tsmc_dirty_history){ 0 };
	history->stamps = calloc(nr_gfns ? nr_gfns : 1, sizeof(*history->stamps));
	return history->stamps ? tsmc_pagemap_init(&history->dirty, nr_gfns) : -ENOMEM;
}

/**
 * tsmc_dirty_history_add - take one look at log-dirty in
 * @history: initialised
 * @bitmap: bit g % 64 of word g / 64 is frame g, for all frames
 * @ram: other frames are passed over
 *
 * The set of dirty frames only ever grows: what was cleaned in Xen is kept here.
 * Looks beyond the 255th share its number.
 */
void tsmc_dirty_history_add(struct tsmc_dirty_history *history, const uint64_t *bitmap,
			    const struct tsmc_pagemap *ram)
{
	uint64_t nr_gfns = history->dirty.nr_gfns;

	if (history->looks < UINT8_MAX)
		history->looks++;
	for (uint64_t word = 0; word < (nr_gfns + 63) / 64; word++) {
		for (uint64_t bits = bitmap[word] & ram->words[word]; bits; bits &= bits - 1) {
			uint64_t gfn = word * 64 + (uint64_t)__builtin_ctzll(bits);

			tsmc_pagemap_set(&history->dirty, gfn);
			history->stamps[gfn] = history->looks;
		}
	}
}

/**
 * tsmc_dirty_history_destroy - free a history
 * @history: zeroed or initialised
 */
void tsmc_dirty_history_destroy(struct tsmc_dirty_history *history)
{
	tsmc_pagemap_destroy(&history->dirty);
	free(history->stamps);
	*history = (struct tsmc_dirty_history){ 0 };
}
