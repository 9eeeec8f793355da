// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The orders in which stage three can push.
 *
 * All are counting sorts that keep what is equal in its sequence, one for each
 * part of the key, the least part first: linear in the number of pages.
 */
#include "push_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "linux/tsmc_hint.h"

enum { RANK_ANON, RANK_SHMEM, RANK_FILE, RANK_OTHER, NR_CLASS_RANKS };

#define NR_HEATS	(TSMC_HINT_HEAT_MAX + 1u)
#define NR_KEYS		256u

/**
 * tsmc_order_name - name of an order, for options and reports
 * @order: enum tsmc_order
 *
 * Return: a constant string in lower case; "invalid" for a number that is no order.
 */
const char *tsmc_order_name(enum tsmc_order order)
{
	static const char *const names[TSMC_ORDER_NR] = {
		[TSMC_ORDER_HINTS]	= "hints",
		[TSMC_ORDER_ADDRESS]	= "address",
		[TSMC_ORDER_RANDOM]	= "random",
		[TSMC_ORDER_RECENCY]	= "recency",
	};

	return (unsigned int)order < TSMC_ORDER_NR ? names[order] : "invalid";
}

/**
 * tsmc_order_is_residue - does a page come last because the guest's disk has it, too?
 * @params: what orders the pages
 * @gfn: any number
 *
 * Return: false of all pages in any order but hints.
 */
bool tsmc_order_is_residue(const struct tsmc_order_params *params, uint64_t gfn)
{
	return params->order == TSMC_ORDER_HINTS &&
	       tsmc_hints_class(params->hints, gfn) == TSMC_CLASS_CACHE;
}

static unsigned int class_rank(unsigned int class)
{
	switch (class) {
	case TSMC_CLASS_ANON:
		return RANK_ANON;
	case TSMC_CLASS_SHMEM:
		return RANK_SHMEM;
	case TSMC_CLASS_FILE:
		return RANK_FILE;
	default:
		return RANK_OTHER;
	}
}

/* Keys of a page, less first; below NR_KEYS. */
typedef unsigned int key_fn(const struct tsmc_order_params *params, uint64_t gfn);

static unsigned int heat_key(const struct tsmc_order_params *params, uint64_t gfn)
{
	unsigned int coldness = TSMC_HINT_HEAT_MAX - tsmc_hints_heat(params->hints, gfn);

	return (tsmc_order_is_residue(params, gfn) ? NR_HEATS * NR_CLASS_RANKS : 0) +
	       coldness * NR_CLASS_RANKS + class_rank(tsmc_hints_class(params->hints, gfn));
}

static unsigned int stamp_key(const struct tsmc_order_params *params, uint64_t gfn)
{
	return params->stamps ? UINT8_MAX - params->stamps[gfn] : 0;
}

static void sort(const struct tsmc_order_params *params, key_fn *key, const uint32_t *from,
		 uint64_t nr, uint32_t *to)
{
	uint64_t fill[NR_KEYS + 1] = { 0 };

	for (uint64_t i = 0; i < nr; i++)
		fill[key(params, from[i]) + 1]++;
	for (unsigned int i = 0; i < NR_KEYS; i++)
		fill[i + 1] += fill[i];
	for (uint64_t i = 0; i < nr; i++)
		to[fill[key(params, from[i])]++] = from[i];
}

/* Lists the missing pages that have no place in spaces, which may be NULL, by address. */
static uint64_t list_others(const struct tsmc_order_params *params,
			    const struct tsmc_address_spaces *spaces, uint32_t *gfns)
{
	const struct tsmc_pagemap *missing = params->missing;
	uint64_t number = 0, nr = 0;

	for (uint64_t gfn = tsmc_pagemap_next(missing, 0); gfn < missing->nr_gfns;
	     gfn = tsmc_pagemap_next(missing, gfn + 1), number++)
		if (!spaces || spaces->place[number] == TSMC_NO_PLACE)
			gfns[nr++] = (uint32_t)gfn;
	return nr;
}

/* xorshift64* of Vigna (2016); the state must not be zero. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* Fisher and Yates' shuffle. */
static void shuffle(uint32_t *gfns, uint64_t nr, uint64_t seed)
{
	uint64_t state = seed ? seed : 1;

	for (uint64_t i = nr; i > 1; i--) {
		/* The upper half of the number, scaled to 0 .. i - 1; i is at most 2^32. */
		uint64_t other = (next_random(&state) >> 32) * i >> 32;
		uint32_t gfn = gfns[i - 1];

		gfns[i - 1] = gfns[other];
		gfns[other] = gfn;
	}
}

/* Virtual order, then the pages without one by stamp, all that sorted by heat. */
static void order_by_hints(const struct tsmc_order_params *params, uint32_t *scratch, uint32_t *gfns)
{
	uint64_t mapped = params->spaces ? params->spaces->nr : 0;
	uint64_t others = list_others(params, params->spaces, gfns);

	sort(params, stamp_key, gfns, others, scratch + mapped);
	if (mapped)
		memcpy(scratch, params->spaces->order, mapped * sizeof(*scratch));
	sort(params, heat_key, scratch, mapped + others, gfns);
}

static void order_by_stamp(const struct tsmc_order_params *params, uint32_t *scratch, uint32_t *gfns)
{
	sort(params, stamp_key, scratch, list_others(params, NULL, scratch), gfns);
}

/**
 * tsmc_push_order - order the missing pages
 * @params: what orders them; a universe of at most 2^32 gfns
 * @gfns: room for all of them
 *
 * hints: what the guest's disk has, too, last; before and among these: heat, hottest
 * first, so that what can be discarded (heat 0) comes last; of equal heat anon, shmem, file, others; of these the mapped pages in
 * virtual order (spaces), then the rest by stamp, latest first, and by address.
 * recency: by stamp, latest first, and by address. random: each seed gives
 * another sequence, and the same one each time.
 *
 * Return: 0; -EINVAL when the spaces were found for another set; -ENOMEM.
 */
int tsmc_push_order(const struct tsmc_order_params *params, uint32_t *gfns)
{
	uint64_t nr = params->missing->count;
	uint32_t *scratch;

	if (params->spaces && !tsmc_frame_index_same(&params->spaces->index, params->missing))
		return -EINVAL;
	scratch = malloc((nr ? nr : 1) * sizeof(*scratch));
	if (!scratch)
		return -ENOMEM;
	switch (params->order) {
	case TSMC_ORDER_HINTS:
		order_by_hints(params, scratch, gfns);
		break;
	case TSMC_ORDER_RECENCY:
		order_by_stamp(params, scratch, gfns);
		break;
	case TSMC_ORDER_RANDOM:
		list_others(params, NULL, gfns);
		shuffle(gfns, nr, params->seed);
		break;
	default:
		list_others(params, NULL, gfns);
	}
	free(scratch);
	return 0;
}
