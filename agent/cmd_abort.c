// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "agent_life.h"
#include "carry_over.h"
#include "claim.h"
#include "clock.h"
#include "counters.h"
#include "journal.h"
#include "privileges.h"
#include "settle.h"

/* An agent that suspends the guest just now cannot be stopped before libxl gives that up. */
#define ABORT_LIMIT_NS	(130 * 1000000000ULL)
#define ABORT_LOOK_NS	(20 * 1000000L)

static const char help[] =
"usage: tsmc-agent abort [--lost] GUEST\n"
"\n"
"Stops the migration of GUEST that an agent of this host has begun, as Ctrl-C there\n"
"would: the guest runs on here. Not after the hand-over.\n"
"\n"
"  --lost   the other host is gone for good: destroys what this one has of GUEST,\n"
"           which waits for it. What the other host alone knew is lost.\n"
"\n"
"Exit status: 0 done; 1 not: see the messages; 2 bad usage.\n";

struct search {
	const char *name;
	struct tsmc_journal *found;
};

/* Nobody on this host brings it to an end. */
static bool waits(const struct tsmc_journal *journal)
{
	if (journal->phase == TSMC_PHASE_INCOMING)
		return !tsmc_agent_lives(journal);
	return journal->phase >= TSMC_PHASE_GIVEN && journal->phase != TSMC_PHASE_COMPLETE;
}

static int waits_for_other(const struct tsmc_journal *journal, void *opaque)
{
	struct search *search = opaque;

	if (strcmp(journal->name, search->name) || !waits(journal))
		return 0;
	*search->found = *journal;
	return 1;
}

static enum tsmc_exit too_late(struct tsmc_agent *agent, const struct tsmc_journal *journal)
{
	if (journal->phase == TSMC_PHASE_GIVEN)
		tsmc_log(&agent->log, TSMC_LOG_ERROR,
			 "%s is the target's already: its migration cannot be stopped any more", journal->name);
	else
		tsmc_log(&agent->log, TSMC_LOG_ERROR,
			 "%s runs on here already; the target learns of it by: tsmc-agent recover %s",
			 journal->name, journal->name);
	return TSMC_EXIT_FAILED;
}

static enum tsmc_exit stop(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	const struct timespec look = { .tv_nsec = ABORT_LOOK_NS };
	uint64_t limit = tsmc_now_ns() + ABORT_LIMIT_NS;

	if (journal->phase >= TSMC_PHASE_GIVEN)
		return too_late(agent, journal);
	if (!tsmc_agent_lives(journal)) {
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "the agent that moved %s is gone: tsmc-agent recover %s",
			 journal->name, journal->name);
		return TSMC_EXIT_FAILED;
	}
	kill(journal->pid, SIGINT);
	while (!tsmc_journal_of_source(journal->name, journal) && tsmc_now_ns() < limit) {
		if (journal->phase == TSMC_PHASE_GIVEN)
			return too_late(agent, journal);
		/* The guest runs on here; what the target may have of it is recover's to remove. */
		if (journal->phase == TSMC_PHASE_WITHDRAWN && !journal->pid)
			return TSMC_EXIT_OK;
		nanosleep(&look, NULL);
	}
	if (tsmc_journal_of_source(journal->name, journal))
		return TSMC_EXIT_OK;
	tsmc_log(&agent->log, TSMC_LOG_ERROR, "the agent with process number %d does not end", journal->pid);
	return TSMC_EXIT_FAILED;
}

/* One that is gone already is what was asked for. */
static int destroy(struct tsmc_agent *agent, uint32_t domid)
{
	struct tsmc_domain_info info;

	if (tsmc_domain_info(agent->xen, domid, &info) == -ESRCH)
		return 0;
	return tsmc_toolstack_destroy(agent->xen, domid);
}

static int remove_all(struct tsmc_agent *agent, const struct tsmc_journal *journal)
{
	int rc = 0;

	if (journal->phase == TSMC_PHASE_INCOMING)
		return tsmc_settle_incoming(agent, journal);
	if (journal->phase != TSMC_PHASE_WITHDRAWN)
		rc = destroy(agent, journal->domid);
	if (rc)
		return rc;
	tsmc_carry_over_remove(journal->session);
	tsmc_journal_remove(journal);
	/* That a guest stayed was counted when it was withdrawn. */
	if (journal->phase != TSMC_PHASE_WITHDRAWN)
		agent->ending.outcome = TSMC_OUTCOME_ABANDONED;
	return 0;
}

static enum tsmc_exit give_up(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	int claim, rc;

	claim = tsmc_claim(journal->domid);
	if (claim < 0) {
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "an agent is still busy with %s", journal->name);
		return TSMC_EXIT_FAILED;
	}
	rc = tsmc_journal_reload(journal);
	if (!rc && !waits(journal))
		rc = -EBUSY;
	if (rc)
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "%s does not wait any more", journal->name);
	else
		rc = tsmc_xen_open(&agent->xen, &agent->log);
	if (!rc)
		rc = remove_all(agent, journal);
	tsmc_xen_close(agent->xen);
	close(claim);
	agent->ending.side = tsmc_phase_is_source(journal->phase) ? TSMC_SIDE_SOURCE : TSMC_SIDE_TARGET;
	tsmc_counters_count(&agent->ending, &agent->log);
	return rc ? TSMC_EXIT_FAILED : TSMC_EXIT_OK;
}

/**
 * tsmc_cmd_abort - the verb abort
 * @agent: without handles yet
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_abort(struct tsmc_agent *agent, int argc, char **argv)
{
	bool lost = argc > 1 && !strcmp(argv[1], "--lost");
	struct tsmc_journal journal;
	struct search search = { .found = &journal };
	bool found;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return TSMC_EXIT_OK;
	}
	if (argc != 2 + lost || argv[1 + lost][0] == '-') {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	tsmc_privileges_drop(&agent->log);
	search.name = argv[1 + lost];
	found = lost ? tsmc_journal_each(waits_for_other, &search) : !tsmc_journal_of_source(search.name, &journal);
	if (found)
		return lost ? give_up(agent, &journal) : stop(agent, &journal);
	tsmc_log(&agent->log, TSMC_LOG_ERROR, lost ? "nothing of %s on this host waits for another one" :
		 "no migration of %s from this host is open", search.name);
	return TSMC_EXIT_FAILED;
}
