// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is in a report for a picture of the migration: its course, and where the pages were.
 */
#include <inttypes.h>
#include <string.h>

#include "report.h"

static void json_series(const struct tsmc_series *series, FILE *out)
{
	const char *separator = "";

	fprintf(out, ",\n  \"series\": {\n    \"interval_s\": %.3f,\n", series->interval_ns / 1e9);
	fprintf(out, "    \"columns\": [\"t_s\", \"stage\", \"bytes\", \"pages\", \"markers\", \"faults\", \"left\"],\n");
	fprintf(out, "    \"samples\": [");
	for (unsigned int i = 0; i < series->nr; i++) {
		const struct tsmc_sample *sample = &series->samples[i];

		fprintf(out, "%s\n      [%.6f, %u, %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 "]",
			separator, (sample->ns - series->samples[0].ns) / 1e9, sample->stage, sample->bytes,
			sample->pages, sample->markers, sample->faults, sample->left);
		separator = ",";
	}
	fprintf(out, "\n    ]\n  }");
}

/* Cells that follow one another in memory, of which the first is this one. */
static unsigned int adjoining(const struct tsmc_memory_map *map, unsigned int first)
{
	unsigned int nr = 1;

	while (first + nr < map->nr && map->cells[first + nr].number == map->cells[first].number + nr)
		nr++;
	return nr;
}

static void json_ranges(const struct tsmc_memory_map *map, FILE *out)
{
	const char *separator = "";

	fprintf(out, "    \"ranges\": [");
	for (unsigned int i = 0, nr; i < map->nr; i += nr) {
		nr = adjoining(map, i);
		fprintf(out, "%s[%" PRIu64 ", %u]", separator, map->cells[i].number * map->cell_pages, nr);
		separator = ", ";
	}
	fprintf(out, "],\n");
}

/* Cells that look alike, of which the first is this one. */
static unsigned int alike(const struct tsmc_memory_map *map, unsigned int first)
{
	const struct tsmc_map_cell *cell = &map->cells[first];
	unsigned int nr = 1;

	while (first + nr < map->nr && cell[nr].class == cell->class && cell[nr].heat == cell->heat &&
	       !memcmp(cell[nr].crossed, cell->crossed, sizeof(cell->crossed)))
		nr++;
	return nr;
}

/* Without hints class and heat are nobody's word. */
static void json_cell(const struct tsmc_memory_map *map, const struct tsmc_map_cell *cell, FILE *out)
{
	if (map->has_hints)
		fprintf(out, "\"%s\", ", tsmc_class_name(cell->class));
	else
		fprintf(out, "null, ");
	if (map->has_heat)
		fprintf(out, "%u", cell->heat);
	else
		fprintf(out, "null");
	for (unsigned int i = 0; i < TSMC_CROSSING_NR; i++)
		fprintf(out, ", %u", cell->crossed[i]);
}

static void json_map(const struct tsmc_memory_map *map, FILE *out)
{
	const char *separator = "";

	fprintf(out, ",\n  \"memory_map\": {\n    \"cell_pages\": %" PRIu64 ",\n", map->cell_pages);
	json_ranges(map, out);
	fprintf(out, "    \"columns\": [\"repeat\", \"class\", \"heat\", \"marker\", \"stage1\", \"stage2\", \"stage3\", \"dropped\"],\n");
	fprintf(out, "    \"cells\": [");
	for (unsigned int i = 0, nr; i < map->nr; i += nr) {
		nr = alike(map, i);
		fprintf(out, "%s\n      [%u, ", separator, nr);
		json_cell(map, &map->cells[i], out);
		fprintf(out, "]");
		separator = ",";
	}
	fprintf(out, "\n    ]\n  }");
}

/**
 * tsmc_report_course_json - the members "series" and "memory_map", as far as they are known
 * @report: complete
 * @out: where to, behind another member
 */
void tsmc_report_course_json(const struct tsmc_report *report, FILE *out)
{
	if (report->series && report->series->nr)
		json_series(report->series, out);
	if (report->map)
		json_map(report->map, out);
}
