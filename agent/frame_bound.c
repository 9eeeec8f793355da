// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame_bound.h"

/* 16 GiB: the hole for devices below 4 GiB, and where a small guest's frames were parked once. */
#define SPREAD_LEAST	(1ULL << 22)
/* Gaps, and above all memory where it was parked. */
#define SPREAD		4u

/**
 * tsmc_frame_bound - bound of sensible frame numbers
 * @max_pages: pages that the toolstack lets the guest own
 *
 * The agent keeps some bytes for each frame number below the highest one. A guest can
 * put a page of its memory at any number, and a peer can name any number: without a
 * bound one page would have Dom0 keep gigabytes.
 *
 * An honest guest's memory and its copy where missing pages are parked reach less than
 * half as far.
 *
 * Return: the lowest number that makes no sense.
 */
uint64_t tsmc_frame_bound(uint64_t max_pages)
{
	if (max_pages > (UINT64_MAX - SPREAD_LEAST) / SPREAD)
		return UINT64_MAX;
	return SPREAD_LEAST + SPREAD * max_pages;
}
