/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a guest may spread its frame numbers.
 */
#ifndef TSMC_FRAME_BOUND_H
#define TSMC_FRAME_BOUND_H

#include <stdint.h>

/* Frame numbers below this are sensible for a guest that may own so many pages. */
uint64_t tsmc_frame_bound(uint64_t max_pages);

#endif /* TSMC_FRAME_BOUND_H */
