/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an agent would have done, done by another process from what was written down.
 */
#ifndef TSMC_SETTLE_H
#define TSMC_SETTLE_H

#include "agent.h"
#include "journal.h"

/*
 * Does all that the record of an agent that is gone asks for; the caller has the claim
 * on its domain. Returns an enum tsmc_exit as the agent would have.
 */
enum tsmc_exit tsmc_settle(struct tsmc_agent *agent, struct tsmc_journal *journal);
/* Before the hand-over, at the source: the guest runs on; 0 or negative errno. */
int tsmc_settle_here(struct tsmc_agent *agent, struct tsmc_journal *journal);
/* And the target has nothing of it any more, or the record stays. */
void tsmc_settle_there(struct tsmc_agent *agent, struct tsmc_journal *journal);
/* Removes a domain that has never run, and its record. */
int tsmc_settle_incoming(struct tsmc_agent *agent, const struct tsmc_journal *journal);

#endif /* TSMC_SETTLE_H */
