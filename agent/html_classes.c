// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What crossed in which stage, by the class of pages.
 */
#include "hints.h"
#include "html.h"

#define LEFT	66.0
#define RIGHT	84.0
#define ROW	22.0
#define BAR	15.0
#define MIB	1048576.0

typedef const uint64_t counts_t[TSMC_STAGES][TSMC_CLASS_NR];

static uint64_t class_sum(counts_t counts, unsigned int class)
{
	return counts[1][class] + counts[2][class] + counts[3][class];
}

static uint64_t stage_sum(counts_t counts, unsigned int stage)
{
	uint64_t sum = 0;

	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++)
		sum += counts[stage][class];
	return sum;
}

static bool has_bytes(const struct tsmc_report *report)
{
	return stage_sum(report->pages.bytes, 1) || stage_sum(report->pages.bytes, 2) ||
	       stage_sum(report->pages.bytes, 3);
}

/* The same rows for both runs. */
static bool is_shown(const struct tsmc_html *html, unsigned int class)
{
	for (unsigned int i = 0; i < html->nr; i++) {
		const struct tsmc_page_counts *pages = &html->runs[i]->pages;

		if (class_sum(pages->data, class) || class_sum(pages->zero, class))
			return true;
	}
	return false;
}

static unsigned int nr_shown(const struct tsmc_html *html)
{
	unsigned int nr = 0;

	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++)
		nr += is_shown(html, class);
	return nr;
}

static void bars_of_class(const struct tsmc_html *html, counts_t counts, unsigned int class, double most,
			  double unit, double y)
{
	double x = LEFT, width;

	fprintf(html->out, "<text x=\"%g\" y=\"%g\" text-anchor=\"end\">%s</text>\n", LEFT - 8, y + BAR - 3,
		tsmc_class_name(class));
	for (unsigned int stage = 1; stage < TSMC_STAGES; stage++) {
		if (!counts[stage][class])
			continue;
		width = (html->width - LEFT - RIGHT) * counts[stage][class] / most;
		fprintf(html->out, "<rect class=\"s%u\" x=\"%.2f\" y=\"%g\" width=\"%.2f\" height=\"%g\"><title>%s, %s: ", stage,
			x, y, width, BAR, tsmc_class_name(class), tsmc_html_stages[stage]);
		tsmc_html_digits(html->out, counts[stage][class] / unit);
		fputs("</title></rect>\n", html->out);
		x += width;
	}
	fprintf(html->out, "<text x=\"%.2f\" y=\"%g\">", x + 6, y + BAR - 3);
	if (unit > 1)
		tsmc_html_digits(html->out, class_sum(counts, class) / unit);
	else
		tsmc_html_count(html->out, class_sum(counts, class));
	fputs("</text>\n", html->out);
}

static void bars(const struct tsmc_html *html, unsigned int run, counts_t counts, const char *id,
		 const char *title, double most, double unit)
{
	double y = 4;

	tsmc_html_begin_picture(html, run, id, 4 + ROW * nr_shown(html), title,
				"A bar for each class of pages, of a part for each stage. The table has the numbers.");
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
		if (!is_shown(html, class))
			continue;
		bars_of_class(html, counts, class, most, unit, y);
		y += ROW;
	}
	tsmc_html_end_picture(html);
	fputs("<figcaption>", html->out);
	tsmc_html_badge(html, run);
	fputs("</figcaption></figure>\n", html->out);
}

static void cells(const struct tsmc_html *html, const struct tsmc_report *report, const uint64_t pages[TSMC_STAGES],
		  const uint64_t bytes[TSMC_STAGES], uint64_t markers)
{
	for (unsigned int stage = 1; stage < TSMC_STAGES; stage++) {
		fputs("<td>", html->out);
		tsmc_html_count(html->out, pages[stage]);
		fputs("</td><td>", html->out);
		if (has_bytes(report))
			fprintf(html->out, "%.1f", bytes[stage] / MIB);
		else
			fputs("&ndash;", html->out);
		fputs("</td>", html->out);
	}
	fputs("<td>", html->out);
	tsmc_html_count(html->out, markers);
	fputs("</td></tr>\n", html->out);
}

static void table(const struct tsmc_html *html, unsigned int run)
{
	const struct tsmc_report *report = html->runs[run];
	const struct tsmc_page_counts *counts = &report->pages;
	uint64_t pages[TSMC_STAGES], bytes[TSMC_STAGES], markers = 0;

	fputs("<div class=\"scroll\"><table>\n<thead><tr><th>", html->out);
	tsmc_html_badge(html, run);
	fputs("class</th>", html->out);
	for (unsigned int stage = 1; stage < TSMC_STAGES; stage++)
		fprintf(html->out, "<th scope=\"col\">stage&nbsp;%u</th><th scope=\"col\">MiB</th>", stage);
	fputs("<th scope=\"col\">markers</th></tr></thead>\n<tbody>\n", html->out);
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
		if (!is_shown(html, class))
			continue;
		for (unsigned int stage = 1; stage < TSMC_STAGES; stage++) {
			pages[stage] = counts->data[stage][class];
			bytes[stage] = counts->bytes[stage][class];
		}
		fprintf(html->out, "<tr><th scope=\"row\">%s</th>", tsmc_class_name(class));
		cells(html, report, pages, bytes, class_sum(counts->zero, class));
		markers += class_sum(counts->zero, class);
	}
	for (unsigned int stage = 1; stage < TSMC_STAGES; stage++) {
		pages[stage] = stage_sum(counts->data, stage);
		bytes[stage] = stage_sum(counts->bytes, stage);
	}
	fputs("<tr class=\"sum\"><th scope=\"row\">all</th>", html->out);
	cells(html, report, pages, bytes, markers);
	fputs("</tbody></table></div>\n", html->out);
}

static double greatest(const struct tsmc_html *html, bool bytes)
{
	uint64_t most = 1;

	for (unsigned int i = 0; i < html->nr; i++) {
		const struct tsmc_page_counts *pages = &html->runs[i]->pages;

		for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
			uint64_t sum = class_sum(bytes ? pages->bytes : pages->data, class);

			most = sum > most ? sum : most;
		}
	}
	return most;
}

/**
 * tsmc_html_classes - pages and bytes by class and stage
 * @html: page
 */
void tsmc_html_classes(const struct tsmc_html *html)
{
	fputs("<section id=\"classes\">\n<h2>By class and stage</h2>\n"
	      "<p>What pages are to the guest, by its module's word when they crossed. A page that changed may cross more than"
	      " once. Markers stand for pages that are free or all zero; they are in the bytes. Pages that were packed together"
	      " share the bytes evenly.</p>\n<ul class=\"legend\">", html->out);
	for (unsigned int stage = 1; stage < TSMC_STAGES; stage++)
		fprintf(html->out, "<li><i class=\"s%u\"></i>%s</li>", stage, tsmc_html_stages[stage]);
	fputs("</ul>\n<h3>Pages sent with their content</h3>\n<div class=\"runs\">\n", html->out);
	for (unsigned int i = 0; i < html->nr; i++)
		bars(html, i, html->runs[i]->pages.data, "pages", "Pages by class and stage", greatest(html, false), 1);
	fputs("</div>\n<h3>On the wire, MiB</h3>\n<div class=\"runs\">\n", html->out);
	for (unsigned int i = 0; i < html->nr; i++) {
		if (has_bytes(html->runs[i])) {
			bars(html, i, html->runs[i]->pages.bytes, "bytes", "MiB by class and stage", greatest(html, true), MIB);
			continue;
		}
		fputs("<p>", html->out);
		tsmc_html_badge(html, i);
		fputs("The report has no bytes by class: an older tsmc-agent wrote it.</p>\n", html->out);
	}
	fputs("</div>\n<div class=\"runs\">\n", html->out);
	for (unsigned int i = 0; i < html->nr; i++)
		table(html, i);
	fputs("</div>\n</section>\n", html->out);
}
