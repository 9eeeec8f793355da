// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads what tsmc_report_course_json() has written.
 */
#include <stdlib.h>

#include "linux/tsmc_hint.h"
#include "report.h"
#include "report_reader.h"

#define SERIES_COLUMNS	7
#define CELL_COLUMNS	(3 + TSMC_CROSSING_NR)
#define RANGE_COLUMNS	2

static struct json_object *at(const struct json_object *row, size_t column)
{
	return row ? json_object_array_get_idx(row, column) : NULL;
}

static void read_sample(struct tsmc_reader *reader, const struct json_object *row, struct tsmc_sample *sample)
{
	sample->ns = tsmc_read_seconds_value(reader, at(row, 0), "t_s");
	sample->stage = tsmc_read_count_value(reader, at(row, 1), "stage");
	sample->bytes = tsmc_read_count_value(reader, at(row, 2), "bytes");
	sample->pages = tsmc_read_count_value(reader, at(row, 3), "pages");
	sample->markers = tsmc_read_count_value(reader, at(row, 4), "markers");
	sample->faults = tsmc_read_count_value(reader, at(row, 5), "faults");
	sample->left = tsmc_read_count_value(reader, at(row, 6), "left");
}

/* Sums and time do not go back, and stages come one after the other. */
static bool follows(const struct tsmc_sample *sample, const struct tsmc_sample *before)
{
	return sample->ns >= before->ns && sample->stage >= before->stage && sample->bytes >= before->bytes &&
	       sample->pages >= before->pages && sample->markers >= before->markers &&
	       sample->faults >= before->faults;
}

static void read_samples(struct tsmc_reader *reader, const struct json_object *rows, struct tsmc_series *series)
{
	size_t nr = rows ? json_object_array_length(rows) : 0;
	struct tsmc_sample before = { .stage = 1 };

	if (!nr || nr > TSMC_SERIES_MAX)
		tsmc_read_fail(reader, "'samples' has not 1 to %u entries", TSMC_SERIES_MAX);
	for (size_t i = 0; !reader->failed && i < nr; i++) {
		struct tsmc_sample *sample = &series->samples[i];

		read_sample(reader, tsmc_read_row(reader, rows, i, SERIES_COLUMNS, "samples"), sample);
		if (!follows(sample, &before) || sample->stage >= TSMC_STAGES)
			tsmc_read_fail(reader, "'samples': entry %zu does not follow the one before", i + 1);
		before = *sample;
	}
	series->nr = nr;
}

/**
 * tsmc_read_series - read a series
 * @reader: fails when it is none
 * @object: where
 *
 * Return: malloc'ed, or NULL.
 */
struct tsmc_series *tsmc_read_series(struct tsmc_reader *reader, const struct json_object *object)
{
	struct tsmc_series *series = calloc(1, sizeof(*series));

	if (!series) {
		tsmc_read_fail(reader, "there is no memory for it");
		return NULL;
	}
	series->interval_ns = tsmc_read_seconds(reader, object, "interval_s");
	read_samples(reader, tsmc_read_member(reader, object, "samples", json_type_array), series);
	return series;
}

static void read_ranges(struct tsmc_reader *reader, const struct json_object *rows, struct tsmc_memory_map *map)
{
	size_t nr = rows ? json_object_array_length(rows) : 0;
	uint64_t next = 0;

	for (size_t i = 0; !reader->failed && i < nr; i++) {
		const struct json_object *row = tsmc_read_row(reader, rows, i, RANGE_COLUMNS, "ranges");
		uint64_t gfn = tsmc_read_count_value(reader, at(row, 0), "ranges");
		uint64_t cells = tsmc_read_count_value(reader, at(row, 1), "ranges");

		if (gfn % map->cell_pages || gfn / map->cell_pages < next || cells > TSMC_MAP_CELLS - map->nr)
			tsmc_read_fail(reader, "'ranges': entry %zu is not right", i + 1);
		next = gfn / map->cell_pages;
		while (!reader->failed && cells--)
			map->cells[map->nr++].number = next++;
	}
}

static void read_cell(struct tsmc_reader *reader, const struct json_object *row, struct tsmc_memory_map *map,
		      struct tsmc_map_cell *cell)
{
	uint64_t pages = 0;

	if (at(row, 1)) {
		map->has_hints = true;
		cell->class = tsmc_read_class(reader, json_object_get_string(at(row, 1)));
	}
	if (at(row, 2)) {
		uint64_t heat = tsmc_read_count_value(reader, at(row, 2), "heat");

		map->has_heat = true;
		if (heat > TSMC_HINT_HEAT_MAX)
			tsmc_read_fail(reader, "'heat' is greater than %d", TSMC_HINT_HEAT_MAX);
		cell->heat = heat;
	}
	for (unsigned int i = 0; !reader->failed && i < TSMC_CROSSING_NR; i++) {
		uint64_t crossed = tsmc_read_count_value(reader, at(row, 3 + i), "cells");

		/* Both are below 2^61. */
		pages += crossed;
		if (pages > map->cell_pages)
			tsmc_read_fail(reader, "'cells': a cell has more pages than 'cell_pages'");
		cell->crossed[i] = crossed;
	}
	if (!pages)
		tsmc_read_fail(reader, "'cells': a cell has no page");
}

static void read_cells(struct tsmc_reader *reader, const struct json_object *rows, struct tsmc_memory_map *map)
{
	size_t nr = rows ? json_object_array_length(rows) : 0;
	unsigned int filled = 0;

	for (size_t i = 0; !reader->failed && i < nr; i++) {
		const struct json_object *row = tsmc_read_row(reader, rows, i, CELL_COLUMNS, "cells");
		uint64_t repeat = tsmc_read_count_value(reader, at(row, 0), "repeat");
		struct tsmc_map_cell cell = { 0 };

		if (!repeat || repeat > map->nr - filled) {
			tsmc_read_fail(reader, "'cells' and 'ranges' do not fit together");
			return;
		}
		read_cell(reader, row, map, &cell);
		while (repeat--) {
			cell.number = map->cells[filled].number;
			map->cells[filled++] = cell;
		}
	}
	if (filled != map->nr || !filled)
		tsmc_read_fail(reader, "'cells' and 'ranges' do not fit together");
}

/**
 * tsmc_read_map - read a map
 * @reader: fails when it is none
 * @object: where
 *
 * Return: malloc'ed, or NULL.
 */
struct tsmc_memory_map *tsmc_read_map(struct tsmc_reader *reader, const struct json_object *object)
{
	struct tsmc_memory_map *map = calloc(1, sizeof(*map));

	if (!map) {
		tsmc_read_fail(reader, "there is no memory for it");
		return NULL;
	}
	map->cell_pages = tsmc_read_count(reader, object, "cell_pages");
	if (!map->cell_pages || map->cell_pages > UINT32_MAX)
		tsmc_read_fail(reader, "'cell_pages' is not right");
	read_ranges(reader, tsmc_read_member(reader, object, "ranges", json_type_array), map);
	read_cells(reader, tsmc_read_member(reader, object, "cells", json_type_array), map);
	return map;
}
