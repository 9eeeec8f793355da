// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress_event.h"

#include <inttypes.h>

#include "agent.h"
#include "hints.h"

/* Each has its time, so that none needs the one before. */
static void begin(const struct tsmc_progress_state *state, const char *event, uint64_t ns, FILE *out)
{
	fprintf(out, "{\"event\": \"%s\", \"t_s\": %.3f", event, ns > state->begun_ns ? (ns - state->begun_ns) / 1e9 : 0.0);
}

static void json_classes(const uint64_t *counts, FILE *out)
{
	const char *separator = "";

	fprintf(out, ", \"classes\": {");
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
		if (!counts[class])
			continue;
		fprintf(out, "%s\"%s\": %" PRIu64, separator, tsmc_class_name(class), counts[class]);
		separator = ", ";
	}
	fprintf(out, "}");
}

/**
 * tsmc_event_step - a step has begun
 * @state: looked at after that
 * @begun: of it
 * @out: where to
 */
void tsmc_event_step(const struct tsmc_progress_state *state, const struct tsmc_step_begun *begun, FILE *out)
{
	begin(state, "step", begun->ns, out);
	fprintf(out, ", \"stage\": %u, \"step\": \"%s\"}\n", begun->stage, tsmc_step_name(begun->step));
}

/**
 * tsmc_event_progress - how far it has come
 * @state: looked at
 * @now_ns: when
 * @rates: from looks up to this one
 * @out: where to
 */
void tsmc_event_progress(const struct tsmc_progress_state *state, uint64_t now_ns,
			 const struct tsmc_rates *rates, FILE *out)
{
	uint64_t left_ns = tsmc_rates_left_ns(rates);

	begin(state, "progress", now_ns, out);
	fprintf(out, ", \"stage\": %u, \"step\": \"%s\"", state->sums.stage, tsmc_step_name(tsmc_progress_now(state)));
	fprintf(out, ", \"left\": %" PRIu64 ", \"total\": %" PRIu64, state->sums.left, state->total);
	fprintf(out, ", \"bytes\": %" PRIu64 ", \"pages\": %" PRIu64 ", \"markers\": %" PRIu64 ", \"faults\": %" PRIu64,
		state->sums.bytes, state->sums.pages, state->sums.markers, state->sums.faults);
	fprintf(out, ", \"bytes_per_s\": %" PRIu64, tsmc_rates_link(rates));
	if (state->knows_changed)
		fprintf(out, ", \"changed_per_s\": %" PRIu64, state->changed_per_s);
	else
		fprintf(out, ", \"changed_per_s\": null");
	if (left_ns != TSMC_RATES_UNKNOWN)
		fprintf(out, ", \"left_s\": %.1f", left_ns / 1e9);
	else
		fprintf(out, ", \"left_s\": null");
	json_classes(state->classes, out);
	fprintf(out, "}\n");
}

/**
 * tsmc_event_faults - vCPUs wait for pages
 * @state: looked at
 * @now_ns: when
 * @new: faults since the event before
 * @out: where to
 */
void tsmc_event_faults(const struct tsmc_progress_state *state, uint64_t now_ns, uint64_t new, FILE *out)
{
	begin(state, "faults", now_ns, out);
	fprintf(out, ", \"new\": %" PRIu64 ", \"faults\": %" PRIu64 ", \"left\": %" PRIu64 "}\n", new,
		state->sums.faults, state->sums.left);
}

static const char *result(int status)
{
	return status == TSMC_EXIT_OK ? "moved" : status == TSMC_EXIT_FAILED ? "stayed" : "incomplete";
}

/**
 * tsmc_event_end - all is over
 * @state: looked at last
 * @now_ns: when
 * @out: where to
 */
void tsmc_event_end(const struct tsmc_progress_state *state, uint64_t now_ns, FILE *out)
{
	begin(state, "end", state->ended ? state->ended_ns : now_ns, out);
	if (state->ended)
		fprintf(out, ", \"result\": \"%s\", \"status\": %d}\n", result(state->status), state->status);
	else
		fprintf(out, ", \"result\": \"killed\", \"status\": null}\n");
}
