/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report, or two side by side, as one HTML page with pictures in SVG. Scales are the same for
 * both. The page refers to nothing outside, and has no script. Only the strings of a report can
 * hold any text; they are escaped wherever they are shown.
 */
#ifndef TSMC_HTML_H
#define TSMC_HTML_H

#include <stdbool.h>
#include <stdio.h>

#include "report.h"

#define TSMC_HTML_RUNS	2

/**
 * struct tsmc_html - a page in the making
 * @out: where to
 * @nr: runs, 1 or TSMC_HTML_RUNS
 * @runs: their reports
 * @width: of a picture of one run
 * @seconds: longest run
 */
struct tsmc_html {
	FILE *out;
	unsigned int nr;
	const struct tsmc_report *runs[TSMC_HTML_RUNS];
	double width;
	double seconds;
};

/* Writes the page; errors are left to the stream. */
void tsmc_html_page(FILE *out, const struct tsmc_report *const runs[TSMC_HTML_RUNS], unsigned int nr);

/* For html*.c alone. */

/* The style sheet. */
extern const char tsmc_html_style[];
/* Stages have names; index 1 .. 3. */
extern const char *const tsmc_html_stages[TSMC_STAGES];

/* Parts of the page. */
void tsmc_html_figures(const struct tsmc_html *html);
void tsmc_html_timeline(const struct tsmc_html *html);
void tsmc_html_curves(const struct tsmc_html *html);
void tsmc_html_classes(const struct tsmc_html *html);
void tsmc_html_map(const struct tsmc_html *html);

/* Text of any kind, escaped. */
void tsmc_html_text(FILE *out, const char *text);
/* A number with its thousands apart. */
void tsmc_html_count(FILE *out, uint64_t number);
/* Three digits or more: 0.123, 1.23, 12.3, 123. */
void tsmc_html_digits(FILE *out, double number);
/* "A" and "B", when there are two. */
void tsmc_html_badge(const struct tsmc_html *html, unsigned int run);

/* A picture of a run, between these two; what: unique on the page, title and description for who cannot see it. */
void tsmc_html_begin_picture(const struct tsmc_html *html, unsigned int run, const char *what, double height,
			     const char *title, const char *description);
void tsmc_html_end_picture(const struct tsmc_html *html);
/* A step between 1, 2 and 5 times a power of ten, of which few make this. */
double tsmc_html_step(double most, unsigned int few);

#endif /* TSMC_HTML_H */
