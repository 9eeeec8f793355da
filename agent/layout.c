// SPDX-License-Identifier: GPL-2.0-or-later
#include "layout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "frame_bound.h"

static bool is_special(const struct tsmc_layout *layout, uint64_t gfn)
{
	for (unsigned int i = 0; i < layout->nr_specials; i++) {
		if (layout->specials[i] == gfn)
			return true;
	}
	return false;
}

/* Adds one frame, which is above all frames before it. */
static int add_frame(struct tsmc_layout *layout, uint64_t gfn)
{
	struct tsmc_wire_range *last = layout->ranges + layout->nr_ranges - 1;

	if (layout->nr_ranges && last->first + last->count == gfn) {
		last->count++;
		return 0;
	}
	if (layout->nr_ranges == TSMC_WIRE_RANGES_MAX)
		return -E2BIG;
	layout->ranges[layout->nr_ranges++] = (struct tsmc_wire_range){ gfn, 1 };
	return 0;
}

/* Looks at a piece of the map; adds the frames with memory to the set. */
static int look_at(struct tsmc_xen *xen, uint32_t domid, uint64_t piece, struct tsmc_pagemap *memory)
{
	uint64_t first = piece * TSMC_BATCH_MAX, left = memory->nr_gfns - first;
	unsigned int count = left < TSMC_BATCH_MAX ? left : TSMC_BATCH_MAX;
	uint8_t populated[TSMC_BATCH_MAX];
	int rc = tsmc_domain_populated(xen, domid, first, count, populated);

	for (unsigned int i = 0; !rc && i < count; i++) {
		if (populated[i])
			tsmc_pagemap_set(memory, first + i);
	}
	return rc;
}

/*
 * Memory begins at the bottom, special frames lie at the top, and millions of frames without either
 * between them. A frame that has memory is one page of the domain's, so when as many are found as
 * it owns there are no more. Seen from both ends the gap is rarely looked at.
 */
static int find_memory(struct tsmc_xen *xen, uint32_t domid, uint64_t tot_pages, struct tsmc_pagemap *memory)
{
	uint64_t low = 0, high = (memory->nr_gfns + TSMC_BATCH_MAX - 1) / TSMC_BATCH_MAX;
	int rc = 0;

	while (!rc && low < high && memory->count < tot_pages) {
		rc = look_at(xen, domid, low++, memory);
		if (!rc && low < high)
			rc = look_at(xen, domid, --high, memory);
	}
	return rc;
}

static int scan_ranges(struct tsmc_xen *xen, uint32_t domid, struct tsmc_layout *layout)
{
	struct tsmc_pagemap memory = { 0 };
	struct tsmc_domain_info info;
	uint64_t nr_gfns;
	int rc;

	rc = tsmc_domain_info(xen, domid, &info);
	if (!rc)
		rc = tsmc_domain_nr_gfns(xen, domid, &nr_gfns);
	if (!rc && nr_gfns > tsmc_frame_bound(info.max_pages))
		rc = -EFBIG;
	if (!rc)
		rc = tsmc_pagemap_init(&memory, nr_gfns);
	if (!rc)
		rc = find_memory(xen, domid, info.tot_pages, &memory);
	for (uint64_t gfn = 0; !rc && (gfn = tsmc_pagemap_next(&memory, gfn)) < memory.nr_gfns; gfn++) {
		if (!is_special(layout, gfn))
			rc = add_frame(layout, gfn);
	}
	tsmc_pagemap_destroy(&memory);
	return rc;
}

static int fill_maps(struct tsmc_layout *layout)
{
	const struct tsmc_wire_range *last = &layout->ranges[layout->nr_ranges - 1];
	int rc;

	layout->top_gfn = last->first + last->count;
	for (unsigned int i = 0; i < layout->nr_specials; i++) {
		if (layout->specials[i] >= layout->top_gfn)
			layout->top_gfn = layout->specials[i] + 1;
	}
	rc = tsmc_pagemap_init(&layout->ram, layout->top_gfn);
	if (!rc)
		rc = tsmc_pagemap_init(&layout->special, layout->top_gfn);
	if (rc)
		return rc;
	for (unsigned int i = 0; i < layout->nr_ranges; i++) {
		for (uint64_t gfn = 0; gfn < layout->ranges[i].count; gfn++)
			tsmc_pagemap_set(&layout->ram, layout->ranges[i].first + gfn);
	}
	for (unsigned int i = 0; i < layout->nr_specials; i++)
		tsmc_pagemap_set(&layout->special, layout->specials[i]);
	return 0;
}

/**
 * tsmc_layout_scan - find out where a domain has memory
 * @xen: handles
 * @log: where troubles are told
 * @domid: the domain
 * @layout: filled in; tsmc_layout_destroy() frees, also after a failure
 *
 * Return: 0 or negative errno; logged. -E2BIG when memory is scattered over
 * more runs than the other host is told; -EFBIG when the guest has used frame numbers
 * far beyond its memory.
 */
int tsmc_layout_scan(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid,
		     struct tsmc_layout *layout)
{
	int rc;

	*layout = (struct tsmc_layout){ .nr_specials = TSMC_SPECIAL_MAX };
	rc = tsmc_domain_special_gfns(xen, domid, layout->specials, &layout->nr_specials);
	if (rc)
		return rc;
	layout->ranges = calloc(TSMC_WIRE_RANGES_MAX, sizeof(*layout->ranges));
	rc = layout->ranges ? scan_ranges(xen, domid, layout) : -ENOMEM;
	if (!rc && !layout->nr_ranges)
		rc = -ENODATA;
	if (!rc)
		rc = fill_maps(layout);
	if (rc == -E2BIG)
		tsmc_log(log, TSMC_LOG_ERROR,
			 "memory of domain %u is in more than %u pieces; balloon the guest back up first",
			 domid, TSMC_WIRE_RANGES_MAX);
	else if (rc == -EFBIG)
		tsmc_log(log, TSMC_LOG_ERROR,
			 "domain %u has used frame numbers far beyond its memory; it can be migrated after a reboot",
			 domid);
	else if (rc)
		tsmc_log(log, TSMC_LOG_ERROR, "cannot find the memory of domain %u: %s", domid, strerror(-rc));
	return rc;
}

/**
 * tsmc_layout_destroy - free a layout
 * @layout: zeroed or scanned
 */
void tsmc_layout_destroy(struct tsmc_layout *layout)
{
	free(layout->ranges);
	tsmc_pagemap_destroy(&layout->ram);
	tsmc_pagemap_destroy(&layout->special);
	*layout = (struct tsmc_layout){ 0 };
}
