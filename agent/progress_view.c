// SPDX-License-Identifier: GPL-2.0-or-later
#include "progress_view.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hints.h"
#include "progress_rates.h"

#define BOLD	"\033[1m"
#define GREEN	"\033[32m"
#define YELLOW	"\033[33m"
#define PLAIN	"\033[0m"
#define GAP	2
#define BAR_MIN	6
#define BAR_MAX	50
/* A command may stand for the host. */
#define NAMES_MAX	48

/**
 * struct line - one that grows from the left
 * @text: of TSMC_VIEW_BYTES
 * @len: bytes by now
 * @used: columns by now
 * @columns: that there are
 * @colour: may be used
 */
struct line {
	char *text;
	size_t len;
	unsigned int used, columns;
	bool colour;
};

static void put(struct line *line, const char *text)
{
	size_t room = TSMC_VIEW_BYTES - line->len;
	int len = snprintf(line->text + line->len, room, "%s", text);

	line->len += (size_t)len < room ? (size_t)len : room - 1;
}

/*
 * A piece is shown whole or not at all; the first one is cut if it must be. It cannot be wider than the
 * terminal then, nor hold anything that moves the cursor.
 */
static bool add(struct line *line, const char *colour, const char *fmt, ...)
{
	unsigned int gap = line->used ? GAP : 0, width;
	char piece[TSMC_VIEW_COLUMNS + 1];
	va_list args;

	va_start(args, fmt);
	vsnprintf(piece, sizeof(piece), fmt, args);
	va_end(args);
	if (!line->used && line->columns < sizeof(piece))
		piece[line->columns] = 0;
	width = strlen(piece);
	if (line->used + gap + width > line->columns)
		return false;
	for (char *at = piece; *at; at++) {
		if (*at < 0x20 || *at > 0x7e)
			*at = '?';
	}
	put(line, gap ? "  " : "");
	put(line, line->colour ? colour : "");
	put(line, piece);
	put(line, line->colour && *colour ? PLAIN : "");
	line->used += gap + width;
	return true;
}

static struct line begin(struct tsmc_lines *lines, unsigned int columns, bool colour)
{
	char *text = lines->text[lines->nr++];

	*text = 0;
	return (struct line){ .text = text, .columns = columns, .colour = colour };
}

static const char *format_time(uint64_t ns, char *text, size_t len)
{
	unsigned long long seconds = ns / 1000000000;

	if (seconds < 3600)
		snprintf(text, len, "%llu:%02llu", seconds / 60, seconds % 60);
	else
		snprintf(text, len, "%llu:%02llu:%02llu", seconds / 3600, seconds / 60 % 60, seconds % 60);
	return text;
}

static const char *format_bytes(uint64_t bytes, char *text, size_t len)
{
	if (bytes < 10 << 20)
		snprintf(text, len, "%.1f MiB", bytes / 1048576.0);
	else if (bytes < 10ULL << 30)
		snprintf(text, len, "%" PRIu64 " MiB", bytes >> 20);
	else
		snprintf(text, len, "%.1f GiB", bytes / 1073741824.0);
	return text;
}

static const char *sentence(enum tsmc_step step)
{
	static const char *const sentences[TSMC_STEP_NR] = {
		[TSMC_STEP_REACH] = "the target is reached", [TSMC_STEP_COPY] = "full memory copy",
		[TSMC_STEP_PLUG] = "devices of the target", [TSMC_STEP_ROUNDS] = "what changed meanwhile",
		[TSMC_STEP_SUSPEND] = "the guest suspends", [TSMC_STEP_SWITCH] = "dirty bitmap copy",
		[TSMC_STEP_VERIFY] = "comparing both sides", [TSMC_STEP_GIVE] = "hand-over",
		[TSMC_STEP_PAGES] = "dirty pages copy", [TSMC_STEP_REMOVE] = "old copy is removed",
		[TSMC_STEP_CALL] = "link lost, calling again", [TSMC_STEP_STOP] = "stopping, guest stays",
	};

	return sentences[step];
}

static void title(const struct tsmc_view *view, struct line line)
{
	enum tsmc_step step = tsmc_progress_now(view->state);
	uint64_t begun = view->state->begun_ns;
	char text[24];

	add(&line, BOLD, "stage %u of 3", view->state->sums.stage);
	add(&line, step == TSMC_STEP_STOP || step == TSMC_STEP_CALL ? YELLOW : "", "%s", sentence(step));
	add(&line, "", "%s", format_time(view->now_ns > begun ? view->now_ns - begun : 0, text, sizeof(text)));
	add(&line, "", "%.*s to %.*s", NAMES_MAX / 2, view->name, NAMES_MAX / 2, view->host);
}

/* A share of pages that is all but whole is not called whole. */
static void bar(const struct tsmc_view *view, struct line line)
{
	const struct tsmc_progress_state *state = view->state;
	uint64_t done = state->total - state->sums.left;
	unsigned int percent = done * 100 / state->total, width, full;
	char hashes[BAR_MAX + 1], dashes[BAR_MAX + 1], time[24], left[40] = "";

	if (view->left_ns != TSMC_RATES_UNKNOWN)
		snprintf(left, sizeof(left), "%s left", format_time(view->left_ns + 999999999, time, sizeof(time)));
	/* "[" "] " "100 %", and the gap and the time behind it. */
	width = 8 + (*left ? GAP + strlen(left) : 0);
	if (line.columns < width + BAR_MIN) {
		add(&line, "", "%3u %%", percent);
		add(&line, "", "%s", left);
		return;
	}
	width = line.columns - width < BAR_MAX ? line.columns - width : BAR_MAX;
	full = done * width / state->total;
	memset(hashes, '#', full);
	hashes[full] = 0;
	memset(dashes, '-', width - full);
	dashes[width - full] = 0;
	put(&line, "[");
	put(&line, line.colour && full ? GREEN : "");
	put(&line, hashes);
	put(&line, line.colour && full ? PLAIN : "");
	put(&line, dashes);
	snprintf(hashes, sizeof(hashes), "] %3u %%", percent);
	put(&line, hashes);
	line.used = 8 + width;
	if (*left)
		add(&line, "", "%s", left);
}

/* In stage three who waits for what matters most. */
static void pages(const struct tsmc_view *view, struct line line)
{
	const struct tsmc_progress_state *state = view->state;

	if (state->sums.stage == 3)
		add(&line, state->sums.faults ? YELLOW : "", "faults %" PRIu64, state->sums.faults);
	if (!add(&line, "", "pages left %" PRIu64 " of %" PRIu64, state->sums.left, state->total))
		add(&line, "", "left %" PRIu64, state->sums.left);
}

static void rates(const struct tsmc_view *view, struct line line)
{
	const struct tsmc_progress_state *state = view->state;
	char text[24];

	if (view->bytes_per_s)
		add(&line, "", "link %s/s", format_bytes(view->bytes_per_s, text, sizeof(text)));
	if (state->sums.stage == 1 && state->knows_changed)
		add(&line, "", "changing %" PRIu64 " pages/s", state->changed_per_s);
	add(&line, "", "sent %s", format_bytes(state->sums.bytes, text, sizeof(text)));
}

/* The most frequent first. */
static void classes(const struct tsmc_view *view, struct line line)
{
	const uint64_t *counts = view->state->classes;
	bool shown[TSMC_CLASS_NR] = { false };

	for (;;) {
		unsigned int most = TSMC_CLASS_NR;

		for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
			if (counts[class] && !shown[class] && (most == TSMC_CLASS_NR || counts[class] > counts[most]))
				most = class;
		}
		if (most == TSMC_CLASS_NR)
			return;
		shown[most] = true;
		add(&line, "", "%s %" PRIu64, tsmc_class_name(most), counts[most]);
	}
}

/**
 * tsmc_view_lines - show a migration
 * @view: what is to be shown
 * @columns: most that a line may take
 * @colour: with escape sequences for colours, and no others
 * @lines: result
 */
void tsmc_view_lines(const struct tsmc_view *view, unsigned int columns, bool colour, struct tsmc_lines *lines)
{
	enum tsmc_step step = tsmc_progress_now(view->state);

	if (columns > TSMC_VIEW_COLUMNS)
		columns = TSMC_VIEW_COLUMNS;
	lines->nr = 0;
	title(view, begin(lines, columns, colour));
	if ((step == TSMC_STEP_COPY || step == TSMC_STEP_PAGES) && view->state->total) {
		bar(view, begin(lines, columns, colour));
		pages(view, begin(lines, columns, colour));
	}
	rates(view, begin(lines, columns, colour));
	classes(view, begin(lines, columns, colour));
	/* Nothing was sent with its content yet. */
	if (!*lines->text[lines->nr - 1])
		lines->nr--;
}
