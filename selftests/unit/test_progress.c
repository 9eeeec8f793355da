// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What somebody who looks on learns of a migration, and what programs are told.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "progress.h"
#include "progress_event.h"
#include "progress_rates.h"
#include "unit.h"

#define START	7000000000ULL
#define MS	1000000ULL

static struct tsmc_series series;
static struct tsmc_progress *progress;
static struct tsmc_progress_state state;
static char line[TSMC_EVENT_BYTES];

static void begin(void)
{
	tsmc_progress_free(progress);
	progress = tsmc_progress_new(START);
	EXPECT(progress);
	tsmc_series_begin(&series, START, progress);
}

static void look(void)
{
	EXPECT(tsmc_progress_look(progress, &state));
}

static void all_is_told(void)
{
	uint64_t before[TSMC_CLASS_NR] = { [TSMC_CLASS_ANON] = 5 }, after[TSMC_CLASS_NR];

	begin();
	look();
	EXPECT(tsmc_progress_now(&state) == TSMC_STEP_REACH && state.sums.stage == 1 && !state.ended);
	tsmc_progress_step(progress, START + MS, TSMC_STEP_COPY);
	tsmc_series_left(&series, 900);
	tsmc_series_left(&series, 700);
	tsmc_series_sent(&series, START + 2 * MS, 4096, 3, 2);
	memcpy(after, before, sizeof(after));
	after[TSMC_CLASS_ANON] += 2;
	after[TSMC_CLASS_EXEC] += 1;
	tsmc_progress_classes(progress, before, after);
	look();
	EXPECT(tsmc_progress_now(&state) == TSMC_STEP_COPY && state.total == 900 && state.sums.left == 700);
	EXPECT(state.sums.bytes == 4096 && state.sums.pages == 3 && state.sums.markers == 2);
	EXPECT(state.classes[TSMC_CLASS_ANON] == 2 && state.classes[TSMC_CLASS_EXEC] == 1);
	tsmc_series_stage(&series, START + 3 * MS, 3);
	tsmc_series_fault(&series, START + 4 * MS);
	tsmc_series_left(&series, 50);
	tsmc_progress_step(progress, START + 5 * MS, TSMC_STEP_PAGES);
	tsmc_series_dropped(&series, 8);
	tsmc_progress_end(progress, START + 6 * MS, TSMC_EXIT_AWAY);
	look();
	EXPECT(state.sums.stage == 3 && state.sums.faults == 1 && state.total == 50 && state.sums.left == 42);
	EXPECT(state.ended && state.status == TSMC_EXIT_AWAY && state.steps[2].stage == 3);
}

static void looks_of_a_second_are_one_rate(void)
{
	begin();
	tsmc_progress_changed(progress, START, 0);
	for (unsigned int i = 1; i < 10; i++)
		tsmc_progress_changed(progress, START + i * 100 * MS, 30);
	look();
	EXPECT(!state.knows_changed);
	tsmc_progress_changed(progress, START + 2000 * MS, 30);
	look();
	EXPECT(state.knows_changed && state.changed_per_s == 150);
	tsmc_progress_changed(progress, START + 3000 * MS, 0);
	look();
	EXPECT(state.knows_changed && !state.changed_per_s);
}

static void no_agent_is_needed(void)
{
	tsmc_progress_step(NULL, START, TSMC_STEP_COPY);
	tsmc_progress_sums(NULL, &series.now);
	tsmc_progress_changed(NULL, START, 1);
	tsmc_progress_classes(NULL, NULL, NULL);
	tsmc_progress_end(NULL, START, 0);
	tsmc_progress_free(NULL);
}

static void *count_up(void *stop)
{
	while (!atomic_load((atomic_bool *)stop))
		tsmc_series_sent(&series, START, 4096, 1, 1);
	return NULL;
}

/* An agent that dies at any moment, also with the lock, leaves an onlooker that goes on. */
static void the_agent_may_be_killed(void)
{
	for (unsigned int i = 0; i < 50; i++) {
		int ready[2];
		char byte;
		pid_t pid;

		begin();
		EXPECT(!pipe(ready));
		pid = fork();
		EXPECT(pid >= 0);
		if (!pid) {
			atomic_bool never = false;

			if (write(ready[1], "", 1) == 1)
				count_up(&never);
			_exit(1);
		}
		EXPECT(read(ready[0], &byte, 1) == 1);
		for (unsigned int look_nr = 0; look_nr < 100; look_nr++) {
			if (tsmc_progress_look(progress, &state))
				EXPECT(state.sums.pages == state.sums.markers && state.sums.bytes == 4096 * state.sums.pages);
		}
		kill(pid, SIGKILL);
		EXPECT(waitpid(pid, NULL, 0) == pid);
		tsmc_progress_look(progress, &state);
		EXPECT(state.sums.pages == state.sums.markers);
		close(ready[0]);
		close(ready[1]);
	}
}

static void threads_may_feed_it(void)
{
	atomic_bool stop = false;
	pthread_t thread;

	begin();
	EXPECT(!pthread_create(&thread, NULL, count_up, &stop));
	for (unsigned int i = 0; i < 1000; i++) {
		tsmc_series_fault(&series, START);
		if (tsmc_progress_look(progress, &state))
			EXPECT(state.sums.bytes == 4096 * state.sums.pages);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	look();
	EXPECT(state.sums.faults == 1000);
}

/* 40 MiB and 1000 pages a second. */
static void rates_are_of_the_last_looks(void)
{
	struct tsmc_rates rates = { 0 };
	uint64_t ns = START;

	begin();
	look();
	EXPECT(!tsmc_rates_link(&rates) && tsmc_rates_left_ns(&rates) == TSMC_RATES_UNKNOWN);
	state.sums.left = 60000;
	for (unsigned int i = 0; i < 100; i++, ns += 250 * MS) {
		tsmc_rates_add(&rates, ns, &state);
		state.sums.bytes += 10 << 20;
		state.sums.left -= 250;
		EXPECT((i < 4) == !tsmc_rates_link(&rates));
	}
	EXPECT(tsmc_rates_link(&rates) == 40 << 20);
	EXPECT(tsmc_rates_left_ns(&rates) / MS / 1000 == 35);
	/* It stands still for longer than is looked back. */
	for (unsigned int i = 0; i <= TSMC_RATES_LOOKS; i++, ns += 250 * MS)
		tsmc_rates_add(&rates, ns, &state);
	EXPECT(!tsmc_rates_link(&rates) && tsmc_rates_left_ns(&rates) == TSMC_RATES_UNKNOWN);
}

static void a_step_does_not_count_for_another(void)
{
	struct tsmc_rates rates = { 0 };

	begin();
	look();
	state.sums.left = 1000;
	tsmc_rates_add(&rates, START, &state);
	state.sums.left = 0;
	state.nr_steps++;
	tsmc_rates_add(&rates, START + 1500 * MS, &state);
	state.sums.left = 500;
	tsmc_rates_add(&rates, START + 3000 * MS, &state);
	EXPECT(tsmc_rates_left_ns(&rates) == TSMC_RATES_UNKNOWN);
}

static void events_are_exact(void)
{
	struct tsmc_rates rates = { 0 };
	FILE *out;

	begin();
	tsmc_progress_step(progress, START + 1500 * MS, TSMC_STEP_COPY);
	tsmc_series_left(&series, 90);
	tsmc_series_sent(&series, START + 1600 * MS, 40960, 10, 1);
	look();
	state.classes[TSMC_CLASS_KERNEL] = 10;
	out = fmemopen(line, sizeof(line), "w");
	tsmc_event_step(&state, &state.steps[1], out);
	tsmc_event_progress(&state, START + 2000 * MS, &rates, out);
	tsmc_event_faults(&state, START + 2001 * MS, 2, out);
	tsmc_event_end(&state, START + 2002 * MS, out);
	tsmc_progress_end(progress, START + 3000 * MS, TSMC_EXIT_OK);
	look();
	tsmc_event_end(&state, START + 4000 * MS, out);
	fclose(out);
	EXPECT(!strcmp(line,
		       "{\"event\": \"step\", \"t_s\": 1.500, \"stage\": 1, \"step\": \"copy\"}\n"
		       "{\"event\": \"progress\", \"t_s\": 2.000, \"stage\": 1, \"step\": \"copy\", \"left\": 90, "
		       "\"total\": 90, \"bytes\": 40960, \"pages\": 10, \"markers\": 1, \"faults\": 0, "
		       "\"bytes_per_s\": 0, \"changed_per_s\": null, \"left_s\": null, \"classes\": {\"kernel\": 10}}\n"
		       "{\"event\": \"faults\", \"t_s\": 2.001, \"new\": 2, \"faults\": 0, \"left\": 90}\n"
		       "{\"event\": \"end\", \"t_s\": 2.002, \"result\": \"killed\", \"status\": null}\n"
		       "{\"event\": \"end\", \"t_s\": 3.000, \"result\": \"moved\", \"status\": 0}\n"));
}

/* The largest numbers there are. */
static void events_have_room(void)
{
	struct tsmc_rates rates = { 0 };
	FILE *out;

	begin();
	look();
	state.sums = (struct tsmc_sample){ 0, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 3 };
	state.total = UINT64_MAX;
	state.changed_per_s = UINT64_MAX;
	state.knows_changed = true;
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++)
		state.classes[class] = UINT64_MAX;
	out = fmemopen(line, sizeof(line), "w");
	tsmc_event_progress(&state, UINT64_MAX, &rates, out);
	EXPECT(ftell(out) < TSMC_EVENT_BYTES / 2);
	fclose(out);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "what the series is told is known at once", all_is_told },
		{ "looks at log-dirty of a second are one rate", looks_of_a_second_are_one_rate },
		{ "without an onlooker nothing is done", no_agent_is_needed },
		{ "the agent may be killed at any moment", the_agent_may_be_killed },
		{ "threads may feed it", threads_may_feed_it },
		{ "rates are of the last looks", rates_are_of_the_last_looks },
		{ "one step's pages are not another's", a_step_does_not_count_for_another },
		{ "events are what they were", events_are_exact },
		{ "events of the largest numbers have room", events_have_room },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
