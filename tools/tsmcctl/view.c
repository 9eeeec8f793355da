// SPDX-License-Identifier: GPL-2.0-or-later
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>

#define BAR_COLUMNS	48

/* Lines of a frame that are neither of a heat nor of a process. */
#define FIXED_LINES	5

/**
 * tsmc_view_add - count a run of pages in the histogram
 * @view: whose
 * @run: read, its heat below TSMC_HEATS
 */
void tsmc_view_add(struct tsmc_view *view, const struct tsmc_run *run)
{
	view->heat[run->heat] += run->pages;
}

static int hotter_first(const void *left, const void *right)
{
	const struct tsmc_process *a = left, *b = right;

	if (a->hot != b->hot)
		return a->hot > b->hot ? -1 : 1;
	if (a->written != b->written)
		return a->written > b->written ? -1 : 1;
	if (a->pages != b->pages)
		return a->pages > b->pages ? -1 : 1;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

/**
 * tsmc_processes_sort - the hottest processes first
 * @processes: are sorted
 * @count: how many there are
 */
void tsmc_processes_sort(struct tsmc_process *processes, size_t count)
{
	if (count)
		qsort(processes, count, sizeof(*processes), hotter_first);
}

static void title(const struct tsmc_view *view, FILE *out)
{
	const struct tsmc_status *status = &view->status;

	fprintf(out, "tsmc: %s, %" PRIu64 " migrations so far, ", tsmc_state_name(status->state),
		status->epoch);
	if (status->interval_now_ms)
		fprintf(out, "a sample every %" PRIu32 " ms", status->interval_now_ms);
	else
		fprintf(out, "tracker asleep");
	fprintf(out, ", %" PRIu64 " samples, newest saw %" PRIu64 " pages touched\n\n", status->samples,
		status->sample_pages);
}

/* A bar for any page at all, however small. */
static unsigned int bar_length(uint64_t pages, uint64_t most)
{
	unsigned int length = most ? (double)pages / most * BAR_COLUMNS : 0;

	return pages && !length ? 1 : length;
}

static void histogram(const struct tsmc_view *view, FILE *out)
{
	static const char bar[BAR_COLUMNS + 1] = "################################################";
	uint64_t most = 0;

	for (unsigned int heat = view->min; heat < TSMC_HEATS; heat++) {
		if (view->heat[heat] > most)
			most = view->heat[heat];
	}
	fprintf(out, "%10s %10s  %s\n", "HEAT", "PAGES", view->class);
	for (unsigned int heat = TSMC_HEATS; heat-- > view->min;) {
		unsigned int length = bar_length(view->heat[heat], most);

		fprintf(out, "%10u %10" PRIu64 "%s%.*s\n", heat, view->heat[heat], length ? "  " : "",
			(int)length, bar);
	}
}

/**
 * tsmc_view_text - a frame for people
 * @view: complete and sorted
 * @processes: at most so many of them
 * @out: where to
 */
void tsmc_view_text(const struct tsmc_view *view, size_t processes, FILE *out)
{
	title(view, out);
	histogram(view, out);
	fputc('\n', out);
	tsmc_process_heading(out);
	for (size_t i = 0; i < view->nr_processes && i < processes; i++)
		tsmc_process_text(&view->processes[i], out);
}

/**
 * tsmc_view_lines - lines that a frame has without any process
 * @view: its least heat counts
 */
unsigned int tsmc_view_lines(const struct tsmc_view *view)
{
	return FIXED_LINES + TSMC_HEATS - view->min;
}

/**
 * tsmc_view_json - a frame for programs
 * @view: complete and sorted
 * @processes: at most so many of them
 * @json: where to
 */
void tsmc_view_json(const struct tsmc_view *view, size_t processes, struct tsmc_json *json)
{
	tsmc_json_open(json, NULL, '{');
	tsmc_status_json(&view->status, json, "status");
	/* Entry i is of heat i; what is below the least was not asked for. */
	tsmc_json_open(json, "heat", '[');
	for (unsigned int heat = 0; heat < TSMC_HEATS; heat++)
		tsmc_json_number(json, NULL, view->heat[heat]);
	tsmc_json_close(json, ']');
	tsmc_json_open(json, "processes", '[');
	for (size_t i = 0; i < view->nr_processes && i < processes; i++)
		tsmc_process_json(&view->processes[i], json);
	tsmc_json_close(json, ']');
	tsmc_json_close(json, '}');
}
