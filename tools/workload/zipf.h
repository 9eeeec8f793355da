/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Skewed choice: a hot part that gets nearly everything, in it some items more
 * often than others, and a few strays elsewhere.
 *
 * A zipf law over all items has no border between hot and cold, so nobody
 * could say which are the hot ones; here the law holds inside the hot part.
 */
#ifndef TSMC_WORKLOAD_ZIPF_H
#define TSMC_WORKLOAD_ZIPF_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct tsmc_zipf - a skewed choice among ranks
 * @ranks: all; 0 is the hottest
 * @hot: so many first ones are the hot part
 * @stray: one in so many choices is among all ranks alike; 0: none is
 * @below: private: chance, of 2^32, of a rank of the hot part or any before it
 */
struct tsmc_zipf {
	size_t ranks;
	size_t hot;
	uint32_t stray;
	uint32_t *below;
};

void tsmc_zipf_init(struct tsmc_zipf *z, double skew);
size_t tsmc_zipf_choose(const struct tsmc_zipf *z, uint64_t random);
uint32_t *tsmc_permutation(size_t count, uint64_t seed);
double tsmc_parse_skew(const char *arg);

#endif
