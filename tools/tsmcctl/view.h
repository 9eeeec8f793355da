/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live view: one frame of it.
 */
#ifndef TSMC_VIEW_H
#define TSMC_VIEW_H

#include <stddef.h>
#include <stdio.h>

#include "messages.h"
#include "show.h"

#define TSMC_HEATS	16

/**
 * struct tsmc_view - what a frame shows
 * @status: of the module
 * @min: least heat of the histogram
 * @class: what pages it counts, for the title
 * @heat: pages of each heat
 * @processes: the hottest first
 * @nr_processes: how many there are
 */
struct tsmc_view {
	struct tsmc_status status;
	unsigned int min;
	const char *class;
	uint64_t heat[TSMC_HEATS];
	struct tsmc_process *processes;
	size_t nr_processes;
};

void tsmc_view_add(struct tsmc_view *view, const struct tsmc_run *run);
void tsmc_processes_sort(struct tsmc_process *processes, size_t count);
void tsmc_view_text(const struct tsmc_view *view, size_t processes, FILE *out);
unsigned int tsmc_view_lines(const struct tsmc_view *view);
void tsmc_view_json(const struct tsmc_view *view, size_t processes, struct tsmc_json *json);

#endif /* TSMC_VIEW_H */
