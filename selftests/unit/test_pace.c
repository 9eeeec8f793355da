// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who has to wait how long when the link is limited.
 */
#include "pace.h"
#include "unit.h"

#define MS	1000000ULL

static void no_limit_is_no_wait(void)
{
	struct tsmc_pace pace = { .lock = PTHREAD_MUTEX_INITIALIZER };

	EXPECT(!tsmc_pace_take(&pace, 1 << 30, 0));
	EXPECT(!tsmc_pace_take(&pace, 1 << 30, 1));
}

/* 1000 bytes a second: a byte takes a millisecond. */
static void each_waits_for_those_before(void)
{
	struct tsmc_pace pace = { .lock = PTHREAD_MUTEX_INITIALIZER, .bytes_per_s = 1000 };

	EXPECT(!tsmc_pace_take(&pace, 100, 5000 * MS));
	EXPECT(tsmc_pace_take(&pace, 50, 5000 * MS) == 100 * MS);
	EXPECT(tsmc_pace_take(&pace, 1, 5010 * MS) == 140 * MS);
	EXPECT(!tsmc_pace_take(&pace, 1, 5151 * MS));
}

static void idle_time_is_not_saved_up(void)
{
	struct tsmc_pace pace = { .lock = PTHREAD_MUTEX_INITIALIZER, .bytes_per_s = 1000 };

	EXPECT(!tsmc_pace_take(&pace, 100, 5000 * MS));
	EXPECT(!tsmc_pace_take(&pace, 100, 9000 * MS));
	EXPECT(tsmc_pace_take(&pace, 100, 9000 * MS) == 100 * MS);
}

/* Takers that do not wait: each adds what it takes to the time that all need. */
static struct tsmc_pace shared = { .lock = PTHREAD_MUTEX_INITIALIZER, .bytes_per_s = 1000000000 };

static void *take_many(void *opaque)
{
	(void)opaque;
	for (unsigned int i = 0; i < 10000; i++)
		tsmc_pace_take(&shared, 3, 1000);
	return NULL;
}

static void threads_share_the_rate(void)
{
	pthread_t other;

	EXPECT(!pthread_create(&other, NULL, take_many, NULL));
	take_many(NULL);
	EXPECT(!pthread_join(other, NULL));
	EXPECT(tsmc_pace_take(&shared, 1, 1000) == 60000);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "without a limit nobody waits", no_limit_is_no_wait },
		{ "each waits for those before", each_waits_for_those_before },
		{ "idle time is not saved up", idle_time_is_not_saved_up },
		{ "threads share the rate", threads_share_the_rate },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
