// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What all parts of a page write: text, numbers, the frame of a picture.
 */
#include <inttypes.h>
#include <math.h>

#include "html.h"

const char *const tsmc_html_stages[TSMC_STAGES] = {
	"", "stage one: full memory copy", "stage two: the guest stands still", "stage three: dirty pages copy",
};

/**
 * tsmc_html_text - write text so that it is nothing but text, also in an attribute
 * @out: where to
 * @text: UTF-8
 *
 * Control characters, which HTML does not have, are replaced.
 */
void tsmc_html_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char byte = *text;

		if (byte == '&' || byte == '<' || byte == '>' || byte == '"' || byte == '\'')
			fprintf(out, "&#%u;", byte);
		else if (byte < 0x20 || byte == 0x7f)
			fputs("&#xfffd;", out);
		else
			fputc(byte, out);
	}
}

/**
 * tsmc_html_count - write a count
 * @out: where to
 * @number: any
 */
void tsmc_html_count(FILE *out, uint64_t number)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, number);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			fputs("&#8239;", out);
		fputc(digits[i], out);
	}
}

/**
 * tsmc_html_digits - write a measured number
 * @out: where to
 * @number: not negative
 */
void tsmc_html_digits(FILE *out, double number)
{
	int decimals = number < 1 ? 3 : number < 10 ? 2 : number < 100 ? 1 : 0;

	if (decimals)
		fprintf(out, "%.*f", decimals, number);
	else
		tsmc_html_count(out, (uint64_t)llround(number));
}

/**
 * tsmc_html_badge - say which run it is
 * @html: page
 * @run: index
 */
void tsmc_html_badge(const struct tsmc_html *html, unsigned int run)
{
	if (html->nr > 1)
		fprintf(html->out, "<b class=\"badge\">%c</b> ", 'A' + run);
}

/**
 * tsmc_html_begin_picture - begin a picture
 * @html: page
 * @run: index
 * @what: name of the picture
 * @height: its width is the page's
 * @title: for who cannot see it
 * @description: likewise
 */
void tsmc_html_begin_picture(const struct tsmc_html *html, unsigned int run, const char *what, double height,
			     const char *title, const char *description)
{
	fprintf(html->out, "<figure id=\"%s-%u\">\n", what, run);
	fprintf(html->out, "<svg role=\"img\" viewBox=\"0 0 %g %g\" aria-labelledby=\"%s-%u-t %s-%u-d\">\n",
		html->width, height, what, run, what, run);
	fprintf(html->out, "<title id=\"%s-%u-t\">%s", what, run, title);
	if (html->nr > 1)
		fprintf(html->out, ", %c", 'A' + run);
	fprintf(html->out, "</title><desc id=\"%s-%u-d\">%s</desc>\n", what, run, description);
}

/**
 * tsmc_html_end_picture - end a picture; what follows up to </figure> is its caption
 * @html: page
 */
void tsmc_html_end_picture(const struct tsmc_html *html)
{
	fputs("</svg>\n", html->out);
}

/**
 * tsmc_html_step - distance of the lines of a scale
 * @most: end of the scale
 * @few: lines that it may have
 *
 * Return: a positive number.
 */
double tsmc_html_step(double most, unsigned int few)
{
	double step = pow(10, floor(log10(most > 0 ? most / few : 1)));

	while (step * few < most)
		step *= step * 2 * few >= most ? 2 : step * 5 * few >= most ? 5 : 10;
	return step;
}
