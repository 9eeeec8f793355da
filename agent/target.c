// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The three stages, seen from the target. Orchestration only.
 */
#include "target.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault_server.h"
#include "guest_hints.h"
#include "interrupt.h"
#include "page_receiver.h"
#include "parking.h"
#include "verify.h"

/* libxl plugs devices through hotplug scripts, each of which it gives 40 s. */
#define PLUG_TIMEOUT_MS		120000
/* From READY to GO the source only renames; with --verify it compares first. */
#define GO_TIMEOUT_MS		60000

/**
 * struct target - one guest that comes in
 * @agent: handles
 * @log: the agent's
 * @session: to the source
 * @verify: the source asked for a comparison
 * @name: it will have
 * @incoming: it has until the hand-over
 * @json: its configuration
 * @top_gfn: bound of its frames
 * @build: libxl's restore, in its own process
 * @domid: the domain; valid once @built
 * @built: it exists
 * @unpacker: for packed pages of stages one and two
 * @parking: frames that are likely to be missing at the resume
 * @missing: frames that are
 * @server: guards them
 * @hint_gfn: header of the guest's hint table, or 0
 * @refused: the source was told why already
 * @handed_over: the guest is ours
 */
struct target {
	struct tsmc_agent *agent;
	const struct tsmc_log *log;
	struct tsmc_session *session;
	bool verify;
	char name[256];
	char incoming[300];
	char *json;
	uint64_t top_gfn;
	struct tsmc_build *build;
	uint32_t domid;
	bool built;
	struct tsmc_page_unpacker unpacker;
	struct tsmc_parking *parking;
	struct tsmc_pagemap missing;
	struct tsmc_fault_server *server;
	uint64_t hint_gfn;
	bool refused;
	bool handed_over;
};

static struct tsmc_channel *bulk(struct target *tgt)
{
	return &tgt->session->bulk;
}

static struct tsmc_channel *urgent(struct target *tgt)
{
	return &tgt->session->urgent;
}

static int receive_config(struct target *tgt)
{
	struct tsmc_wire_config config;
	struct tsmc_record record;
	const char *name, *json;
	int rc;

	rc = tsmc_channel_expect(bulk(tgt), TSMC_REC_CONFIG, &record, TSMC_LINK_TIMEOUT_MS);
	if (!rc)
		rc = tsmc_wire_get_config(&record, &config, &name, &json);
	if (rc)
		return rc;
	tgt->verify = config.flags & TSMC_CONFIG_VERIFY;
	snprintf(tgt->name, sizeof(tgt->name), "%.*s", (int)config.name_len, name);
	snprintf(tgt->incoming, sizeof(tgt->incoming), "%s--incoming", tgt->name);
	tgt->json = strndup(json, config.json_len);
	return tgt->json ? 0 : -ENOMEM;
}

/* Tells both sides why the guest is not taken. */
static int refuse(struct target *tgt, int rc, const char *text)
{
	tsmc_log(tgt->log, TSMC_LOG_ERROR, "%s", text);
	tsmc_channel_send_error(bulk(tgt), text);
	tgt->refused = true;
	return rc;
}

static int check_name(struct target *tgt)
{
	char text[400];
	int rc;

	rc = tsmc_toolstack_name_free(tgt->agent->xen, tgt->json, tgt->name);
	if (rc != -EEXIST)
		return rc;
	snprintf(text, sizeof(text), "%s: there is another guest of that name at the target; rename one of them",
		 tgt->name);
	return refuse(tgt, rc, text);
}

static int check_memory(struct target *tgt)
{
	uint64_t need, have;
	char text[400];
	int rc;

	rc = tsmc_toolstack_need_pages(tgt->agent->xen, tgt->json, &need);
	if (!rc)
		rc = tsmc_host_free_pages(tgt->agent->xen, &have);
	if (rc || have >= need)
		return rc;
	snprintf(text, sizeof(text), "not enough memory for %s: %" PRIu64 " MiB needed, %" PRIu64 " MiB free",
		 tgt->name, need >> 8, have >> 8);
	return refuse(tgt, -ENOMEM, text);
}

static int start_build(struct target *tgt)
{
	struct tsmc_record record;
	int rc;

	rc = tsmc_channel_expect(bulk(tgt), TSMC_REC_PLATFORM, &record, TSMC_LINK_TIMEOUT_MS);
	if (!rc)
		rc = check_name(tgt);
	if (!rc)
		rc = check_memory(tgt);
	if (!rc)
		rc = tsmc_build_start(tgt->agent->xen, tgt->json, tgt->incoming, &tgt->build);
	if (!rc)
		rc = tsmc_build_feed(tgt->build, record.payload, record.length, &tgt->domid);
	tgt->built = !rc;
	return rc;
}

/* The domain exists; gives it memory where the source has some. */
static int populate(struct target *tgt)
{
	const struct tsmc_wire_range *ranges;
	struct tsmc_wire_layout layout;
	struct tsmc_record record;
	const uint64_t *specials;
	int rc;

	rc = tsmc_channel_expect(bulk(tgt), TSMC_REC_LAYOUT, &record, TSMC_LINK_TIMEOUT_MS);
	if (!rc)
		rc = tsmc_wire_get_layout(&record, &layout, &ranges, &specials);
	if (rc)
		return rc;
	tgt->top_gfn = layout.top_gfn;
	for (unsigned int i = 0; !rc && i < layout.nr_ranges; i++)
		rc = tsmc_physmap_populate(tgt->agent->xen, tgt->domid, ranges[i].first, ranges[i].count);
	return rc;
}

static int build(struct target *tgt)
{
	int rc;

	rc = receive_config(tgt);
	if (!rc)
		rc = start_build(tgt);
	if (!rc)
		rc = populate(tgt);
	if (!rc)
		rc = tsmc_pagemap_init(&tgt->missing, tgt->top_gfn);
	if (!rc)
		rc = tsmc_parking_new(tgt->agent->xen, tgt->log, tgt->domid, tgt->top_gfn, &tgt->parking);
	if (!rc)
		rc = tsmc_build_end(tgt->build);
	if (!rc)
		rc = tsmc_session_join(tgt->session, tgt->log);
	if (!rc)
		rc = tsmc_channel_send_one(bulk(tgt), TSMC_REC_BUILT, NULL, 0);
	return rc;
}

static int merge_missing(struct target *tgt, const struct tsmc_record *record)
{
	struct tsmc_wire_missing head;
	const uint64_t *bits;
	int rc;

	rc = tsmc_wire_get_missing(record, tgt->top_gfn, &head, &bits);
	return rc ? rc : tsmc_pagemap_merge(&tgt->missing, head.first, head.nr_bits, bits);
}

/* Until libxl has plugged all devices that may be plugged early. */
static int await_build(struct target *tgt)
{
	int rc = tsmc_build_wait(tgt->build, PLUG_TIMEOUT_MS);

	if (rc == 1)
		return 0;
	return rc ? rc : -ETIMEDOUT;
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
	rc = await_build(tgt);
	if (!rc)
		rc = tsmc_domain_set_tsc(tgt->agent->xen, tgt->domid, &tsc);
	if (!rc)
		rc = tsmc_domain_set_context(tgt->agent->xen, tgt->domid, context, final.context_len);
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
		rc = tsmc_fault_server_new(tgt->agent->xen, tgt->log, tgt->domid, info.nr_vcpus,
					   tgt->parking, &tgt->missing, &tgt->server);
	if (!rc)
		rc = tsmc_build_attach_disks(tgt->build);
	if (!rc)
		tsmc_guest_hints_forward(tgt->agent->xen, tgt->domid, tgt->hint_gfn);
	return rc;
}

/* The source waits with the suspend until libxl is done. */
static int plug(struct target *tgt)
{
	int rc = await_build(tgt);

	return rc ? rc : tsmc_channel_send_one(bulk(tgt), TSMC_REC_PLUGGED, NULL, 0);
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
		rc = tsmc_channel_receive(bulk(tgt), &record, TSMC_LINK_TIMEOUT_MS);
		if (rc != 1)
			return rc ? rc : -ETIMEDOUT;
		if (record.type == TSMC_REC_FINAL)
			break;
		rc = take_record(tgt, &record);
		if (rc)
			return rc;
	}
	start = tsmc_now_ns();
	rc = switch_over(tgt, &record);
	*switch_ns = tsmc_now_ns() - start;
	if (!rc)
		rc = tsmc_channel_send_one(urgent(tgt), TSMC_REC_READY, NULL, 0);
	return rc;
}

static int send_complete(struct target *tgt, uint64_t switch_ns)
{
	struct tsmc_wire_complete complete = *tsmc_fault_server_counters(tgt->server);

	complete.switch_ns = switch_ns;
	return tsmc_channel_send_one(bulk(tgt), TSMC_REC_COMPLETE, &complete, sizeof(complete));
}

static int fill_and_verify(struct target *tgt, uint64_t switch_ns)
{
	int rc;

	rc = tsmc_fault_server_run(tgt->server, tgt->session);
	if (!rc)
		rc = send_complete(tgt, switch_ns);
	if (!rc)
		rc = tsmc_verify_target(tgt->agent->xen, tgt->domid, bulk(tgt), tgt->top_gfn);
	return rc;
}

/* The guest is ours from GO on. */
static int take_over(struct target *tgt)
{
	struct tsmc_record record;
	int rc;

	rc = tsmc_fault_server_fill(tgt->server, tgt->session, GO_TIMEOUT_MS);
	if (!rc)
		rc = tsmc_channel_expect(urgent(tgt), TSMC_REC_GO, &record, GO_TIMEOUT_MS);
	if (rc)
		return rc;
	tsmc_interrupt_ignore();
	tgt->handed_over = true;
	rc = tsmc_toolstack_unpause(tgt->agent->xen, tgt->domid);
	if (rc)
		return rc;
	tsmc_log(tgt->log, TSMC_LOG_DEBUG, "%s was unpaused at %.3f s of this host's uptime",
		 tgt->name, tsmc_now_ns() / 1e9);
	/*
	 * Neither failure may stop a guest that runs: both are logged, and whether the link still carries what
	 * is missing, if anything is, stage three finds out.
	 */
	tsmc_channel_send_one(urgent(tgt), TSMC_REC_RUNNING, NULL, 0);
	tsmc_toolstack_rename(tgt->agent->xen, tgt->domid, tgt->incoming, tgt->name);
	return 0;
}

/* No hole is left: the guest needs neither us nor the source any more. */
static int finish(struct target *tgt, uint64_t switch_ns)
{
	struct tsmc_wire_complete counters = *tsmc_fault_server_counters(tgt->server);

	counters.switch_ns = switch_ns;
	tsmc_fault_server_free(tgt->server);
	tgt->server = NULL;
	tsmc_guest_hints_finish(tgt->agent->xen, tgt->domid);
	return tsmc_channel_send_one(bulk(tgt), TSMC_REC_COMPLETE, &counters, sizeof(counters));
}

static int receive(struct target *tgt)
{
	uint64_t switch_ns = 0;
	int rc;

	rc = build(tgt);
	if (!rc)
		rc = receive_guest(tgt, &switch_ns);
	if (!rc && tgt->verify)
		rc = fill_and_verify(tgt, switch_ns);
	if (!rc)
		rc = take_over(tgt);
	if (!rc)
		rc = tsmc_fault_server_run(tgt->server, tgt->session);
	if (!rc)
		rc = finish(tgt, switch_ns);
	return rc;
}

/* Before the hand-over: as if nothing had been. */
static void remove_incoming(struct target *tgt, int rc)
{
	char text[400];

	tsmc_interrupt_ignore();
	snprintf(text, sizeof(text), "the target cannot take %s: %s", tgt->name[0] ? tgt->name : "the guest",
		 strerror(-rc));
	if (!tgt->refused)
		tsmc_channel_send_error(bulk(tgt), text);
	tsmc_build_free(tgt->build);
	tgt->build = NULL;
	tsmc_fault_server_free(tgt->server);
	tgt->server = NULL;
	/* A domain whose pages are mapped would linger. */
	tsmc_parking_free(tgt->parking);
	tgt->parking = NULL;
	if (tgt->built)
		tsmc_toolstack_destroy(tgt->agent->xen, tgt->domid);
}

static enum tsmc_exit conclude(struct target *tgt, int rc)
{
	if (!rc)
		return TSMC_EXIT_OK;
	if (!tgt->handed_over) {
		remove_incoming(tgt, rc);
		return TSMC_EXIT_FAILED;
	}
	if (tgt->server) {
		tsmc_domain_pause(tgt->agent->xen, tgt->domid);
		tsmc_log(tgt->log, TSMC_LOG_ERROR,
			 "%s (domain %u) is paused: pages of it are still only at the source", tgt->name, tgt->domid);
	}
	return TSMC_EXIT_AWAY;
}

/**
 * tsmc_target_receive - take one guest in
 * @agent: handles
 * @session: to the source; not closed here
 *
 * Return: TSMC_EXIT_OK when it runs here and is complete; TSMC_EXIT_FAILED when
 * nothing is left here; TSMC_EXIT_AWAY when it is here but not complete, and paused.
 */
int tsmc_target_receive(struct tsmc_agent *agent, struct tsmc_session *session)
{
	struct target tgt = { .agent = agent, .log = &agent->log, .session = session };
	enum tsmc_exit status;

	status = conclude(&tgt, receive(&tgt));
	if (status != TSMC_EXIT_AWAY)
		tsmc_fault_server_free(tgt.server);
	tsmc_parking_free(tgt.parking);
	tsmc_build_free(tgt.build);
	tsmc_page_unpacker_destroy(&tgt.unpacker);
	tsmc_pagemap_destroy(&tgt.missing);
	free(tgt.json);
	return status;
}
