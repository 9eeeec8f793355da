/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the target knows of the residue: see Documentation/residue.md. Does no I/O.
 */
#ifndef TSMC_RESIDUE_TARGET_H
#define TSMC_RESIDUE_TARGET_H

#include "pagemap.h"
#include "wire.h"

/**
 * struct tsmc_residue_target - what the source has said, and what is missing besides
 * @pages: the residue, as far as it was named; no memory before
 * @total: pages that it has; 0: nothing was said yet
 * @others: missing pages that are none of it; once all was said
 * @next: none before this one is still to be dropped
 */
struct tsmc_residue_target {
	struct tsmc_pagemap pages;
	uint64_t total;
	uint64_t others;
	uint64_t next;
};

/* Takes a RESIDUE: 0; -EPROTO; -ENOMEM. */
int tsmc_residue_take(struct tsmc_residue_target *residue, const struct tsmc_record *record,
		      const struct tsmc_pagemap *missing);
/* A page is not missing any more. */
void tsmc_residue_came(struct tsmc_residue_target *residue, uint64_t gfn);
/* Whether nothing is missing that is none of it. */
bool tsmc_residue_is_alone(const struct tsmc_residue_target *residue);
/* The next pages that may be dropped, at most max. */
unsigned int tsmc_residue_portion(struct tsmc_residue_target *residue, const struct tsmc_pagemap *missing,
				  uint64_t *gfns, unsigned int max);
void tsmc_residue_destroy(struct tsmc_residue_target *residue);	/* zeroed or used */

#endif /* TSMC_RESIDUE_TARGET_H */
