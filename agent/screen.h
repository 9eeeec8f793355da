/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A few lines at the bottom of a terminal that are drawn again and again in place, and text above
 * them. Between two calls the cursor is at the start of the line below, without colour: whoever is
 * killed then leaves the terminal as it should be. Nothing else of the terminal is changed.
 */
#ifndef TSMC_SCREEN_H
#define TSMC_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "progress_view.h"

/* Part of a line that has not ended yet. */
#define TSMC_SCREEN_LINE	1024

/**
 * struct tsmc_screen - zeroed but for what the caller fills in
 * @fd: the terminal; filled in
 * @colour: may be used; filled in
 * @rows: that the view has there
 * @drawn_ns: when it was drawn, or was to be
 * @amid: the cursor is not at the start of a line
 * @len: bytes of @line
 * @line: what waits for its end
 */
struct tsmc_screen {
	int fd;
	bool colour;
	unsigned int rows;
	uint64_t drawn_ns;
	bool amid;
	size_t len;
	char line[TSMC_SCREEN_LINE];
};

/* Is there a terminal on which lines can be drawn in place? */
bool tsmc_screen_is_terminal(int fd);
/* May there be colours on it? */
bool tsmc_screen_has_colour(void);
/* Draws the view in the place of the one before, unless somebody else has the terminal now. */
void tsmc_screen_draw(struct tsmc_screen *screen, const struct tsmc_view *view);
/* Leaves the view as it is: what follows goes below. */
void tsmc_screen_leave(struct tsmc_screen *screen);
/* Text: whole lines above the view, which is gone then; as it comes where there is none. None at all: what waited. */
void tsmc_screen_text(struct tsmc_screen *screen, const char *text, size_t len, bool viewed);

#endif /* TSMC_SCREEN_H */
