// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of a migration at the source: the guest stays, or its copy goes.
 */
#include <stdio.h>
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "interrupt.h"
#include "memory_limit.h"
#include "progress.h"
#include "recover.h"
#include "settle.h"
#include "source_state.h"

/* Destroying a domain takes long on a busy host. */
#define REMOVAL_TIMEOUT_MS	20000

/*
 * Waits until the target has removed what it had built, which ends the channel. What it has said
 * meanwhile explains more than a broken pipe, and is logged.
 */
static void await_removal(struct source *src)
{
	struct tsmc_record record;
	int rc = 1;

	while (src->session.bulk.name && (rc == 1 || rc == -EREMOTEIO))
		rc = tsmc_channel_receive(&src->session.bulk, &record, REMOVAL_TIMEOUT_MS);
}

/* Before the hand-over: the guest runs on here, as if nothing had been. */
static void give_up(struct source *src, int rc)
{
	char text[128];
	bool kept;

	if (rc == -ECANCELED)
		tsmc_log(src->log, TSMC_LOG_ERROR, "stopped by the operator");
	/* What is left to do is quick, and must be done. */
	tsmc_interrupt_ignore();
	tsmc_progress_step(src->agent->progress, tsmc_now_ns(), TSMC_STEP_STOP);
	tsmc_memory_unlimit();
	/* First of all the guest: a stalled link must not keep it waiting. The target never runs it without GO. */
	kept = !tsmc_settle_here(src->agent, &src->journal);
	if (kept && src->subject.claimed)
		src->agent->ending.outcome = TSMC_OUTCOME_FAILED;
	snprintf(text, sizeof(text), "the source gave up: %s", strerror(-rc));
	tsmc_channel_send_error(&src->session.bulk, text);
	tsmc_logdirty_stop(src->ld);
	src->ld = NULL;
	tsmc_advice_withdraw(&src->advice);
	await_removal(src);
	tsmc_session_close(&src->session);
	if (kept)
		tsmc_settle_there(src->agent, &src->journal);
}

/* After the hand-over: calls the target until nothing is missing there. */
static enum tsmc_exit carry_on(struct source *src)
{
	enum tsmc_exit status;

	/* What is missing the target says anew: nothing of this is needed twice. */
	tsmc_session_close(&src->session);
	tsmc_stage_three_free(src->three);
	src->three = NULL;
	tsmc_split_destroy(&src->split);
	tsmc_stage_one_destroy(&src->one);
	tsmc_advice_destroy(&src->advice);
	status = tsmc_recover_given(src->agent, &src->journal, src->report);
	src->report->ended = tsmc_now_ns();
	tsmc_series_end(src->report->series, src->report->ended);
	return status;
}

/* Who is asked for a report in a file wants to see where the pages were. */
static void draw_map(struct source *src)
{
	const struct tsmc_map_source source = { .ram = &src->subject.layout.ram, .left_out = &src->one.left_out,
						.split = &src->split, .dropped = &src->dropped,
						.hints = src->sender.hints };

	if (src->agent->options.json)
		src->report->map = tsmc_memory_map_new(&source);
}

static enum tsmc_exit remove_copy(struct source *src, const char *host)
{
	int rc;

	tsmc_progress_step(src->agent->progress, tsmc_now_ns(), TSMC_STEP_REMOVE);
	rc = tsmc_toolstack_destroy(src->agent->xen, src->subject.domid);
	if (rc)
		tsmc_log(src->log, TSMC_LOG_ERROR,
			 "%s runs at %s, but its old copy, domain %u, cannot be removed: xl destroy it",
			 src->subject.name, host, src->subject.domid);
	tsmc_journal_remove(&src->journal);
	src->agent->ending.outcome = TSMC_OUTCOME_COMPLETED;
	return rc ? TSMC_EXIT_AWAY : TSMC_EXIT_OK;
}

/* For the counters of this host, whatever the outcome is. */
static void fill_figures(struct source *src)
{
	const struct tsmc_report *report = src->report;

	src->agent->ending.figures = (struct tsmc_figures){
		.ns = (report->ended ? report->ended : tsmc_now_ns()) - report->started,
		.bytes = report->bytes_sent,
		.pages = tsmc_page_counts_data(&report->pages),
		.downtime_ns = report->running > report->suspend ? report->running - report->suspend : 0,
	};
}

static enum tsmc_exit end_away(struct source *src, int rc, const char *host)
{
	if (rc)
		return carry_on(src);
	tsmc_series_end(src->report->series, src->report->ended);
	draw_map(src);
	return remove_copy(src, host);
}

/**
 * tsmc_source_conclude - a migration has ended, well or not
 * @src: it
 * @rc: 0, or the negative errno that ended it
 * @host: the target
 *
 * Return: enum tsmc_exit.
 */
enum tsmc_exit tsmc_source_conclude(struct source *src, int rc, const char *host)
{
	enum tsmc_exit status = TSMC_EXIT_FAILED;

	src->report->host = host;
	src->report->mode = tsmc_mode_name(src->mode);
	src->report->compress = tsmc_compress_name(src->sender.packer.compress);
	src->report->bytes_sent = src->session.bulk.bytes_sent + src->session.urgent.bytes_sent;
	tsmc_page_counts_add(&src->report->pages, &src->sender.counts);
	if (rc && src->journal.phase != TSMC_PHASE_GIVEN)
		give_up(src, rc);
	else
		status = end_away(src, rc, host);
	fill_figures(src);
	return status;
}
