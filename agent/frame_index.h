/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers the members of a fixed set of guest frames, so that something can be
 * kept for each of them in an array without gaps. Does no I/O and takes no lock.
 */
#ifndef TSMC_FRAME_INDEX_H
#define TSMC_FRAME_INDEX_H

#include "pagemap.h"

/**
 * struct tsmc_frame_index - a set whose members are numbered in ascending order
 * @frames: the set
 * @before: members below each 512th gfn
 */
struct tsmc_frame_index {
	struct tsmc_pagemap frames;
	uint32_t *before;
};

/* Copies the set. -EFBIG beyond 2^32 gfns; -ENOMEM. */
int tsmc_frame_index_init(struct tsmc_frame_index *index, const struct tsmc_pagemap *frames);
void tsmc_frame_index_destroy(struct tsmc_frame_index *index);	/* zeroed or inited */
/* Number of a member: 0 .. count - 1; UINT64_MAX when it is none. */
uint64_t tsmc_frame_index_number(const struct tsmc_frame_index *index, uint64_t gfn);
bool tsmc_frame_index_same(const struct tsmc_frame_index *index, const struct tsmc_pagemap *frames);

#endif /* TSMC_FRAME_INDEX_H */
