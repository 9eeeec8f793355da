/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How what a guest publishes is shown to people.
 */
#ifndef TSMC_HINT_VIEW_H
#define TSMC_HINT_VIEW_H

#include <stdio.h>

#include "hints.h"
#include "linux/tsmc_hint.h"

/* State, counters and features, three lines. */
void tsmc_hint_view_header(const struct tsmc_hint_header *header, FILE *out);
/* Pages by class, and by heat. */
void tsmc_hint_view_counts(const struct tsmc_hints *hints, FILE *out);
/* Pages by class and heat, a column for each heat; at most 80 characters wide. */
void tsmc_hint_view_matrix(const struct tsmc_hints *hints, FILE *out);

#endif /* TSMC_HINT_VIEW_H */
