/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much memory an agent needs at most. Does no I/O.
 */
#ifndef TSMC_MEMORY_BOUND_H
#define TSMC_MEMORY_BOUND_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of `migrate`, for frame numbers below nr_gfns and so many pages of memory. */
uint64_t tsmc_memory_bound_source(uint64_t nr_gfns, uint64_t pages, bool verify);
/* Of `receive`; before it knows of any frame with nr_gfns of 0. */
uint64_t tsmc_memory_bound_target(uint64_t nr_gfns);
/* Of `estimate`. */
uint64_t tsmc_memory_bound_watch(uint64_t nr_gfns);

#endif /* TSMC_MEMORY_BOUND_H */
