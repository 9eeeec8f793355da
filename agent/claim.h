/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One agent at a time for each domain of this host: two would spoil each other's
 * record of what the domain changes.
 */
#ifndef TSMC_CLAIM_H
#define TSMC_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

/* No domain's number: who builds a domain for a guest that comes in. */
#define TSMC_CLAIM_BUILD	0x10000u

/* A descriptor that holds the claim until it is closed; -EBUSY: another agent has it. */
int tsmc_claim(uint32_t domid);
/* Whether any process has it, this one included. */
bool tsmc_claimed(uint32_t domid);
/* Likewise for the one that waits for its end; whoever moves it is not in the way. */
int tsmc_claim_end(uint32_t domid);

#endif /* TSMC_CLAIM_H */
