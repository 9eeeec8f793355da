// SPDX-License-Identifier: GPL-2.0-or-later
#include "suspend_rule.h"

/* As xl migrate has them: few pages left, or enough passes. */
#define PRECOPY_FEW		50
#define PRECOPY_PASSES		5

/*
 * To suspend a guest takes its kernel writing to some 500 pages: before that, fewer need not be
 * chased. Each look at log-dirty makes the guest fault on every page that it writes to next.
 */
#define FEW			256

/*
 * A round that leaves three quarters of what the one before left has come down to what changes
 * all the time. So do passes that shrink ever so well but are many.
 */
#define WORTH_NUMERATOR		3
#define WORTH_DENOMINATOR	4
#define PASSES_MAX		10

/* With a limit to the downtime there may be more: a guest can be calmer a moment later. */
#define PASSES_LIMITED_MAX	30

/**
 * tsmc_suspend_downtime_ns - how long the guest would stand still
 * @stats: as known now
 *
 * Return: nanoseconds.
 */
uint64_t tsmc_suspend_downtime_ns(const struct tsmc_suspend_stats *stats)
{
	uint64_t rate = stats->pages_per_s ? stats->pages_per_s : 1;

	return stats->fixed_ns + stats->sent * 1000000000ULL / rate;
}

/**
 * tsmc_suspend_rule - suspend the guest now?
 * @stats: as known after a round
 *
 * Without a limit to the downtime it ends after 10 passes at the latest, or 5 in
 * precopy; with one after 30.
 *
 * Return: the verdict; TSMC_SUSPEND_NEVER only with a limit.
 */
enum tsmc_suspend_verdict tsmc_suspend_rule(const struct tsmc_suspend_stats *stats)
{
	if (stats->max_downtime_ns) {
		if (tsmc_suspend_downtime_ns(stats) <= stats->max_downtime_ns)
			return TSMC_SUSPEND_NOW;
		return stats->rounds < PASSES_LIMITED_MAX ? TSMC_SUSPEND_LATER : TSMC_SUSPEND_NEVER;
	}
	if (stats->precopy)
		return stats->sent > PRECOPY_FEW && stats->rounds < PRECOPY_PASSES ? TSMC_SUSPEND_LATER :
										     TSMC_SUSPEND_NOW;
	if (stats->sent <= FEW || stats->rounds >= PASSES_MAX ||
	    (stats->before != UINT64_MAX &&
	     stats->sent > stats->before / WORTH_DENOMINATOR * WORTH_NUMERATOR))
		return TSMC_SUSPEND_NOW;
	return TSMC_SUSPEND_LATER;
}
