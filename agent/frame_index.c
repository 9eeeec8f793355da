// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers the members of a fixed set of guest frames.
 *
 * The number of a member is how many are below it: those below its group of 512
 * gfns, which are counted once, and those in the group, which fit eight words.
 *
 * Memory: 1 bit and 1/16 bit per gfn of the universe.
 */
#include "frame_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORD_BITS	64u
#define GROUP_WORDS	8u

static uint64_t nr_words(const struct tsmc_pagemap *map)
{
	return map->nr_gfns / WORD_BITS + (map->nr_gfns % WORD_BITS != 0);
}

static void count_groups(struct tsmc_frame_index *index)
{
	uint64_t words = nr_words(&index->frames), count = 0;

	for (uint64_t i = 0; i < words; i++) {
		if (i % GROUP_WORDS == 0)
			index->before[i / GROUP_WORDS] = (uint32_t)count;
		count += (uint64_t)__builtin_popcountll(index->frames.words[i]);
	}
}

/**
 * tsmc_frame_index_init - number the members of a set
 * @index: result, to be destroyed; zeroed after an error
 * @frames: the set; copied
 *
 * Return: 0; -EFBIG when the universe has more than 2^32 gfns (16 TiB); -ENOMEM.
 */
int tsmc_frame_index_init(struct tsmc_frame_index *index, const struct tsmc_pagemap *frames)
{
	*index = (struct tsmc_frame_index){ 0 };
	/* Numbers are kept in 32 bits. */
	if (frames->nr_gfns > 1ULL << 32)
		return -EFBIG;
	index->before = calloc(nr_words(frames) / GROUP_WORDS + 1, sizeof(*index->before));
	if (!index->before || tsmc_pagemap_init(&index->frames, frames->nr_gfns)) {
		tsmc_frame_index_destroy(index);
		return -ENOMEM;
	}
	memcpy(index->frames.words, frames->words, nr_words(frames) * sizeof(uint64_t));
	index->frames.count = frames->count;
	count_groups(index);
	return 0;
}

/**
 * tsmc_frame_index_destroy - free what an index holds
 * @index: initialised or zeroed; zeroed afterwards
 */
void tsmc_frame_index_destroy(struct tsmc_frame_index *index)
{
	tsmc_pagemap_destroy(&index->frames);
	free(index->before);
	*index = (struct tsmc_frame_index){ 0 };
}

/**
 * tsmc_frame_index_number - the number of a frame
 * @index: the index
 * @gfn: any number
 *
 * At most eight steps.
 *
 * Return: how many members are below @gfn when it is one itself; else UINT64_MAX.
 */
uint64_t tsmc_frame_index_number(const struct tsmc_frame_index *index, uint64_t gfn)
{
	uint64_t word = gfn / WORD_BITS, number;

	if (!tsmc_pagemap_test(&index->frames, gfn))
		return UINT64_MAX;
	number = index->before[word / GROUP_WORDS];
	for (uint64_t i = word / GROUP_WORDS * GROUP_WORDS; i < word; i++)
		number += (uint64_t)__builtin_popcountll(index->frames.words[i]);
	return number + (uint64_t)__builtin_popcountll(index->frames.words[word] &
						       ((1ULL << gfn % WORD_BITS) - 1));
}

/**
 * tsmc_frame_index_same - does an index number this set?
 * @index: the index
 * @frames: a set
 *
 * Return: true when the members are the same, and the universe too.
 */
bool tsmc_frame_index_same(const struct tsmc_frame_index *index, const struct tsmc_pagemap *frames)
{
	return index->frames.nr_gfns == frames->nr_gfns && index->frames.count == frames->count &&
	       !memcmp(index->frames.words, frames->words, nr_words(frames) * sizeof(uint64_t));
}
