// SPDX-License-Identifier: GPL-2.0-or-later
#include "onlooker_loop.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "event_file.h"
#include "progress_event.h"

/* Time between two looks, each of which is drawn. */
#define LOOK_MS		250
#define PROGRESS_NS	1000000000ULL
/* A program that reads nothing may miss progress, but not what happens once. */
#define PATIENCE_MS	5000

static volatile sig_atomic_t interrupted;

static void note(int number)
{
	interrupted = number;
}

/* Ctrl-C is for the agent, whatever becomes of that, and so is the end of a terminal. */
static void outlive(void)
{
	struct sigaction action = { .sa_handler = note };

	sigaction(SIGINT, &action, NULL);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
}

static bool has_screen(const struct tsmc_onlooker_work *work)
{
	return work->screen.fd >= 0;
}

/* Not while ssh may ask for a password: it does that on the terminal itself. */
static bool is_viewed(const struct tsmc_onlooker_work *work)
{
	enum tsmc_step step = tsmc_progress_now(&work->state);

	return step != TSMC_STEP_REACH && step != TSMC_STEP_CALL;
}

static void draw(struct tsmc_onlooker_work *work)
{
	const struct tsmc_view view = { .name = work->name, .host = work->host, .state = &work->state,
					.now_ns = tsmc_now_ns(), .bytes_per_s = tsmc_rates_link(&work->rates),
					.left_ns = tsmc_rates_left_ns(&work->rates) };

	if (is_viewed(work))
		tsmc_screen_draw(&work->screen, &view);
	else
		tsmc_screen_text(&work->screen, NULL, 0, false);
}

/* A reader that was waited for once in vain is not waited for again. */
static void send_line(struct tsmc_onlooker_work *work, FILE *out, const char *line, int patience_ms)
{
	long len = ftell(out);

	fclose(out);
	if (!tsmc_event_file_write(work->events, line, len, work->lost_reader ? 0 : patience_ms) && patience_ms)
		work->lost_reader = true;
}

/* Of each step that has begun, also if it is over already. */
static void tell_steps(struct tsmc_onlooker_work *work)
{
	const struct tsmc_progress_state *state = &work->state;
	char line[TSMC_EVENT_BYTES];

	if (state->nr_steps > work->told_steps + TSMC_PROGRESS_STEPS)
		work->told_steps = state->nr_steps - TSMC_PROGRESS_STEPS;
	for (; work->told_steps < state->nr_steps; work->told_steps++) {
		FILE *out = fmemopen(line, sizeof(line), "w");

		if (!out)
			return;
		tsmc_event_step(state, &state->steps[work->told_steps % TSMC_PROGRESS_STEPS], out);
		send_line(work, out, line, PATIENCE_MS);
	}
}

static void tell_faults(struct tsmc_onlooker_work *work, uint64_t now)
{
	const struct tsmc_progress_state *state = &work->state;
	char line[TSMC_EVENT_BYTES];
	FILE *out;

	if (state->sums.faults == work->told_faults)
		return;
	out = fmemopen(line, sizeof(line), "w");
	if (!out)
		return;
	tsmc_event_faults(state, now, state->sums.faults - work->told_faults, out);
	work->told_faults = state->sums.faults;
	send_line(work, out, line, 0);
}

static void tell_progress(struct tsmc_onlooker_work *work, uint64_t now)
{
	char line[TSMC_EVENT_BYTES];
	FILE *out;

	if (now < work->told_ns + PROGRESS_NS)
		return;
	out = fmemopen(line, sizeof(line), "w");
	if (!out)
		return;
	tsmc_event_progress(&work->state, now, &work->rates, out);
	/* Not a look later each time. */
	work->told_ns = work->told_ns && now < work->told_ns + 2 * PROGRESS_NS ? work->told_ns + PROGRESS_NS : now;
	send_line(work, out, line, 0);
}

static void tell_end(struct tsmc_onlooker_work *work)
{
	char line[TSMC_EVENT_BYTES];
	FILE *out = fmemopen(line, sizeof(line), "w");

	if (!out)
		return;
	tsmc_event_end(&work->state, tsmc_now_ns(), out);
	send_line(work, out, line, PATIENCE_MS);
}

/* The agent ignores Ctrl-C from the hand-over on, and cannot say so. */
static void answer_interrupt(struct tsmc_onlooker_work *work)
{
	enum tsmc_step step = tsmc_progress_now(&work->state);
	char text[256];
	int len;

	interrupted = 0;
	if (!has_screen(work) || step < TSMC_STEP_GIVE || step > TSMC_STEP_REMOVE)
		return;
	len = snprintf(text, sizeof(text),
		       "cannot be stopped any more: %.64s was handed over and needs its last pages\n", work->name);
	tsmc_screen_text(&work->screen, text, len, true);
}

static void look(struct tsmc_onlooker_work *work)
{
	uint64_t now = tsmc_now_ns();

	tsmc_progress_look(work->progress, &work->state);
	tsmc_rates_add(&work->rates, now, &work->state);
	if (work->events >= 0) {
		tell_steps(work);
		tell_faults(work, now);
		tell_progress(work, now);
	}
}

/* What has been said; false at its end. */
static bool pass_text(struct tsmc_onlooker_work *work, bool viewed)
{
	char text[4096];
	ssize_t len = read(work->text, text, sizeof(text));

	if (len > 0)
		tsmc_screen_text(&work->screen, text, len, viewed);
	return len > 0;
}

/*
 * An agent that ends without a word was killed. Its guardian may write to the terminal by now:
 * nothing of that is to be erased.
 */
static void hear_end(struct tsmc_onlooker_work *work)
{
	tsmc_progress_look(work->progress, &work->state);
	if (!work->state.ended)
		tsmc_screen_leave(&work->screen);
}

/* Waits for something to show, until then at most; false when the agent has ended. */
static bool await(struct tsmc_onlooker_work *work, uint64_t due)
{
	struct pollfd pollers[2] = { { .fd = work->life, .events = POLLIN }, { .fd = work->text, .events = POLLIN } };
	uint64_t now = tsmc_now_ns();

	if (poll(pollers, 2, now < due ? (due - now) / 1000000 + 1 : 0) <= 0)
		return true;
	if (pollers[0].revents)
		hear_end(work);
	/* Its last words come first. */
	if (pollers[1].revents && pass_text(work, is_viewed(work))) {
		if (!pollers[0].revents)
			draw(work);
		return true;
	}
	if (pollers[1].revents && !pollers[0].revents)
		work->text = -1;
	return !pollers[0].revents;
}

static void conclude(struct tsmc_onlooker_work *work)
{
	if (work->events >= 0) {
		tell_steps(work);
		tell_faults(work, tsmc_now_ns());
		tell_end(work);
	}
	/* That takes the view away, too. */
	if (has_screen(work))
		tsmc_screen_text(&work->screen, NULL, 0, is_viewed(work));
}

/**
 * tsmc_onlooker_loop - show a migration
 * @work: filled in up to its screen
 */
void tsmc_onlooker_loop(struct tsmc_onlooker_work *work)
{
	uint64_t due = 0;
	bool lives = true;

	outlive();
	while (lives) {
		if (tsmc_now_ns() >= due) {
			due = tsmc_now_ns() + LOOK_MS * 1000000ULL;
			look(work);
			if (has_screen(work))
				draw(work);
		}
		if (interrupted)
			answer_interrupt(work);
		lives = await(work, due);
	}
	conclude(work);
}
