// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A seeded choice by a zipf law, and seeded permutations.
 */
#include <math.h>
#include <stdlib.h>

#include "pattern.h"
#include "report.h"
#include "zipf.h"

static void *allocate(size_t count, size_t size)
{
	void *p = calloc(count, size);

	if (!p)
		tsmc_die("no memory for %zu items", count);
	return p;
}

/**
 * tsmc_parse_skew - read the exponent of a zipf law
 * @arg: its text
 *
 * Return: a number from 0 to 5; does not return when @arg is none.
 */
double tsmc_parse_skew(const char *arg)
{
	char *end;
	double skew = strtod(arg, &end);

	if (end == arg || *end || !(skew >= 0 && skew <= 5))
		tsmc_die("--skew %s: expected a number from 0 to 5", arg);
	return skew;
}

/**
 * tsmc_zipf_init - prepare a choice
 * @z: with @ranks, @hot (at least 1) and @stray set
 * @skew: exponent of the law
 */
void tsmc_zipf_init(struct tsmc_zipf *z, double skew)
{
	double all = 0, sum = 0;
	size_t rank;

	z->below = allocate(z->hot, sizeof(*z->below));
	for (rank = 0; rank < z->hot; rank++)
		all += pow(rank + 1, -skew);
	for (rank = 0; rank < z->hot; rank++) {
		sum += pow(rank + 1, -skew);
		z->below[rank] = sum / all * UINT32_MAX;
	}
	z->below[z->hot - 1] = UINT32_MAX;
}

/**
 * tsmc_zipf_choose - choose a rank
 * @z: the choice
 * @random: 64 random bits
 *
 * Return: the rank.
 */
size_t tsmc_zipf_choose(const struct tsmc_zipf *z, uint64_t random)
{
	uint32_t key = random;
	size_t low = 0, high = z->hot - 1;

	if (z->stray && (random >> 32) % z->stray == 0)
		return tsmc_mix64(random) % z->ranks;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (z->below[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/**
 * tsmc_permutation - the numbers from 0 in a random order
 * @count: how many
 * @seed: of the order
 *
 * Return: an array to be freed by the caller.
 */
uint32_t *tsmc_permutation(size_t count, uint64_t seed)
{
	uint32_t *order = allocate(count, sizeof(*order));
	size_t i, j;

	for (i = 0; i < count; i++) {
		j = tsmc_random(&seed) % (i + 1);
		order[i] = order[j];
		order[j] = i;
	}
	return order;
}
