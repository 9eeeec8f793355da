/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The figures of one migration, and how they are shown.
 */
#ifndef TSMC_REPORT_H
#define TSMC_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "linux/tsmc_hint.h"
#include "memory_map.h"
#include "series.h"
#include "wire_format.h"

#define TSMC_STAGES 4	/* index 1 .. 3 */

/**
 * struct tsmc_pack_counts - what compression did with pages sent with their content
 * @batches: by the codec that took them
 * @bytes_in: of these pages
 * @bytes_out: what was sent for them
 * @cpu_ns: spent on it, trials included
 */
struct tsmc_pack_counts {
	uint64_t batches[TSMC_CODEC_NR];
	uint64_t bytes_in, bytes_out;
	uint64_t cpu_ns;
};

/**
 * struct tsmc_page_counts - pages sent, by stage and by class
 * @data: with their content
 * @zero: as a marker: all zero, or free in the guest
 * @bytes: of both on the wire; pages that were packed together count the same
 * @pack: how their content was packed; nothing with --compress off
 */
struct tsmc_page_counts {
	uint64_t data[TSMC_STAGES][TSMC_CLASS_NR];
	uint64_t zero[TSMC_STAGES][TSMC_CLASS_NR];
	uint64_t bytes[TSMC_STAGES][TSMC_CLASS_NR];
	struct tsmc_pack_counts pack;
};

/**
 * struct tsmc_report - what a migration was like, times in ns of the source's clock
 * @name: the guest
 * @host: the target
 * @mode: name of the mode that was really used
 * @order: name of the order in which stage three pushed
 * @compress: name of the compression that was really used
 * @started: migration begins
 * @suspend: the guest is asked to suspend
 * @suspended: it has
 * @running: the target says that the guest runs
 * @safe: nothing was missing any more but @safe_pages of clean page cache; 0: @ended
 * @ended: no page is missing any more
 * @ram_pages: memory of the guest
 * @free_pages: of these, free in the guest when stage one began: no content was sent
 * @missing_pages: holes at the resume
 * @safe_pages: see @safe
 * @dropped_pages: of these, such as the guest gave up, so that they did not cross
 * @rounds: passes over the memory before the suspend
 * @pages: sent, by stage and class
 * @bytes_sent: on the wire, both channels
 * @faults_hot: demand faults on the first tenth of the push order
 * @requests: frames that the target asked for
 * @target: the target's own counters
 * @series: what was done when; malloc'ed, or NULL
 * @map: of the guest's memory; malloc'ed, or NULL
 */
struct tsmc_report {
	const char *name;
	const char *host;
	const char *mode;
	const char *order;
	const char *compress;
	uint64_t started, suspend, suspended, running, safe, ended;
	uint64_t ram_pages, free_pages, missing_pages, safe_pages, dropped_pages;
	unsigned int rounds;
	struct tsmc_page_counts pages;
	uint64_t bytes_sent;
	uint64_t faults_hot, requests;
	struct tsmc_wire_complete target;
	struct tsmc_series *series;
	struct tsmc_memory_map *map;
};

void tsmc_page_counts_add(struct tsmc_page_counts *sum, const struct tsmc_page_counts *more);
/* Pages sent with their content, in all stages. */
uint64_t tsmc_page_counts_data(const struct tsmc_page_counts *pages);
void tsmc_report_text(const struct tsmc_report *report, FILE *out);
void tsmc_report_json(const struct tsmc_report *report, FILE *out);
/* The part of it that shows the course of a migration: members, each with a comma before it. */
void tsmc_report_course_json(const struct tsmc_report *report, FILE *out);
/* Frees what is malloc'ed. */
void tsmc_report_destroy(struct tsmc_report *report);

#endif /* TSMC_REPORT_H */
