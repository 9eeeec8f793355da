// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an estimate makes of a guest that was watched.
 */
#include "watched_guest.h"

static void quiet_guest_crosses_once(void)
{
	struct tsmc_observations seen = quiet();
	struct tsmc_estimate sum = tsmc(&seen);

	EXPECT(near(sum.pages, 80000 + TSMC_COST_SUSPEND_PAGES, 1));
	EXPECT(sum.readiness_s > copying(80000) && sum.readiness_s < copying(80000) + 5);
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
	EXPECT(near(tsmc(&seen).readiness_s - sum.readiness_s,
		    80000 * (0.002 + COST_S(PAGE)) + TSMC_COST_IN_TURNS * 80 - copying(80000), 1));
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
	EXPECT(near(sum.recovery_s, crossing(10000, COST_S(INSTALL)) + COST_S(COMPLETE), 0.01));
	EXPECT(near(sum.readiness_s + copying(10000), tsmc_estimate(&(struct tsmc_observations){
			.nr_vcpus = 2, .nr_cpus = 8, .ram = 100000, .wait = 60000, .fixed = 20000, .zero_free = 1,
			.advised = true }, RATE, TSMC_MODE_THREE_STAGE).readiness_s, 0.01));
}

/* Pages that may wait have their turn in the first three quarters of the copy. */
static void what_is_written_after_its_turn_crosses_twice(void)
{
	struct tsmc_observations seen = sweep(100);
	struct tsmc_estimate sum = tsmc(&seen);
	double twice = sum.pages - 80000.0 - TSMC_COST_SUSPEND_PAGES;

	EXPECT(sum.missing > 7000 && sum.missing < 8500);
	EXPECT(twice > 0.57 * sum.missing && twice < 0.67 * sum.missing);
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
	EXPECT(near(sum.readiness_s + sum.downtime_s, before.readiness_s + before.downtime_s - copying(3000) + 3, 0.5));
	EXPECT(sum.rounds == 3 && !sum.missing);
	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].fixed_new = 1000;
	EXPECT(near(tsmc(&seen).pages, before.pages + 1000, 1));
}

static void long_rounds_find_more_changed(void)
{
	struct tsmc_observations seen = quiet();
	struct tsmc_estimate sum;

	/* The first round takes 19 s, in which 500 pages are written each second. */
	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].fixed = looks[i].at_s * 500;
	sum = tsmc(&seen);
	EXPECT(sum.pages > 80000 + 19 * 500 * 0.9);
}

static void what_changes_all_the_time_is_downtime(void)
{
	struct tsmc_observations seen = quiet();
	struct tsmc_estimate before = tsmc(&seen);

	/* Within the suspend and the round before it, which take between the two lengths. */
	seen.again[0].fixed = 500;
	seen.again[1].fixed = 500;
	EXPECT(near(tsmc(&seen).downtime_s - before.downtime_s, 0.5, 0.01));
	seen.again[1].fixed = 1400;
	EXPECT(near(tsmc(&seen).downtime_s - before.downtime_s,
		    0.5 + 0.9 * (COST_S(ROUND) + COST_S(SUSPEND) - 0.05) / 0.45, 0.01));
	before = tsmc(&seen);
	seen.again[0].all = 100000;
	seen.again[1].all = 100000;
	EXPECT(tsmc(&seen).downtime_s == before.downtime_s);
}

static void what_the_pipe_holds_crosses_in_the_downtime(void)
{
	struct tsmc_observations seen = quiet();
	double pipe = TSMC_COST_PIPE_BYTES / 4096.0, suspend = TSMC_COST_SUSPEND_NS / 1e9, round = TSMC_COST_ROUND_NS / 1e9;
	struct tsmc_estimate before = tsmc(&seen), sum;

	/* A first round as large as the pipe, at once, and nothing in the second one. */
	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].fixed = pipe;
	sum = tsmc(&seen);
	EXPECT(near(sum.downtime_s - before.downtime_s, pipe / 1000 - suspend - 2 * round, 0.01));
	/* A larger one is waited for. */
	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].fixed = pipe + 1000;
	EXPECT(near(tsmc(&seen).downtime_s - sum.downtime_s, 0, 0.01 + round));
}

static void precopy_leaves_nothing_to_stage_three(void)
{
	struct tsmc_observations seen = hot_set(10000);
	struct tsmc_estimate sum;

	seen.again[0].all = 10000;
	seen.again[1].all = 10000;
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
	EXPECT(near(sum.recovery_s, crossing(60000, COST_S(INSTALL)), 1));
	EXPECT(sum.readiness_s < 25);
	EXPECT(near(sum.pages, 80000 + TSMC_COST_SUSPEND_PAGES, 1));
	seen.zero_wait = 0.5;
	sum = tsmc_estimate(&seen, RATE, TSMC_MODE_POSTCOPY);
	EXPECT(near(sum.missing, 60000, 1));
	/* Holes are filled with zero pages, too. */
	EXPECT(near(sum.recovery_s, 30 + TSMC_COST_IN_TURNS * 60000 * COST_S(INSTALL), 1));
}

static void without_the_module_all_is_precopy(void)
{
	struct tsmc_observations seen = hot_set(10000);
	struct tsmc_estimate precopy;

	seen.again[0].all = 10000;
	seen.advised = false;
	precopy = tsmc_estimate(&seen, RATE, TSMC_MODE_PRECOPY);
	EXPECT(tsmc(&seen).downtime_s == precopy.downtime_s);
	EXPECT(tsmc_estimate(&seen, RATE, TSMC_MODE_POSTCOPY).bytes == precopy.bytes);
}

static void quick_links_wait_for_devices_and_holes(void)
{
	struct tsmc_observations seen = hot_set(10000);
	struct tsmc_estimate sum;

	seen.wait = 10000;
	seen.fixed = 5000;
	sum = tsmc_estimate(&seen, 1e15, TSMC_MODE_THREE_STAGE);
	EXPECT(sum.readiness_s >= TSMC_COST_PLUGGED_NS / 1e9);
	EXPECT(sum.readiness_s < TSMC_COST_PLUGGED_NS / 1e9 + 1);
	EXPECT(near(sum.recovery_s, 10000 * (TSMC_COST_INSTALL_NS / 1e9) + TSMC_COST_COMPLETE_NS / 1e9, 0.01));
}

static void finding_the_guest_takes_time(void)
{
	struct tsmc_observations seen = quiet();
	struct tsmc_estimate before = tsmc(&seen);

	seen.find_s = 2;
	EXPECT(near(tsmc(&seen).readiness_s - before.readiness_s, 2, 0.001));
}

static void slow_host_takes_longer(void)
{
	struct tsmc_observations seen = hot_set(10000);
	struct tsmc_estimate before = tsmc(&seen), sum;

	/* Of what is three times as slow half counts. */
	seen.layout_s = 3 * seen.ram * COST_S(LAYOUT_PAGE);
	seen.find_s = seen.layout_s + 3 * COST_S(FIND);
	sum = tsmc(&seen);
	EXPECT(near(sum.downtime_s - before.downtime_s, COST_S(SUSPEND) + COST_S(SWITCH), 0.001));
	EXPECT(near(sum.recovery_s - before.recovery_s,
		    COST_S(COMPLETE) + TSMC_COST_IN_TURNS * 10000 * COST_S(INSTALL), 0.001));
	EXPECT(sum.bytes == before.bytes);
	/* It was not slow all the time. */
	seen.layout_s = seen.ram * COST_S(LAYOUT_PAGE);
	EXPECT(near(tsmc(&seen).downtime_s, before.downtime_s, 0.001));
	/* All of what is quicker counts. */
	seen.layout_s /= 10;
	EXPECT(near(before.downtime_s - tsmc(&seen).downtime_s, 0.9 * (COST_S(SUSPEND) + COST_S(SWITCH)), 0.001));
}

/* The same guest on a host with as many processors as it has itself. */
static struct tsmc_estimate sharing(struct tsmc_observations seen, enum tsmc_mode mode)
{
	seen.nr_cpus = seen.nr_vcpus;
	return tsmc_estimate(&seen, RATE, mode);
}

static void who_shares_a_processor_writes_less(void)
{
	struct tsmc_observations seen = sweep(100);
	struct tsmc_estimate alone = tsmc(&seen), sum = sharing(seen, TSMC_MODE_THREE_STAGE);
	double twice = sum.pages - 80000.0 - TSMC_COST_SUSPEND_PAGES;

	EXPECT(near(sum.missing, alone.missing * TSMC_COST_SHARED_PACE, alone.missing * 0.05));
	EXPECT(twice > 0.57 * sum.missing && twice < 0.67 * sum.missing);
	seen.nr_cpus = seen.nr_vcpus + 1;
	EXPECT(tsmc(&seen).missing == alone.missing);
	/* What cannot wait crosses once for all that, and what is new too. */
	seen = quiet();
	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].fixed = looks[i].at_s * 100;
	sum = sharing(seen, TSMC_MODE_THREE_STAGE);
	EXPECT(near(sum.pages, 80000 + TSMC_COST_SUSPEND_PAGES, 200));
	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i].fixed_new = looks[i].at_s * 100;
	EXPECT(near(sharing(seen, TSMC_MODE_THREE_STAGE).pages - sum.pages, copying(80000) * 100 * TSMC_COST_SHARED_PACE, 500));
}

static void rounds_of_who_shares_find_less(void)
{
	struct tsmc_observations seen = quiet();

	seen.again[0].all = 50;
	seen.again[1].all = 500;
	EXPECT(sharing(seen, TSMC_MODE_PRECOPY).downtime_s < tsmc_estimate(&seen, RATE, TSMC_MODE_PRECOPY).downtime_s - 0.2);
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

static void extremes_have_an_end(void)
{
	struct tsmc_observations none = { .advised = true }, all = quiet();

	for (unsigned int i = 0; i < LOOKS; i++)
		looks[i] = (struct tsmc_look){ looks[i].at_s, 60000, 10000, 20000, 5000, 5000 };
	for (unsigned int i = 0; i < TSMC_AGAIN_NR; i++) {
		all.again[i].all = 100000;
		all.again[i].fixed = 25000;
	}
	for (enum tsmc_mode mode = 0; mode < TSMC_MODE_NR; mode++) {
		struct tsmc_estimate sum = tsmc_estimate(&none, 0, mode);

		EXPECT(!sum.missing && __builtin_isfinite(sum.readiness_s));
		sum = tsmc_estimate(&all, 0, mode);
		EXPECT(__builtin_isfinite(sum.readiness_s) && __builtin_isfinite(sum.downtime_s) && __builtin_isfinite(sum.recovery_s));
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
		{ "what is written after its turn crosses twice", what_is_written_after_its_turn_crosses_twice },
		{ "new pages are missing but not copied", new_pages_are_missing_but_not_copied },
		{ "what cannot wait crosses in rounds", what_cannot_wait_crosses_in_rounds },
		{ "long rounds find more changed", long_rounds_find_more_changed },
		{ "what changes all the time is downtime", what_changes_all_the_time_is_downtime },
		{ "what the pipe holds crosses in the downtime", what_the_pipe_holds_crosses_in_the_downtime },
		{ "precopy leaves nothing to stage three", precopy_leaves_nothing_to_stage_three },
		{ "postcopy leaves all that may wait", postcopy_leaves_all_that_may_wait },
		{ "without the module all is precopy", without_the_module_all_is_precopy },
		{ "quick links wait for devices and holes", quick_links_wait_for_devices_and_holes },
		{ "finding the guest takes time", finding_the_guest_takes_time },
		{ "a slow host takes longer for all but the link", slow_host_takes_longer },
		{ "who shares a processor writes less", who_shares_a_processor_writes_less },
		{ "rounds of who shares a processor find less", rounds_of_who_shares_find_less },
		{ "a scan can take longer than building", scan_can_take_longer_than_building },
		{ "beyond the watch a sweep goes on", beyond_the_watch_a_sweep_goes_on },
		{ "beyond the watch what decays comes to an end", beyond_the_watch_what_decays_comes_to_an_end },
		{ "more writing never means fewer missing", more_writing_never_means_fewer_missing },
		{ "extremes have an end", extremes_have_an_end },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
