// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "counters.h"
#include "guardian.h"
#include "privileges.h"
#include "session.h"
#include "target.h"

static const char help[] =
"usage: tsmc-agent receive\n"
"\n"
"Takes a guest in: the other end of `tsmc-agent migrate` on another host, which starts\n"
"it. They speak on standard input and output.\n";

/**
 * tsmc_cmd_receive - the verb receive: the other end of migrate
 * @agent: without handles yet
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_receive(struct tsmc_agent *agent, int argc, char **argv)
{
	struct tsmc_guardian guardian;
	struct tsmc_session session;
	int rc;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return TSMC_EXIT_OK;
	}
	if (argc != 1) {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	/* The end of the connection is told by the channels; it must not kill who guards a guest. */
	signal(SIGHUP, SIG_IGN);
	agent->options = tsmc_options_default;
	tsmc_privileges_drop(&agent->log);
	tsmc_guardian_start(&guardian, agent);
	rc = tsmc_session_accept(&session, &agent->log);
	if (rc == 1) {
		tsmc_guardian_tell(&guardian, session.id, &agent->log);
		rc = tsmc_xen_open(&agent->xen, &agent->log);
		if (rc)
			tsmc_channel_send_error(&session.bulk, "no access to Xen at the target: is tsmc-agent run as root in Dom0?");
		rc = rc ? TSMC_EXIT_FAILED : tsmc_target_receive(agent, &session);
		tsmc_xen_close(agent->xen);
	} else if (rc < 0) {
		rc = TSMC_EXIT_FAILED;
	}
	tsmc_session_close(&session);
	tsmc_counters_count(&agent->ending, &agent->log);
	tsmc_guardian_end(&guardian);
	return rc;
}
