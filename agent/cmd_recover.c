// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "claim.h"
#include "guardian.h"
#include "settle.h"

static const char help[] =
"usage: tsmc-agent recover GUEST\n"
"\n"
"Goes on with a migration of GUEST whose agent on this host is gone, or was told to\n"
"stop calling the other host.\n"
"\n"
"Exit status: 0 the guest runs at the target and is gone here; 1 it runs on here, or\n"
"there is nothing to recover; 2 bad usage; 3 it is still not completed: see the messages.\n";

struct search {
	const char *name;
	struct tsmc_journal found;
};

/* It is always the source that calls. */
static int is_source(const struct tsmc_journal *journal, void *opaque)
{
	struct search *search = opaque;

	if (strcmp(journal->name, search->name) || !tsmc_phase_is_source(journal->phase))
		return 0;
	search->found = *journal;
	return 1;
}

static enum tsmc_exit recover(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	struct tsmc_guardian guardian;
	enum tsmc_exit status = TSMC_EXIT_FAILED;
	int claim = tsmc_claim(journal->domid);

	if (claim < 0) {
		tsmc_log(&agent->log, TSMC_LOG_ERROR, claim == -EBUSY ?
			 "a tsmc-agent of this host (pid %d) is busy with %s already" :
			 "pid %d: cannot keep other agents away from %s", journal->pid, journal->name);
		return TSMC_EXIT_FAILED;
	}
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
	struct search search = { 0 };

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return TSMC_EXIT_OK;
	}
	if (argc != 2 || argv[1][0] == '-') {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	search.name = argv[1];
	agent->options = tsmc_options_default;
	if (tsmc_journal_each(is_source, &search))
		return recover(agent, &search.found);
	tsmc_log(&agent->log, TSMC_LOG_ERROR, "no migration of %s from this host is open", search.name);
	return TSMC_EXIT_FAILED;
}
