/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source's side of stage three: serves what the target's vCPUs wait for,
 * and pushes the rest.
 */
#ifndef TSMC_STAGE_THREE_H
#define TSMC_STAGE_THREE_H

#include "agent.h"
#include "guest_hints.h"
#include "page_packer.h"
#include "report.h"
#include "session.h"

/**
 * struct tsmc_remainder - what stages one and two have left, and what is known of it
 * @missing: frames that are holes at the target
 * @zero: of these, such as are free: they become zero; NULL: their content is sent
 * @hints: table of the suspended guest; NULL: none
 * @guest: whose page tables tell which pages are neighbours; NULL: unknown
 * @packer: of stages one and two, which knows data and link
 * @disks_direct: the guest's disks have all that it has written
 * @dropped: empty: gets such as the guest drops, which do not cross; or NULL
 * @series: when what is done; or NULL
 * @stamps: by gfn: number of the look at log-dirty that saw the page change last; NULL: unknown
 */
struct tsmc_remainder {
	const struct tsmc_pagemap *missing, *zero;
	const struct tsmc_hints *hints;
	struct tsmc_guest_hints *guest;
	const struct tsmc_page_packer *packer;
	bool disks_direct;
	struct tsmc_pagemap *dropped;
	struct tsmc_series *series;
	const uint8_t *stamps;
};

struct tsmc_stage_three;

int tsmc_stage_three_new(struct tsmc_agent *agent, struct tsmc_session *session, uint32_t domid,
			 const struct tsmc_remainder *remainder, struct tsmc_stage_three **stage);
/* Pushes while the target gets ready to run. */
int tsmc_stage_three_head_start(struct tsmc_stage_three *stage, uint64_t pages_per_s);
/*
 * Sends every missing page once, demanded ones first. Returns when all were sent
 * and taken in. Adds to the report.
 */
int tsmc_stage_three_run(struct tsmc_stage_three *stage, struct tsmc_report *report);
void tsmc_stage_three_free(struct tsmc_stage_three *stage);

#endif /* TSMC_STAGE_THREE_H */
