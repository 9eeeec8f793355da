// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many demand faults an estimate foretells.
 */
#include "watched_guest.h"

static void faults_need_missing_pages_and_a_slow_link(void)
{
	struct tsmc_observations seen = quiet();
	struct tsmc_estimate slow, sum;
	double runs_s;

	EXPECT(!tsmc(&seen).faults);
	seen = sweep(100);
	sum = tsmc(&seen);
	slow = tsmc_estimate(&seen, RATE / 4, TSMC_MODE_THREE_STAGE);
	/*
	 * Each second 100 pages are come to once processes run; of those that were missing then half are there
	 * on average, and eight neighbours come along.
	 */
	runs_s = sum.recovery_s - COST_S(THAW);
	EXPECT(near(sum.faults, 100 * runs_s * runs_s / sum.recovery_s / 2 / 9 +
		    TSMC_COST_READ_FAULTS * sum.missing / 60000.0, 2));
	EXPECT(slow.faults > sum.faults);
	EXPECT(tsmc_estimate(&seen, RATE * 100, TSMC_MODE_THREE_STAGE).faults < sum.faults);
}

static void faults_are_bounded_by_those_who_wait(void)
{
	struct tsmc_observations seen = hot_set(60000);
	double most = tsmc(&seen).recovery_s / COST_S(FAULT) + TSMC_COST_READ_FAULTS;
	double two = tsmc(&seen).faults;

	seen.nr_vcpus = 1;
	EXPECT(tsmc(&seen).faults <= most && tsmc(&seen).faults < two);
	EXPECT(two <= 2 * most);
}

static void nothing_faults_before_processes_run(void)
{
	/* All of them cross meanwhile. */
	struct tsmc_observations seen = hot_set(500);

	EXPECT(tsmc(&seen).missing == 500 && !tsmc(&seen).faults);
	seen = hot_set(5000);
	EXPECT(tsmc(&seen).faults > 10);
}

static void what_is_read_faults_where_all_is_missing(void)
{
	struct tsmc_observations seen = quiet();

	EXPECT(tsmc_estimate(&seen, RATE, TSMC_MODE_POSTCOPY).faults == TSMC_COST_READ_FAULTS);
}

static void hot_pages_come_first(void)
{
	struct tsmc_observations seen = sweep(100);
	double unknown = tsmc(&seen).faults;

	/* What the guest comes to first is known to be hot, and is there before it comes to it. */
	seen.hot = 8000;
	EXPECT(tsmc(&seen).faults < unknown / 10);
	/* Unless it is quicker than the link. */
	seen = hot_set(8000);
	seen.hot = 8000;
	EXPECT(tsmc(&seen).faults > 10);
}

static void who_shares_a_processor_faults_less(void)
{
	struct tsmc_observations seen = sweep(400);
	struct tsmc_estimate sum;
	double runs_s;

	seen.nr_cpus = seen.nr_vcpus;
	sum = tsmc(&seen);
	runs_s = sum.recovery_s - COST_S(THAW);
	EXPECT(near(sum.faults, 400 * TSMC_COST_SHARED_LAST_PACE * runs_s * runs_s / sum.recovery_s / 2 / 9 +
		    TSMC_COST_READ_FAULTS * sum.missing / 60000.0, 3));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "who shares a processor faults less", who_shares_a_processor_faults_less },
		{ "faults need missing pages and a slow link", faults_need_missing_pages_and_a_slow_link },
		{ "faults are bounded by those who wait", faults_are_bounded_by_those_who_wait },
		{ "nothing faults before processes run", nothing_faults_before_processes_run },
		{ "what is read faults where all is missing", what_is_read_faults_where_all_is_missing },
		{ "hot pages come first", hot_pages_come_first },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
