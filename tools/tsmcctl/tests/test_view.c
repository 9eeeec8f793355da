// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames of the live view.
 */
#include <string.h>

#include "made_messages.h"
#include "view.h"

static struct tsmc_process processes[] = {
	{ .pid = 5, .comm = "cold", .pages = 100, .hot = 0, .written = 0 },
	{ .pid = 9, .comm = "hot", .pages = 20, .hot = 10, .written = 3 },
	{ .pid = 4, .comm = "written", .pages = 20, .hot = 10, .written = 4 },
	{ .pid = 3, .comm = "cold too", .pages = 100, .hot = 0, .written = 0 },
};

static const struct tsmc_view sample = {
	.status = { .state = TSMC_HINT_PREPARED, .epoch = 1, .samples = 7, .sample_pages = 70,
		    .interval_now_ms = 250 },
	.min = 13,
	.class = "anon",
	.processes = processes,
	.nr_processes = 4,
};

static unsigned int lines(const char *text)
{
	unsigned int count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static void order(void)
{
	static const uint32_t expected[] = { 4, 9, 3, 5 };

	tsmc_processes_sort(processes, 4);
	for (unsigned int i = 0; i < 4; i++)
		EXPECT(processes[i].pid == expected[i]);
	tsmc_processes_sort(NULL, 0);
}

static void text(void)
{
	struct tsmc_view view = sample;
	struct written written;

	tsmc_view_add(&view, &(struct tsmc_run){ .pages = 90, .heat = 15 });
	tsmc_view_add(&view, &(struct tsmc_run){ .pages = 6, .heat = 15 });
	tsmc_view_add(&view, &(struct tsmc_run){ .pages = 1, .heat = 14 });
	written_begin(&written);
	tsmc_view_text(&view, 1, written.out);
	EXPECT(written_is(&written,
			  "tsmc: prepared, 1 migrations so far, a sample every 250 ms, 7 samples, newest saw 70 pages touched\n"
			  "\n"
			  "      HEAT      PAGES  anon\n"
			  "        15         96  ################################################\n"
			  "        14          1  #\n"
			  "        13          0\n"
			  "\n"
			  "       PID NAME                   HOT    WRITTEN      PAGES\n"
			  "         4 written                 10          4         20\n"));
}

static void height(void)
{
	struct tsmc_view view = sample;

	for (view.min = 0; view.min < TSMC_HEATS; view.min++) {
		for (unsigned int shown = 0; shown < 6; shown++) {
			struct written written;

			written_begin(&written);
			tsmc_view_text(&view, shown, written.out);
			fclose(written.out);
			EXPECT(lines(written.text) == tsmc_view_lines(&view) + (shown < 4 ? shown : 4));
			free(written.text);
		}
	}
}

static void large(void)
{
	struct tsmc_view view = sample;
	struct written written;

	view.heat[15] = UINT64_MAX;
	view.heat[14] = UINT64_MAX - 1;
	view.heat[13] = 1;
	view.nr_processes = 0;
	view.status.interval_now_ms = 0;
	written_begin(&written);
	tsmc_view_text(&view, 10, written.out);
	fclose(written.out);
	EXPECT(strstr(written.text, "tracker asleep"));
	EXPECT(strstr(written.text, " 18446744073709551615  ########"));
	EXPECT(strstr(written.text, "        13          1  #\n"));
	free(written.text);
}

static void json(void)
{
	struct tsmc_view view = sample;
	struct tsmc_json json = { 0 };
	struct written written;

	view.heat[14] = 5;
	written_begin(&written);
	json.out = written.out;
	tsmc_view_json(&view, 0, &json);
	fclose(written.out);
	EXPECT(!lines(written.text));
	EXPECT(!strncmp(written.text, "{\"status\": {\"state\": \"prepared\", ", 33));
	EXPECT(strstr(written.text,
		      "\"heat\": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0], \"processes\": []}"));
	free(written.text);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the hottest process is the first", order },
		{ "a frame has title, histogram and processes", text },
		{ "a frame has the height that it says", height },
		{ "large numbers break nothing", large },
		{ "a frame is one line of JSON", json },
	};

	unit_run(tests, sizeof(tests) / sizeof(*tests));
}
