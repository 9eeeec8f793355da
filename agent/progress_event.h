/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A migration that goes on, for programs: one JSON object a line. No I/O but to a stream, no clock.
 */
#ifndef TSMC_PROGRESS_EVENT_H
#define TSMC_PROGRESS_EVENT_H

#include <stdio.h>

#include "progress.h"
#include "progress_rates.h"

/* The longest line. A pipe takes so much as a whole or not at all. */
#define TSMC_EVENT_BYTES	4096

/* A step has begun. */
void tsmc_event_step(const struct tsmc_progress_state *state, const struct tsmc_step_begun *begun, FILE *out);
/* How far it has come. */
void tsmc_event_progress(const struct tsmc_progress_state *state, uint64_t now_ns,
			 const struct tsmc_rates *rates, FILE *out);
/* Some vCPU waits for a page: so many faults since the event before. */
void tsmc_event_faults(const struct tsmc_progress_state *state, uint64_t now_ns, uint64_t new, FILE *out);
/* The last one; a state that has not ended is that of an agent that was killed. */
void tsmc_event_end(const struct tsmc_progress_state *state, uint64_t now_ns, FILE *out);

#endif /* TSMC_PROGRESS_EVENT_H */
