/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which demand faults follow one another: a guest that goes through its memory
 * in sequence is read ahead for, one that jumps about is not. Pure: no I/O.
 */
#ifndef TSMC_FAULT_RUNS_H
#define TSMC_FAULT_RUNS_H

#include <stdbool.h>
#include <stdint.h>

/* So many sequences are followed at once: several threads, each with some streams. */
#define TSMC_FAULT_RUNS	8u

/**
 * struct tsmc_fault_run - faults that ascend without leaving much out
 * @last: place of the newest fault
 * @next: first place behind what that fault took along
 * @length: faults so far; 0: there is no run
 * @used: when the newest fault was, in faults
 */
struct tsmc_fault_run {
	uint64_t last;
	uint64_t next;
	unsigned int length;
	uint64_t used;
};

/**
 * struct tsmc_fault_runs - zeroed before the first fault
 * @runs: the sequences
 * @faults: how many there were
 */
struct tsmc_fault_runs {
	struct tsmc_fault_run runs[TSMC_FAULT_RUNS];
	uint64_t faults;
};

/* How a place is asked for: does its page still wait to be handed out? */
typedef bool tsmc_place_waits_fn(void *opaque, uint64_t place);

/*
 * Finds the run that a fault continues, or begins one. Returns NULL when the fault is
 * on what the newest of its run has already taken along: it tells nothing new. The
 * caller sets next of what is returned.
 */
struct tsmc_fault_run *tsmc_fault_runs_note(struct tsmc_fault_runs *runs, uint64_t place,
					    tsmc_place_waits_fn *waits, void *opaque);

#endif /* TSMC_FAULT_RUNS_H */
