/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When each page was last seen dirty, from several looks at log-dirty.
 */
#ifndef TSMC_DIRTY_HISTORY_H
#define TSMC_DIRTY_HISTORY_H

#include "pagemap.h"

/**
 * struct tsmc_dirty_history - zeroed or initialised
 * @dirty: every frame that was dirty in any look
 * @stamps: by gfn, number of the last look that saw it dirty; 0: none
 * @looks: so far
 */
struct tsmc_dirty_history {
	struct tsmc_pagemap dirty;
	uint8_t *stamps;
	uint8_t looks;
};

int tsmc_dirty_history_init(struct tsmc_dirty_history *history, uint64_t nr_gfns);
/* Adds one look: a bitmap of log-dirty over the universe, as far as it is RAM. */
void tsmc_dirty_history_add(struct tsmc_dirty_history *history, const uint64_t *bitmap,
			    const struct tsmc_pagemap *ram);
void tsmc_dirty_history_destroy(struct tsmc_dirty_history *history);

#endif /* TSMC_DIRTY_HISTORY_H */
