// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What was done when, as curves over time.
 */
#include "html.h"

#define LEFT	56.0
#define RIGHT	14.0
#define TOP	8.0
#define BOTTOM	22.0
#define HEIGHT	150.0
#define NONE	"The report has no series over time: an older tsmc-agent wrote it."

/**
 * struct curve - one of the pictures
 * @id: its name on the page
 * @title: with the unit
 * @about: what it shows
 * @unit: of a number
 * @scale: units in what is counted
 * @style: of the line
 * @fill: of the area below
 * @rate: shown is how quickly it grows, not how much it is
 * @get: what is counted
 */
struct curve {
	const char *id, *title, *about, *unit;
	double scale;
	const char *style, *fill;
	bool rate;
	uint64_t (*get)(const struct tsmc_sample *sample);
};

static uint64_t get_bytes(const struct tsmc_sample *sample)
{
	return sample->bytes;
}

static uint64_t get_faults(const struct tsmc_sample *sample)
{
	return sample->faults;
}

static uint64_t get_left(const struct tsmc_sample *sample)
{
	return sample->left;
}

static const struct curve curves[] = {
	{ "throughput", "Throughput, MiB/s", "Pages sent over the link, on both channels", "MiB/s", 1048576, "e1", "s1",
	  true, get_bytes },
	{ "faults", "Demand faults per second", "Pages that a vCPU waited for, as the source was asked for them", "per second",
	  1, "e3", "hot", true, get_faults },
	{ "left", "Pages ahead", "Pages that a stage had yet to come to: in stage one the first pass over memory, in stage three what was missing at the target",
	  "pages", 1, "ef", "marker", false, get_left },
};

/**
 * struct point - a value, and how long it held
 * @from: in seconds
 * @to: likewise
 * @value: in the curve's unit
 */
struct point {
	double from, to, value;
};

static double second(const struct tsmc_series *series, unsigned int i)
{
	return (series->samples[i].ns - series->samples[0].ns) / 1e9;
}

/*
 * The next point from a sample on; moves behind it. Samples at the borders of stages may be closer
 * than the interval: rates of very short times would say little.
 */
static struct point next_point(const struct curve *curve, const struct tsmc_series *series, unsigned int *at)
{
	const struct tsmc_sample *samples = series->samples;
	unsigned int first = *at, last = first + 1;
	double length;

	if (curve->rate) {
		while (last + 1 < series->nr && samples[last].ns - samples[first].ns < series->interval_ns)
			last++;
		if (samples[series->nr - 1].ns - samples[last].ns < series->interval_ns)
			last = series->nr - 1;
	}
	*at = last;
	length = second(series, last) - second(series, first);
	if (!curve->rate)
		return (struct point){ second(series, first), second(series, last),
				       curve->get(&samples[first]) / curve->scale };
	return (struct point){ second(series, first), second(series, last), length > 0 ?
			       (curve->get(&samples[last]) - curve->get(&samples[first])) / curve->scale / length : 0 };
}

static double highest(const struct curve *curve, const struct tsmc_series *series)
{
	double most = 0;

	for (unsigned int at = 0; series && at + 1 < series->nr;) {
		double value = next_point(curve, series, &at).value;

		most = value > most ? value : most;
	}
	return most;
}

static double x_of(const struct tsmc_html *html, double seconds)
{
	return LEFT + (html->width - LEFT - RIGHT) * (html->seconds > 0 ? seconds / html->seconds : 0);
}

static double y_of(double value, double most)
{
	return TOP + (HEIGHT - TOP - BOTTOM) * (1 - (most > 0 ? value / most : 0));
}

/* Behind the curve: when which stage was. */
static void bands(const struct tsmc_html *html, const struct tsmc_report *report)
{
	const uint64_t ends[TSMC_STAGES] = { report->started, report->suspend, report->running, report->ended };

	for (unsigned int stage = 1; stage < TSMC_STAGES; stage++) {
		double from = x_of(html, (ends[stage - 1] - report->started) / 1e9);
		double to = x_of(html, (ends[stage] - report->started) / 1e9);

		fprintf(html->out, "<rect class=\"s%u band\" x=\"%.2f\" y=\"%g\" width=\"%.2f\" height=\"%g\"/>\n", stage, from,
			TOP, to - from, HEIGHT - TOP - BOTTOM);
	}
}

static void scales(const struct tsmc_html *html, double most)
{
	double step = tsmc_html_step(most, 4), seconds = tsmc_html_step(html->seconds, html->nr > 1 ? 5 : 10);

	for (unsigned int i = 0; i * step <= most * 1.0001; i++) {
		double y = y_of(i * step, most);

		fprintf(html->out, "<line class=\"grid\" x1=\"%g\" x2=\"%g\" y1=\"%.2f\" y2=\"%.2f\"/><text x=\"%g\" y=\"%.2f\" text-anchor=\"end\">",
			LEFT, html->width - RIGHT, y, y, LEFT - 7, y + 4);
		if (i * step < 10)
			fprintf(html->out, "%g", i * step);
		else
			tsmc_html_count(html->out, (uint64_t)(i * step));
		fputs("</text>\n", html->out);
	}
	for (unsigned int i = 0; i * seconds <= html->seconds; i++)
		fprintf(html->out, "<text x=\"%.2f\" y=\"%g\" text-anchor=\"middle\">%g s</text>\n",
			x_of(html, i * seconds), HEIGHT - 5, i * seconds);
}

static void line(const struct tsmc_html *html, const struct curve *curve, const struct tsmc_series *series,
		 double most)
{
	for (unsigned int pass = 0; pass < 2; pass++) {
		double end = 0;

		fprintf(html->out, "<path class=\"%s %s\" d=\"M%.2f %.2f", pass ? "edge" : "area",
			pass ? curve->style : curve->fill, x_of(html, 0), y_of(0, most));
		for (unsigned int at = 0; at + 1 < series->nr;) {
			struct point point = next_point(curve, series, &at);

			end = x_of(html, point.to);
			fprintf(html->out, "V%.2fH%.2f", y_of(point.value, most), end);
		}
		fprintf(html->out, "V%.2f%s\"/>\n", y_of(0, most), pass ? "" : "z");
	}
}

static void draw(const struct tsmc_html *html, unsigned int run, const struct curve *curve, double most)
{
	const struct tsmc_report *report = html->runs[run];

	if (!report->series) {
		fputs("<p>", html->out);
		tsmc_html_badge(html, run);
		fputs(NONE "</p>\n", html->out);
		return;
	}
	tsmc_html_begin_picture(html, run, curve->id, HEIGHT, curve->title, curve->about);
	bands(html, report);
	scales(html, most);
	line(html, curve, report->series, most);
	tsmc_html_end_picture(html);
	fputs("<figcaption>", html->out);
	tsmc_html_badge(html, run);
	fputs("at most ", html->out);
	tsmc_html_digits(html->out, highest(curve, report->series));
	fprintf(html->out, " %s</figcaption></figure>\n", curve->unit);
}

/**
 * tsmc_html_curves - throughput, faults and what is ahead over time
 * @html: page
 */
void tsmc_html_curves(const struct tsmc_html *html)
{
	fputs("<section id=\"curves\">\n<h2>Over time</h2>\n", html->out);
	if (!html->runs[0]->series && !html->runs[html->nr - 1]->series) {
		fputs("<p>" NONE "</p>\n</section>\n", html->out);
		return;
	}
	fputs("<ul class=\"legend\">", html->out);
	for (unsigned int stage = 1; stage < TSMC_STAGES; stage++)
		fprintf(html->out, "<li><i class=\"s%u\"></i>%s</li>", stage, tsmc_html_stages[stage]);
	fputs("</ul>\n", html->out);
	for (unsigned int i = 0; i < sizeof(curves) / sizeof(*curves); i++) {
		double most = 0;

		for (unsigned int run = 0; run < html->nr; run++) {
			double high = highest(&curves[i], html->runs[run]->series);

			most = high > most ? high : most;
		}
		fprintf(html->out, "<h3>%s</h3>\n<p>%s.</p>\n<div class=\"runs\">\n", curves[i].title, curves[i].about);
		for (unsigned int run = 0; run < html->nr; run++)
			draw(html, run, &curves[i], most);
		fputs("</div>\n", html->out);
	}
	fputs("</section>\n", html->out);
}
