// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is shown of a migration that goes on, in terminals of any width.
 */
#include <string.h>

#include "progress_rates.h"
#include "progress_view.h"
#include "unit.h"

#define S	1000000000ULL

static struct tsmc_progress_state state;
static struct tsmc_lines lines;
static char all[TSMC_VIEW_LINES * (TSMC_VIEW_BYTES + 1)];

/* A migration in a step, with a third of the pages behind it. */
static struct tsmc_view invent(enum tsmc_step step, unsigned int stage)
{
	state = (struct tsmc_progress_state){ .begun_ns = 5 * S, .total = 90000, .changed_per_s = 1234,
					      .knows_changed = true, .nr_steps = 1 };
	state.sums = (struct tsmc_sample){ .stage = stage, .left = 60000, .bytes = 100 << 20, .pages = 25600,
					   .faults = stage == 3 ? 57 : 0 };
	state.steps[0] = (struct tsmc_step_begun){ .step = step, .stage = stage };
	state.classes[TSMC_CLASS_KERNEL] = 4000;
	state.classes[TSMC_CLASS_ANON] = 20000;
	state.classes[TSMC_CLASS_FILE] = 1600;
	return (struct tsmc_view){ .name = "web1", .host = "hostb", .state = &state, .now_ns = 5 * S + 3671 * S,
				   .bytes_per_s = 25 << 20, .left_ns = 95 * S - S / 2 };
}

static const char *show(struct tsmc_view view, unsigned int columns, bool colour)
{
	*all = 0;
	tsmc_view_lines(&view, columns, colour, &lines);
	EXPECT(lines.nr && lines.nr <= TSMC_VIEW_LINES);
	for (unsigned int i = 0; i < lines.nr; i++) {
		strcat(all, lines.text[i]);
		strcat(all, "\n");
	}
	return all;
}

/* Columns that a line takes; escape sequences are of colours only, and each is ended. */
static unsigned int width(const char *text, bool *coloured)
{
	unsigned int columns = 0;
	bool on = false;

	for (; *text; text++) {
		if (*text != '\033') {
			EXPECT(*text >= 0x20 && *text <= 0x7e);
			columns++;
			continue;
		}
		*coloured = true;
		EXPECT(text[1] == '[' && strspn(text + 2, "0123456789") && text[2 + strspn(text + 2, "0123456789")] == 'm');
		on = text[2] != '0';
		text += 2 + strspn(text + 2, "0123456789");
	}
	EXPECT(!on);
	return columns;
}

static void exact_at_80(void)
{
	EXPECT(!strcmp(show(invent(TSMC_STEP_COPY, 1), 80, false),
		       "stage 1 of 3  full memory copy  1:01:11  web1 to hostb\n"
		       "[################----------------------------------]  33 %  1:35 left\n"
		       "pages left 60000 of 90000\n"
		       "link 25 MiB/s  changing 1234 pages/s  sent 100 MiB\n"
		       "anon 20000  kernel 4000  file 1600\n"));
	EXPECT(!strcmp(show(invent(TSMC_STEP_PAGES, 3), 80, false),
		       "stage 3 of 3  dirty pages copy  1:01:11  web1 to hostb\n"
		       "[################----------------------------------]  33 %  1:35 left\n"
		       "faults 57  pages left 60000 of 90000\n"
		       "link 25 MiB/s  sent 100 MiB\n"
		       "anon 20000  kernel 4000  file 1600\n"));
}

static void exact_at_20(void)
{
	EXPECT(!strcmp(show(invent(TSMC_STEP_PAGES, 3), 20, false),
		       "stage 3 of 3\n"
		       " 33 %  1:35 left\n"
		       "faults 57\n"
		       "link 25 MiB/s\n"
		       "anon 20000\n"));
}

static void every_step_in_every_width(void)
{
	for (unsigned int step = 0; step < TSMC_STEP_NR; step++) {
		for (unsigned int columns = 1; columns <= 220; columns++) {
			bool coloured = false;

			show(invent(step, 1 + step % 3), columns, false);
			for (unsigned int i = 0; i < lines.nr; i++)
				EXPECT(width(lines.text[i], &coloured) <= columns);
			EXPECT(!coloured);
			show(invent(step, 1 + step % 3), columns, true);
			for (unsigned int i = 0; i < lines.nr; i++)
				EXPECT(width(lines.text[i], &coloured) <= columns);
			EXPECT(coloured);
		}
	}
}

/* Without the sequences it is the same text. */
static void colours_change_no_text(void)
{
	char plain[sizeof(all)], bare[sizeof(all)], *to = bare;

	strcpy(plain, show(invent(TSMC_STEP_PAGES, 3), 80, false));
	for (const char *from = show(invent(TSMC_STEP_PAGES, 3), 80, true); *from; from++) {
		if (*from == '\033')
			from = strchr(from, 'm');
		else
			*to++ = *from;
	}
	*to = 0;
	EXPECT(!strcmp(plain, bare));
}

static void wide_ones_are_bounded(void)
{
	bool coloured = false;

	show(invent(TSMC_STEP_COPY, 1), 200, false);
	for (unsigned int i = 0; i < lines.nr; i++)
		EXPECT(width(lines.text[i], &coloured) <= TSMC_VIEW_COLUMNS);
}

static void bar_is_full_at_the_end_only(void)
{
	struct tsmc_view view = invent(TSMC_STEP_PAGES, 3);

	state.sums.left = 1;
	EXPECT(strstr(show(view, 80, false), "#-]  99 %"));
	state.sums.left = 0;
	EXPECT(strstr(show(view, 80, false), "##] 100 %"));
	state.sums.left = state.total;
	EXPECT(strstr(show(view, 80, false), "[---") && strstr(all, "-]   0 %"));
	/* Nothing was missing at all. */
	state.total = 0;
	state.sums.left = 0;
	EXPECT(!strchr(show(view, 80, false), '['));
}

static void what_is_not_known_is_not_shown(void)
{
	struct tsmc_view view = invent(TSMC_STEP_COPY, 1);

	view.bytes_per_s = 0;
	view.left_ns = TSMC_RATES_UNKNOWN;
	state.knows_changed = false;
	memset(state.classes, 0, sizeof(state.classes));
	show(view, 80, false);
	EXPECT(lines.nr == 4 && !strstr(all, "link") && !strstr(all, "changing") && !strstr(all, " left\n"));
	EXPECT(strstr(all, "sent 100 MiB"));
}

static void names_cannot_harm(void)
{
	struct tsmc_view view = invent(TSMC_STEP_COPY, 1);
	char host[300];
	bool coloured = false;

	memset(host, 'h', sizeof(host));
	host[sizeof(host) - 1] = 0;
	view.name = "a\033[2Jb\n\xc3\xa9";
	view.host = host;
	show(view, 100, false);
	for (unsigned int i = 0; i < lines.nr; i++)
		EXPECT(width(lines.text[i], &coloured) <= 100);
	EXPECT(!coloured && strstr(all, "a?[2Jb??? to hhh"));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "stages one and three at 80 columns, word by word", exact_at_80 },
		{ "at 20 columns what matters most is left", exact_at_20 },
		{ "no step is wider than its terminal, from 1 column to 220", every_step_in_every_width },
		{ "colours change no text", colours_change_no_text },
		{ "lines of wide terminals are bounded", wide_ones_are_bounded },
		{ "the bar is full at the end only", bar_is_full_at_the_end_only },
		{ "what is not known is not shown", what_is_not_known_is_not_shown },
		{ "names of any kind cannot harm", names_cannot_harm },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
