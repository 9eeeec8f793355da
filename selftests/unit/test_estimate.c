// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an estimate makes of a guest that was watched.
 */
#include <math.h>

#include "costs.h"
#include "estimate.h"
#include "unit.h"

#define WIRE_PAGE	(4096 + 8)
/* 1000 pages a second: each page takes 1 ms. */
#define RATE		(1000.0 * WIRE_PAGE)
#define LOOKS		40
#define LOOK_S		0.25

static struct tsmc_look looks[LOOKS];

/* Writes nothing, has no zero page but free ones: 60000 pages that may wait, 20000 that cannot. */
static struct tsmc_observations quiet(void)
{
	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i] = (struct tsmc_look){ .at_s = (i + 1) * LOOK_S };
	return (struct tsmc_observations){ .looks = looks, .nr_looks = LOOKS, .nr_vcpus = 2, .ram = 100000,
					   .wait = 60000, .fixed = 20000, .zero_free = 1, .again_s = 0.3,
					   .advised = true };
}

/* So many pages that may wait are written from the beginning. */
static struct tsmc_observations hot_set(uint64_t pages)
{
	struct tsmc_observations seen = quiet();

	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].wait = pages;
	return seen;
}

/* So many more pages that may wait are written each second. */
static struct tsmc_observations sweep(uint64_t pages_per_s)
{
	struct tsmc_observations seen = quiet();

	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].wait = looks[i].at_s * pages_per_s;
	return seen;
}

static struct tsmc_estimate tsmc(const struct tsmc_observations *seen)
{
	return tsmc_estimate(seen, RATE, TSMC_MODE_THREE_STAGE);
}

static bool near(double value, double wanted, double slack)
{
	if (fabs(value - wanted) <= slack)
		return true;
	ksft_print_msg("%g, not %g\n", value, wanted);
	return false;
}

static void quiet_guest_crosses_once(void)
{
	struct tsmc_observations seen = quiet();
	struct tsmc_estimate sum = tsmc(&seen);

	EXPECT(near(sum.pages, 80000 + TSMC_COST_SUSPEND_PAGES, 1));
	EXPECT(sum.readiness_s > 80 && sum.readiness_s < 85);
	EXPECT(!sum.missing && !sum.faults && sum.rounds == 2);
	EXPECT(sum.bytes >= sum.pages * WIRE_PAGE);
}

static void link_sets_the_pace(void)
{
	struct tsmc_observations seen = quiet();
	struct tsmc_estimate slow = tsmc_estimate(&seen, RATE / 2, TSMC_MODE_THREE_STAGE), sum = tsmc(&seen);

	EXPECT(near(slow.readiness_s - sum.readiness_s, 80, 1));
	EXPECT(near(slow.downtime_s - sum.downtime_s, TSMC_COST_SUSPEND_PAGES / 1000.0, 0.001));
}

static void reading_pages_can_take_longer_than_the_link(void)
{
	struct tsmc_observations seen = quiet();
	struct tsmc_estimate sum = tsmc(&seen);

	seen.page_s = 0.002;
	EXPECT(near(tsmc(&seen).readiness_s - sum.readiness_s, 80, 1));
}

static void zero_pages_cost_nothing_on_the_link(void)
{
	struct tsmc_observations seen = quiet();

	seen.zero_wait = 0.5;
	seen.zero_fixed = 0.25;
	EXPECT(near(tsmc(&seen).pages, 45000 + TSMC_COST_SUSPEND_PAGES, 1));
	seen.zero_wait = 1;
	seen.zero_fixed = 1;
	EXPECT(near(tsmc(&seen).pages, TSMC_COST_SUSPEND_PAGES, 1));
}

static void free_pages_cross_in_precopy_only(void)
{
	struct tsmc_observations seen = quiet();

	seen.zero_free = 0.75;
	EXPECT(near(tsmc(&seen).pages, 80000 + TSMC_COST_SUSPEND_PAGES, 1));
	EXPECT(near(tsmc_estimate(&seen, RATE, TSMC_MODE_PRECOPY).pages, 85000 + TSMC_COST_SUSPEND_PAGES, 1));
}

static void what_is_written_early_crosses_once(void)
{
	struct tsmc_observations seen = hot_set(10000);
	struct tsmc_estimate sum = tsmc(&seen);

	EXPECT(near(sum.missing, 10000, 1));
	EXPECT(near(sum.pages, 80000 + TSMC_COST_SUSPEND_PAGES, 1));
	EXPECT(near(sum.recovery_s, 10 + TSMC_COST_COMPLETE_NS / 1e9, 0.01));
	EXPECT(near(sum.readiness_s + 10, tsmc_estimate(&(struct tsmc_observations){
			.nr_vcpus = 2, .ram = 100000, .wait = 60000, .fixed = 20000, .zero_free = 1,
			.advised = true }, RATE, TSMC_MODE_THREE_STAGE).readiness_s, 0.01));
}

static void what_is_written_in_the_copy_crosses_half_twice(void)
{
	struct tsmc_observations seen = sweep(100);
	struct tsmc_estimate sum = tsmc(&seen);
	double twice = sum.pages - 80000.0 - TSMC_COST_SUSPEND_PAGES;

	EXPECT(sum.missing > 7000 && sum.missing < 8500);
	EXPECT(twice > 0.4 * sum.missing && twice < 0.5 * sum.missing);
}

static void new_pages_are_missing_but_not_copied(void)
{
	struct tsmc_observations seen = quiet();

	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].wait_new = 5000;
	EXPECT(near(tsmc(&seen).missing, 5000, 1));
	EXPECT(near(tsmc(&seen).pages, 85000 + TSMC_COST_SUSPEND_PAGES, 1));
}

static void what_cannot_wait_crosses_in_rounds(void)
{
	struct tsmc_observations seen = quiet();
	struct tsmc_estimate before = tsmc(&seen), sum;

	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].fixed = 3000;
	sum = tsmc(&seen);
	/* Not in the copy but in the first round. */
	EXPECT(near(sum.pages, before.pages, 1));
	EXPECT(near(sum.readiness_s, before.readiness_s + TSMC_COST_ROUND_NS / 1e9, 0.01));
	EXPECT(sum.rounds == 3 && !sum.missing);
	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].fixed_new = 1000;
	EXPECT(near(tsmc(&seen).pages, before.pages + 1000, 1));
}

static void what_changes_all_the_time_is_downtime(void)
{
	struct tsmc_observations seen = quiet();
	struct tsmc_estimate before = tsmc(&seen);

	seen.again_fixed = 500;
	EXPECT(near(tsmc(&seen).downtime_s - before.downtime_s, 0.5, 0.01));
	seen.again = 100000;
	EXPECT(near(tsmc(&seen).downtime_s - before.downtime_s, 0.5, 0.01));
}

static void precopy_leaves_nothing_to_stage_three(void)
{
	struct tsmc_observations seen = hot_set(10000);
	struct tsmc_estimate sum;

	seen.again = 10000;
	sum = tsmc_estimate(&seen, RATE, TSMC_MODE_PRECOPY);
	EXPECT(!sum.missing && !sum.faults);
	EXPECT(sum.downtime_s > 10);
	/* Five passes, as the rule has it: the first spares the hot set, all others send it. */
	EXPECT(sum.rounds == 5);
	EXPECT(near(sum.pages, 70000 + 5 * 10000 + TSMC_COST_SUSPEND_PAGES, 1));
	seen = quiet();
	EXPECT(tsmc_estimate(&seen, RATE, TSMC_MODE_PRECOPY).rounds == 2);
}

static void postcopy_leaves_all_that_may_wait(void)
{
	struct tsmc_observations seen = hot_set(10000);
	struct tsmc_estimate sum = tsmc_estimate(&seen, RATE, TSMC_MODE_POSTCOPY);

	EXPECT(near(sum.missing, 60000, 1));
	EXPECT(near(sum.recovery_s, 60, 1));
	EXPECT(sum.readiness_s < 25);
	EXPECT(near(sum.pages, 80000 + TSMC_COST_SUSPEND_PAGES, 1));
	seen.zero_wait = 0.5;
	sum = tsmc_estimate(&seen, RATE, TSMC_MODE_POSTCOPY);
	EXPECT(near(sum.missing, 60000, 1));
	EXPECT(near(sum.recovery_s, 30, 1));
}

static void without_the_module_all_is_precopy(void)
{
	struct tsmc_observations seen = hot_set(10000);
	struct tsmc_estimate precopy;

	seen.again = 10000;
	seen.advised = false;
	precopy = tsmc_estimate(&seen, RATE, TSMC_MODE_PRECOPY);
	EXPECT(tsmc(&seen).downtime_s == precopy.downtime_s);
	EXPECT(tsmc_estimate(&seen, RATE, TSMC_MODE_POSTCOPY).bytes == precopy.bytes);
}

static void quick_links_wait_for_devices_and_holes(void)
{
	struct tsmc_observations seen = hot_set(10000);
	struct tsmc_estimate sum = tsmc_estimate(&seen, 1e15, TSMC_MODE_THREE_STAGE);

	EXPECT(sum.readiness_s >= TSMC_COST_PLUGGED_NS / 1e9);
	EXPECT(sum.readiness_s < TSMC_COST_PLUGGED_NS / 1e9 + 1);
	EXPECT(near(sum.recovery_s, 10000 * (TSMC_COST_INSTALL_NS / 1e9) + TSMC_COST_COMPLETE_NS / 1e9, 0.01));
}

static void scan_can_take_longer_than_building(void)
{
	struct tsmc_observations seen = quiet();
	struct tsmc_estimate before = tsmc(&seen), precopy = tsmc_estimate(&seen, RATE, TSMC_MODE_PRECOPY);

	seen.scan_s = 9;
	EXPECT(tsmc(&seen).readiness_s > before.readiness_s + 5);
	EXPECT(tsmc_estimate(&seen, RATE, TSMC_MODE_PRECOPY).readiness_s == precopy.readiness_s);
}

static void beyond_the_watch_a_sweep_goes_on(void)
{
	struct tsmc_observations seen = sweep(400);
	double missing = tsmc(&seen).missing;

	EXPECT(missing > 400 * 60 && missing < 400 * 85);
	/* No more than there is, however long it takes. */
	EXPECT(tsmc_estimate(&seen, RATE / 100, TSMC_MODE_THREE_STAGE).missing == 60000);
}

static void beyond_the_watch_what_decays_comes_to_an_end(void)
{
	struct tsmc_observations seen = quiet();
	double left = 8000;

	/* Each quarter of the watch writes to half of those that are left. */
	for (unsigned int i = 0; i < LOOKS; i++) {
		left *= 0.933033;
		looks[i].wait = 8000 - left;
	}
	EXPECT(near(tsmc(&seen).missing, 8000, 20));
}

static void more_writing_never_means_fewer_missing(void)
{
	uint64_t last = 0;

	for (unsigned int rate = 0; rate < 3000; rate += 50) {
		struct tsmc_observations seen = sweep(rate);
		struct tsmc_estimate sum = tsmc(&seen);

		EXPECT(sum.missing >= last && sum.missing <= 60000);
		last = sum.missing;
	}
	EXPECT(last == 60000);
}

static void faults_need_missing_pages_and_a_slow_link(void)
{
	struct tsmc_observations seen = quiet();
	struct tsmc_estimate slow, sum;

	EXPECT(!tsmc(&seen).faults);
	seen = hot_set(10000);
	sum = tsmc(&seen);
	slow = tsmc_estimate(&seen, RATE / 4, TSMC_MODE_THREE_STAGE);
	EXPECT(sum.faults > 100 && sum.faults < sum.missing);
	EXPECT(slow.faults > sum.faults);
	EXPECT(tsmc_estimate(&seen, RATE * 100, TSMC_MODE_THREE_STAGE).faults < sum.faults);
}

static void faults_are_bounded_by_those_who_wait(void)
{
	struct tsmc_observations seen = hot_set(10000);
	double most = 10 * seen.nr_vcpus / (TSMC_COST_FAULT_NS / 1e9);
	double two = tsmc(&seen).faults;

	EXPECT(two <= most);
	seen.nr_vcpus = 1;
	EXPECT(tsmc(&seen).faults < two);
}

static void hot_pages_come_first(void)
{
	struct tsmc_observations seen = sweep(100);
	double unknown = tsmc(&seen).faults;

	/* What the guest comes to first is known to be hot, and is there before it comes to it. */
	seen.hot = 1000;
	EXPECT(tsmc(&seen).faults < unknown);
}

static void extremes_have_an_end(void)
{
	struct tsmc_observations none = { .advised = true }, all = quiet();

	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i] = (struct tsmc_look){ looks[i].at_s, 60000, 10000, 20000, 5000, 5000 };
	all.again = 100000;
	all.again_fixed = 25000;
	for (enum tsmc_mode mode = 0; mode < TSMC_MODE_NR; mode++) {
		struct tsmc_estimate sum = tsmc_estimate(&none, 0, mode);

		EXPECT(!sum.missing && isfinite(sum.readiness_s));
		sum = tsmc_estimate(&all, 0, mode);
		EXPECT(isfinite(sum.readiness_s) && isfinite(sum.downtime_s) && isfinite(sum.recovery_s));
		sum = tsmc_estimate(&all, RATE, mode);
		EXPECT(sum.missing <= 80000 && sum.pages < 11 * 100000 && sum.downtime_s >= 25);
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a quiet guest crosses once", quiet_guest_crosses_once },
		{ "the link sets the pace", link_sets_the_pace },
		{ "reading pages can take longer than the link", reading_pages_can_take_longer_than_the_link },
		{ "zero pages cost nothing on the link", zero_pages_cost_nothing_on_the_link },
		{ "free pages cross in precopy only", free_pages_cross_in_precopy_only },
		{ "what is written early crosses once", what_is_written_early_crosses_once },
		{ "what is written in the copy crosses half twice", what_is_written_in_the_copy_crosses_half_twice },
		{ "new pages are missing but not copied", new_pages_are_missing_but_not_copied },
		{ "what cannot wait crosses in rounds", what_cannot_wait_crosses_in_rounds },
		{ "what changes all the time is downtime", what_changes_all_the_time_is_downtime },
		{ "precopy leaves nothing to stage three", precopy_leaves_nothing_to_stage_three },
		{ "postcopy leaves all that may wait", postcopy_leaves_all_that_may_wait },
		{ "without the module all is precopy", without_the_module_all_is_precopy },
		{ "quick links wait for devices and holes", quick_links_wait_for_devices_and_holes },
		{ "a scan can take longer than building", scan_can_take_longer_than_building },
		{ "beyond the watch a sweep goes on", beyond_the_watch_a_sweep_goes_on },
		{ "beyond the watch what decays comes to an end", beyond_the_watch_what_decays_comes_to_an_end },
		{ "more writing never means fewer missing", more_writing_never_means_fewer_missing },
		{ "faults need missing pages and a slow link", faults_need_missing_pages_and_a_slow_link },
		{ "faults are bounded by those who wait", faults_are_bounded_by_those_who_wait },
		{ "hot pages come first", hot_pages_come_first },
		{ "extremes have an end", extremes_have_an_end },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
