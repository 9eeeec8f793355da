/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When to suspend the guest. Pure: no I/O, no clock.
 */
#ifndef TSMC_SUSPEND_RULE_H
#define TSMC_SUSPEND_RULE_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct tsmc_suspend_stats - what is known after a pass over memory
 * @precopy: everything that changed has to cross before the guest goes on
 * @rounds: passes so far; the full copy is the first
 * @sent: pages that the last round had to send; about so many will have to cross in the downtime
 * @before: the same of the round before; UINT64_MAX: there was none
 * @pages_per_s: that the link carries
 * @fixed_ns: downtime even if no page had to cross
 * @max_downtime_ns: what the operator allows; 0: as short as is worth a round
 */
struct tsmc_suspend_stats {
	bool precopy;
	unsigned int rounds;
	uint64_t sent;
	uint64_t before;
	uint64_t pages_per_s;
	uint64_t fixed_ns;
	uint64_t max_downtime_ns;
};

enum tsmc_suspend_verdict {
	TSMC_SUSPEND_NOW,
	TSMC_SUSPEND_LATER,	/* after one more round */
	TSMC_SUSPEND_NEVER,	/* the guest changes too much for the downtime that is allowed */
};

uint64_t tsmc_suspend_downtime_ns(const struct tsmc_suspend_stats *stats);
enum tsmc_suspend_verdict tsmc_suspend_rule(const struct tsmc_suspend_stats *stats);

#endif /* TSMC_SUSPEND_RULE_H */
