/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a domain has memory.
 */
#ifndef TSMC_LAYOUT_H
#define TSMC_LAYOUT_H

#include "pagemap.h"
#include "wire_format.h"
#include "xen_glue.h"

/**
 * struct tsmc_layout - the frames of a domain
 * @top_gfn: highest frame with memory + 1
 * @ranges: runs of memory, ascending, without the special frames
 * @nr_ranges: runs
 * @specials: frames that the toolstack makes anew at the target
 * @nr_specials: entries of @specials
 * @ram: the frames of @ranges
 * @special: the frames of @specials
 */
struct tsmc_layout {
	uint64_t top_gfn;
	struct tsmc_wire_range *ranges;
	unsigned int nr_ranges;
	uint64_t specials[TSMC_SPECIAL_MAX];
	unsigned int nr_specials;
	struct tsmc_pagemap ram;
	struct tsmc_pagemap special;
};

int tsmc_layout_scan(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid,
		     struct tsmc_layout *layout);
void tsmc_layout_destroy(struct tsmc_layout *layout);

#endif /* TSMC_LAYOUT_H */
