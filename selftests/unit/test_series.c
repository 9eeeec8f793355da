// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a migration did when.
 */
#include <string.h>

#include "series.h"
#include "unit.h"

#define START	7000000000ULL
#define MS	1000000ULL

static struct tsmc_series series;

static const struct tsmc_sample *last(void)
{
	return &series.samples[series.nr - 1];
}

static void sums_are_known_up_to_a_change(void)
{
	tsmc_series_begin(&series, START, NULL);
	tsmc_series_left(&series, 500);
	tsmc_series_sent(&series, START + 50 * MS, 1000, 10, 2);
	EXPECT(series.nr == 1 && !last()->bytes && last()->stage == 1);
	/* Nothing happens for long, and then a lot: that is no slow growth. */
	tsmc_series_sent(&series, START + 900 * MS, 4000, 40, 0);
	EXPECT(series.nr == 2 && last()->ns == START + 900 * MS);
	EXPECT(last()->bytes == 1000 && last()->pages == 10 && last()->markers == 2);
	tsmc_series_fault(&series, START + 1000 * MS);
	EXPECT(series.nr == 3 && last()->bytes == 5000 && !last()->faults);
	tsmc_series_end(&series, START + 1001 * MS);
	EXPECT(series.nr == 4 && last()->faults == 1 && last()->pages == 50 && last()->left == 500);
}

static void stages_begin_with_a_sample(void)
{
	tsmc_series_begin(&series, START, NULL);
	tsmc_series_stage(&series, START + MS, 2);
	EXPECT(series.nr == 2 && last()->stage == 1);
	tsmc_series_left(&series, 100);
	tsmc_series_sent(&series, START + 2 * MS, 1, 30, 10);
	tsmc_series_stage(&series, START + 3 * MS, 3);
	EXPECT(series.nr == 3 && last()->stage == 2 && last()->left == 60);
	tsmc_series_dropped(&series, 15);
	/* What is dropped and demanded at once comes twice. */
	tsmc_series_sent(&series, START + 4 * MS, 1, 50, 0);
	tsmc_series_end(&series, START + 5 * MS);
	EXPECT(last()->stage == 3 && !last()->left);
}

/* A clock may be read before another thread's was, and used after it. */
static void time_may_stand_still(void)
{
	tsmc_series_begin(&series, START, NULL);
	tsmc_series_sent(&series, START - 200 * MS, 1, 1, 0);
	EXPECT(series.nr == 1);
}

static void a_week_has_room(void)
{
	uint64_t ns = START, sent = 0;

	tsmc_series_begin(&series, START, NULL);
	for (; ns < START + 7 * 24 * 3600 * 1000 * MS; ns += 1 + ns / 1000) {
		tsmc_series_sent(&series, ns, 3, 1, 0);
		sent++;
		EXPECT(series.nr <= TSMC_SERIES_MAX);
	}
	tsmc_series_end(&series, ns);
	EXPECT(series.nr > TSMC_SERIES_MAX / 8 && series.interval_ns > TSMC_SERIES_INTERVAL_NS);
	EXPECT(series.samples[0].ns == START && last()->ns == ns && last()->bytes == 3 * sent);
	for (unsigned int i = 1; i < series.nr; i++) {
		EXPECT(series.samples[i].ns >= series.samples[i - 1].ns);
		EXPECT(series.samples[i].bytes >= series.samples[i - 1].bytes);
	}
}

static void it_is_small(void)
{
	EXPECT(sizeof(series) <= 64 << 10);
}

static void nobody_needs_it(void)
{
	tsmc_series_stage(NULL, START, 2);
	tsmc_series_sent(NULL, START, 1, 1, 1);
	tsmc_series_fault(NULL, START);
	tsmc_series_left(NULL, 1);
	tsmc_series_dropped(NULL, 1);
	tsmc_series_end(NULL, START);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "sums are known up to the instant of a change", sums_are_known_up_to_a_change },
		{ "a stage begins with a sample, and knows what is ahead", stages_begin_with_a_sample },
		{ "time may stand still", time_may_stand_still },
		{ "a week has room, and its sums are right", a_week_has_room },
		{ "it is small", it_is_small },
		{ "without a series nothing is done", nobody_needs_it },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
