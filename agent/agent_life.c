// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent_life.h"

#include <stdio.h>
#include <string.h>

#include "claim.h"

#define COMM_MAX	32

static bool read_comm(const char *process, char *comm)
{
	char path[32];
	FILE *file;
	bool got;

	snprintf(path, sizeof(path), "/proc/%s/comm", process);
	file = fopen(path, "re");
	if (!file)
		return false;
	got = fgets(comm, COMM_MAX, file);
	fclose(file);
	return got;
}

/* A number is given again: it must be of a program as this one is. */
static bool is_agent(pid_t pid)
{
	char number[16], theirs[COMM_MAX], ours[COMM_MAX];

	snprintf(number, sizeof(number), "%d", pid);
	return read_comm(number, theirs) && read_comm("self", ours) && !strcmp(theirs, ours);
}

/**
 * tsmc_agent_lives - whether somebody deals with a migration
 * @journal: its record
 *
 * A domain that is dealt with is claimed. One that a target has yet to build has no number to claim.
 *
 * Return: true when the process that the record names is at work.
 */
bool tsmc_agent_lives(const struct tsmc_journal *journal)
{
	return journal->pid > 0 && is_agent(journal->pid) && (!journal->domid || tsmc_claimed(journal->domid));
}
