// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A counted set of guest frames.
 *
 * Invariant: no bit at or beyond nr_gfns is ever set, so whole words can be
 * counted and searched without looking at the end of the universe.
 */
#include <errno.h>
#include <stdlib.h>

#include "pagemap.h"

#define WORD_BITS	64u

static uint64_t words_of(uint64_t nr_gfns)
{
	return nr_gfns / WORD_BITS + (nr_gfns % WORD_BITS != 0);
}

/**
 * tsmc_pagemap_init - make an empty set
 * @map: what to initialise; whatever it held is forgotten, not freed
 * @nr_gfns: universe: gfns 0 .. @nr_gfns - 1 can be members
 *
 * Uses one bit per gfn of the universe.
 *
 * Return: 0; -ENOMEM, and then @map is zeroed and may be destroyed.
 */
int tsmc_pagemap_init(struct tsmc_pagemap *map, uint64_t nr_gfns)
{
	uint64_t nr_words = words_of(nr_gfns);

	*map = (struct tsmc_pagemap){ 0 };
	if (nr_words > SIZE_MAX / sizeof(*map->words))
		return -ENOMEM;
	/* One word at least: an empty universe is not an error. */
	map->words = calloc(nr_words ? nr_words : 1, sizeof(*map->words));
	if (!map->words)
		return -ENOMEM;
	map->nr_gfns = nr_gfns;
	return 0;
}

/**
 * tsmc_pagemap_over - use memory of the caller
 * @map: what to initialise
 * @words: a bit per gfn, (@nr_gfns + 63) / 64 words; bits beyond @nr_gfns are cleared
 * @nr_gfns: universe
 *
 * What is changed by way of @map is changed there. It is not to be destroyed.
 */
void tsmc_pagemap_over(struct tsmc_pagemap *map, uint64_t *words, uint64_t nr_gfns)
{
	*map = (struct tsmc_pagemap){ .nr_gfns = nr_gfns, .words = words };
	if (nr_gfns % WORD_BITS)
		words[nr_gfns / WORD_BITS] &= ~(~0ULL << nr_gfns % WORD_BITS);
	for (uint64_t i = 0; i < words_of(nr_gfns); i++)
		map->count += __builtin_popcountll(words[i]);
}

/**
 * tsmc_pagemap_destroy - free what a set holds
 * @map: initialised or zeroed; zeroed afterwards
 */
void tsmc_pagemap_destroy(struct tsmc_pagemap *map)
{
	free(map->words);
	*map = (struct tsmc_pagemap){ 0 };
}

/**
 * tsmc_pagemap_test - is a gfn in the set?
 * @map: the set
 * @gfn: any number
 *
 * Return: true for a member; false for others, those beyond the universe too.
 */
bool tsmc_pagemap_test(const struct tsmc_pagemap *map, uint64_t gfn)
{
	if (gfn >= map->nr_gfns)
		return false;
	return map->words[gfn / WORD_BITS] >> (gfn % WORD_BITS) & 1;
}

/**
 * tsmc_pagemap_set - add a gfn
 * @map: the set
 * @gfn: any number; one beyond the universe is not added
 *
 * Return: true when @gfn was added, false when the set is as before.
 */
bool tsmc_pagemap_set(struct tsmc_pagemap *map, uint64_t gfn)
{
	if (gfn >= map->nr_gfns || tsmc_pagemap_test(map, gfn))
		return false;
	map->words[gfn / WORD_BITS] |= 1ULL << (gfn % WORD_BITS);
	map->count++;
	return true;
}

/**
 * tsmc_pagemap_clear - remove a gfn
 * @map: the set
 * @gfn: any number
 *
 * Return: true when @gfn was removed, false when the set is as before.
 */
bool tsmc_pagemap_clear(struct tsmc_pagemap *map, uint64_t gfn)
{
	if (!tsmc_pagemap_test(map, gfn))
		return false;
	map->words[gfn / WORD_BITS] &= ~(1ULL << (gfn % WORD_BITS));
	map->count--;
	return true;
}

/**
 * tsmc_pagemap_next - find the next member
 * @map: the set
 * @from: where to begin, itself included
 *
 * Takes a step per 64 gfns without a member.
 *
 * Return: the lowest member that is not below @from; nr_gfns of @map without one.
 */
uint64_t tsmc_pagemap_next(const struct tsmc_pagemap *map, uint64_t from)
{
	uint64_t nr_words = words_of(map->nr_gfns);
	uint64_t index = from / WORD_BITS;
	uint64_t word;

	if (from >= map->nr_gfns)
		return map->nr_gfns;
	word = map->words[index] & ~0ULL << (from % WORD_BITS);
	while (!word) {
		if (++index == nr_words)
			return map->nr_gfns;
		word = map->words[index];
	}
	return index * WORD_BITS + (uint64_t)__builtin_ctzll(word);
}

/**
 * tsmc_pagemap_take - list members in ascending order
 * @map: the set; it is not changed
 * @from: where to begin, itself included; moved behind the last gfn listed,
 *	left alone when there is none
 * @gfns: room for @max gfns
 * @max: most gfns to list
 *
 * Return: gfns listed; fewer than @max means that there are no more.
 */
unsigned int tsmc_pagemap_take(const struct tsmc_pagemap *map, uint64_t *from,
			       uint64_t *gfns, unsigned int max)
{
	unsigned int taken;

	for (taken = 0; taken < max; taken++) {
		uint64_t gfn = tsmc_pagemap_next(map, *from);

		if (gfn >= map->nr_gfns)
			break;
		gfns[taken] = gfn;
		*from = gfn + 1;
	}
	return taken;
}

/**
 * tsmc_pagemap_take_except - list members that are not in another set
 * @map: the set; it is not changed
 * @except: the other one
 * @from: where to begin; moved behind the last member of @map looked at
 * @gfns: room for @max gfns
 * @max: most gfns to list
 *
 * Return: gfns listed; fewer than @max means that there are no more.
 */
unsigned int tsmc_pagemap_take_except(const struct tsmc_pagemap *map, const struct tsmc_pagemap *except,
				      uint64_t *from, uint64_t *gfns, unsigned int max)
{
	unsigned int taken = 0;

	while (taken < max && tsmc_pagemap_take(map, from, &gfns[taken], 1))
		taken += !tsmc_pagemap_test(except, gfns[taken]);
	return taken;
}

/* Do all set bits lie inside the universe? The caller checked the alignment. */
static bool bits_fit(const struct tsmc_pagemap *map, uint64_t first, uint64_t nr_words,
		     const uint64_t *bits)
{
	/* Counted in whole words from first: nothing here can overflow. */
	uint64_t room = first < map->nr_gfns ? map->nr_gfns - first : 0;
	uint64_t inside = room / WORD_BITS;

	for (uint64_t i = inside; i < nr_words; i++) {
		uint64_t word = bits[i];

		if (i == inside)
			word &= ~0ULL << (room % WORD_BITS);
		if (word)
			return false;
	}
	return true;
}

/**
 * tsmc_pagemap_merge - add the members of a piece of bitmap
 * @map: the set
 * @first: gfn of the first bit; a multiple of 64
 * @nr_bits: length of the piece; a multiple of 64
 * @bits: bit i % 64 of word i / 64 is gfn @first + i, in the host's byte order
 *
 * Clear bits may lie beyond the universe (the last word often does).
 *
 * Return: 0; -EINVAL when @first or @nr_bits is not a multiple of 64; -ERANGE
 * when a set bit is beyond the universe. After an error nothing was added.
 */
int tsmc_pagemap_merge(struct tsmc_pagemap *map, uint64_t first, uint64_t nr_bits,
		       const uint64_t *bits)
{
	uint64_t nr_words = nr_bits / WORD_BITS;
	uint64_t limit = words_of(map->nr_gfns);
	uint64_t start = first / WORD_BITS;

	if (first % WORD_BITS || nr_bits % WORD_BITS)
		return -EINVAL;
	if (!bits_fit(map, first, nr_words, bits))
		return -ERANGE;
	for (uint64_t i = 0; i < nr_words && start + i < limit; i++) {
		uint64_t fresh = bits[i] & ~map->words[start + i];

		map->words[start + i] |= fresh;
		map->count += (uint64_t)__builtin_popcountll(fresh);
	}
	return 0;
}
