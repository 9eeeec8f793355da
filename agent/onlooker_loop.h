/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the process does that shows a migration. For onlooker*.c alone.
 */
#ifndef TSMC_ONLOOKER_LOOP_H
#define TSMC_ONLOOKER_LOOP_H

#include "progress_rates.h"
#include "screen.h"

/**
 * struct tsmc_onlooker_work - filled in up to @screen
 * @name: the guest
 * @host: the target
 * @progress: of the agent
 * @life: closes with the agent
 * @text: what is said meanwhile; -1: there is no terminal
 * @events: file for programs; -1: none
 * @screen: the terminal; its descriptor is -1 if there is none
 * @state: as it was looked at last
 * @rates: likewise
 * @told_steps: events were written of so many
 * @told_faults: likewise
 * @told_ns: the last event of progress
 * @lost_reader: nobody takes events in time
 */
struct tsmc_onlooker_work {
	const char *name, *host;
	struct tsmc_progress *progress;
	int life, text, events;
	struct tsmc_screen screen;
	struct tsmc_progress_state state;
	struct tsmc_rates rates;
	uint32_t told_steps;
	uint64_t told_faults, told_ns;
	bool lost_reader;
};

/* Returns when the agent has ended, and all is shown. */
void tsmc_onlooker_loop(struct tsmc_onlooker_work *work);

#endif /* TSMC_ONLOOKER_LOOP_H */
