/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that shows a migration: to people on a terminal, to programs as events. The agent does
 * no more for that than to count, and waits for neither.
 */
#ifndef TSMC_ONLOOKER_H
#define TSMC_ONLOOKER_H

#include <sys/types.h>

#include "agent.h"

/**
 * struct tsmc_onlooker - zeroed: there is none
 * @pid: its process
 * @life: closes with us, which it waits for
 * @terminal: what was standard error before it took that over; -1: it has not
 */
struct tsmc_onlooker {
	pid_t pid;
	int life;
	int terminal;
};

/* Starts one if there is anything to show; before Xen is opened. */
int tsmc_onlooker_start(struct tsmc_onlooker *onlooker, struct tsmc_agent *agent, const char *name,
			const char *host);
/* All is over: ends it. */
void tsmc_onlooker_end(struct tsmc_onlooker *onlooker, struct tsmc_agent *agent, int status);

#endif /* TSMC_ONLOOKER_H */
