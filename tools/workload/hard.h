/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Things done to pages that may be missing after a migration.
 *
 * Each is done twice: to a page that was touched last before the migration,
 * and to one that was just written. Both must end with the same memory and the
 * same result.
 */
#ifndef TSMC_WORKLOAD_HARD_H
#define TSMC_WORKLOAD_HARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HARD_PAGE	4096
#define HARD_PAGES	4
#define HARD_CELL	(HARD_PAGES * HARD_PAGE)
#define HARD_WORDS	8

/* Where in its pages a thing is done: inside of one, and across an end. */
#define HARD_IN		(HARD_PAGE + 1024)
#define HARD_ACROSS	(2 * HARD_PAGE - 3)
#define HARD_ACROSS_16	(2 * HARD_PAGE - 16)

/**
 * struct hard_kind - one thing to do
 * @name: for messages
 * @run: does it at @p; @out is a seed before and the result after
 * @prepare: writes what @run needs at @p; may be NULL
 * @at: offset of @p in its pages
 * @needs: a word of the processor's flags in /proc/cpuinfo, or NULL
 * @any_memory: what is left in memory differs each time
 */
struct hard_kind {
	const char *name;
	void (*run)(uint8_t *p, uint64_t *out);
	void (*prepare)(uint8_t *p);
	size_t at;
	const char *needs;
	bool any_memory;
};

/**
 * struct hard_set - things of one sort
 * @kinds: the things
 * @count: how many
 */
struct hard_set {
	const struct hard_kind *kinds;
	size_t count;
};

extern const struct hard_set tsmc_hard_scalar;
extern const struct hard_set tsmc_hard_vector;
extern const struct hard_set tsmc_hard_state;
extern const struct hard_set tsmc_hard_system;

#endif
