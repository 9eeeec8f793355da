// SPDX-License-Identifier: GPL-2.0-or-later
#include "settle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "carry_over.h"
#include "claim.h"
#include "clock.h"
#include "guest_hints.h"
#include "recover.h"
#include "session.h"

/* A restore whose agent is gone takes its domain down itself, which takes libxl a while. */
#define RESTORE_ENDS_NS	(3 * 1000000000ULL)
#define REMOVAL_NS	(20 * 1000000000ULL)
#define LOOK_NS		(50 * 1000000L)
/* Linux gives its tasks 20 s to freeze, or runs on. */
#define SUSPEND_ENDS_MS	25000

struct owner {
	const struct tsmc_journal *journal;
	uint32_t domid;
};

static int is_of_another(const struct tsmc_journal *journal, void *opaque)
{
	const struct owner *owner = opaque;

	return journal->domid == owner->domid && !tsmc_phase_is_source(journal->phase) &&
	       memcmp(journal->session, owner->journal->session, sizeof(journal->session));
}

/*
 * The domain of this record. Another migration of the same guest may have begun, and have a domain of
 * that name: an agent that was killed before it knew its number says nothing of it.
 */
static int find_incoming(struct tsmc_agent *agent, const struct tsmc_journal *journal, uint32_t *domid)
{
	struct owner owner = { .journal = journal };
	char incoming[TSMC_JOURNAL_NAME_MAX + 16];
	int claim, rc;

	snprintf(incoming, sizeof(incoming), "%s--incoming", journal->name);
	rc = tsmc_toolstack_holder(agent->xen, incoming, domid);
	if (rc)
		return rc;
	if (journal->domid)
		return *domid == journal->domid ? 0 : -ENOENT;
	claim = tsmc_claim(*domid);
	if (claim < 0)
		return -ENOENT;
	close(claim);
	owner.domid = *domid;
	return tsmc_journal_each(is_of_another, &owner) ? -ENOENT : 0;
}

/**
 * tsmc_settle_incoming - remove a domain that has never run
 * @agent: handles
 * @journal: of a target, incoming or prepared; its agent is gone
 *
 * Return: 0; negative errno when it is there still, or may be: then its record stays.
 */
int tsmc_settle_incoming(struct tsmc_agent *agent, const struct tsmc_journal *journal)
{
	const struct timespec look = { .tv_nsec = LOOK_NS };
	bool built = journal->phase != TSMC_PHASE_INCOMING;
	uint64_t start = tsmc_now_ns(), age = 0;
	uint32_t domid;
	int rc = 0;

	while (age < REMOVAL_NS && (rc != -ENOENT || (!built && age < RESTORE_ENDS_NS))) {
		rc = find_incoming(agent, journal, &domid);
		if (!rc && (built || age > RESTORE_ENDS_NS))
			tsmc_toolstack_destroy(agent->xen, domid);
		nanosleep(&look, NULL);
		age = tsmc_now_ns() - start;
	}
	if (rc != -ENOENT) {
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "%s--incoming cannot be removed now: tsmc-agent abort --lost %s",
			 journal->name, journal->name);
		return rc ?: -EBUSY;
	}
	tsmc_carry_over_remove(journal->session);
	tsmc_journal_remove(journal);
	agent->ending.outcome = TSMC_OUTCOME_FAILED;
	return 0;
}

/**
 * tsmc_settle_here - the guest is the source's: have it run on
 * @agent: handles
 * @journal: of a source, before the hand-over
 *
 * Return: 0; negative errno when that is not possible now. Then the record stays, for tsmc-agent
 * recover.
 */
int tsmc_settle_here(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	int rc = 0;

	if (journal->phase >= TSMC_PHASE_SUSPENDING)
		rc = tsmc_toolstack_take_back(agent->xen, journal->domid, SUSPEND_ENDS_MS);
	if (rc && rc != -ESRCH && rc != -EPROTO) {
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "%s may be suspended and cannot be resumed now: tsmc-agent recover %s",
			 journal->name, journal->name);
		journal->pid = 0;
		tsmc_journal_write(journal, &agent->log);
		return rc;
	}
	if (!rc && journal->phase >= TSMC_PHASE_SUSPENDING)
		tsmc_log(&agent->log, TSMC_LOG_WARN, "%s runs on here", journal->name);
	return 0;
}

/**
 * tsmc_settle_there - the guest was kept: have the target remove what it has of it
 * @agent: options
 * @journal: of a source, before the hand-over; the guest runs on
 *
 * A target that may have said READY removes nothing before it has our word. If that cannot
 * be given, the record stays.
 */
void tsmc_settle_there(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	if (journal->phase < TSMC_PHASE_TOLD) {
		tsmc_journal_remove(journal);
		return;
	}
	/* Without the new record the old one tells enough. */
	tsmc_journal_enter(journal, TSMC_PHASE_WITHDRAWN, &agent->log);
	tsmc_recover_withdrawn(agent, journal);
}

/* The guest is ours: it runs on as if nothing had been. */
static enum tsmc_exit keep(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	if (tsmc_settle_here(agent, journal))
		return TSMC_EXIT_AWAY;
	agent->ending.outcome = TSMC_OUTCOME_FAILED;
	tsmc_logdirty_off(agent->xen, journal->domid);
	tsmc_guest_hints_finish(agent->xen, journal->domid);
	tsmc_settle_there(agent, journal);
	return TSMC_EXIT_FAILED;
}

/* Nothing is missing, and nobody guards anything: its agent had no more to do than to say so. */
static bool needs_nobody(const struct tsmc_journal *journal)
{
	struct tsmc_carry_over carry;
	struct tsmc_pagemap missing;
	bool complete;

	if (tsmc_carry_over_open(&carry, journal->session))
		return false;
	tsmc_pagemap_over(&missing, carry.missing, carry.nr_gfns);
	complete = !missing.count && !tsmc_ioreq_left(carry.io);
	tsmc_carry_over_close(&carry);
	return complete;
}

/* Its agent was killed: a guest that runs on alone would stand at a hole for good. */
static enum tsmc_exit pause_guest(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	struct tsmc_domain_info info;
	int rc;

	journal->pid = 0;
	if (needs_nobody(journal)) {
		tsmc_guest_hints_finish(agent->xen, journal->domid);
		tsmc_journal_enter(journal, TSMC_PHASE_COMPLETE, &agent->log);
		agent->ending.outcome = TSMC_OUTCOME_COMPLETED;
		return TSMC_EXIT_OK;
	}
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
	agent->ending.side = tsmc_phase_is_source(journal->phase) ? TSMC_SIDE_SOURCE : TSMC_SIDE_TARGET;
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
