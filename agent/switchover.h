/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of stage two: which frames are missing, and the state of the CPUs.
 */
#ifndef TSMC_SWITCHOVER_H
#define TSMC_SWITCHOVER_H

#include "agent.h"
#include "pagemap.h"
#include "transport.h"

/* Sends MISSING and FINAL of a suspended domain. */
int tsmc_switchover_send(struct tsmc_agent *agent, struct tsmc_channel *bulk, uint32_t domid,
			 const struct tsmc_pagemap *missing, uint64_t hint_gfn);

/* Sends MISSING alone. */
int tsmc_send_missing(struct tsmc_channel *bulk, const struct tsmc_pagemap *missing);

#endif /* TSMC_SWITCHOVER_H */
