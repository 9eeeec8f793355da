/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a migration is doing at this moment, for a process that looks on.
 */
#ifndef TSMC_PROGRESS_H
#define TSMC_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "linux/tsmc_hint.h"
#include "series.h"

/* In the order in which they come; the last two instead of others. */
enum tsmc_step {
	TSMC_STEP_REACH,	/* the other host is reached, and builds the guest */
	TSMC_STEP_COPY,		/* full memory copy */
	TSMC_STEP_PLUG,		/* the target's devices are waited for */
	TSMC_STEP_ROUNDS,	/* what changed and cannot wait crosses again */
	TSMC_STEP_SUSPEND,	/* the guest is asked to suspend */
	TSMC_STEP_SWITCH,	/* it has: what cannot wait, bitmap, CPU state */
	TSMC_STEP_VERIFY,	/* both sides are compared */
	TSMC_STEP_GIVE,		/* the guest is the target's from here on */
	TSMC_STEP_PAGES,	/* dirty pages copy */
	TSMC_STEP_REMOVE,	/* the copy that is left goes */
	TSMC_STEP_CALL,		/* the link was lost, the target is called again */
	TSMC_STEP_STOP,		/* given up: the guest stays */
	TSMC_STEP_NR,
};

/* Steps that are remembered, so that none is missed by who looks now and then. */
#define TSMC_PROGRESS_STEPS	16

/**
 * struct tsmc_step_begun - a step has begun
 * @ns: when
 * @step: enum tsmc_step
 * @stage: 1 .. 3
 */
struct tsmc_step_begun {
	uint64_t ns;
	uint32_t step, stage;
};

/**
 * struct tsmc_progress_state - how far a migration has come
 * @begun_ns: when it began
 * @sums: as in a series; its time is not used
 * @total: most that @sums.left was in this step
 * @changed_per_s: pages that the guest wrote to for the first time in a record, each second
 * @knows_changed: that is known
 * @classes: pages sent with their content, by class
 * @nr_steps: that have begun
 * @steps: the last of them; number i is at i % TSMC_PROGRESS_STEPS
 * @ended: all is over
 * @ended_ns: since when
 * @status: enum tsmc_exit, if @ended
 */
struct tsmc_progress_state {
	uint64_t begun_ns;
	struct tsmc_sample sums;
	uint64_t total;
	uint64_t changed_per_s;
	bool knows_changed;
	uint64_t classes[TSMC_CLASS_NR];
	uint32_t nr_steps;
	struct tsmc_step_begun steps[TSMC_PROGRESS_STEPS];
	bool ended;
	uint64_t ended_ns;
	int status;
};

/* Shared by the threads of the agent, and by processes that are forked from it. */
struct tsmc_progress;

struct tsmc_progress *tsmc_progress_new(uint64_t ns);
void tsmc_progress_free(struct tsmc_progress *progress);

/* Those of the agent: all do nothing when nobody looks on (NULL). */
void tsmc_progress_step(struct tsmc_progress *progress, uint64_t ns, enum tsmc_step step);
void tsmc_progress_sums(struct tsmc_progress *progress, const struct tsmc_sample *sums);
/* So many pages changed since the last call; the first only begins. */
void tsmc_progress_changed(struct tsmc_progress *progress, uint64_t ns, uint64_t pages);
/* Counts by class, before and after something was sent. */
void tsmc_progress_classes(struct tsmc_progress *progress, const uint64_t *before, const uint64_t *after);
void tsmc_progress_end(struct tsmc_progress *progress, uint64_t ns, int status);

/* The onlooker's: a copy; false when it cannot be had now, or never again. */
bool tsmc_progress_look(struct tsmc_progress *progress, struct tsmc_progress_state *state);
/* The step that a migration is in. */
enum tsmc_step tsmc_progress_now(const struct tsmc_progress_state *state);
/* For programs: one word. */
const char *tsmc_step_name(enum tsmc_step step);

#endif /* TSMC_PROGRESS_H */
