// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The target while the domain is built: what is refused, is refused here.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claim.h"
#include "frame_bound.h"
#include "memory_bound.h"
#include "memory_limit.h"
#include "target_state.h"

/* 1 GiB: between two pieces the source hears of us. */
#define POPULATE_PAGES	(1ULL << 18)

static int take_config(struct target *tgt, const struct tsmc_record *record)
{
	struct tsmc_wire_config config;
	const char *name, *json;
	int rc;

	rc = tsmc_wire_get_config(record, &config, &name, &json);
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
	tsmc_channel_send_error(tsmc_target_bulk(tgt), text);
	tgt->refused = true;
	return rc;
}

/* The source has checked it too; but what it says is not what we believe. */
static int check_kind(struct target *tgt)
{
	char why[256], text[600];
	int rc;

	rc = tsmc_toolstack_check(tgt->agent->xen, tgt->json, why, sizeof(why));
	if (!rc)
		return 0;
	snprintf(text, sizeof(text), "%s is not taken: %s", tgt->name, why);
	return refuse(tgt, rc, text);
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

/* Another migration of this guest, or what is left of one: its record knows what becomes of it. */
static int check_incoming(struct target *tgt)
{
	char text[700];
	uint32_t domid;
	int rc;

	rc = tsmc_toolstack_holder(tgt->agent->xen, tgt->incoming, &domid);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	snprintf(text, sizeof(text), "%s: domain %u at the target is %s already; end that migration first",
		 tgt->name, domid, tgt->incoming);
	return refuse(tgt, -EEXIST, text);
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

/* From here on somebody has to remove what is built, whatever happens to us. */
static int begin_journal(struct target *tgt)
{
	tgt->journal = (struct tsmc_journal){ .phase = TSMC_PHASE_INCOMING, .pid = getpid() };
	memcpy(tgt->journal.session, tgt->session->id, sizeof(tgt->journal.session));
	snprintf(tgt->journal.name, sizeof(tgt->journal.name), "%s", tgt->name);
	return tsmc_journal_write(&tgt->journal, tgt->log);
}

static int claim(struct target *tgt)
{
	tgt->claim = tsmc_claim(tgt->domid);
	if (tgt->claim >= 0)
		return 0;
	tsmc_log(tgt->log, TSMC_LOG_ERROR, "cannot keep other agents away from domain %u: %s",
		 tgt->domid, strerror(-tgt->claim));
	return tgt->claim;
}

static int start_build(struct target *tgt)
{
	struct tsmc_record record;
	int rc;

	rc = tsmc_channel_expect(tsmc_target_bulk(tgt), TSMC_REC_PLATFORM, &record, TSMC_LINK_TIMEOUT_MS);
	if (!rc)
		rc = check_kind(tgt);
	if (!rc)
		rc = tsmc_target_turn_take(tgt);
	if (!rc)
		rc = check_name(tgt);
	if (!rc)
		rc = check_memory(tgt);
	if (!rc)
		rc = check_incoming(tgt);
	if (!rc)
		rc = begin_journal(tgt);
	if (!rc)
		rc = tsmc_build_start(tgt->agent->xen, tgt->json, tgt->incoming, &tgt->build);
	if (!rc)
		rc = tsmc_build_feed(tgt->build, record.payload, record.length, &tgt->domid);
	tgt->built = !rc;
	if (!rc)
		tsmc_xen_restrict(tgt->agent->xen, tgt->domid);
	if (!rc)
		rc = claim(tgt);
	tgt->journal.domid = tgt->domid;
	return rc ? rc : tsmc_journal_write(&tgt->journal, tgt->log);
}

/* What is kept of each frame number costs memory here, whether there is a page or not. */
static int check_spread(struct target *tgt, uint64_t top_gfn)
{
	struct tsmc_domain_info info;
	char text[400];
	int rc;

	rc = tsmc_domain_info(tgt->agent->xen, tgt->domid, &info);
	if (rc || top_gfn <= tsmc_frame_bound(info.max_pages))
		return rc;
	snprintf(text, sizeof(text), "%s is not taken: its highest frame is %#" PRIx64 ", far beyond its memory",
		 tgt->name, top_gfn - 1);
	return refuse(tgt, -EFBIG, text);
}

static int populate_range(struct target *tgt, uint64_t first, uint64_t count)
{
	int rc = 0;

	while (!rc && count) {
		uint64_t piece = count < POPULATE_PAGES ? count : POPULATE_PAGES;

		rc = tsmc_physmap_populate(tgt->agent->xen, tgt->domid, first, piece);
		if (!rc)
			rc = tsmc_target_working(tgt);
		first += piece;
		count -= piece;
	}
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

	rc = tsmc_channel_expect(tsmc_target_bulk(tgt), TSMC_REC_LAYOUT, &record, TSMC_LINK_TIMEOUT_MS);
	if (!rc)
		rc = tsmc_wire_get_layout(&record, &layout, &ranges, &specials);
	if (!rc)
		rc = check_spread(tgt, layout.top_gfn);
	if (rc)
		return rc;
	tgt->top_gfn = layout.top_gfn;
	tsmc_memory_limit(tsmc_memory_bound_target(tgt->top_gfn), tgt->log);
	for (unsigned int i = 0; !rc && i < layout.nr_ranges; i++)
		rc = populate_range(tgt, ranges[i].first, ranges[i].count);
	return rc;
}

/* tsmc_target_build - have libxl build the domain, and populate it */
int tsmc_target_build(struct target *tgt, const struct tsmc_record *config)
{
	int rc;

	rc = take_config(tgt, config);
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
		rc = tsmc_channel_send_one(tsmc_target_bulk(tgt), TSMC_REC_BUILT, NULL, 0);
	return rc;
}
