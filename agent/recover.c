// SPDX-License-Identifier: GPL-2.0-or-later
#include "recover.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "frame_bound.h"
#include "guest_hints.h"
#include "interrupt.h"
#include "progress.h"
#include "session.h"
#include "stage_three.h"

/* Pauses between calls: from 1 s on, doubled each time. */
#define PAUSE_FIRST_MS	1000
#define PAUSE_MOST_MS	30000
/* A target that is not told that its guest is withdrawn only keeps memory: that is tried for so long. */
#define WITHDRAW_NS	(60 * 1000000000ULL)
/* The target waits up to 20 s for the agent before, then looks at all that is parked. */
#define STATE_TIMEOUT_MS	60000

/**
 * struct call - one connection about an old migration
 * @agent: handles and options
 * @journal: of the migration
 * @session: the connection
 * @missing: frames that the target lacks
 */
struct call {
	struct tsmc_agent *agent;
	const struct tsmc_journal *journal;
	struct tsmc_session session;
	struct tsmc_pagemap missing;
};

static int take_missing(struct call *call, const struct tsmc_record *record)
{
	struct tsmc_wire_missing head;
	const uint64_t *bits;
	int rc;

	rc = tsmc_wire_get_missing(record, call->missing.nr_gfns, &head, &bits);
	return rc ? rc : tsmc_pagemap_merge(&call->missing, head.first, head.nr_bits, bits);
}

static int await_state(struct call *call, struct tsmc_wire_state *state)
{
	struct tsmc_record record;
	int rc;

	while ((rc = tsmc_channel_receive(&call->session.bulk, &record, STATE_TIMEOUT_MS)) == 1 &&
	       record.type == TSMC_REC_MISSING) {
		rc = take_missing(call, &record);
		if (rc)
			return rc;
	}
	if (rc != 1)
		return rc ? rc : -ETIMEDOUT;
	rc = tsmc_wire_get_state(&record, state);
	return !rc && state->nr_missing != call->missing.count ? -EPROTO : rc;
}

static int ask(struct call *call, enum tsmc_verdict verdict, struct tsmc_wire_state *state)
{
	const struct tsmc_route route = { .carrier = call->journal->carrier, .ssh = call->journal->via,
					  .tls_dir = call->journal->via };
	struct tsmc_wire_resume resume = { .verdict = verdict };
	int rc;

	memcpy(resume.session, call->journal->session, sizeof(resume.session));
	rc = tsmc_session_connect(&call->session, &route, call->journal->host, &call->agent->log);
	if (!rc)
		rc = tsmc_channel_send_one(&call->session.bulk, TSMC_REC_RESUME, &resume, sizeof(resume));
	return rc ? rc : await_state(call, state);
}

static int run(struct call *call, struct tsmc_stage_three *three, struct tsmc_report *report)
{
	struct tsmc_record record;
	int rc;

	rc = tsmc_channel_expect(&call->session.urgent, TSMC_REC_READY, &record, TSMC_LINK_TIMEOUT_MS);
	if (rc)
		return rc;
	tsmc_interrupt_ignore();
	rc = tsmc_channel_send_one(&call->session.urgent, TSMC_REC_GO, NULL, 0);
	if (!rc)
		rc = tsmc_channel_expect(&call->session.urgent, TSMC_REC_RUNNING, &record, TSMC_LINK_TIMEOUT_MS);
	if (!rc)
		rc = tsmc_stage_three_run(three, report);
	if (!rc)
		rc = tsmc_channel_send_one(&call->session.bulk, TSMC_REC_DONE, NULL, 0);
	tsmc_interrupt_catch();
	return rc;
}

/* The suspended guest still holds what its module said last; without that pages go by address. */
static void read_hints(struct call *call, struct tsmc_guest_hints *guest, struct tsmc_hints *hints)
{
	char why[256];

	if (tsmc_guest_hints_open(guest, call->agent->xen, &call->agent->log, call->journal->domid, why, sizeof(why)) ||
	    tsmc_guest_hints_read(guest, call->missing.nr_gfns, hints, why, sizeof(why)))
		tsmc_log(&call->agent->log, TSMC_LOG_DEBUG, "%s: pages are pushed without hints", why);
}

/* Of a guest whose pages are still to be served. */
static bool disks_are_direct(struct call *call)
{
	char *json = NULL;
	bool direct = !tsmc_toolstack_config(call->agent->xen, call->journal->domid, &json) &&
		      tsmc_disks_are_direct(call->agent->xen, json);

	free(json);
	return direct;
}

static int serve(struct call *call, struct tsmc_report *report)
{
	struct tsmc_page_packer packer = { 0 };
	struct tsmc_remainder remainder = { .missing = &call->missing, .packer = &packer,
					    .disks_direct = disks_are_direct(call), .series = report->series };
	struct tsmc_stage_three *three;
	struct tsmc_hints hints = { 0 };
	struct tsmc_guest_hints guest;
	int rc;

	read_hints(call, &guest, &hints);
	if (hints.bytes) {
		remainder.hints = &hints;
		remainder.guest = &guest;
	}
	rc = tsmc_session_join(&call->session, &call->agent->log);
	if (!rc)
		rc = tsmc_stage_three_new(call->agent, &call->session, call->journal->domid, &remainder, &three);
	if (!rc) {
		tsmc_log(&call->agent->log, TSMC_LOG_INFO, "stage three goes on: %" PRIu64 " pages", call->missing.count);
		tsmc_series_left(report->series, call->missing.count);
		tsmc_progress_step(call->agent->progress, tsmc_now_ns(), TSMC_STEP_PAGES);
		rc = run(call, three, report);
		tsmc_stage_three_free(three);
	}
	tsmc_hints_destroy(&hints);
	return rc;
}

static int end_call(struct call *call, int rc)
{
	tsmc_session_close(&call->session);
	tsmc_pagemap_destroy(&call->missing);
	return rc;
}

/* 0: the target needs nothing any more; -ENOENT: it knows nothing of the guest. */
static int call_given(struct tsmc_agent *agent, const struct tsmc_journal *journal, struct tsmc_report *report)
{
	struct call call = { .agent = agent, .journal = journal };
	struct tsmc_wire_state state;
	struct tsmc_domain_info info;
	uint64_t nr_gfns;
	int rc;

	tsmc_progress_step(agent->progress, tsmc_now_ns(), TSMC_STEP_CALL);
	rc = tsmc_domain_nr_gfns(agent->xen, journal->domid, &nr_gfns);
	if (!rc)
		rc = tsmc_domain_info(agent->xen, journal->domid, &info);
	/* What the guest has put beyond that since the migration began has never been part of it. */
	if (!rc && nr_gfns > tsmc_frame_bound(info.max_pages))
		nr_gfns = tsmc_frame_bound(info.max_pages);
	if (!rc)
		rc = tsmc_pagemap_init(&call.missing, nr_gfns);
	if (!rc)
		rc = ask(&call, TSMC_VERDICT_GIVEN, &state);
	if (rc)
		return end_call(&call, rc == -ENOENT ? -EIO : rc);
	if (state.standing == TSMC_STANDING_NONE)
		rc = -ENOENT;
	else if (state.standing == TSMC_STANDING_COMPLETE)
		rc = tsmc_channel_send_one(&call.session.bulk, TSMC_REC_DONE, NULL, 0);
	else
		rc = serve(&call, report) ? -EIO : 0;
	return end_call(&call, rc);
}

static int call_withdrawn(struct tsmc_agent *agent, const struct tsmc_journal *journal)
{
	struct call call = { .agent = agent, .journal = journal };
	struct tsmc_wire_state state;
	int rc;

	rc = ask(&call, TSMC_VERDICT_WITHDRAWN, &state);
	if (!rc && state.standing != TSMC_STANDING_NONE)
		rc = -EPROTO;
	return end_call(&call, rc);
}

/* Until the next call; false when the operator stops us. */
static bool pause_between(struct tsmc_agent *agent, int *pause_ms)
{
	uint64_t due = tsmc_now_ns() + *pause_ms * 1000000ULL, now;

	tsmc_log(&agent->log, TSMC_LOG_WARN, "the target is called again in %d s", *pause_ms / 1000);
	while (!tsmc_interrupted() && (now = tsmc_now_ns()) < due)
		poll(NULL, 0, (due - now) / 1000000 + 1);
	*pause_ms = *pause_ms * 2 < PAUSE_MOST_MS ? *pause_ms * 2 : PAUSE_MOST_MS;
	return !tsmc_interrupted();
}

/* Nobody deals with it any more until someone is asked to. */
static enum tsmc_exit leave(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	journal->pid = 0;
	tsmc_journal_write(journal, &agent->log);
	return TSMC_EXIT_AWAY;
}

static enum tsmc_exit conclude(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	int rc = tsmc_toolstack_destroy(agent->xen, journal->domid);

	if (rc)
		tsmc_log(&agent->log, TSMC_LOG_ERROR,
			 "%s runs at the target, but its old copy, domain %u, cannot be removed: xl destroy it",
			 journal->name, journal->domid);
	tsmc_journal_remove(journal);
	agent->ending.outcome = TSMC_OUTCOME_COMPLETED;
	return rc ? TSMC_EXIT_AWAY : TSMC_EXIT_OK;
}

/* On this very host the guest may want it. */
static void take_name_away(struct tsmc_agent *agent, const struct tsmc_journal *journal)
{
	char away[TSMC_JOURNAL_NAME_MAX + 16], *name;

	if (tsmc_toolstack_name(agent->xen, journal->domid, &name))
		return;
	snprintf(away, sizeof(away), "%s--migratedaway", journal->name);
	if (!strcmp(name, journal->name))
		tsmc_toolstack_rename(agent->xen, journal->domid, journal->name, away);
	free(name);
}

/**
 * tsmc_recover_given - bring a migration to its end after the hand-over
 * @agent: handles and options
 * @journal: given; the caller has the claim on its domain
 * @report: counts are added
 *
 * Return: TSMC_EXIT_OK: the guest runs at the target and is gone here. TSMC_EXIT_AWAY: the
 * operator has stopped the calls, or the target has lost the guest; nothing has changed here.
 */
enum tsmc_exit tsmc_recover_given(struct tsmc_agent *agent, struct tsmc_journal *journal,
				  struct tsmc_report *report)
{
	int pause_ms = PAUSE_FIRST_MS, rc;
	struct tsmc_domain_info info;

	if (tsmc_domain_info(agent->xen, journal->domid, &info) == -ESRCH) {
		tsmc_log(&agent->log, TSMC_LOG_ERROR,
			 "domain %u, which had the pages of %s that the target may lack, was destroyed: if the guest waits there, tsmc-agent abort --lost %s there, and here",
			 journal->domid, journal->name, journal->name);
		return leave(agent, journal);
	}
	tsmc_xen_restrict(agent->xen, journal->domid);
	take_name_away(agent, journal);
	tsmc_interrupt_catch();
	while ((rc = call_given(agent, journal, report)) && rc != -ENOENT) {
		if (!tsmc_interrupted() && pause_between(agent, &pause_ms))
			continue;
		tsmc_log(&agent->log, TSMC_LOG_ERROR,
			 "%s was handed over and must not be resumed here; its memory is kept in domain %u. To go on: tsmc-agent recover %s",
			 journal->name, journal->domid, journal->name);
		return leave(agent, journal);
	}
	if (!rc)
		return conclude(agent, journal);
	tsmc_log(&agent->log, TSMC_LOG_ERROR,
		 "the target knows nothing of %s any more: its host was restarted, or the guest destroyed there. Domain %u here is its memory as of the suspend, and its disks may have changed since: start it anew, then tsmc-agent abort --lost %s",
		 journal->name, journal->domid, journal->name);
	return leave(agent, journal);
}

/**
 * tsmc_recover_withdrawn - tell the target that the guest stayed here
 * @agent: handles
 * @journal: withdrawn
 *
 * Return: TSMC_EXIT_FAILED: the guest runs here, as it does in any case.
 */
enum tsmc_exit tsmc_recover_withdrawn(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	uint64_t limit = tsmc_now_ns() + WITHDRAW_NS;
	int pause_ms = PAUSE_FIRST_MS, rc;

	tsmc_interrupt_catch();
	while ((rc = call_withdrawn(agent, journal)) && tsmc_now_ns() < limit && pause_between(agent, &pause_ms))
		;
	if (!rc) {
		tsmc_journal_remove(journal);
		return TSMC_EXIT_FAILED;
	}
	tsmc_log(&agent->log, TSMC_LOG_WARN,
		 "%s runs on here, but the target could not be told and may keep the domain %s--incoming: tsmc-agent recover %s",
		 journal->name, journal->name, journal->name);
	leave(agent, journal);
	return TSMC_EXIT_FAILED;
}
