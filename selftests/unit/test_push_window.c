// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many pushed pages are on their way, as pages are demanded and taken in.
 */
#include "push_window.h"
#include "unit.h"

#define MS	1000000ULL
#define START	(1000 * MS)

/* 100 pages each 10 ms: 10,000 a second, so 10 ms are 100 pages, two batches of 50. */
static uint64_t run_steadily(struct tsmc_push_window *window, uint64_t now)
{
	for (int i = 0; i < 20; i++, now += 10 * MS)
		tsmc_push_window_credit(window, 100, now);
	return now;
}

static void batches_are_large_while_nobody_waits(void)
{
	struct tsmc_push_window window = { .batch_max = 64 };
	uint64_t now;

	EXPECT(tsmc_push_window_batch(&window, START) == 64);
	now = run_steadily(&window, START);
	EXPECT(tsmc_push_window_batch(&window, now) == 64);
}

static void demands_make_batches_small(void)
{
	struct tsmc_push_window window = { .batch_max = 64 };
	uint64_t now = run_steadily(&window, START);

	tsmc_push_window_demand(&window, now);
	EXPECT(tsmc_push_window_batch(&window, now) == 50);
	EXPECT(tsmc_push_window_batch(&window, now + 200 * MS) == 50);
	EXPECT(tsmc_push_window_batch(&window, now + 300 * MS) == 64);
}

static void unknown_rate_changes_nothing(void)
{
	struct tsmc_push_window window = { .batch_max = 64 };

	tsmc_push_window_demand(&window, START);
	tsmc_push_window_credit(&window, 1000, START);
	EXPECT(tsmc_push_window_batch(&window, START) == 64);
}

/* 100 pages each 10 ms, and each page is credited 20 ms after it was sent. */
static void round_trip_is_filled(void)
{
	struct tsmc_push_window window = { .batch_max = 256 };
	uint64_t now = START;

	for (int i = 0; i < 20; i++, now += 10 * MS) {
		tsmc_push_window_sent(&window, i ? 200 : 100, now - 10 * MS);
		tsmc_push_window_credit(&window, 100, now);
	}
	EXPECT(window.round_trip == 10 * MS || window.round_trip == 20 * MS);
	tsmc_push_window_demand(&window, now);
	EXPECT(tsmc_push_window_batch(&window, now) == (window.round_trip + 10 * MS) / MS * 5);
}

static void shortest_round_trip_counts(void)
{
	struct tsmc_push_window window = { .batch_max = 64 };

	tsmc_push_window_sent(&window, 30, START);
	tsmc_push_window_sent(&window, 60, START + MS);
	tsmc_push_window_credit(&window, 29, START + 5 * MS);
	EXPECT(!window.round_trip);
	tsmc_push_window_credit(&window, 1, START + 7 * MS);
	EXPECT(window.round_trip == 7 * MS);
	tsmc_push_window_sent(&window, 30, START + 10 * MS);
	tsmc_push_window_credit(&window, 30, START + 19 * MS);
	EXPECT(window.round_trip == 7 * MS);
	tsmc_push_window_sent(&window, 30, START + 20 * MS);
	tsmc_push_window_credit(&window, 60, START + 23 * MS);
	EXPECT(window.round_trip == 3 * MS);
}

static void batches_have_bounds(void)
{
	struct tsmc_push_window slow = { .batch_max = 64 }, fast = { .batch_max = 64 };
	struct tsmc_push_window tiny = { .batch_max = 4 };

	for (uint64_t i = 0; i < 20; i++) {
		tsmc_push_window_credit(&slow, 1, START + i * 100 * MS);
		tsmc_push_window_credit(&tiny, 1, START + i * 100 * MS);
		tsmc_push_window_credit(&fast, 100000, START + i * 100 * MS);
	}
	tsmc_push_window_demand(&slow, START + 2000 * MS);
	tsmc_push_window_demand(&tiny, START + 2000 * MS);
	tsmc_push_window_demand(&fast, START + 2000 * MS);
	EXPECT(tsmc_push_window_batch(&slow, START + 2000 * MS) == 8);
	EXPECT(tsmc_push_window_batch(&tiny, START + 2000 * MS) == 4);
	EXPECT(tsmc_push_window_batch(&fast, START + 2000 * MS) == 64);
}

static void rate_follows_the_link(void)
{
	struct tsmc_push_window window = { .batch_max = 64 };
	uint64_t now = run_steadily(&window, START);

	for (int i = 0; i < 20; i++, now += 10 * MS)
		tsmc_push_window_credit(&window, 120, now);
	tsmc_push_window_demand(&window, now);
	EXPECT(tsmc_push_window_batch(&window, now) == 60);
	/* A slower link is believed in slowly: it may be the window that is too small. */
	for (int i = 0; i < 20; i++, now += 10 * MS)
		tsmc_push_window_credit(&window, 40, now);
	tsmc_push_window_demand(&window, now);
	EXPECT(tsmc_push_window_batch(&window, now) > 40);
	for (int i = 0; i < 1000; i++, now += 10 * MS)
		tsmc_push_window_credit(&window, 40, now);
	tsmc_push_window_demand(&window, now);
	EXPECT(tsmc_push_window_batch(&window, now) == 20);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "batches are large while nobody waits", batches_are_large_while_nobody_waits },
		{ "demands make batches small for a while", demands_make_batches_small },
		{ "nothing changes before the rate is known", unknown_rate_changes_nothing },
		{ "a round trip is filled", round_trip_is_filled },
		{ "the shortest round trip counts", shortest_round_trip_counts },
		{ "batches have bounds", batches_have_bounds },
		{ "the rate follows the link", rate_follows_the_link },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
