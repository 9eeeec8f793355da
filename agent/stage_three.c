// SPDX-License-Identifier: GPL-2.0-or-later
#include "stage_three.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "clock.h"
#include "page_sender.h"
#include "planner.h"
#include "push_window.h"
#include "residue_source.h"

/* Two batches keep the link busy while one is installed. */
#define BATCHES_IN_FLIGHT 2

/*
 * Pushed before the target runs, at most: what the link carries while the target gets ready. More
 * would be in the way of the hand-over, and of demanded pages.
 */
#define HEAD_START_NS	20000000ULL
#define HEAD_START_MAX	1024

/**
 * struct tsmc_stage_three - what the threads share
 * @planner_lock: guards @planner and @window; nothing is sent while it is held
 * @planner: hands out the pages; replaced once when neighbours are known
 * @params: what it was made from
 * @guest: whose page tables tell neighbours; NULL: nobody asks for them
 * @spaces: what they tell, once that is known
 * @stop: ends the search for neighbours
 * @stop_fd: becomes readable when the server of requests shall end
 * @total: missing pages at the start
 * @in_flight: pushed pages that the target has not taken in yet
 * @residue: pages that the guest's disk has, too
 * @dropped: such as did not cross; or NULL
 * @heard: records that have come on bulk
 * @window: how many they may be
 * @demanding: sender and counters of the thread that serves requests
 * @server_rc: how that thread ended
 */
struct tsmc_stage_three {
	struct tsmc_agent *agent;
	struct tsmc_session *session;
	pthread_mutex_t planner_lock;
	struct tsmc_planner *planner;
	struct tsmc_order_params params;
	struct tsmc_guest_hints *guest;
	struct tsmc_address_spaces *spaces;
	atomic_bool stop;
	int stop_fd;
	uint64_t total;
	uint64_t in_flight;
	bool disks_direct;
	struct tsmc_residue_source residue;
	struct tsmc_pagemap *dropped;
	uint64_t heard;
	struct tsmc_push_window window;
	struct tsmc_page_sender demanding;
	struct tsmc_page_sender pushing;
	uint64_t requests, faults_hot;
	int server_rc;
};

static int serve_frame(struct tsmc_stage_three *stage, uint64_t gfn)
{
	uint64_t gfns[TSMC_WIRE_PAGES_MAX];
	unsigned int count;

	stage->requests++;
	tsmc_series_fault(stage->demanding.series, tsmc_now_ns());
	pthread_mutex_lock(&stage->planner_lock);
	tsmc_push_window_demand(&stage->window, tsmc_now_ns());
	if (tsmc_planner_rank(stage->planner, gfn) < stage->total / 10)
		stage->faults_hot++;
	count = tsmc_planner_demand(stage->planner, gfn, stage->agent->options.prepull,
				    gfns, TSMC_WIRE_PAGES_MAX);
	pthread_mutex_unlock(&stage->planner_lock);
	/* None: it is on its way already. */
	return count ? tsmc_page_sender_send(&stage->demanding, &stage->session->urgent, 3, gfns, count) : 0;
}

static int serve_request(struct tsmc_stage_three *stage, const struct tsmc_record *record)
{
	const uint64_t *gfns;
	unsigned int count;
	int rc;

	if (record->type != TSMC_REC_REQUEST) {
		tsmc_log(&stage->agent->log, TSMC_LOG_ERROR, "unexpected %s on the urgent channel",
			 tsmc_wire_type_name(record->type));
		return -EPROTO;
	}
	rc = tsmc_wire_get_request(record, TSMC_WIRE_GFN_MASK, &count, &gfns);
	for (unsigned int i = 0; !rc && i < count; i++)
		rc = serve_frame(stage, gfns[i]);
	return rc;
}

/* Takes what has come on the urgent channel. 1: the peer has ended it. */
static int serve_pending(struct tsmc_stage_three *stage)
{
	struct tsmc_record record;
	int rc;

	while ((rc = tsmc_channel_receive(&stage->session->urgent, &record, 0)) == 1) {
		rc = serve_request(stage, &record);
		if (rc)
			return rc;
	}
	return rc == -EPIPE ? 1 : rc;
}

static void *serve_requests(void *opaque)
{
	struct tsmc_stage_three *stage = opaque;
	struct pollfd pollers[2] = {
		{ .fd = stage->session->urgent.rfd, .events = POLLIN },
		{ .fd = stage->stop_fd, .events = POLLIN },
	};
	int rc = 0;

	while (!rc && !pollers[1].revents) {
		if (poll(pollers, 2, -1) < 0 && errno != EINTR) {
			rc = -errno;
			break;
		}
		if (pollers[0].revents)
			rc = serve_pending(stage);
	}
	stage->server_rc = rc < 0 ? rc : 0;
	return NULL;
}

/*
 * Rule 5: memory goes on the word of a target that has all of it. One that says so before all was
 * sent, and taken in, has not.
 */
static bool is_complete(struct tsmc_stage_three *stage, const struct tsmc_record *record,
			struct tsmc_wire_complete *complete)
{
	uint64_t left;

	pthread_mutex_lock(&stage->planner_lock);
	left = tsmc_planner_left(stage->planner);
	pthread_mutex_unlock(&stage->planner_lock);
	return !left && !stage->in_flight && !tsmc_wire_get_complete(record, complete);
}

static int take_credit(struct tsmc_stage_three *stage, const struct tsmc_record *record)
{
	uint32_t pages;

	if (tsmc_wire_get_credit(record, &pages) || pages > stage->in_flight)
		return -EPROTO;
	stage->in_flight -= pages;
	pthread_mutex_lock(&stage->planner_lock);
	tsmc_push_window_credit(&stage->window, pages, tsmc_now_ns());
	pthread_mutex_unlock(&stage->planner_lock);
	return 0;
}

/* From here on no content is lost with this host. */
static int hear_safe(struct tsmc_stage_three *stage, const struct tsmc_record *record)
{
	int rc = tsmc_residue_hear_safe(&stage->residue, record);

	if (!rc)
		tsmc_log(&stage->agent->log, TSMC_LOG_INFO,
			 "from now on no content is lost with this host: the target lacks %llu pages of clean page cache and nothing else",
			 (unsigned long long)stage->residue.safe_pages);
	return rc;
}

/* These need not cross. */
static int hear_dropped(struct tsmc_stage_three *stage, const struct tsmc_record *record)
{
	unsigned int count = 0;
	const uint64_t *gfns, before = stage->residue.dropped;
	int rc = tsmc_residue_hear_dropped(&stage->residue, record, &gfns, &count);

	pthread_mutex_lock(&stage->planner_lock);
	for (unsigned int i = 0; i < count; i++) {
		bool waited = tsmc_planner_forget(stage->planner, gfns[i]);

		stage->residue.dropped += waited;
		if (waited && stage->dropped)
			tsmc_pagemap_set(stage->dropped, gfns[i]);
	}
	pthread_mutex_unlock(&stage->planner_lock);
	tsmc_series_dropped(stage->pushing.series, stage->residue.dropped - before);
	return rc;
}

static int hear(struct tsmc_stage_three *stage, const struct tsmc_record *record)
{
	stage->heard++;
	if (record->type == TSMC_REC_SAFE)
		return hear_safe(stage, record);
	if (record->type == TSMC_REC_DROPPED)
		return hear_dropped(stage, record);
	return take_credit(stage, record);
}

/* Takes credits that have come, waiting for the first; 1 with @complete when the target is done. */
static int take_credits(struct tsmc_stage_three *stage, int timeout_ms,
			struct tsmc_wire_complete *complete)
{
	struct tsmc_record record;
	int rc;

	while ((rc = tsmc_channel_receive(&stage->session->bulk, &record, timeout_ms)) == 1) {
		if (record.type == TSMC_REC_COMPLETE)
			return is_complete(stage, &record, complete) ? 1 : -EPROTO;
		rc = hear(stage, &record);
		if (rc)
			return rc;
		timeout_ms = 0;
	}
	return rc;
}

/* At least one credit, or COMPLETE; a link that is silent for too long is lost. */
static int await_credits(struct tsmc_stage_three *stage, struct tsmc_wire_complete *complete)
{
	uint64_t before = stage->heard;
	int rc = take_credits(stage, TSMC_STAGE_THREE_TIMEOUT_MS, complete);

	return !rc && stage->heard == before ? -ETIMEDOUT : rc;
}

static int push_batch(struct tsmc_stage_three *stage, bool *more)
{
	uint64_t gfns[TSMC_WIRE_PAGES_MAX];
	unsigned int count;

	pthread_mutex_lock(&stage->planner_lock);
	count = tsmc_planner_push(stage->planner, gfns,
				  tsmc_push_window_batch(&stage->window, tsmc_now_ns()));
	pthread_mutex_unlock(&stage->planner_lock);
	*more = count != 0;
	if (!count)
		return 0;
	stage->in_flight += count;
	pthread_mutex_lock(&stage->planner_lock);
	tsmc_push_window_sent(&stage->window, stage->in_flight, tsmc_now_ns());
	pthread_mutex_unlock(&stage->planner_lock);
	return tsmc_page_sender_send(&stage->pushing, &stage->session->bulk, 3, gfns, count);
}

/* Waits out the push interval, taking credits meanwhile. */
static int wait_interval(struct tsmc_stage_three *stage, struct tsmc_wire_complete *complete)
{
	uint64_t due = tsmc_now_ns() + stage->agent->options.push_interval_ms * 1000000ULL;
	uint64_t now;
	int rc = 0;

	while (!rc && (now = tsmc_now_ns()) < due)
		rc = take_credits(stage, (due - now) / 1000000 + 1, complete);
	return rc;
}

/* Whether the next batch has to wait until more of those before has been taken in. */
static bool window_is_full(struct tsmc_stage_three *stage)
{
	unsigned int batch;

	pthread_mutex_lock(&stage->planner_lock);
	batch = tsmc_push_window_batch(&stage->window, tsmc_now_ns());
	pthread_mutex_unlock(&stage->planner_lock);
	return stage->in_flight + batch > BATCHES_IN_FLIGHT * batch;
}

/* Once all but the residue is handed out the target is told what is left. */
static int tell_residue(struct tsmc_stage_three *stage)
{
	struct tsmc_pagemap left = { 0 };
	int rc = 0;

	if (stage->residue.told || !stage->disks_direct || stage->agent->options.verify ||
	    !(stage->session->capabilities & TSMC_CAP_RESIDUE))
		return 0;
	pthread_mutex_lock(&stage->planner_lock);
	if (!tsmc_planner_others(stage->planner))
		rc = tsmc_planner_copy_left(stage->planner, &left);
	pthread_mutex_unlock(&stage->planner_lock);
	if (!rc && left.count)
		rc = tsmc_residue_tell(&stage->residue, &stage->session->bulk, &left);
	tsmc_pagemap_destroy(&left);
	return rc;
}

static int push_all(struct tsmc_stage_three *stage, struct tsmc_wire_complete *complete)
{
	bool more = true;
	int rc = 0;

	while (!rc && more) {
		rc = tell_residue(stage);
		while (!rc && (window_is_full(stage) || tsmc_residue_waits(&stage->residue)))
			rc = await_credits(stage, complete);
		if (!rc)
			rc = push_batch(stage, &more);
		if (!rc)
			rc = wait_interval(stage, complete);
	}
	/* All is sent; what is still on its way is taken in before the target says COMPLETE. */
	while (!rc)
		rc = await_credits(stage, complete);
	return rc == 1 ? 0 : rc;
}

/* Goes on with an order that knows the neighbours. It is made while the old one is in use. */
static int replace_planner(struct tsmc_stage_three *stage)
{
	struct tsmc_planner *better, *old;
	int rc;

	stage->params.spaces = stage->spaces;
	rc = tsmc_planner_new(&stage->params, &better);
	if (rc)
		return rc;
	pthread_mutex_lock(&stage->planner_lock);
	old = stage->planner;
	rc = tsmc_planner_take_over(better, old);
	if (!rc)
		stage->planner = better;
	pthread_mutex_unlock(&stage->planner_lock);
	tsmc_planner_free(rc ? better : old);
	return rc;
}

/* Page tables are read while pages are served and pushed: they may be many. */
static void *find_neighbours(void *opaque)
{
	struct tsmc_stage_three *stage = opaque;
	const struct tsmc_log *log = &stage->agent->log;
	uint64_t started = tsmc_now_ns();
	char why[256] = "";
	int rc;

	rc = tsmc_guest_hints_spaces(stage->guest, stage->params.missing, &stage->stop, &stage->spaces,
				     why, sizeof(why));
	if (rc && rc != -ECANCELED)
		tsmc_log(log, TSMC_LOG_WARN, "%s: neighbours of a page are those with near addresses", why);
	if (rc || !stage->spaces)
		return NULL;
	rc = replace_planner(stage);
	if (rc)
		tsmc_log(log, TSMC_LOG_WARN, "cannot use the guest's address spaces: %s", strerror(-rc));
	else
		tsmc_log(log, TSMC_LOG_DEBUG, "address spaces hold %llu of %llu missing pages; found in %.3f s",
			 (unsigned long long)stage->spaces->nr, (unsigned long long)stage->total,
			 (tsmc_now_ns() - started) / 1e9);
	return NULL;
}

/* Serves and pushes with what is known, and finds out more meanwhile. */
static int run(struct tsmc_stage_three *stage, struct tsmc_report *report)
{
	const uint64_t one = 1;
	pthread_t server, finder;
	bool finding;
	int rc;

	rc = -pthread_create(&server, NULL, serve_requests, stage);
	if (rc)
		return rc;
	finding = stage->guest && !pthread_create(&finder, NULL, find_neighbours, stage);
	rc = push_all(stage, &report->target);
	atomic_store(&stage->stop, true);
	if (finding)
		pthread_join(finder, NULL);
	if (write(stage->stop_fd, &one, sizeof(one)) != sizeof(one))
		tsmc_log(&stage->agent->log, TSMC_LOG_WARN, "cannot stop the server of requests");
	pthread_join(server, NULL);
	tsmc_page_counts_add(&report->pages, &stage->demanding.counts);
	tsmc_page_counts_add(&report->pages, &stage->pushing.counts);
	report->requests = stage->requests;
	report->faults_hot = stage->faults_hot;
	report->dropped_pages += stage->residue.dropped;
	/* What was safe before the link broke is so after it. */
	if (!report->safe) {
		report->safe = stage->residue.safe_ns;
		report->safe_pages = stage->residue.safe_pages;
	}
	return rc ? rc : stage->server_rc;
}

/**
 * tsmc_stage_three_new - get ready to serve and push
 * @agent: handles and options
 * @session: to the target
 * @domid: the suspended source; must not change any more
 * @remainder: what is missing at the target, and what orders it; its parts are kept
 * @stage: result; NULL after an error
 *
 * Return: 0 or negative errno.
 */
int tsmc_stage_three_new(struct tsmc_agent *agent, struct tsmc_session *session, uint32_t domid,
			 const struct tsmc_remainder *remainder, struct tsmc_stage_three **stage)
{
	struct tsmc_page_sender sender = { .xen = agent->xen, .log = &agent->log, .domid = domid,
					   .hints = remainder->hints, .zero = remainder->zero, .series = remainder->series };
	struct tsmc_stage_three *new = calloc(1, sizeof(*new));
	int rc = -ENOMEM;

	*stage = NULL;
	if (!new)
		return rc;
	*new = (struct tsmc_stage_three){ .agent = agent, .session = session,
					  .total = remainder->missing->count, .dropped = remainder->dropped,
					  .disks_direct = remainder->disks_direct,
					  .window.batch_max = agent->options.push_batch,
					  .demanding = sender, .pushing = sender,
					  .planner_lock = PTHREAD_MUTEX_INITIALIZER };
	/* Somebody waits for what is demanded: no codec that takes its time. */
	new->demanding.packer = tsmc_page_packer_heir(remainder->packer, TSMC_CODEC_LZ4);
	new->pushing.packer = tsmc_page_packer_heir(remainder->packer, TSMC_CODEC_ZSTD);
	new->params = (struct tsmc_order_params){ .missing = remainder->missing,
						  .order = agent->options.order,
						  .hints = remainder->hints, .stamps = remainder->stamps,
						  .seed = tsmc_now_ns() };
	if (new->params.order == TSMC_ORDER_HINTS && new->total)
		new->guest = remainder->guest;
	new->stop_fd = eventfd(0, EFD_CLOEXEC);
	rc = new->stop_fd < 0 ? -errno : tsmc_planner_new(&new->params, &new->planner);
	if (rc) {
		tsmc_stage_three_free(new);
		return rc;
	}
	*stage = new;
	return 0;
}

/**
 * tsmc_stage_three_head_start - push while the target gets ready to run
 * @stage: new
 * @pages_per_s: that the link carries
 *
 * The link would lie idle, and each of these pages is one that no vCPU has to
 * wait for. Ends as soon as the target says anything.
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_stage_three_head_start(struct tsmc_stage_three *stage, uint64_t pages_per_s)
{
	uint64_t most = pages_per_s * HEAD_START_NS / 1000000000ULL;
	struct pollfd poller = { .fd = stage->session->urgent.rfd, .events = POLLIN };
	bool more = true;
	int rc = 0;

	if (most > HEAD_START_MAX)
		most = HEAD_START_MAX;
	while (!rc && more && stage->in_flight < most && tsmc_planner_others(stage->planner) &&
	       !poll(&poller, 1, 0))
		rc = push_batch(stage, &more);
	return rc;
}

/**
 * tsmc_stage_three_run - dirty pages copy: serve and push until nothing is missing
 * @stage: its target serves faults now
 * @report: counts and the target's figures are added
 *
 * Return: 0 when the target has every page, or negative errno; logged.
 */
int tsmc_stage_three_run(struct tsmc_stage_three *stage, struct tsmc_report *report)
{
	int rc;

	report->order = tsmc_order_name(stage->params.order);
	rc = run(stage, report);
	if (rc)
		tsmc_log(&stage->agent->log, TSMC_LOG_ERROR, "stage three broke off with %llu pages unsent: %s",
			 (unsigned long long)tsmc_planner_left(stage->planner), strerror(-rc));
	return rc;
}

/**
 * tsmc_stage_three_free - end it
 * @stage: not running; NULL is allowed
 */
void tsmc_stage_three_free(struct tsmc_stage_three *stage)
{
	if (!stage)
		return;
	if (stage->stop_fd >= 0)
		close(stage->stop_fd);
	tsmc_planner_free(stage->planner);
	tsmc_address_spaces_free(stage->spaces);
	tsmc_page_sender_destroy(&stage->demanding);
	tsmc_page_sender_destroy(&stage->pushing);
	free(stage);
}
