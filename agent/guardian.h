/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that does what is left to do when its parent is killed.
 */
#ifndef TSMC_GUARDIAN_H
#define TSMC_GUARDIAN_H

#include <sys/types.h>

#include "agent.h"

/**
 * struct tsmc_guardian - zeroed: there is none
 * @pid: its process
 * @fd: closes with us, which it waits for
 */
struct tsmc_guardian {
	pid_t pid;
	int fd;
};

/* Before Xen is opened and before any channel is. Without one the agent does its work all the same. */
void tsmc_guardian_start(struct tsmc_guardian *guardian, struct tsmc_agent *agent);
/* What to clean up that no record tells of. */
void tsmc_guardian_tell(const struct tsmc_guardian *guardian, const uint8_t *session,
			const struct tsmc_log *log);
/* All is done: ends it. */
void tsmc_guardian_end(struct tsmc_guardian *guardian);

#endif /* TSMC_GUARDIAN_H */
