/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A migration that goes on, as a few lines for people. No I/O, no clock.
 */
#ifndef TSMC_PROGRESS_VIEW_H
#define TSMC_PROGRESS_VIEW_H

#include "progress.h"

/* Lines are no wider, however wide the terminal is: who makes it narrower then finds them whole. */
#define TSMC_VIEW_COLUMNS	100
#define TSMC_VIEW_LINES		5
/* Of a line, colours included. */
#define TSMC_VIEW_BYTES		256

/**
 * struct tsmc_view - what is shown
 * @name: the guest, as the operator named it
 * @host: the target, likewise
 * @state: of the migration
 * @now_ns: when that was looked at
 * @bytes_per_s: that the link carries; 0: not known
 * @left_ns: of this step; TSMC_RATES_UNKNOWN: not known
 */
struct tsmc_view {
	const char *name, *host;
	const struct tsmc_progress_state *state;
	uint64_t now_ns, bytes_per_s, left_ns;
};

/**
 * struct tsmc_lines - text without line ends
 * @nr: how many
 * @text: each of them, terminated
 */
struct tsmc_lines {
	unsigned int nr;
	char text[TSMC_VIEW_LINES][TSMC_VIEW_BYTES];
};

/* What does not fit into so many columns is left out, what matters least first. */
void tsmc_view_lines(const struct tsmc_view *view, unsigned int columns, bool colour, struct tsmc_lines *lines);

#endif /* TSMC_PROGRESS_VIEW_H */
