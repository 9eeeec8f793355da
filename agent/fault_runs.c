// SPDX-License-Identifier: GPL-2.0-or-later
#include "fault_runs.h"

#include <stddef.h>

/* So far behind the end of a run a fault may be, all places counted, */
#define RUN_REACH	1024u
/* and so many of the pages between may still wait: it left them out. */
#define RUN_SKIP	4u

static bool continues(const struct tsmc_fault_run *run, uint64_t place,
		      tsmc_place_waits_fn *waits, void *opaque)
{
	unsigned int skipped = 0;

	if (!run->length || place < run->next || place - run->next > RUN_REACH)
		return false;
	for (uint64_t at = run->next; at < place && skipped <= RUN_SKIP; at++)
		skipped += waits(opaque, at);
	return skipped <= RUN_SKIP;
}

static bool was_taken_along(const struct tsmc_fault_run *run, uint64_t place)
{
	return run->length && place >= run->last && place < run->next;
}

/**
 * tsmc_fault_runs_note - take note of a demand fault
 * @runs: zeroed before the first one
 * @place: of the page, in an order in which sequences ascend
 * @waits: tells whether the page at a place was not handed out yet
 * @opaque: for @waits
 *
 * A fault continues a run when it is behind all that the run has taken along,
 * and nearly all between was handed out since: pushed ahead of the guest, that
 * is, or skipped by it. When none is continued the run that rested longest
 * makes room for a new one. Asks for at most 8192 places.
 *
 * Return: the run, whose length counts this fault; NULL when the fault is on what
 * its run has taken along already.
 */
struct tsmc_fault_run *tsmc_fault_runs_note(struct tsmc_fault_runs *runs, uint64_t place,
					    tsmc_place_waits_fn *waits, void *opaque)
{
	struct tsmc_fault_run *found = NULL;

	runs->faults++;
	for (unsigned int i = 0; i < TSMC_FAULT_RUNS; i++) {
		struct tsmc_fault_run *run = &runs->runs[i];

		if (was_taken_along(run, place)) {
			run->used = runs->faults;
			return NULL;
		}
		if (!found && continues(run, place, waits, opaque))
			found = run;
	}
	if (!found) {
		found = &runs->runs[0];
		for (unsigned int i = 1; i < TSMC_FAULT_RUNS; i++)
			if (runs->runs[i].used < found->used)
				found = &runs->runs[i];
		found->length = 0;
	}
	found->last = place;
	found->next = place + 1;
	found->length++;
	found->used = runs->faults;
	return found;
}
