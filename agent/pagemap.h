/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A counted set of guest frames. Does no I/O and takes no lock.
 */
#ifndef TSMC_PAGEMAP_H
#define TSMC_PAGEMAP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct tsmc_pagemap - a set of gfns in [0, @nr_gfns)
 * @nr_gfns: universe
 * @count: members
 * @words: bit g % 64 of word g / 64 is gfn g
 */
struct tsmc_pagemap {
	uint64_t nr_gfns;
	uint64_t count;
	uint64_t *words;
};

int tsmc_pagemap_init(struct tsmc_pagemap *map, uint64_t nr_gfns);	/* empty; -ENOMEM */
/* A set in memory of the caller, with the members that it has there; it is not to be destroyed. */
void tsmc_pagemap_over(struct tsmc_pagemap *map, uint64_t *words, uint64_t nr_gfns);
void tsmc_pagemap_destroy(struct tsmc_pagemap *map);			/* zeroed or inited */
bool tsmc_pagemap_test(const struct tsmc_pagemap *map, uint64_t gfn);	/* false beyond the universe */
bool tsmc_pagemap_set(struct tsmc_pagemap *map, uint64_t gfn);		/* true when it was new */
bool tsmc_pagemap_clear(struct tsmc_pagemap *map, uint64_t gfn);	/* true when it was there */
/* First member at or after from, or nr_gfns. */
uint64_t tsmc_pagemap_next(const struct tsmc_pagemap *map, uint64_t from);
/* Next members at or after *from, at most max; moves *from behind the last one taken. */
unsigned int tsmc_pagemap_take(const struct tsmc_pagemap *map, uint64_t *from,
			       uint64_t *gfns, unsigned int max);
/* Likewise, those that except does not hold. */
unsigned int tsmc_pagemap_take_except(const struct tsmc_pagemap *map, const struct tsmc_pagemap *except,
				      uint64_t *from, uint64_t *gfns, unsigned int max);
/* Adds all bits of nr_bits (multiple of 64) from first (multiple of 64); bits beyond the universe: -ERANGE, nothing added. */
int tsmc_pagemap_merge(struct tsmc_pagemap *map, uint64_t first, uint64_t nr_bits, const uint64_t *bits);

#endif /* TSMC_PAGEMAP_H */
