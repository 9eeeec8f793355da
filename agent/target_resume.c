// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The source calls again after the link, or an agent on either side, was lost.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "claim.h"
#include "clock.h"
#include "settle.h"
#include "switchover.h"
#include "target_state.h"

/* The agent before waits 10 s for GO, or for anything in stage three, and then needs a moment to leave. */
#define CLAIM_LIMIT_NS	(40 * 1000000000ULL)
#define CLAIM_LOOK_NS	(20 * 1000000L)

static int send_standing(struct target *tgt, enum tsmc_wire_standing standing, uint64_t nr_missing)
{
	struct tsmc_wire_state state = { .standing = standing, .nr_missing = nr_missing };

	return tsmc_channel_send_one(tsmc_target_bulk(tgt), TSMC_REC_STATE, &state, sizeof(state));
}

static int refuse(struct target *tgt, int rc, const char *text)
{
	tsmc_log(tgt->log, TSMC_LOG_ERROR, "%s: %s", tgt->name, text);
	tsmc_channel_send_error(tsmc_target_bulk(tgt), text);
	return rc;
}

/* The lock goes with the process that has it, and raises no event. */
static int await_claim(struct target *tgt)
{
	const struct timespec look = { .tv_nsec = CLAIM_LOOK_NS };
	uint64_t limit = tsmc_now_ns() + CLAIM_LIMIT_NS;

	while ((tgt->claim = tsmc_claim(tgt->domid)) == -EBUSY && tsmc_now_ns() < limit)
		nanosleep(&look, NULL);
	return tgt->claim < 0 ? tgt->claim : 0;
}

static int load_journal(struct target *tgt, const uint8_t *session)
{
	int rc = tsmc_journal_of_session(session, &tgt->journal);

	if (rc)
		return rc;
	tgt->domid = tgt->journal.domid;
	snprintf(tgt->name, sizeof(tgt->name), "%s", tgt->journal.name);
	return 0;
}

/* What the record says may have changed until the agent before was gone. */
static int take_journal(struct target *tgt, const uint8_t *session)
{
	int rc = load_journal(tgt, session);

	if (rc)
		return rc;
	rc = await_claim(tgt);
	if (rc)
		return refuse(tgt, rc, "another tsmc-agent at the target is still busy with it");
	rc = load_journal(tgt, session);
	if (rc)
		return rc;
	tgt->journal.pid = getpid();
	return tsmc_journal_write(&tgt->journal, tgt->log);
}

/* A guest that was destroyed meanwhile has no record any more. */
static int check_domain(struct target *tgt)
{
	struct tsmc_domain_info info;
	int rc;

	if (tgt->journal.phase == TSMC_PHASE_COMPLETE)
		return 0;
	rc = tsmc_domain_info(tgt->agent->xen, tgt->domid, &info);
	if (rc != -ESRCH)
		return rc;
	tsmc_target_forget(tgt);
	tgt->agent->ending.outcome = TSMC_OUTCOME_ABANDONED;
	return -ENOENT;
}

/* Everything that another process had in its hands. */
static int adopt(struct target *tgt)
{
	struct tsmc_domain_info info;
	int rc;

	tsmc_xen_restrict(tgt->agent->xen, tgt->domid);
	rc = tsmc_domain_info(tgt->agent->xen, tgt->domid, &info);
	if (!rc && !info.paused)
		rc = tsmc_domain_pause(tgt->agent->xen, tgt->domid);
	if (!rc)
		rc = tsmc_carry_over_open(&tgt->carry, tgt->journal.session);
	if (!rc)
		rc = tsmc_parking_new(tgt->agent->xen, tgt->log, tgt->domid, tgt->carry.nr_gfns, &tgt->parking);
	if (!rc)
		rc = tsmc_parking_adopt(tgt->parking);
	if (!rc)
		rc = tsmc_fault_server_adopt(tgt->agent->xen, tgt->log, tgt->domid, tgt->parking,
					     &tgt->carry, &tgt->server);
	return rc;
}

static int send_holes(struct target *tgt)
{
	const struct tsmc_pagemap *missing = tsmc_fault_server_missing(tgt->server);
	int rc;

	rc = tsmc_send_missing(tsmc_target_bulk(tgt), missing);
	if (!rc)
		rc = send_standing(tgt, TSMC_STANDING_WAITING, missing->count);
	if (!rc)
		rc = tsmc_session_join(tgt->session, tgt->log);
	if (!rc)
		rc = tsmc_channel_send_one(tsmc_target_urgent(tgt), TSMC_REC_READY, NULL, 0);
	return rc;
}

static enum tsmc_exit carry_on(struct target *tgt)
{
	char text[200];
	int rc;

	rc = adopt(tgt);
	snprintf(text, sizeof(text), "the target cannot go on with it: %s", strerror(-rc));
	if (rc)
		refuse(tgt, rc, text);
	else
		rc = send_holes(tgt);
	if (!rc)
		rc = tsmc_target_take_over(tgt);
	if (!rc)
		rc = tsmc_fault_server_run(tgt->server, tgt->session);
	if (!rc) {
		rc = tsmc_target_finish(tgt, 0);
		if (!rc)
			return TSMC_EXIT_OK;
	}
	tsmc_target_wait(tgt);
	return TSMC_EXIT_AWAY;
}

static enum tsmc_exit tell_complete(struct target *tgt)
{
	struct tsmc_record record;
	int rc;

	/* The agent before may have come to write that down, and no further: its file of pages goes, too. */
	tsmc_carry_over_remove(tgt->journal.session);
	rc = send_standing(tgt, TSMC_STANDING_COMPLETE, 0);
	if (!rc)
		rc = tsmc_channel_expect(tsmc_target_bulk(tgt), TSMC_REC_DONE, &record, TSMC_LINK_TIMEOUT_MS);
	if (!rc)
		tsmc_target_forget(tgt);
	return TSMC_EXIT_OK;
}

/* The guest runs on at the source. It has never run here: nobody withdraws what it has given. */
static enum tsmc_exit withdraw(struct target *tgt)
{
	if (tgt->journal.phase > TSMC_PHASE_PREPARED) {
		refuse(tgt, -EPROTO, "the source takes back a guest that it has handed over");
		return TSMC_EXIT_AWAY;
	}
	if (tsmc_settle_incoming(tgt->agent, &tgt->journal)) {
		refuse(tgt, -EBUSY, "the target cannot remove what it has of the guest");
		return TSMC_EXIT_AWAY;
	}
	send_standing(tgt, TSMC_STANDING_NONE, 0);
	return TSMC_EXIT_OK;
}

/**
 * tsmc_target_resume - go on with an old migration
 * @tgt: nothing but its session
 * @resume: the first record of that session
 *
 * Return: TSMC_EXIT_OK: the source knows how it stands; TSMC_EXIT_AWAY: the guest is here and
 * waits; TSMC_EXIT_FAILED.
 */
enum tsmc_exit tsmc_target_resume(struct target *tgt, const struct tsmc_record *resume)
{
	struct tsmc_wire_resume what;
	int rc;

	if (tsmc_wire_get_resume(resume, &what))
		return TSMC_EXIT_FAILED;
	rc = take_journal(tgt, what.session);
	if (!rc)
		rc = check_domain(tgt);
	if (rc == -ENOENT) {
		send_standing(tgt, TSMC_STANDING_NONE, 0);
		return TSMC_EXIT_OK;
	}
	if (rc)
		return TSMC_EXIT_FAILED;
	if (what.verdict == TSMC_VERDICT_WITHDRAWN)
		return withdraw(tgt);
	if (tgt->journal.phase == TSMC_PHASE_COMPLETE)
		return tell_complete(tgt);
	if (tgt->journal.phase == TSMC_PHASE_INCOMING) {
		refuse(tgt, -EPROTO, "the source has handed over a guest that was not ready here");
		return TSMC_EXIT_FAILED;
	}
	return carry_on(tgt);
}
