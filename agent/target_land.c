// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The target from READY on: the guest becomes ours, runs, and is completed, or waits
 * for pages that do not come. The same for a new migration and for one that goes on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "guest_hints.h"
#include "interrupt.h"
#include "target_state.h"

/* From READY to GO the source only writes that down, and renames; with --verify it compares first. */
#define GO_TIMEOUT_MS		10000
#define COMPARE_TIMEOUT_MS	60000

/**
 * tsmc_target_forget - nothing is left to decide
 * @tgt: of a guest that is complete, or gone
 */
void tsmc_target_forget(struct target *tgt)
{
	tsmc_carry_over_remove(tgt->journal.session);
	tsmc_journal_remove(&tgt->journal);
}

/* Neither name is worth stopping a guest for: failures are logged. */
static void take_name(struct target *tgt)
{
	char *name;

	if (tsmc_toolstack_name(tgt->agent->xen, tgt->domid, &name))
		return;
	if (strcmp(name, tgt->name))
		tsmc_toolstack_rename(tgt->agent->xen, tgt->domid, name, tgt->name);
	free(name);
}

/*
 * It is paused as often as libxl, we and an agent before us have done so, who may have been
 * killed between a pause and its end.
 */
static int unpause(struct target *tgt)
{
	struct tsmc_domain_info info;
	int rc;

	do {
		rc = tsmc_domain_info(tgt->agent->xen, tgt->domid, &info);
		if (!rc && info.paused)
			rc = tsmc_toolstack_unpause(tgt->agent->xen, tgt->domid);
	} while (!rc && info.paused);
	return rc;
}

/**
 * tsmc_target_take_over - the guest is ours from GO on
 * @tgt: prepared, READY was said
 *
 * Return: 0: it runs; negative errno: @tgt->journal says whose it is.
 */
int tsmc_target_take_over(struct target *tgt)
{
	struct tsmc_record record;
	int rc, limit_ms;

	limit_ms = tgt->verify ? COMPARE_TIMEOUT_MS : GO_TIMEOUT_MS;
	rc = tsmc_fault_server_fill(tgt->server, tgt->session, limit_ms);
	if (!rc)
		rc = tsmc_channel_expect(tsmc_target_urgent(tgt), TSMC_REC_GO, &record, GO_TIMEOUT_MS);
	if (rc)
		return rc;
	tsmc_interrupt_ignore();
	rc = tsmc_journal_enter(&tgt->journal, TSMC_PHASE_OWNER, tgt->log);
	if (!rc)
		rc = unpause(tgt);
	if (rc)
		return rc;
	tsmc_log(tgt->log, TSMC_LOG_DEBUG, "%s was unpaused at %.3f s of this host's uptime",
		 tgt->name, tsmc_now_ns() / 1e9);
	/* Whether the link still carries what is missing, if anything is, stage three finds out. */
	tsmc_channel_send_one(tsmc_target_urgent(tgt), TSMC_REC_RUNNING, NULL, 0);
	take_name(tgt);
	return 0;
}

/**
 * tsmc_target_finish - no hole is left: the guest needs neither us nor the source any more
 * @tgt: of a guest that runs
 * @switch_ns: FINAL received to READY sent, for the report
 *
 * The source may not learn of it. Then our record stays, and it will be told when it asks.
 *
 * Return: 0; negative errno when the guards cannot be taken away: it still needs us.
 */
int tsmc_target_finish(struct target *tgt, uint64_t switch_ns)
{
	struct tsmc_wire_complete counters = *tsmc_fault_server_counters(tgt->server);
	struct tsmc_record record;
	int rc;

	counters.switch_ns = switch_ns;
	rc = tsmc_fault_server_end(tgt->server);
	if (rc)
		return rc;
	tgt->agent->ending.outcome = TSMC_OUTCOME_COMPLETED;
	tgt->agent->ending.figures.faults = counters.faults;
	tgt->agent->ending.figures.fault_wait_ns = counters.fault_wait_ns;
	tsmc_fault_server_settle(tgt->server, tsmc_target_bulk(tgt));
	tsmc_fault_server_free(tgt->server);
	tgt->server = NULL;
	tsmc_guest_hints_finish(tgt->agent->xen, tgt->domid);
	if (tsmc_journal_enter(&tgt->journal, TSMC_PHASE_COMPLETE, tgt->log))
		return 0;
	tsmc_carry_over_remove(tgt->journal.session);
	rc = tsmc_channel_send_one(tsmc_target_bulk(tgt), TSMC_REC_COMPLETE, &counters, sizeof(counters));
	if (!rc)
		rc = tsmc_channel_expect(tsmc_target_bulk(tgt), TSMC_REC_DONE, &record, TSMC_LINK_TIMEOUT_MS);
	if (!rc)
		tsmc_target_forget(tgt);
	return 0;
}

/**
 * tsmc_target_leave - let go of a guest that another process will go on with
 * @tgt: of a guest that is paused
 */
void tsmc_target_leave(struct target *tgt)
{
	tsmc_fault_server_leave(tgt->server);
	tgt->server = NULL;
	tgt->journal.pid = 0;
	tsmc_journal_write(&tgt->journal, tgt->log);
}

/**
 * tsmc_target_wait - stage three broke off
 * @tgt: of a guest that is ours
 *
 * The guest stands still before it notices anything; its holes stay guarded in Xen.
 */
void tsmc_target_wait(struct target *tgt)
{
	struct tsmc_domain_info info;
	int rc;

	rc = tsmc_domain_info(tgt->agent->xen, tgt->domid, &info);
	if (rc == -ESRCH) {
		tsmc_log(tgt->log, TSMC_LOG_ERROR, "%s was destroyed here before it was complete", tgt->name);
		tsmc_target_forget(tgt);
		tgt->agent->ending.outcome = TSMC_OUTCOME_ABANDONED;
		return;
	}
	/* A guest that runs on without us would only run into holes: it is paused in any case. */
	tsmc_journal_enter(&tgt->journal, TSMC_PHASE_WAITING, tgt->log);
	if (rc || (!info.paused && tsmc_domain_pause(tgt->agent->xen, tgt->domid)))
		return;
	tsmc_target_leave(tgt);
	tsmc_log(tgt->log, TSMC_LOG_ERROR,
		 "%s (domain %u) is paused: pages of it are still only at the source, which calls again; if its host is gone for good: tsmc-agent abort --lost %s",
		 tgt->name, tgt->domid, tgt->name);
}
