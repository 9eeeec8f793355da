// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reports: written, read again, shown as a page; and what is no report, or a spoilt one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "invented_report.h"
#include "report_read.h"
#include "unit.h"

#define EVIL	"<script>alert(1)</script>&\"'\n\xc3\xa4"

/* The report as JSON, to be freed. */
static char *written(const struct tsmc_report *report)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	EXPECT(out);
	tsmc_report_json(report, out);
	EXPECT(!fclose(out));
	return text;
}

static char *invented(void)
{
	struct tsmc_report report;
	char *text;

	invented_report(&report, EVIL, false);
	text = written(&report);
	tsmc_report_destroy(&report);
	return text;
}

static char *page(const struct tsmc_report *first, const struct tsmc_report *second)
{
	const struct tsmc_report *runs[TSMC_HTML_RUNS] = { first, second };
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	EXPECT(out);
	tsmc_html_page(out, runs, second ? 2 : 1);
	EXPECT(!fclose(out));
	EXPECT(len == strlen(text));
	return text;
}

static void what_was_written_is_read(void)
{
	char *text = invented(), *again, why[256] = "";
	struct tsmc_report_file file;

	EXPECT(!tsmc_report_read(text, strlen(text), &file, why, sizeof(why)));
	EXPECT(!strcmp(file.report.name, EVIL));
	again = written(&file.report);
	EXPECT(!strcmp(text, again));
	tsmc_report_file_destroy(&file);
	free(again);
	free(text);
}

static unsigned int occurrences(const char *text, const char *what)
{
	unsigned int nr = 0;

	while ((text = strstr(text, what))) {
		text++;
		nr++;
	}
	return nr;
}

static void text_is_nothing_but_text(void)
{
	struct tsmc_report report;
	char *html;

	invented_report(&report, EVIL, true);
	report.host = report.mode = report.compress = report.order = EVIL;
	html = page(&report, &report);
	EXPECT(!strstr(html, "<script") && !strstr(html, "alert(1)</s"));
	EXPECT(strstr(html, "&#60;script&#62;alert(1)&#60;/script&#62;&#38;&#34;&#39;&#xfffd;\xc3\xa4"));
	EXPECT(!strstr(html, "http:") && !strstr(html, "https:") && !strstr(html, "url("));
	EXPECT(occurrences(html, "<svg ") == 2 * 9 && occurrences(html, "<title id=") == 2 * 9);
	free(html);
	tsmc_report_destroy(&report);
}

/* No number of it is one that a picture cannot have. */
static void an_empty_migration_is_shown(void)
{
	const struct tsmc_report report = { .name = "", .host = "", .mode = "", .order = "", .compress = "" };
	char *html = page(&report, NULL);

	EXPECT(!strstr(html, "nan") && !strstr(html, "inf\"") && !strstr(html, "inf "));
	EXPECT(strstr(html, "no series over time") && strstr(html, "no map of memory") && strstr(html, "no bytes by class"));
	free(html);
}

/* Replaces the first occurrence; the result is to be freed. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *result;

	EXPECT(at);
	EXPECT(asprintf(&result, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) > 0);
	return result;
}

static void refused(const char *text, size_t len, const char *because)
{
	struct tsmc_report_file file;
	char why[256] = "";

	EXPECT(tsmc_report_read(text, len, &file, why, sizeof(why)) == -EINVAL);
	if (!strstr(why, because))
		ksft_print_msg("'%s' and not '%s'\n", why, because);
	EXPECT(strstr(why, because));
	tsmc_report_file_destroy(&file);
}

static void what_is_wrong_is_said(void)
{
	static const struct {
		const char *from, *to, *because;
	} cases[] = {
		{ "{", "[", "line 2, character" },
		{ "\"host\"", "\"hosts\"", "'host' is missing" },
		{ "\"hostb\"", "7", "'host' is not of type string" },
		{ "\"hostb\"", "\"\xff\"", "is not JSON: invalid utf-8" },
		{ "\"total_s\": ", "\"total_s\": 1", "do not add up" },
		{ "\"total_s\": ", "\"total_s\": NaN, \"x\": ", "'total_s' is not a time" },
		{ "\"total_s\": ", "\"total_s\": -", "'total_s' is not a time" },
		{ "\"total_s\": ", "\"total_s\": 1e300, \"x\": ", "'total_s' is not a time" },
		{ "\"rounds\": ", "\"rounds\": -", "'rounds' is not a count" },
		{ "\"rounds\": ", "\"rounds\": 99999999999999999999, \"x\": ", "'rounds' is not a count" },
		{ "\"rounds\": 2", "\"rounds\": 2.5", "'rounds' is not of type int" },
		{ "{\"kernel\"", "{\"colonel\"", "no class 'colonel'" },
		{ "\"faults\": ", "\"faults\": null, \"x\": ", "'faults' is not of type int" },
		{ "_us\": [", "_us\": [1, ", "has not 24 values" },
		{ "[0.000000, 1, 0,", "[0.000000, 1, 9,", "entry 2 does not follow" },
		{ "[0.000000, 1, 0,", "[0.000000, 4, 0,", "entry 1 does not follow" },
		{ "[0.000000, 1, 0,", "[0.000000, 1,", "entry 1 is not an array of 7 values" },
		{ "\"cell_pages\": 32", "\"cell_pages\": 0", "'cell_pages' is not right" },
		{ "\"cell_pages\": 32", "\"cell_pages\": 31", "is not right" },
		{ "\"cell_pages\": 32", "\"cell_pages\": 16", "more pages than 'cell_pages'" },
		{ "\"ranges\": [[0, ", "\"ranges\": [[0, 999", "'ranges': entry 1 is not right" },
		{ "\"ranges\": [[0, ", "\"ranges\": [[0, 1], [0, ", "'ranges': entry 2 is not right" },
		{ "\"ranges\": [[0, ", "\"ranges\": [[0, 0], [0, 1", "'ranges'" },
		{ "\"cells\": [", "\"cells\": [[1, \"anon\", 0, 1, 0, 0, 0, 0], ", "do not fit together" },
		{ "\"cells\": [", "\"cells\": [[1, \"anon\", 16, 1, 0, 0, 0, 0], ", "'heat' is greater than 15" },
		{ "\"cells\": [", "\"cells\": [[1, \"anon\", 0, 0, 0, 0, 0, 0], ", "a cell has no page" },
		{ "\"cells\": [", "\"cells\": [[1, {}, 0, 0, 0, 0, 0, 0], ", "there is no class" },
		{ "\"cells\": [", "\"cells\": [4, ", "entry 1 is not an array of 8 values" },
		{ "\n}\n", "\n} x", "it is not JSON" },
	};
	char *text = invented();

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		char *spoilt = replaced(text, cases[i].from, cases[i].to);

		refused(spoilt, strlen(spoilt), cases[i].because);
		free(spoilt);
	}
	free(text);
	refused("", 0, "it is empty");
	refused("7", 1, "it ends too early");
	refused("null ", 5, "it is not an object");
	refused("{\"estimate\": 1}", 15, "'name' is missing");
	refused("[[[[[[[[[[[[", 12, "it is not JSON: nesting too deep");
}

static void a_report_that_is_cut_off_is_refused(void)
{
	char *text = invented();
	size_t len = strlen(text);

	for (size_t end = len - 3; end > 200; end -= 1 + end / 40)
		refused(text, end, "it ends too early");
	free(text);
}

/* Whatever is read can be shown. */
static void a_spoilt_report_does_no_harm(void)
{
	uint64_t seed = 0x7370, shown = 0;
	char *text = invented();
	size_t len = strlen(text);

	for (unsigned int i = 0; i < 400; i++) {
		static const char some[] = "0123456789-.,:[]{}\"e xn";
		size_t at = unit_below(&seed, i % 2 ? len : 2000);
		struct tsmc_report_file file;
		char before = text[at], why[256];

		text[at] = some[unit_below(&seed, sizeof(some) - 1)];
		if (!tsmc_report_read(text, len, &file, why, sizeof(why))) {
			free(page(&file.report, &file.report));
			shown++;
		}
		tsmc_report_file_destroy(&file);
		text[at] = before;
	}
	EXPECT(shown);
	free(text);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "what was written is read", what_was_written_is_read },
		{ "text of a report is nothing but text on the page", text_is_nothing_but_text },
		{ "a migration in which nothing happened is shown", an_empty_migration_is_shown },
		{ "what is wrong with a file is said", what_is_wrong_is_said },
		{ "a report that is cut off is refused", a_report_that_is_cut_off_is_refused },
		{ "a spoilt report does no harm", a_spoilt_report_does_no_harm },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
