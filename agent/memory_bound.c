// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is kept of each frame number, and of each page, is counted here. Mappings of the guest's
 * memory are none of the agent's.
 *
 * Source, bytes for each frame number:
 *
 *	where there is memory, and special frames		1/4
 *	log-dirty's bitmap, what it has told, stamps		1 1/4
 *	frames that stage one left out, or will be missing	1/4
 *	with --json, missing frames that the guest dropped	1/8
 *	the hint table, and the one before while it is read	2
 *	the split of stage two, and what it is made from	1/2
 *	two planners: what is left, an index, residue		3/4
 *	what is left, to tell the target			1/8
 *	neighbours: an index, what was walked, tables to walk	1 1/2
 *
 * That is 6 3/4. --verify keeps a digest of 16 bytes, and what is granted, and zero. For each
 * page, if all of them are missing: order and rank in two planners 16, the order while it is
 * sorted 4, neighbours 8 1/8.
 *
 * Target, for each frame number: where it is mapped 4; whether it is parked, missing in stage two and
 * in three, asked for, arrived, residue, dropped and not told 7/8.
 *
 * An estimate, for each frame number: when it was first written 2, hint tables 2, maps as above 3/4.
 */
#include "memory_bound.h"

/*
 * libxl with a configuration of TSMC_WIRE_JSON_MAX, records of both channels, batches of pages and what
 * codecs need to pack them, tables of ranges and grants: a few MiB for an honest guest. What was done when, for
 * the report and for who looks on: 64 KiB. The map of memory comes when the bound does not hold any more: 192 KiB.
 */
#define FIXED		(64ULL << 20)

#define SOURCE_GFN	8
#define SOURCE_VERIFY	17
#define SOURCE_PAGE	32
#define TARGET_GFN	5
#define WATCH_GFN	5

/**
 * tsmc_memory_bound_source - what `migrate` has allocated at most
 * @nr_gfns: bound of frame numbers, at most tsmc_frame_bound()
 * @pages: of memory that the guest has
 * @verify: with --verify
 *
 * Return: bytes.
 */
uint64_t tsmc_memory_bound_source(uint64_t nr_gfns, uint64_t pages, bool verify)
{
	return FIXED + nr_gfns * (SOURCE_GFN + (verify ? SOURCE_VERIFY : 0)) + pages * SOURCE_PAGE;
}

/**
 * tsmc_memory_bound_target - what `receive` has allocated at most
 * @nr_gfns: bound of frame numbers, at most tsmc_frame_bound(); 0: not told yet
 *
 * Return: bytes.
 */
uint64_t tsmc_memory_bound_target(uint64_t nr_gfns)
{
	return FIXED + nr_gfns * TARGET_GFN;
}

/**
 * tsmc_memory_bound_watch - what `estimate` has allocated at most
 * @nr_gfns: bound of frame numbers, at most tsmc_frame_bound()
 *
 * Return: bytes.
 */
uint64_t tsmc_memory_bound_watch(uint64_t nr_gfns)
{
	return FIXED + nr_gfns * WATCH_GFN;
}
