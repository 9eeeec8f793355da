// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The three stages, seen from the source. Orchestration only: what each step
 * does is elsewhere.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "comparison.h"
#include "costs.h"
#include "interrupt.h"
#include "memory_bound.h"
#include "memory_limit.h"
#include "progress.h"
#include "source_state.h"
#include "suspend_rule.h"
#include "switchover.h"

/* Guests that come in at the target are built one after the other, and this may be the last of some. */
#define BUILD_TIMEOUT_MS	240000
/* libxl plugs devices through hotplug scripts, each of which it gives 40 s. */
#define PLUG_TIMEOUT_MS		130000
/* From FINAL to READY: parking, and disks that are attached late. */
#define READY_TIMEOUT_MS	60000

/* While the guest runs the operator's limit holds. Pages that a vCPU waits for count, but do not wait. */
static void limit_rate(struct source *src, bool limited)
{
	struct tsmc_pace *pace = limited ? &src->pace : NULL;

	src->session.bulk.pace = pace;
	src->session.bulk.held = true;
	src->session.urgent.pace = pace;
}

static void begin_step(struct source *src, enum tsmc_step step)
{
	tsmc_progress_step(src->agent->progress, tsmc_now_ns(), step);
}

static int check_capabilities(struct source *src)
{
	uint32_t common = src->session.capabilities;

	if (src->agent->options.verify && !(common & TSMC_CAP_VERIFY)) {
		tsmc_log(src->log, TSMC_LOG_ERROR, "the target's tsmc-agent cannot verify; leave --verify out");
		return -EOPNOTSUPP;
	}
	if (src->mode != TSMC_MODE_PRECOPY && !(common & TSMC_CAP_POSTCOPY)) {
		tsmc_log(src->log, TSMC_LOG_WARN, "the target's tsmc-agent has no stage three: falling back to iterative precopy");
		src->mode = TSMC_MODE_PRECOPY;
	}
	return 0;
}

static void fall_back(struct source *src, const char *why)
{
	tsmc_log(src->log, TSMC_LOG_WARN, "%s: falling back to iterative precopy", why);
	src->mode = TSMC_MODE_PRECOPY;
}

/*
 * Log-dirty begins well before the copy: what is written while the target is built is likely to be
 * written again, and need not be copied before it is. The guest's module gets ready meanwhile.
 */
static int watch(struct source *src)
{
	char why[256];
	int rc;

	rc = tsmc_layout_scan(src->agent->xen, src->log, src->subject.domid, &src->subject.layout);
	if (!rc)
		tsmc_memory_limit(tsmc_memory_bound_source(src->subject.layout.top_gfn, src->subject.layout.ram.count,
							   src->agent->options.verify), src->log);
	if (!rc)
		rc = tsmc_logdirty_start(src->agent->xen, src->subject.domid, src->subject.layout.top_gfn, &src->ld);
	tsmc_progress_changed(src->agent->progress, tsmc_now_ns(), 0);
	if (!rc && src->mode != TSMC_MODE_PRECOPY &&
	    tsmc_advice_announce(&src->advice, src->agent, src->subject.domid, why, sizeof(why)))
		fall_back(src, why);
	return rc;
}

/* Until the guest's module is ready: without it nothing may wait. */
static void await_advice(struct source *src)
{
	char why[256];

	if (src->mode != TSMC_MODE_PRECOPY &&
	    tsmc_advice_await(&src->advice, src->subject.layout.top_gfn, why, sizeof(why)))
		fall_back(src, why);
}

/* From here on somebody has to undo what is done to the guest, whatever happens to us. */
static int begin_journal(struct source *src, const char *host)
{
	struct tsmc_journal *journal = &src->journal;
	const struct tsmc_route *route = &src->agent->options.route;
	const char *via = route->carrier == TSMC_CARRIER_COMMAND ? route->ssh :
			  route->carrier == TSMC_CARRIER_TLS ? route->tls_dir : "";

	if (strlen(host) >= sizeof(journal->host) || strlen(via) >= sizeof(journal->via)) {
		tsmc_log(src->log, TSMC_LOG_ERROR, "the name of the host, or what reaches it, is too long to be written down");
		return -E2BIG;
	}
	*journal = (struct tsmc_journal){ .phase = TSMC_PHASE_MOVING, .pid = getpid(), .domid = src->subject.domid };
	memcpy(journal->session, src->session.id, sizeof(journal->session));
	snprintf(journal->name, sizeof(journal->name), "%s", src->subject.name);
	strcpy(journal->host, host);
	journal->carrier = route->carrier;
	strcpy(journal->via, via);
	return tsmc_journal_write(journal, src->log);
}

/* From here on there is something to stop. */
static void promise(struct source *src)
{
	snprintf(src->stopping, sizeof(src->stopping), "stopping: %.*s stays here\n", TSMC_JOURNAL_NAME_MAX,
		 src->subject.name);
	tsmc_interrupt_say(src->stopping);
}

/* The target is built while the guest runs: reach it, describe the domain, wait. */
static int prepare(struct source *src, const char *domain, const char *host)
{
	struct tsmc_record record;
	int rc;

	rc = tsmc_subject_find(src->agent, domain, &src->subject);
	if (!rc)
		promise(src);
	if (!rc)
		rc = tsmc_session_connect(&src->session, &src->agent->options.route, host, src->log);
	if (!rc)
		rc = check_capabilities(src);
	limit_rate(src, true);
	if (!rc)
		rc = begin_journal(src, host);
	if (!rc)
		rc = watch(src);
	if (!rc)
		rc = tsmc_subject_describe(src->agent, &src->session.bulk, &src->subject);
	if (rc)
		return rc;
	src->report->ram_pages = src->subject.layout.ram.count;
	tsmc_log(src->log, TSMC_LOG_INFO, "%s (domain %u): %" PRIu64 " pages; building it on %s",
		 src->subject.name, src->subject.domid, src->report->ram_pages, host);
	await_advice(src);
	/* Why the target refuses is told on bulk; it is built only when it has both channels. */
	rc = tsmc_channel_await(&src->session.bulk, TSMC_REC_BUILT, &record, BUILD_TIMEOUT_MS);
	return rc ? rc : tsmc_session_join(&src->session, src->log);
}

/*
 * All devices of the target are to be plugged before the guest stops: libxl takes seconds for that,
 * and none of them should be downtime.
 */
static int await_plugged(struct source *src)
{
	struct tsmc_record record;
	int rc = tsmc_channel_send_one(&src->session.bulk, TSMC_REC_PLUG, NULL, 0);

	return rc ? rc : tsmc_channel_await(&src->session.bulk, TSMC_REC_PLUGGED, &record, PLUG_TIMEOUT_MS);
}

/* How many pages a second the link has carried since then. */
static uint64_t pages_per_s(const struct source *src, uint64_t since)
{
	uint64_t ns = tsmc_now_ns() - since;

	return src->session.bulk.bytes_sent / TSMC_PAGE_SIZE * 1000000000ULL / (ns ? ns : 1);
}

/* What changed and cannot wait crosses again, until suspending the guest is the best there is to do. */
static int rounds(struct source *src, struct tsmc_suspend_stats *stats)
{
	enum tsmc_suspend_verdict verdict;

	do {
		int rc;

		stats->before = stats->sent;
		tsmc_advice_update(&src->advice, src->subject.layout.top_gfn);
		src->sender.hints = tsmc_advice_hints(&src->advice);
		rc = tsmc_stage_one_round(&src->one, &stats->sent);
		if (rc)
			return rc;
		stats->rounds = src->one.rounds;
		tsmc_log(src->log, TSMC_LOG_DEBUG, "pass %u: %" PRIu64 " pages sent again", stats->rounds, stats->sent);
		verdict = tsmc_suspend_rule(stats);
	} while (verdict == TSMC_SUSPEND_LATER);
	if (verdict == TSMC_SUSPEND_NOW)
		return 0;
	tsmc_log(src->log, TSMC_LOG_ERROR,
		 "%s changes too fast: its downtime would be %.3f s; allow more with --max-downtime",
		 src->subject.name, tsmc_suspend_downtime_ns(stats) / 1e9);
	return -EBUSY;
}

static int stage_one(struct source *src)
{
	struct tsmc_suspend_stats stats = { .precopy = src->mode == TSMC_MODE_PRECOPY, .sent = UINT64_MAX,
					     .fixed_ns = TSMC_COST_DOWNTIME_NS,
					     .max_downtime_ns = src->agent->options.max_downtime_ms * 1000000ULL };
	uint64_t start = tsmc_now_ns();
	int rc;

	src->sender = (struct tsmc_page_sender){ .xen = src->agent->xen, .log = src->log,
						 .domid = src->subject.domid, .series = src->report->series,
						 .hints = tsmc_advice_hints(&src->advice) };
	tsmc_page_sender_compress(&src->sender, src->agent->options.compress, src->session.capabilities);
	src->one = (struct tsmc_stage_one){ .log = src->log, .layout = &src->subject.layout,
					    .bulk = &src->session.bulk, .ld = src->ld, .sender = &src->sender,
					    .stamp = src->agent->options.order == TSMC_ORDER_RECENCY,
					    .postpone = src->mode == TSMC_MODE_POSTCOPY };
	tsmc_log(src->log, TSMC_LOG_INFO, "stage one: full memory copy");
	begin_step(src, TSMC_STEP_COPY);
	rc = tsmc_stage_one_copy(&src->one);
	src->pages_per_s = pages_per_s(src, start);
	stats.pages_per_s = src->pages_per_s;
	begin_step(src, TSMC_STEP_PLUG);
	if (!rc)
		rc = await_plugged(src);
	begin_step(src, TSMC_STEP_ROUNDS);
	if (!rc)
		rc = rounds(src, &stats);
	src->report->free_pages = src->one.left_out.count;
	src->report->rounds = src->one.rounds;
	return rc;
}

static int suspend(struct source *src)
{
	int rc;

	src->report->suspend = tsmc_now_ns();
	tsmc_series_stage(src->report->series, src->report->suspend, 2);
	begin_step(src, TSMC_STEP_SUSPEND);
	rc = tsmc_toolstack_suspend(src->agent->xen, src->subject.domid);
	src->report->suspended = tsmc_now_ns();
	return rc;
}

static const struct tsmc_hints *settled_hints(struct source *src)
{
	if (src->mode == TSMC_MODE_PRECOPY)
		return NULL;
	return tsmc_advice_settled(&src->advice, src->subject.layout.top_gfn);
}

/* A frame that was added since the layout was told has no place at the target. */
static int check_grown(struct source *src)
{
	struct tsmc_domain_info info;
	int rc;

	rc = tsmc_domain_info(src->agent->xen, src->subject.domid, &info);
	if (rc || info.tot_pages <= src->subject.tot_pages)
		return rc;
	tsmc_log(src->log, TSMC_LOG_ERROR, "%s was given more memory during the migration; try again", src->subject.name);
	return -EAGAIN;
}

static int plan(struct source *src)
{
	struct tsmc_pagemap dirty = { 0 };
	int rc;

	/* A comparison needs to know what is written from here on. */
	rc = tsmc_stage_one_dirty(&src->one, src->agent->options.verify, &dirty);
	if (!rc)
		rc = check_grown(src);
	if (!rc && src->agent->options.json)
		rc = tsmc_pagemap_init(&src->dropped, src->subject.layout.top_gfn);
	if (!rc)
		rc = tsmc_plan_split(&dirty, &src->one.left_out, &src->one.absent,
				     &src->subject.layout.special, settled_hints(src), &src->split);
	tsmc_pagemap_destroy(&dirty);
	return rc;
}

/* The target has all to get ready now; the link is free for what comes after. */
static int start_stage_three(struct source *src)
{
	struct tsmc_remainder remainder = { .missing = &src->split.missing, .zero = &src->split.zero,
					    .hints = tsmc_advice_hints(&src->advice),
					    .stamps = src->one.history.stamps, .packer = &src->sender.packer,
					    .disks_direct = src->subject.disks_direct,
					    .dropped = src->dropped.words ? &src->dropped : NULL,
					    .series = src->report->series,
					    .guest = tsmc_advice_guest(&src->advice) };
	int rc;

	tsmc_series_left(src->report->series, src->split.missing.count);
	tsmc_log(src->log, TSMC_LOG_INFO, "stage three: %" PRIu64 " pages", src->split.missing.count);
	rc = tsmc_stage_three_new(src->agent, &src->session, src->subject.domid, &remainder, &src->three);
	return rc ? rc : tsmc_stage_three_head_start(src->three, src->pages_per_s);
}

/* Stage two: suspend, then what cannot wait, the bitmap and the CPU state. */
static int stage_two(struct source *src)
{
	struct tsmc_record record;
	int rc;

	tsmc_log(src->log, TSMC_LOG_INFO, "stage two: suspending the guest");
	limit_rate(src, false);
	/* Before the record that has a guest resumed which is found suspended. */
	rc = tsmc_toolstack_may_suspend(src->agent->xen, src->subject.domid);
	if (!rc)
		rc = tsmc_journal_enter(&src->journal, TSMC_PHASE_SUSPENDING, src->log);
	if (!rc)
		rc = suspend(src);
	begin_step(src, TSMC_STEP_SWITCH);
	if (!rc)
		rc = plan(src);
	if (rc)
		return rc;
	src->sender.hints = tsmc_advice_hints(&src->advice);
	if (src->agent->options.verify) {
		src->sender.digests = calloc(src->subject.layout.top_gfn, sizeof(*src->sender.digests));
		if (!src->sender.digests)
			return -ENOMEM;
	}
	src->report->missing_pages = src->split.missing.count;
	rc = tsmc_page_sender_send_all(&src->sender, &src->session.bulk, 2, &src->split.send);
	if (!rc)
		rc = tsmc_page_sender_zero_all(&src->sender, &src->session.bulk, 2, &src->split.zero,
					       &src->split.missing);
	if (!rc)
		rc = tsmc_journal_enter(&src->journal, TSMC_PHASE_TOLD, src->log);
	if (!rc)
		rc = tsmc_switchover_send(src->agent, &src->session.bulk, src->subject.domid, &src->split.missing,
					  tsmc_advice_gfn(&src->advice));
	if (!rc)
		rc = start_stage_three(src);
	if (!rc)
		rc = tsmc_channel_expect(&src->session.urgent, TSMC_REC_READY, &record, READY_TIMEOUT_MS);
	return rc;
}

/* --verify: stage three comes before the hand-over, while neither side runs. */
static int verify(struct source *src)
{
	struct tsmc_comparison comparison = {
		.xen = src->agent->xen,
		.domid = src->subject.domid,
		.ram = &src->subject.layout.ram,
		.left_out = &src->one.left_out,
		.split = &src->split,
		.sent = src->sender.digests,
		.ld = src->ld,
	};
	int rc;

	begin_step(src, TSMC_STEP_VERIFY);
	rc = tsmc_stage_three_run(src->three, src->report);
	return rc ? rc : tsmc_compare(&comparison, &src->session.bulk);
}

/*
 * The one point of no return: once it is written down the guest is the target's, whatever happens
 * to the link or to us.
 */
static int hand_over(struct source *src)
{
	struct tsmc_record record;
	char away[300];
	int rc;

	rc = tsmc_journal_enter(&src->journal, TSMC_PHASE_GIVEN, src->log);
	if (rc)
		return rc;
	if (tsmc_interrupted())
		tsmc_log(src->log, TSMC_LOG_WARN, "too late to stop: %s is handed over", src->subject.name);
	tsmc_interrupt_ignore();
	begin_step(src, TSMC_STEP_GIVE);
	tsmc_memory_unlimit();
	snprintf(away, sizeof(away), "%s--migratedaway", src->subject.name);
	tsmc_toolstack_rename(src->agent->xen, src->subject.domid, src->subject.name, away);
	rc = tsmc_channel_send_one(&src->session.urgent, TSMC_REC_GO, NULL, 0);
	if (!rc)
		rc = tsmc_channel_expect(&src->session.urgent, TSMC_REC_RUNNING, &record, TSMC_LINK_TIMEOUT_MS);
	src->report->running = tsmc_now_ns();
	tsmc_series_stage(src->report->series, src->report->running, 3);
	begin_step(src, TSMC_STEP_PAGES);
	return rc;
}

static int stage_three(struct source *src)
{
	limit_rate(src, true);
	return tsmc_stage_three_run(src->three, src->report);
}

/* After --verify nothing is missing, but the target has yet to take its guards away. */
static int await_complete(struct source *src)
{
	struct tsmc_record record;
	int rc;

	rc = tsmc_channel_expect(&src->session.bulk, TSMC_REC_COMPLETE, &record, TSMC_LINK_TIMEOUT_MS);
	return rc ? rc : tsmc_wire_get_complete(&record, &src->report->target);
}

static int migrate(struct source *src, const char *domain, const char *host)
{
	bool verified = src->agent->options.verify;
	int rc;

	src->report->started = tsmc_now_ns();
	if (src->report->series)
		tsmc_series_begin(src->report->series, src->report->started, src->agent->progress);
	rc = prepare(src, domain, host);
	if (!rc)
		rc = stage_one(src);
	if (!rc)
		rc = stage_two(src);
	if (!rc && verified)
		rc = verify(src);
	if (!rc)
		rc = hand_over(src);
	if (!rc)
		rc = verified ? await_complete(src) : stage_three(src);
	src->report->ended = tsmc_now_ns();
	/* When that is lost the target only remembers for longer. */
	if (!rc)
		tsmc_channel_send_one(&src->session.bulk, TSMC_REC_DONE, NULL, 0);
	return rc;
}

/**
 * tsmc_source_migrate - move a running guest to another host
 * @agent: handles and options
 * @domain: name or number
 * @host: for the options' command, as in xl migrate
 * @report: figures; its strings are valid as long as @agent and @host are; to be destroyed
 *
 * Return: TSMC_EXIT_OK when the guest runs there and is gone here; TSMC_EXIT_FAILED when
 * it runs on here; TSMC_EXIT_AWAY when it was handed over but something is left to do.
 */
int tsmc_source_migrate(struct tsmc_agent *agent, const char *domain, const char *host,
			struct tsmc_report *report)
{
	struct source src = { .agent = agent, .log = &agent->log, .report = report,
			      .mode = agent->options.mode,
			      .pace = { .lock = PTHREAD_MUTEX_INITIALIZER,
					.bytes_per_s = (uint64_t)agent->options.bwlimit_mib << 20 } };
	enum tsmc_exit status;

	*report = (struct tsmc_report){ 0 };
	/* Without memory for it there is none. */
	if (agent->options.json || agent->progress)
		report->series = malloc(sizeof(*report->series));
	status = tsmc_source_conclude(&src, migrate(&src, domain, host), host);
	tsmc_session_close(&src.session);
	tsmc_logdirty_stop(src.ld);
	tsmc_split_destroy(&src.split);
	tsmc_pagemap_destroy(&src.dropped);
	tsmc_stage_three_free(src.three);
	tsmc_stage_one_destroy(&src.one);
	tsmc_page_sender_destroy(&src.sender);
	tsmc_advice_destroy(&src.advice);
	if (status == TSMC_EXIT_OK)
		report->name = strdup(src.subject.name);
	tsmc_subject_destroy(&src.subject);
	return status;
}
