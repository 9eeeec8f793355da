/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report of a migration that has never been: invented numbers, put together by the agent's own
 * code. No figure here was measured.
 */
#ifndef TSMC_INVENTED_REPORT_H
#define TSMC_INVENTED_REPORT_H

#include <stdlib.h>
#include <string.h>

#include "linux/tsmc_hint.h"
#include "report.h"
#include "unit.h"

#define INVENTED_GFNS	70000u
#define INVENTED_HOLE	30000u	/* no memory from here */
#define INVENTED_RAM	32000u	/* to here */
#define INVENTED_START	5000000000ULL
#define INVENTED_RECORD	256u

/**
 * struct invented - what a guest that does not exist is made of
 * @seed: of its random numbers
 * @now: time
 * @postcopy: all that may wait crosses after the resume
 * @ram: where it has memory
 * @left_out: free when stage one began
 * @dropped: what it gave up
 * @split: of stage two
 * @hints: of its module
 * @bytes: where they are
 */
struct invented {
	uint64_t seed, now;
	bool postcopy;
	struct tsmc_pagemap ram, left_out, dropped;
	struct tsmc_split split;
	struct tsmc_hints hints;
	uint8_t bytes[INVENTED_GFNS];
};

static inline void invented_page(struct invented *guest, uint64_t gfn, unsigned int class, unsigned int heat)
{
	bool waits = class == TSMC_CLASS_ANON || class >= TSMC_CLASS_FILE;
	bool written = heat && unit_below(&guest->seed, 16) <= heat;

	guest->bytes[gfn] = TSMC_HINT_BYTE(class, heat);
	if (gfn >= INVENTED_HOLE && gfn < INVENTED_RAM)
		return;
	tsmc_pagemap_set(&guest->ram, gfn);
	if (class == TSMC_CLASS_FREE)
		tsmc_pagemap_set(&guest->left_out, gfn);
	else if (waits && (written || guest->postcopy))
		tsmc_pagemap_set(&guest->split.missing, gfn);
	else if (!waits && written && unit_below(&guest->seed, 12) == 0)
		tsmc_pagemap_set(&guest->split.send, gfn);
	if (class == TSMC_CLASS_CACHE && tsmc_pagemap_test(&guest->split.missing, gfn) && gfn % 3)
		tsmc_pagemap_set(&guest->dropped, gfn);
}

/* Memory in runs of one class, of which some are hot. */
static inline void invented_memory(struct invented *guest)
{
	static const uint8_t classes[] = {
		TSMC_CLASS_ANON, TSMC_CLASS_FREE, TSMC_CLASS_ANON, TSMC_CLASS_FILE, TSMC_CLASS_CACHE, TSMC_CLASS_FREE,
		TSMC_CLASS_KERNEL, TSMC_CLASS_ANON, TSMC_CLASS_SHMEM, TSMC_CLASS_EXEC, TSMC_CLASS_FREE,
		TSMC_CLASS_STACK, TSMC_CLASS_PINNED,
	};

	tsmc_pagemap_init(&guest->ram, INVENTED_GFNS);
	tsmc_pagemap_init(&guest->left_out, INVENTED_GFNS);
	tsmc_pagemap_init(&guest->dropped, INVENTED_GFNS);
	tsmc_pagemap_init(&guest->split.send, INVENTED_GFNS);
	tsmc_pagemap_init(&guest->split.zero, INVENTED_GFNS);
	tsmc_pagemap_init(&guest->split.missing, INVENTED_GFNS);
	guest->hints = (struct tsmc_hints){ .nr_pfns = INVENTED_GFNS, .bytes = guest->bytes, .features = TSMC_HINT_F_HEAT };
	for (uint64_t gfn = 0; gfn < INVENTED_GFNS;) {
		unsigned int class = gfn < 6000 ? TSMC_CLASS_KERNEL : classes[unit_below(&guest->seed, sizeof(classes))];
		uint64_t end = gfn + 40 + unit_below(&guest->seed, class == TSMC_CLASS_STACK ? 20 : 1600);
		unsigned int heat = class == TSMC_CLASS_FREE || unit_below(&guest->seed, 5) < 3 ? 0 :
				    1 + unit_below(&guest->seed, 15);

		for (; gfn < end && gfn < INVENTED_GFNS; gfn++)
			invented_page(guest, gfn, class, heat);
	}
}

/* One record, over a link of about 10 MB/s. */
static inline void invented_record(struct invented *guest, struct tsmc_report *report, unsigned int stage,
				   unsigned int class, uint64_t pages)
{
	uint64_t bytes = 24 + pages * (8 + 4096);

	tsmc_series_sent(report->series, guest->now, bytes, pages, 0);
	/* A report has microseconds. */
	guest->now += bytes * (90 + unit_below(&guest->seed, 20)) / 1000 * 1000;
	report->pages.data[stage][class] += pages;
	report->pages.bytes[stage][class] += bytes - 24;
	report->bytes_sent += bytes;
}

/* The pages of a set, or, without one, those that cross in stage one. */
static inline void invented_copy(struct invented *guest, struct tsmc_report *report, unsigned int stage,
				 const struct tsmc_pagemap *set)
{
	uint64_t waiting[TSMC_CLASS_NR] = { 0 }, left = guest->ram.count - guest->left_out.count;

	for (uint64_t gfn = 0; gfn < INVENTED_GFNS; gfn++) {
		unsigned int class = tsmc_hints_class(&guest->hints, gfn);
		bool crosses = set ? tsmc_pagemap_test(set, gfn) && !tsmc_pagemap_test(&guest->dropped, gfn) :
			       tsmc_pagemap_test(&guest->ram, gfn) && !tsmc_pagemap_test(&guest->left_out, gfn);

		if (!crosses)
			continue;
		left--;
		if (!set && (gfn % 256 == 0))
			tsmc_series_left(report->series, left);
		if (!set && tsmc_pagemap_test(&guest->split.missing, gfn))
			continue;
		if (stage == 3 && unit_below(&guest->seed, 20 + gfn / 50) == 0) {
			tsmc_series_fault(report->series, guest->now);
			report->target.faults++;
		}
		if (++waiting[class] < INVENTED_RECORD)
			continue;
		invented_record(guest, report, stage, class, waiting[class]);
		waiting[class] = 0;
	}
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++)
		if (waiting[class])
			invented_record(guest, report, stage, class, waiting[class]);
}

static inline void invented_stages(struct invented *guest, struct tsmc_report *report)
{
	guest->now = report->started = INVENTED_START;
	tsmc_series_begin(report->series, report->started, NULL);
	guest->now += 1900000000;
	tsmc_series_left(report->series, guest->ram.count - guest->left_out.count);
	invented_copy(guest, report, 1, NULL);
	tsmc_series_left(report->series, 0);
	report->suspend = guest->now;
	tsmc_series_stage(report->series, guest->now, 2);
	report->suspended = guest->now += 305000000;
	invented_copy(guest, report, 2, &guest->split.send);
	tsmc_series_left(report->series, guest->split.missing.count);
	report->running = guest->now += 80000000;
	tsmc_series_stage(report->series, report->running, 3);
	invented_copy(guest, report, 3, &guest->split.missing);
	tsmc_series_dropped(report->series, guest->dropped.count);
	report->ended = guest->now;
	report->safe = report->running + (report->ended - report->running) / 10000 * 9000;
	tsmc_series_end(report->series, report->ended);
}

static inline void invented_report(struct tsmc_report *report, const char *name, bool postcopy)
{
	struct invented *guest = calloc(1, sizeof(*guest));
	struct tsmc_map_source source = { .ram = &guest->ram, .left_out = &guest->left_out, .split = &guest->split,
					  .dropped = &guest->dropped, .hints = &guest->hints };

	guest->seed = 0x696e76656e74 + postcopy;
	guest->postcopy = postcopy;
	*report = (struct tsmc_report){ .name = strdup(name), .host = "hostb", .mode = postcopy ? "postcopy" : "tsmc",
					.order = "hints", .compress = "off", .rounds = 2 };
	report->series = malloc(sizeof(*report->series));
	invented_memory(guest);
	invented_stages(guest, report);
	report->map = tsmc_memory_map_new(&source);
	report->ram_pages = guest->ram.count;
	report->free_pages = guest->left_out.count;
	report->pages.zero[1][TSMC_CLASS_FREE] = guest->left_out.count;
	report->pages.bytes[1][TSMC_CLASS_FREE] = 8 * guest->left_out.count;
	report->bytes_sent += 8 * guest->left_out.count + 40000;
	report->missing_pages = guest->split.missing.count;
	report->dropped_pages = guest->dropped.count;
	report->safe_pages = guest->dropped.count + 12;
	report->requests = report->target.faults + 3;
	report->target.fault_wait_ns = report->target.faults * 7400000;
	report->target.fault_wait_max_ns = 61000000;
	report->target.histogram[12] = report->target.faults;
	report->target.pages_demanded = report->target.faults * 6;
	report->target.pages_pushed = report->missing_pages - report->dropped_pages - report->target.pages_demanded;
	report->target.switch_ns = 21000000;
	report->target.park_ns = 4000000;
	report->target.install_ns = 140000000;
	tsmc_pagemap_destroy(&guest->ram);
	tsmc_pagemap_destroy(&guest->left_out);
	tsmc_pagemap_destroy(&guest->dropped);
	tsmc_split_destroy(&guest->split);
	free(guest);
}

#endif /* TSMC_INVENTED_REPORT_H */
