// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When the guest is suspended, by what the rounds before were like.
 */
#include "suspend_rule.h"
#include "unit.h"

#define MS	1000000ULL

/* 1000 pages a second: each page costs 1 ms. */
static struct tsmc_suspend_stats after(unsigned int rounds, uint64_t before, uint64_t sent)
{
	return (struct tsmc_suspend_stats){ .rounds = rounds, .before = before, .sent = sent,
					    .pages_per_s = 1000, .fixed_ns = 100 * MS };
}

static void downtime_is_what_is_fixed_and_what_must_cross(void)
{
	struct tsmc_suspend_stats stats = after(2, UINT64_MAX, 250);

	EXPECT(tsmc_suspend_downtime_ns(&stats) == 350 * MS);
	stats.pages_per_s = 0;
	EXPECT(tsmc_suspend_downtime_ns(&stats) > 1000 * MS);
}

static void few_pages_are_not_worth_a_round(void)
{
	struct tsmc_suspend_stats stats = after(2, UINT64_MAX, 256);

	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_NOW);
	stats.sent = 257;
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_LATER);
}

static void rounds_go_on_while_they_help(void)
{
	struct tsmc_suspend_stats stats = after(3, 800, 600);

	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_LATER);
	stats.sent = 601;
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_NOW);
	stats = after(9, 800, 600);
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_LATER);
	stats.rounds = 10;
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_NOW);
}

static void precopy_counts_passes(void)
{
	struct tsmc_suspend_stats stats = after(4, 10000, 20000);

	stats.precopy = true;
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_LATER);
	stats.rounds = 5;
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_NOW);
	stats = after(2, 10000, 50);
	stats.precopy = true;
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_NOW);
	stats.sent = 51;
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_LATER);
}

static void limit_is_kept_or_refused(void)
{
	struct tsmc_suspend_stats stats = after(2, 400, 399);

	stats.max_downtime_ns = 499 * MS;
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_NOW);
	stats.sent = 400;
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_LATER);
	stats.rounds = 29;
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_LATER);
	stats.rounds = 30;
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_NEVER);
	/* Few pages are still too many when what is fixed takes too long. */
	stats = after(30, 400, 0);
	stats.max_downtime_ns = 99 * MS;
	EXPECT(tsmc_suspend_rule(&stats) == TSMC_SUSPEND_NEVER);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "downtime is what is fixed and what must cross", downtime_is_what_is_fixed_and_what_must_cross },
		{ "few pages are not worth a round", few_pages_are_not_worth_a_round },
		{ "rounds go on while they help", rounds_go_on_while_they_help },
		{ "precopy counts passes", precopy_counts_passes },
		{ "a limit to the downtime is kept or refused", limit_is_kept_or_refused },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
