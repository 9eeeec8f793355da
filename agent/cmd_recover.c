// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "claim.h"
#include "counters.h"
#include "guardian.h"
#include "privileges.h"
#include "settle.h"

static const char help[] =
"usage: tsmc-agent recover GUEST\n"
"\n"
"Goes on with a migration of GUEST whose agent on this host is gone, or was told to\n"
"stop calling the other host.\n"
"\n"
"Exit status: 0 the guest runs at the target and is gone here; 1 it runs on here, or\n"
"there is nothing to recover; 2 bad usage; 3 it is still not completed: see the messages.\n";

static enum tsmc_exit recover(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	struct tsmc_guardian guardian;
	enum tsmc_exit status = TSMC_EXIT_FAILED;
	int claim = tsmc_claim(journal->domid);

	if (claim == -EBUSY)
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "a tsmc-agent of this host (pid %d) is busy with %s already",
			 journal->pid, journal->name);
	else if (claim < 0)
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "cannot keep other agents away from %s: %s",
			 journal->name, strerror(-claim));
	if (claim < 0)
		return TSMC_EXIT_FAILED;
	/* It may have changed until the claim was ours. */
	if (tsmc_journal_reload(journal)) {
		close(claim);
		tsmc_log(&agent->log, TSMC_LOG_INFO, "the migration of %s is over", journal->name);
		return TSMC_EXIT_FAILED;
	}
	tsmc_guardian_start(&guardian, agent);
	journal->pid = getpid();
	if (!tsmc_journal_write(journal, &agent->log) && !tsmc_xen_open(&agent->xen, &agent->log)) {
		status = tsmc_settle(agent, journal);
		tsmc_xen_close(agent->xen);
	}
	close(claim);
	tsmc_counters_count(&agent->ending, &agent->log);
	tsmc_guardian_end(&guardian);
	return status;
}

/**
 * tsmc_cmd_recover - the verb recover
 * @agent: without handles yet
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_recover(struct tsmc_agent *agent, int argc, char **argv)
{
	struct tsmc_journal journal;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return TSMC_EXIT_OK;
	}
	if (argc != 2 || argv[1][0] == '-') {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	agent->options = tsmc_options_default;
	tsmc_privileges_drop(&agent->log);
	/* It is always the source that calls. */
	if (!tsmc_journal_of_source(argv[1], &journal))
		return recover(agent, &journal);
	tsmc_log(&agent->log, TSMC_LOG_ERROR, "no migration of %s from this host is open", argv[1]);
	return TSMC_EXIT_FAILED;
}
