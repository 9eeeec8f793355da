// SPDX-License-Identifier: GPL-2.0-or-later
#include "settle.h"

#include <stdio.h>
#include <time.h>

#include "carry_over.h"
#include "clock.h"
#include "guest_hints.h"
#include "recover.h"
#include "session.h"

/* A restore whose agent is gone takes its domain down itself, which takes libxl a while. */
#define RESTORE_ENDS_NS	(3 * 1000000000ULL)
#define REMOVAL_NS	(20 * 1000000000ULL)
#define LOOK_NS		(50 * 1000000L)
/* A guest that has acknowledged the request gets there in less. */
#define SUSPEND_ENDS_MS	10000

/**
 * tsmc_settle_incoming - remove a domain that has never run
 * @agent: handles
 * @journal: of a target, incoming or prepared; its agent is gone
 */
void tsmc_settle_incoming(struct tsmc_agent *agent, const struct tsmc_journal *journal)
{
	const struct timespec look = { .tv_nsec = LOOK_NS };
	bool built = journal->phase != TSMC_PHASE_INCOMING;
	uint64_t start = tsmc_now_ns(), age = 0;
	char incoming[TSMC_JOURNAL_NAME_MAX + 16];
	bool there = true;
	uint32_t domid;

	snprintf(incoming, sizeof(incoming), "%s--incoming", journal->name);
	while (age < REMOVAL_NS && (there || (!built && age < RESTORE_ENDS_NS))) {
		there = tsmc_toolstack_named(agent->xen, incoming, &domid);
		if (there && (built || age > RESTORE_ENDS_NS))
			tsmc_toolstack_destroy(agent->xen, domid);
		else if (!built)
			nanosleep(&look, NULL);
		age = tsmc_now_ns() - start;
	}
	if (there)
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "%s cannot be removed: xl destroy it", incoming);
	tsmc_carry_over_remove(journal->session);
	tsmc_journal_remove(journal);
}

/* The guest is ours: it runs on as if nothing had been. */
static enum tsmc_exit keep(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	bool told = journal->phase == TSMC_PHASE_TOLD;

	if (journal->phase >= TSMC_PHASE_SUSPENDING &&
	    !tsmc_toolstack_take_back(agent->xen, journal->domid, SUSPEND_ENDS_MS))
		tsmc_log(&agent->log, TSMC_LOG_WARN, "%s runs on here", journal->name);
	tsmc_logdirty_off(agent->xen, journal->domid);
	tsmc_guest_hints_finish(agent->xen, journal->domid);
	if (told && !tsmc_journal_enter(journal, TSMC_PHASE_WITHDRAWN, &agent->log))
		return tsmc_recover_withdrawn(agent, journal);
	tsmc_journal_remove(journal);
	return TSMC_EXIT_FAILED;
}

/* Its agent was killed: a guest that runs on alone would stand at a hole for good. */
static enum tsmc_exit pause_guest(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	struct tsmc_domain_info info;
	int rc;

	journal->pid = 0;
	tsmc_journal_enter(journal, TSMC_PHASE_WAITING, &agent->log);
	rc = tsmc_domain_info(agent->xen, journal->domid, &info);
	if (!rc && !info.paused)
		rc = tsmc_domain_pause(agent->xen, journal->domid);
	if (!rc)
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "%s (domain %u) is paused until the source calls again",
			 journal->name, journal->domid);
	return TSMC_EXIT_AWAY;
}

/**
 * tsmc_settle - do what an agent that is gone has left to do
 * @agent: handles; its options say how pages are pushed
 * @journal: what it has written down; the caller has the claim on the domain
 *
 * Return: enum tsmc_exit.
 */
enum tsmc_exit tsmc_settle(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	struct tsmc_report report = { 0 };

	tsmc_session_forget(journal->session);
	switch (journal->phase) {
	case TSMC_PHASE_MOVING:
	case TSMC_PHASE_SUSPENDING:
	case TSMC_PHASE_TOLD:
		return keep(agent, journal);
	case TSMC_PHASE_GIVEN:
		return tsmc_recover_given(agent, journal, &report);
	case TSMC_PHASE_WITHDRAWN:
		return tsmc_recover_withdrawn(agent, journal);
	case TSMC_PHASE_INCOMING:
		tsmc_settle_incoming(agent, journal);
		return TSMC_EXIT_FAILED;
	case TSMC_PHASE_OWNER:
		return pause_guest(agent, journal);
	default:
		return TSMC_EXIT_AWAY;
	}
}
