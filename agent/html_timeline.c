// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The three stages on a time line; below it stage two, which is short, enlarged.
 */
#include "html.h"

#define LEFT		4.0
#define RIGHT		14.0
#define BAR_Y		22.0
#define BAR_HEIGHT	40.0
#define ZOOM_Y		92.0
#define ZOOM_HEIGHT	28.0
#define HEIGHT		124.0
/* A bar is seen from so wide on, and has room for text. */
#define VISIBLE		2.0
#define ROOMY		130.0

/**
 * struct span - a bar
 * @from: in seconds
 * @to: likewise
 */
struct span {
	double from, to;
};

static struct span stage_span(const struct tsmc_report *report, unsigned int stage)
{
	const uint64_t ends[TSMC_STAGES] = { report->started, report->suspend, report->running, report->ended };

	return (struct span){ (ends[stage - 1] - report->started) / 1e9, (ends[stage] - report->started) / 1e9 };
}

static double x_of(const struct tsmc_html *html, double seconds, double most)
{
	return LEFT + (html->width - LEFT - RIGHT) * (most > 0 ? seconds / most : 0);
}

static void bar(const struct tsmc_html *html, struct span span, double most, const double y[2],
		const char *style, const char *what, const char *brief)
{
	double x = x_of(html, span.from, most), width = x_of(html, span.to, most) - x;

	if (width < VISIBLE)
		width = VISIBLE;
	fprintf(html->out, "<rect class=\"%s\" x=\"%.2f\" y=\"%g\" width=\"%.2f\" height=\"%g\"><title>%s: ", style, x,
		y[0], width, y[1], what);
	tsmc_html_digits(html->out, span.to - span.from);
	fputs(" s</title></rect>\n", html->out);
	if (width < ROOMY)
		return;
	fprintf(html->out, "<text class=\"on\" x=\"%.2f\" y=\"%g\">%s, ", x + 8, y[0] + y[1] / 2 + 4, brief);
	tsmc_html_digits(html->out, span.to - span.from);
	fputs(" s</text>\n", html->out);
}

static void scale(const struct tsmc_html *html)
{
	double step = tsmc_html_step(html->seconds, html->nr > 1 ? 5 : 10);

	for (unsigned int i = 0; i * step <= html->seconds; i++) {
		double x = x_of(html, i * step, html->seconds);

		fprintf(html->out, "<line class=\"grid\" x1=\"%.2f\" x2=\"%.2f\" y1=\"16\" y2=\"%g\"/>", x, x, BAR_Y + BAR_HEIGHT);
		fprintf(html->out, "<text x=\"%.2f\" y=\"12\" text-anchor=\"%s\">%g s</text>\n", x,
			i ? "middle" : "start", i * step);
	}
}

static void enlarge(const struct tsmc_html *html, const struct tsmc_report *report)
{
	static const double y[2] = { ZOOM_Y, ZOOM_HEIGHT };
	struct span two = stage_span(report, 2), part = { 0, (report->suspended - report->suspend) / 1e9 };
	double length = two.to - two.from, bottom = BAR_Y + BAR_HEIGHT;

	fprintf(html->out, "<path class=\"s2 band\" d=\"M%.2f %gL%.2f %gL%.2f %gL%.2f %gz\"/>\n",
		x_of(html, two.from, html->seconds), bottom, x_of(html, two.to, html->seconds), bottom,
		html->width - RIGHT, ZOOM_Y, LEFT, ZOOM_Y);
	bar(html, part, length, y, "s2", "the guest suspends", "guest suspends");
	bar(html, (struct span){ part.to, length }, length, y, "s2 light",
	    "last pages, CPU state, hand-over", "hand-over");
}

static void legend(const struct tsmc_html *html, unsigned int run)
{
	const struct tsmc_report *report = html->runs[run];

	fputs("<figcaption>", html->out);
	tsmc_html_badge(html, run);
	fputs("<ul class=\"legend\">\n", html->out);
	for (unsigned int stage = 1; stage < TSMC_STAGES; stage++) {
		struct span span = stage_span(report, stage);

		fprintf(html->out, "<li><i class=\"s%u\"></i>%s, <b>", stage, tsmc_html_stages[stage]);
		tsmc_html_digits(html->out, span.to - span.from);
		fputs(" s</b></li>\n", html->out);
	}
	if (report->safe) {
		fputs("<li>dashed: from here on nothing was missing but ", html->out);
		tsmc_html_count(html->out, report->safe_pages);
		fputs(" pages of clean page cache</li>\n", html->out);
	}
	fputs("</ul></figcaption></figure>\n", html->out);
}

static void draw(const struct tsmc_html *html, unsigned int run)
{
	static const char *const brief[TSMC_STAGES] = { "", "stage one", "stage two", "stage three" };
	static const double y[2] = { BAR_Y, BAR_HEIGHT };
	const struct tsmc_report *report = html->runs[run];

	tsmc_html_begin_picture(html, run, "timeline", HEIGHT, "Time line of the migration",
				"A bar of three parts, one for each stage; below it stage two, enlarged.");
	scale(html);
	for (unsigned int stage = 1; stage < TSMC_STAGES; stage++) {
		char style[3] = { 's', '0' + stage, 0 };

		bar(html, stage_span(report, stage), html->seconds, y, style, tsmc_html_stages[stage], brief[stage]);
	}
	if (report->safe) {
		double x = x_of(html, (report->safe - report->started) / 1e9, html->seconds);

		fprintf(html->out, "<line class=\"mark\" x1=\"%.2f\" x2=\"%.2f\" y1=\"%g\" y2=\"%g\"/>\n", x, x,
			BAR_Y - 4, BAR_Y + BAR_HEIGHT + 4);
	}
	enlarge(html, report);
	tsmc_html_end_picture(html);
	legend(html, run);
}

/**
 * tsmc_html_timeline - the stages in time
 * @html: page
 */
void tsmc_html_timeline(const struct tsmc_html *html)
{
	fprintf(html->out, "<section id=\"timeline\">\n<h2>Time line</h2>\n<p>The lower bar is stage two, enlarged.%s</p>\n<div class=\"runs\">\n",
		html->nr > 1 ? " The upper bars have the same scale." : "");
	for (unsigned int i = 0; i < html->nr; i++)
		draw(html, i);
	fputs("</div>\n</section>\n", html->out);
}
