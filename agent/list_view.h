/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verb list shows of guests.
 */
#ifndef TSMC_LIST_VIEW_H
#define TSMC_LIST_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "xen_glue.h"

/**
 * struct tsmc_listed - a guest of this host
 * @info: what Xen says of it
 * @name: malloc'ed
 * @movable: migrate would begin
 * @why_not: else what completes "it cannot be migrated: "
 * @hints: its module publishes hints
 * @no_hints: else why not
 */
struct tsmc_listed {
	struct tsmc_domain_info info;
	char *name;
	bool movable;
	char why_not[256];
	bool hints;
	char no_hints[256];
};

/* For people: a table. */
void tsmc_list_text(const struct tsmc_listed *guests, unsigned int nr, FILE *out);
/* For programs: one JSON object. */
void tsmc_list_json(const struct tsmc_listed *guests, unsigned int nr, FILE *out);

#endif /* TSMC_LIST_VIEW_H */
