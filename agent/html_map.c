// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Maps of the guest's memory: by crossing, class and heat.
 */
#include <inttypes.h>

#include "hints.h"
#include "html.h"
#include "linux/tsmc_hint.h"

#define COLUMNS	96u
#define LEFT	66.0
#define CELL_Y	9.0
/* Every so many rows have an address. */
#define ROWS	4u
#define NR_HEATS	(TSMC_HINT_HEAT_MAX + 1)
#define NONE	"The report has no map of memory: an older tsmc-agent wrote it, or the link was lost in stage three."
/* Just seen to be warm. */
#define FAINT	0.12

static const char *const crossing_styles[TSMC_CROSSING_NR] = { "marker", "s1", "s2", "s3", "dropped" };
static const char *const crossing_names[TSMC_CROSSING_NR] = {
	"free: only a marker", "stage one", "stage two", "stage three", "dropped by the guest",
};

/**
 * struct map_kind - one of the maps
 * @id: its name on the page
 * @title: of it
 * @about: what a cell shows
 * @nr: colours
 * @share: of a cell that has this colour, from and to, in 0 .. 1
 */
struct map_kind {
	const char *id, *title, *about;
	unsigned int nr;
	void (*share)(const struct tsmc_map_cell *cell, unsigned int colour, double part[2]);
};

static uint64_t pages_of(const struct tsmc_map_cell *cell)
{
	uint64_t pages = 0;

	for (unsigned int i = 0; i < TSMC_CROSSING_NR; i++)
		pages += cell->crossed[i];
	return pages;
}

/* Side by side, each as wide as it has pages. */
static void share_crossing(const struct tsmc_map_cell *cell, unsigned int colour, double part[2])
{
	uint64_t before = 0;

	for (unsigned int i = 0; i < colour; i++)
		before += cell->crossed[i];
	part[0] = (double)before / pages_of(cell);
	part[1] = (double)(before + cell->crossed[colour]) / pages_of(cell);
}

static void share_class(const struct tsmc_map_cell *cell, unsigned int colour, double part[2])
{
	part[0] = 0;
	part[1] = cell->class == colour;
}

static void share_heat(const struct tsmc_map_cell *cell, unsigned int colour, double part[2])
{
	part[0] = 0;
	part[1] = cell->heat == colour;
}

static const struct map_kind kinds[] = {
	{ "map-stage", "By the stage in which each page crossed",
	  "How the pages of a cell came to the target for the last time; a cell of several kinds is divided among them",
	  TSMC_CROSSING_NR, share_crossing },
	{ "map-class", "By class", "What most pages of a cell were to the guest at the suspend", TSMC_CLASS_NR, share_class },
	{ "map-heat", "By heat", "How soon its pages were likely to be touched again, as the guest's module saw it; mean of a cell, rounded up",
	  NR_HEATS, share_heat },
};

static bool is_known(const struct map_kind *kind, const struct tsmc_memory_map *map)
{
	return kind->share == share_crossing || (kind->share == share_heat ? map->has_heat : map->has_hints);
}

static const char *style_of(const struct map_kind *kind, unsigned int colour)
{
	return kind->share == share_crossing ? crossing_styles[colour] :
	       kind->share == share_class ? tsmc_class_name(colour) : colour ? "hot" : "cold";
}

static double opacity_of(const struct map_kind *kind, unsigned int colour)
{
	return kind->share == share_heat && colour ? FAINT + (1 - FAINT) * colour / TSMC_HINT_HEAT_MAX : 1;
}

static uint64_t count(const struct map_kind *kind, const struct tsmc_memory_map *map, unsigned int colour)
{
	uint64_t pages = 0;

	for (unsigned int i = 0; i < map->nr; i++) {
		double part[2];

		kind->share(&map->cells[i], colour, part);
		if (kind->share == share_crossing)
			pages += map->cells[i].crossed[colour];
		else if (part[1] > 0)
			pages += pages_of(&map->cells[i]);
	}
	return pages;
}

static unsigned int rows(const struct tsmc_memory_map *map)
{
	return (map->nr + COLUMNS - 1) / COLUMNS;
}

/* All rectangles of one colour are one path; neighbours are joined. */
static void paint(const struct tsmc_html *html, const struct map_kind *kind, const struct tsmc_memory_map *map,
		  unsigned int colour)
{
	double width = (html->width - LEFT) / COLUMNS, from = 0, to = -1;

	fprintf(html->out, "<path class=\"%s\"", style_of(kind, colour));
	if (opacity_of(kind, colour) < 1)
		fprintf(html->out, " fill-opacity=\"%.3f\"", opacity_of(kind, colour));
	fputs(" d=\"", html->out);
	for (unsigned int i = 0; i <= map->nr; i++) {
		double part[2] = { 0, 0 }, x = LEFT + i % COLUMNS * width;

		if (i < map->nr)
			kind->share(&map->cells[i], colour, part);
		if (part[1] > part[0] && i % COLUMNS && to >= x - 0.001 && part[0] <= 0) {
			to = x + part[1] * width;
			continue;
		}
		if (to > from)
			fprintf(html->out, "M%.2f %gH%.2fv%gH%.2fz", from, (i - 1) / COLUMNS * CELL_Y, to, CELL_Y, from);
		from = x + part[0] * width;
		to = part[1] > part[0] ? x + part[1] * width : from - 1;
	}
	fputs("\"/>\n", html->out);
}

static void addresses(const struct tsmc_html *html, const struct tsmc_memory_map *map)
{
	for (unsigned int row = 0; row < rows(map); row += ROWS) {
		uint64_t gfn = map->cells[row * COLUMNS].number * map->cell_pages;

		fprintf(html->out, "<text x=\"%g\" y=\"%g\" text-anchor=\"end\">%" PRIu64 "</text>\n", LEFT - 8,
			row * CELL_Y + 10, gfn / 256);
	}
}

static void legend_of_heat(const struct tsmc_html *html, const struct map_kind *kind)
{
	fputs("<li>0, cold <span class=\"heat\">", html->out);
	for (unsigned int i = 0; i < NR_HEATS; i++)
		fprintf(html->out, "<i class=\"%s\" style=\"opacity:%.3f\"></i>", style_of(kind, i), opacity_of(kind, i));
	fprintf(html->out, "</span> %d, hot</li>", TSMC_HINT_HEAT_MAX);
}

static void legend(const struct tsmc_html *html, const struct map_kind *kind, const struct tsmc_memory_map *map)
{
	fputs("<ul class=\"legend\">", html->out);
	if (kind->share == share_heat)
		legend_of_heat(html, kind);
	for (unsigned int i = 0; kind->share != share_heat && i < kind->nr; i++) {
		uint64_t pages = count(kind, map, i);

		if (!pages)
			continue;
		fprintf(html->out, "<li><i class=\"%s\"></i>%s", style_of(kind, i),
			kind->share == share_class ? tsmc_class_name(i) : crossing_names[i]);
		if (kind->share == share_crossing) {
			fputs(": ", html->out);
			tsmc_html_count(html->out, pages);
		}
		fputs("</li>", html->out);
	}
	fputs("</ul>", html->out);
}

static void draw(const struct tsmc_html *html, unsigned int run, const struct map_kind *kind)
{
	const struct tsmc_memory_map *map = html->runs[run]->map;

	if (!map || !is_known(kind, map)) {
		fputs("<p>", html->out);
		tsmc_html_badge(html, run);
		fputs(map ? "The guest's module did not say.</p>\n" : NONE "</p>\n",
		      html->out);
		return;
	}
	tsmc_html_begin_picture(html, run, kind->id, rows(map) * CELL_Y + 2, kind->title, kind->about);
	addresses(html, map);
	for (unsigned int colour = 0; colour < kind->nr; colour++)
		if (count(kind, map, colour))
			paint(html, kind, map, colour);
	tsmc_html_end_picture(html);
	fputs("<figcaption>", html->out);
	tsmc_html_badge(html, run);
	fprintf(html->out, "%u cells of %" PRIu64 " pages", map->nr, map->cell_pages);
	legend(html, kind, map);
	fputs("</figcaption></figure>\n", html->out);
}

/**
 * tsmc_html_map - the maps
 * @html: page
 */
void tsmc_html_map(const struct tsmc_html *html)
{
	fputs("<section id=\"map\">\n<h2>The guest's memory</h2>\n", html->out);
	if (!html->runs[0]->map && !html->runs[html->nr - 1]->map) {
		fputs("<p>" NONE "</p>\n</section>\n", html->out);
		return;
	}
	fputs("<p>Addresses grow from left to right and then downwards; those of rows are in MiB. Where the guest has no memory"
	      " there is no cell.</p>\n", html->out);
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		fprintf(html->out, "<h3>%s</h3>\n<p>%s.</p>\n<div class=\"runs\">\n", kinds[i].title, kinds[i].about);
		for (unsigned int run = 0; run < html->nr; run++)
			draw(html, run, &kinds[i]);
		fputs("</div>\n", html->out);
	}
	fputs("</section>\n", html->out);
}
