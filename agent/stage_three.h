/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source's side of stage three: serves what the target's vCPUs wait for,
 * and pushes the rest.
 */
#ifndef TSMC_STAGE_THREE_H
#define TSMC_STAGE_THREE_H

#include "agent.h"
#include "guest_hints.h"
#include "report.h"
#include "session.h"

/**
 * struct tsmc_remainder - what stages one and two have left, and what is known of it
 * @missing: frames that are holes at the target
 * @hints: table of the suspended guest; NULL: none
 * @guest: whose page tables tell which pages are neighbours; NULL: unknown
 * @stamps: by gfn: number of the look at log-dirty that saw the page change last; NULL: unknown
 */
struct tsmc_remainder {
	const struct tsmc_pagemap *missing;
	const struct tsmc_hints *hints;
	struct tsmc_guest_hints *guest;
	const uint8_t *stamps;
};

/*
 * Sends every missing page once, demanded ones first. Returns when all were sent
 * and taken in; the domain must not change meanwhile (it is suspended). Adds to the report.
 */
int tsmc_stage_three(struct tsmc_agent *agent, struct tsmc_session *session, uint32_t domid,
		     const struct tsmc_remainder *remainder, struct tsmc_report *report);

#endif /* TSMC_STAGE_THREE_H */
