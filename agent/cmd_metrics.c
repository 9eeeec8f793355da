// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "agent_life.h"
#include "metrics_view.h"
#include "privileges.h"
#include "situation.h"

static const char help[] =
"usage: tsmc-agent metrics\n"
"\n"
"Prints counters of the migrations of this host in the text format of Prometheus, for\n"
"the textfile collector of its node exporter.\n"
"\n"
"Exit status: 0 printed; 1 they cannot be read; 2 bad usage.\n";

static int look(const struct tsmc_journal *journal, void *opaque)
{
	struct tsmc_open_migrations *open = opaque;
	enum tsmc_side side = tsmc_phase_is_source(journal->phase) ? TSMC_SIDE_SOURCE : TSMC_SIDE_TARGET;
	bool alive = tsmc_agent_lives(journal);

	open->active[side] += alive;
	open->interrupted[side] += tsmc_situation_of(journal->phase, alive).interrupted;
	return 0;
}

/**
 * tsmc_cmd_metrics - the verb metrics: counters for Prometheus
 * @agent: not used but for its log: Xen is not needed
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_metrics(struct tsmc_agent *agent, int argc, char **argv)
{
	struct tsmc_open_migrations open = { 0 };
	struct tsmc_counters counters;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return TSMC_EXIT_OK;
	}
	if (argc != 1) {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	tsmc_privileges_drop(&agent->log);
	if (!tsmc_journal_readable(&agent->log) || tsmc_counters_read(&counters, &agent->log))
		return TSMC_EXIT_FAILED;
	tsmc_journal_each(look, &open);
	tsmc_metrics_text(&counters, &open, stdout);
	/* Half of a file is worse than none: whoever redirects this is to know. */
	if (fflush(stdout) || ferror(stdout)) {
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "cannot print the metrics: %m");
		return TSMC_EXIT_FAILED;
	}
	return TSMC_EXIT_OK;
}
