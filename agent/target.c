// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The three stages, seen from the target. Orchestration only.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "guest_hints.h"
#include "interrupt.h"
#include "memory_bound.h"
#include "memory_limit.h"
#include "page_receiver.h"
#include "target_state.h"
#include "verify.h"

static int merge_missing(struct target *tgt, const struct tsmc_record *record)
{
	struct tsmc_wire_missing head;
	const uint64_t *bits;
	int rc;

	rc = tsmc_wire_get_missing(record, tgt->top_gfn, &head, &bits);
	return rc ? rc : tsmc_pagemap_merge(&tgt->missing, head.first, head.nr_bits, bits);
}

/* The CPUs as they stood when the guest was suspended; libxl has loaded earlier ones. */
static int load_state(struct target *tgt, const struct tsmc_record *record)
{
	struct tsmc_wire_final final;
	struct tsmc_tsc_info tsc;
	const void *context;
	int rc;

	rc = tsmc_wire_get_final(record, &final, &context);
	if (rc)
		return rc;
	if (final.nr_missing != tgt->missing.count)
		return -EPROTO;
	tgt->hint_gfn = final.hint_gfn;
	tsc = (struct tsmc_tsc_info){ .mode = final.tsc_mode, .khz = final.tsc_khz,
				      .nsec = final.tsc_nsec, .incarnation = final.tsc_incarnation };
	rc = tsmc_target_await_plugged(tgt);
	if (!rc)
		rc = tsmc_domain_set_tsc(tgt->agent->xen, tgt->domid, &tsc);
	if (!rc)
		rc = tsmc_domain_set_context(tgt->agent->xen, tgt->domid, context, final.context_len);
	return rc;
}

static int carry_over(struct target *tgt, unsigned int nr_vcpus)
{
	int rc = tsmc_carry_over_create(&tgt->carry, tgt->session->id, tgt->top_gfn, nr_vcpus);

	if (rc)
		tsmc_log(tgt->log, TSMC_LOG_ERROR, "no room in " TSMC_RUN_DIR " for what stage three of %s needs: %s",
			 tgt->name, strerror(-rc));
	return rc;
}

/* End of stage two: state, holes, late disks. */
static int switch_over(struct target *tgt, const struct tsmc_record *record)
{
	struct tsmc_domain_info info;
	int rc;

	rc = load_state(tgt, record);
	if (!rc)
		rc = tsmc_domain_info(tgt->agent->xen, tgt->domid, &info);
	if (!rc)
		rc = carry_over(tgt, info.nr_vcpus);
	if (!rc)
		rc = tsmc_fault_server_new(tgt->agent->xen, tgt->log, tgt->domid, tgt->parking, &tgt->missing,
					   &tgt->carry, &tgt->server);
	if (!rc)
		rc = tsmc_build_attach_disks(tgt->build);
	if (!rc)
		tsmc_guest_hints_forward(tgt->agent->xen, tgt->domid, tgt->hint_gfn);
	return rc;
}

/* The source waits with the suspend until libxl is done. */
static int plug(struct target *tgt)
{
	int rc = tsmc_target_await_plugged(tgt);

	return rc ? rc : tsmc_channel_send_one(tsmc_target_bulk(tgt), TSMC_REC_PLUGGED, NULL, 0);
}

static int take_record(struct target *tgt, const struct tsmc_record *record)
{
	switch (record->type) {
	case TSMC_REC_PAGES:
		return tsmc_page_receive(tgt->agent->xen, tgt->domid, tgt->top_gfn, tgt->parking,
					 &tgt->unpacker, record);
	case TSMC_REC_MISSING:
		return merge_missing(tgt, record);
	case TSMC_REC_PLUG:
		return plug(tgt);
	default:
		return -EPROTO;
	}
}

/* Stages one and two: pages go into place at once, nothing runs here yet. */
static int receive_guest(struct target *tgt, uint64_t *switch_ns)
{
	struct tsmc_record record;
	uint64_t start;
	int rc;

	for (;;) {
		rc = tsmc_channel_receive(tsmc_target_bulk(tgt), &record, TSMC_LINK_TIMEOUT_MS);
		if (rc != 1)
			return rc ? rc : -ETIMEDOUT;
		if (record.type == TSMC_REC_FINAL)
			break;
		rc = take_record(tgt, &record);
		if (!rc)
			rc = tsmc_target_turn_look(tgt);
		if (rc)
			return rc;
	}
	start = tsmc_now_ns();
	/* Scripts may attach disks; and from READY on the guest may be ours. */
	tsmc_memory_unlimit();
	rc = switch_over(tgt, &record);
	*switch_ns = tsmc_now_ns() - start;
	if (!rc)
		rc = tsmc_journal_enter(&tgt->journal, TSMC_PHASE_PREPARED, tgt->log);
	if (!rc)
		rc = tsmc_channel_send_one(tsmc_target_urgent(tgt), TSMC_REC_READY, NULL, 0);
	return rc;
}

static int send_complete(struct target *tgt, uint64_t switch_ns)
{
	struct tsmc_wire_complete complete = *tsmc_fault_server_counters(tgt->server);

	complete.switch_ns = switch_ns;
	return tsmc_channel_send_one(tsmc_target_bulk(tgt), TSMC_REC_COMPLETE, &complete, sizeof(complete));
}

static int fill_and_verify(struct target *tgt, uint64_t switch_ns)
{
	int rc;

	rc = tsmc_fault_server_run(tgt->server, tgt->session);
	if (!rc)
		rc = send_complete(tgt, switch_ns);
	if (!rc)
		rc = tsmc_verify_target(tgt->agent->xen, tgt->domid, tsmc_target_bulk(tgt), tgt->top_gfn);
	return rc;
}

static int receive(struct target *tgt, const struct tsmc_record *config)
{
	uint64_t switch_ns = 0;
	int rc;

	tsmc_memory_limit(tsmc_memory_bound_target(0), tgt->log);
	rc = tsmc_target_build(tgt, config);
	if (!rc)
		rc = receive_guest(tgt, &switch_ns);
	if (!rc && tgt->verify)
		rc = fill_and_verify(tgt, switch_ns);
	if (!rc)
		rc = tsmc_target_take_over(tgt);
	if (!rc)
		rc = tsmc_fault_server_run(tgt->server, tgt->session);
	if (!rc)
		rc = tsmc_target_finish(tgt, switch_ns);
	return rc;
}

/* Before the hand-over: as if nothing had been. */
static void remove_incoming(struct target *tgt, int rc)
{
	char text[400];

	tsmc_interrupt_ignore();
	tsmc_memory_unlimit();
	snprintf(text, sizeof(text), "the target cannot take %s: %s", tgt->name[0] ? tgt->name : "the guest",
		 strerror(-rc));
	/* A source that gave up knows why. */
	if (!tgt->refused && rc != -EREMOTEIO)
		tsmc_channel_send_error(tsmc_target_bulk(tgt), text);
	tsmc_build_free(tgt->build);
	tgt->build = NULL;
	tsmc_target_turn_end(tgt);
	tsmc_fault_server_free(tgt->server);
	tgt->server = NULL;
	/* A domain whose pages are mapped would linger. */
	tsmc_parking_free(tgt->parking);
	tgt->parking = NULL;
	if (tgt->built)
		tsmc_toolstack_destroy(tgt->agent->xen, tgt->domid);
	tsmc_carry_over_remove(tgt->session->id);
	tsmc_journal_remove(&tgt->journal);
	/* Before its name was told there was no guest to speak of. */
	if (tgt->name[0])
		tgt->agent->ending.outcome = TSMC_OUTCOME_FAILED;
}

/* READY was said: the source may have handed the guest over, and alone knows. */
static void stay_prepared(struct target *tgt)
{
	tsmc_target_leave(tgt);
	tsmc_log(tgt->log, TSMC_LOG_WARN,
		 "%s (domain %u, %s) is complete but for what the source says of it: it stays paused until the source calls again",
		 tgt->name, tgt->domid, tgt->incoming);
}

static enum tsmc_exit conclude(struct target *tgt, int rc)
{
	if (!rc)
		return TSMC_EXIT_OK;
	if (tgt->journal.phase >= TSMC_PHASE_OWNER) {
		tsmc_target_wait(tgt);
		return TSMC_EXIT_AWAY;
	}
	/* An error of the source's own is its word that it keeps the guest. */
	if (tgt->journal.phase == TSMC_PHASE_PREPARED && rc != -EREMOTEIO) {
		stay_prepared(tgt);
		return TSMC_EXIT_AWAY;
	}
	remove_incoming(tgt, rc);
	return TSMC_EXIT_FAILED;
}

/*
 * A session is named by the source, by chance. One that has a record is of a guest that is here:
 * what was written down of that is not to be replaced, nor removed when this comes to nothing.
 */
static bool is_new(struct target *tgt)
{
	static const char text[] = "a migration of this session has left a guest here: the source has to call about that";
	struct tsmc_journal before;

	if (tsmc_journal_of_session(tgt->session->id, &before) == -ENOENT)
		return true;
	tsmc_log(tgt->log, TSMC_LOG_ERROR, "%s", text);
	tsmc_channel_send_error(tsmc_target_bulk(tgt), text);
	return false;
}

static enum tsmc_exit serve(struct target *tgt)
{
	struct tsmc_record record;
	int rc = tsmc_channel_receive(tsmc_target_bulk(tgt), &record, TSMC_LINK_TIMEOUT_MS);

	if (rc == 1 && record.type == TSMC_REC_RESUME)
		return tsmc_target_resume(tgt, &record);
	if (!is_new(tgt))
		return TSMC_EXIT_FAILED;
	if (rc == 1)
		rc = receive(tgt, &record);
	else if (!rc)
		rc = -ETIMEDOUT;
	return conclude(tgt, rc);
}

/**
 * tsmc_target_receive - take one guest in, or go on with one
 * @agent: handles
 * @session: to the source; not closed here
 *
 * Return: TSMC_EXIT_OK when it runs here and is complete; TSMC_EXIT_FAILED when
 * nothing is left here; TSMC_EXIT_AWAY when it is here but not complete, and paused.
 */
int tsmc_target_receive(struct tsmc_agent *agent, struct tsmc_session *session)
{
	struct target tgt = { .agent = agent, .log = &agent->log, .session = session, .claim = -1, .turn = -1,
			      .journal.phase = TSMC_PHASE_INCOMING };
	struct tsmc_ending *ending = &agent->ending;
	uint64_t start = tsmc_now_ns();
	enum tsmc_exit status;

	memcpy(tgt.journal.session, session->id, sizeof(tgt.journal.session));
	status = serve(&tgt);
	ending->side = TSMC_SIDE_TARGET;
	ending->figures.ns = tsmc_now_ns() - start;
	ending->figures.bytes = session->bulk.bytes_received + session->urgent.bytes_received;
	tsmc_parking_free(tgt.parking);
	tsmc_build_free(tgt.build);
	tsmc_page_unpacker_destroy(&tgt.unpacker);
	tsmc_pagemap_destroy(&tgt.missing);
	tsmc_carry_over_close(&tgt.carry);
	if (tgt.claim >= 0)
		close(tgt.claim);
	free(tgt.json);
	return status;
}
