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
		{ "batches have bounds", batches_have_bounds },
		{ "the rate follows the link", rate_follows_the_link },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
