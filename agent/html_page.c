// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page as a whole, and what stands at its head.
 */
#include "html.h"

#define WIDTH		1040.0
#define WIDTH_OF_TWO	506.0

static double seconds(uint64_t ns)
{
	return ns / 1e9;
}

static void head(const struct tsmc_html *html)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	      "<title>", html->out);
	for (unsigned int i = 0; i < html->nr; i++) {
		fputs(i ? "; " : "", html->out);
		tsmc_html_text(html->out, html->runs[i]->name);
		fputs(" to ", html->out);
		tsmc_html_text(html->out, html->runs[i]->host);
	}
	fprintf(html->out, " - tsmc-agent</title>\n<style>\n%s</style>\n</head>\n<body>\n<main>\n<h1>%s</h1>\n",
		tsmc_html_style, html->nr > 1 ? "Two migrations, side by side" : "A migration in three stages");
}

static void big(const struct tsmc_html *html, double number, const char *unit, const char *what)
{
	fputs("<div><b>", html->out);
	tsmc_html_digits(html->out, number);
	fprintf(html->out, "%s</b>%s</div>\n", unit, what);
}

static void introduce(const struct tsmc_html *html, unsigned int run)
{
	const struct tsmc_report *report = html->runs[run];

	fputs("<div class=\"run\"><p>", html->out);
	tsmc_html_badge(html, run);
	fputs("<bdi><b>", html->out);
	tsmc_html_text(html->out, report->name);
	fputs("</b></bdi> to <bdi><b>", html->out);
	tsmc_html_text(html->out, report->host);
	fputs("</b></bdi>, mode <bdi>", html->out);
	tsmc_html_text(html->out, report->mode);
	fputs("</bdi>, compression <bdi>", html->out);
	tsmc_html_text(html->out, report->compress);
	fputs("</bdi></p>\n<div class=\"big\">\n", html->out);
	big(html, seconds(report->ended - report->started), " s", "total migration");
	big(html, seconds(report->running - report->suspend), " s", "downtime");
	big(html, report->bytes_sent / 1048576.0, " MiB", "sent over the link");
	fputs("<div><b>", html->out);
	tsmc_html_count(html->out, report->target.faults);
	fputs("</b>demand faults</div>\n</div></div>\n", html->out);
}

/**
 * tsmc_html_page - write the page
 * @out: where to
 * @runs: one or two reports
 * @nr: how many
 */
void tsmc_html_page(FILE *out, const struct tsmc_report *const runs[TSMC_HTML_RUNS], unsigned int nr)
{
	struct tsmc_html html = { .out = out, .nr = nr, .width = nr > 1 ? WIDTH_OF_TWO : WIDTH };

	for (unsigned int i = 0; i < nr; i++) {
		double total = seconds(runs[i]->ended - runs[i]->started);

		html.runs[i] = runs[i];
		html.seconds = total > html.seconds ? total : html.seconds;
	}
	head(&html);
	fputs("<div class=\"runs\">\n", out);
	for (unsigned int i = 0; i < nr; i++)
		introduce(&html, i);
	fputs("</div>\n", out);
	tsmc_html_timeline(&html);
	tsmc_html_curves(&html);
	tsmc_html_classes(&html);
	tsmc_html_map(&html);
	tsmc_html_figures(&html);
	fputs("<footer>All figures are those that tsmc-agent measured during the migration: times at the source, faults and"
	      " their waits at the target. 1 MiB is 1&#8239;048&#8239;576 bytes, a page 4096.</footer>\n"
	      "</main>\n</body>\n</html>\n", out);
}
