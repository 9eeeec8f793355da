/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The split of stage two: what is missing at the suspend is what cannot wait
 * and what may be a hole. Does no I/O and takes no lock.
 */
#ifndef TSMC_SPLIT_H
#define TSMC_SPLIT_H

#include "hints.h"
#include "pagemap.h"

/**
 * struct tsmc_split - what stage two does with each page that is not yet right at the target
 * @send: cannot wait: crosses in stage two
 * @zero: free at the suspend, may have an older copy at the target: becomes a zero page
 * @missing: may wait: a hole at the resume, crosses in stage three; some of @zero too,
 *	which are a hole at the target already
 */
struct tsmc_split {
	struct tsmc_pagemap send;
	struct tsmc_pagemap zero;
	struct tsmc_pagemap missing;
};

/**
 * tsmc_plan_split - sort the pages of the switchover
 * @dirty: dirty at the suspend; the authority
 * @left_out: pages that stage one replaced by zero on a scan's word (free then); NULL: none
 * @parked: pages that the target has made holes of; NULL: none
 * @skip: special frames, never copied
 * @hints: settled table of the suspended guest, or NULL: everything is sent in stage two
 * @split: result; its maps are initialised here
 *
 * dirty and free -> zero, and missing if parked; dirty and may wait -> missing; other
 * dirty -> send.
 * left_out, not dirty: free -> nothing (it is zero there); may wait -> missing; else send.
 */
int tsmc_plan_split(const struct tsmc_pagemap *dirty, const struct tsmc_pagemap *left_out,
		    const struct tsmc_pagemap *parked, const struct tsmc_pagemap *skip,
		    const struct tsmc_hints *hints, struct tsmc_split *split);
void tsmc_split_destroy(struct tsmc_split *split);

#endif /* TSMC_SPLIT_H */
