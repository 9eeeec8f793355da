// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stage three at the source, with all its threads, against a target that is a
 * thread, too: what is pushed, demanded and moved forward at once. The thread
 * sanitizer watches what they share.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "guest_hints.h"
#include "interrupt.h"
#include "linux/tsmc_hint.h"
#include "residue_target.h"
#include "stage_three.h"
#include "verify.h"
#include "live_progress.h"
#include "silent.h"

#define NR_GFNS		2000u
#define ROOT_GFN	1u
#define LIMIT_NS	(60 * 1000000000ULL)

/* How the target behaves. */
enum manner { HONEST, COMPLETES_EARLY, CREDITS_TOO_MUCH, SENDS_GARBAGE, ASKS_BEYOND };

/**
 * struct peer - the target
 * @bulk: its end
 * @urgent: likewise
 * @manner: of it
 * @missing: pages that have not come
 * @misbehaved: it has sent what it should not
 * @twice: one came again, or one that was never missing
 * @wrong: content of another page
 * @residue: what it knows of that
 * @pushed_residue: such pages were pushed before it was told
 * @safe_pages: that it lacked when it said so; 0: it has not
 * @dropped: pages that it then did without
 * @rc: how it ended
 */
struct peer {
	struct tsmc_channel bulk, urgent;
	enum manner manner;
	struct tsmc_pagemap missing;
	bool misbehaved, twice, wrong;
	struct tsmc_residue_target residue;
	struct tsmc_pagemap dropped;
	bool pushed_residue;
	uint64_t safe_pages;
	int rc;
};

static struct peer peer;
static struct tsmc_session session;
static struct tsmc_agent agent;
static struct tsmc_pagemap missing, zero, dropped;
static struct tsmc_series series;
static bool disks_direct;
static uint8_t classes[NR_GFNS];
static const struct tsmc_hints hints = { .nr_pfns = NR_GFNS, .bytes = classes };
static struct tsmc_pace pace = { .lock = PTHREAD_MUTEX_INITIALIZER, .bytes_per_s = 1ULL << 30 };
static atomic_uint searches;

/* ---- what stands for Xen ---- */

static bool is_cache(uint64_t gfn)
{
	return gfn % 5 == 2;
}

static bool is_zero(uint64_t gfn)
{
	return gfn % 7 == 0;
}

/* Ballooned out since: of these zero is sent. */
static bool is_gone(uint64_t gfn)
{
	return gfn % 49 == 0;
}

int tsmc_domain_populated(struct tsmc_xen *xen, uint32_t domid, uint64_t first,
			  unsigned int count, uint8_t *populated)
{
	(void)xen;
	(void)domid;
	for (unsigned int i = 0; i < count; i++)
		populated[i] = !is_gone(first + i);
	return 0;
}

/* As the real one: nothing at all when no frame can be mapped. */
void *tsmc_foreign_map(struct tsmc_xen *xen, uint32_t domid, bool writable,
		       const uint64_t *gfns, unsigned int count, int *errs)
{
	uint64_t *area = calloc(count, TSMC_PAGE_SIZE);
	unsigned int gone = 0;

	(void)xen;
	(void)domid;
	for (unsigned int i = 0; i < count; i++)
		gone += is_gone(gfns[i]);
	if (gone == count) {
		free(area);
		errno = EINVAL;
		return NULL;
	}
	for (unsigned int i = 0; area && i < count; i++) {
		errs[i] = writable ? -EACCES : is_gone(gfns[i]) ? -EINVAL : 0;
		area[i * TSMC_PAGE_SIZE / sizeof(*area)] = is_zero(gfns[i]) ? 0 : gfns[i];
	}
	return area;
}

void tsmc_foreign_unmap(struct tsmc_xen *xen, void *addr, unsigned int count)
{
	(void)xen;
	(void)count;
	free(addr);
}

struct tsmc_wire_digest tsmc_page_digest(const void *page)
{
	(void)page;
	return (struct tsmc_wire_digest){ 0 };
}

/* Page tables that map frame N, and then N + 3, and so on. */
static int read_tables(void *opaque, const uint64_t *gfns, unsigned int count, void *dst)
{
	uint64_t *entries = dst;

	(void)opaque;
	for (unsigned int i = 0; i < count; i++)
		for (uint64_t j = 0; j < 512; j++)
			*entries++ = ((gfns[i] + 1 + 3 * j) % NR_GFNS) << 12 | 1;
	return 0;
}

int tsmc_guest_hints_spaces(struct tsmc_guest_hints *guest, const struct tsmc_pagemap *pages,
			    const atomic_bool *stop, struct tsmc_address_spaces **spaces,
			    char *why, size_t why_len)
{
	const struct tsmc_hint_source source = { .read = read_tables };
	const struct tsmc_hint_space space = { .root_gfn = ROOT_GFN, .weight = 1, .levels = 4 };

	(void)guest;
	(void)why;
	(void)why_len;
	atomic_fetch_add(&searches, 1);
	return atomic_load(stop) ? -ECANCELED : tsmc_address_spaces_read(&source, &space, 1, pages, spaces);
}

/* ---- the target ---- */

static int request(uint64_t gfn)
{
	uint64_t payload[2] = { 1, gfn };

	return tsmc_channel_send_one(&peer.urgent, TSMC_REC_REQUEST, payload, sizeof(payload));
}

static int credit(uint32_t pages)
{
	struct tsmc_wire_credit record = { .pages = pages };

	if (peer.manner == CREDITS_TOO_MUCH)
		record.pages = UINT32_MAX;
	return tsmc_channel_send_one(&peer.bulk, TSMC_REC_CREDIT, &record, sizeof(record));
}

static int complete(void)
{
	const struct tsmc_wire_complete record = { .faults = 1 };

	return tsmc_channel_send_one(&peer.bulk, TSMC_REC_COMPLETE, &record, sizeof(record));
}

static int take_residue(const struct tsmc_record *record)
{
	return tsmc_residue_take(&peer.residue, record, &peer.missing);
}

/* Does without a third of what is missing, says so in portions, and names pages that are not missing, too. */
static int drop(void)
{
	struct {
		struct tsmc_wire_dropped head;
		uint64_t gfns[20];
	} record = { 0 };
	int rc = 0;

	for (uint64_t gfn = 0; !rc && gfn < NR_GFNS; gfn++) {
		bool drops = gfn % 3 == 0 && tsmc_pagemap_clear(&peer.missing, gfn);

		if (drops)
			tsmc_pagemap_set(&peer.dropped, gfn);
		if (drops || (gfn % 50 == 0 && !tsmc_pagemap_test(&peer.missing, gfn)))
			record.gfns[record.head.count++] = gfn;
		record.head.last = gfn == NR_GFNS - 1;
		if (!record.head.last && record.head.count < ARRAY_SIZE(record.gfns))
			continue;
		rc = tsmc_channel_send_one(&peer.bulk, TSMC_REC_DROPPED, &record,
					   sizeof(record.head) + record.head.count * sizeof(*record.gfns));
		record.head.count = 0;
	}
	return rc;
}

/* As soon as it is so, and once. */
static int say_safe(void)
{
	struct tsmc_wire_safe safe = { .nr_missing = peer.missing.count };
	int rc;

	if (peer.safe_pages || !peer.missing.count || !tsmc_residue_is_alone(&peer.residue))
		return 0;
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++)
		peer.wrong |= tsmc_pagemap_test(&peer.missing, gfn) && !is_cache(gfn);
	peer.safe_pages = peer.missing.count;
	rc = tsmc_channel_send_one(&peer.bulk, TSMC_REC_SAFE, &safe, sizeof(safe));
	return rc ? rc : drop();
}

/* Pages of one record; returns how many, or negative errno. */
static int take_pages(const struct tsmc_record *record, bool pushed)
{
	struct tsmc_wire_content content;
	struct tsmc_wire_pages pages;
	const uint64_t *entries, *data;
	int rc = tsmc_wire_get_pages(record, NR_GFNS, &pages, &entries, &content);

	data = content.bytes;
	for (unsigned int i = 0; !rc && i < pages.count; i++) {
		uint64_t gfn = tsmc_page_gfn(entries[i]);
		bool has_data = tsmc_page_kind(entries[i]) == TSMC_PAGE_DATA;

		/* One that was demanded may have been on its way when it was dropped. */
		peer.twice |= !tsmc_pagemap_clear(&peer.missing, gfn) &&
			      (pushed || !tsmc_pagemap_test(&peer.dropped, gfn));
		tsmc_residue_came(&peer.residue, gfn);
		peer.pushed_residue |= pushed && is_cache(gfn) && !peer.residue.total;
		peer.wrong |= has_data ? data[0] != gfn : !is_zero(gfn) && !tsmc_pagemap_test(&zero, gfn);
		data += has_data ? TSMC_PAGE_SIZE / sizeof(*data) : 0;
	}
	return rc ? rc : (int)pages.count;
}

static int take(struct tsmc_channel *channel)
{
	struct tsmc_record record;
	int rc;

	while ((rc = tsmc_channel_receive(channel, &record, 0)) == 1) {
		if (record.type == TSMC_REC_RESIDUE)
			rc = take_residue(&record);
		else
			rc = take_pages(&record, channel == &peer.bulk);
		if (rc > 0 && channel == &peer.bulk)
			rc = credit(rc);
		if (rc < 0)
			return rc;
	}
	return rc;
}

/* One that is not honest shows it once. */
static int misbehave(void)
{
	peer.misbehaved = true;
	switch (peer.manner) {
	case COMPLETES_EARLY:
		return complete();
	case SENDS_GARBAGE:
		return tsmc_channel_send_one(&peer.urgent, TSMC_REC_PAGES, "garbage", 7);
	case ASKS_BEYOND:
		return request(TSMC_WIRE_GFN_MASK + 1);
	default:
		return 0;
	}
}

/* Asks for a page now and then, also for one that is on its way or never was missing. */
static int ask(uint64_t *seed)
{
	if (!peer.misbehaved)
		return misbehave();
	return peer.manner == HONEST && !unit_below(seed, 3) ? request(unit_below(seed, NR_GFNS)) : 0;
}

static void *be_target(void *opaque)
{
	struct pollfd pollers[2] = { { .fd = peer.bulk.rfd, .events = POLLIN },
				     { .fd = peer.urgent.rfd, .events = POLLIN } };
	uint64_t seed = 0x746172676574, limit = tsmc_now_ns() + LIMIT_NS;

	(void)opaque;
	while (!peer.rc && peer.missing.count) {
		peer.rc = ask(&seed);
		if (!peer.rc && poll(pollers, 2, 1000) < 0)
			peer.rc = -errno;
		if (!peer.rc)
			peer.rc = take(&peer.urgent);
		if (!peer.rc)
			peer.rc = take(&peer.bulk);
		if (!peer.rc)
			peer.rc = say_safe();
		if (!peer.rc && tsmc_now_ns() > limit)
			peer.rc = -ETIMEDOUT;
	}
	if (!peer.rc)
		peer.rc = complete();
	return NULL;
}

/* ---- the tests ---- */

static void connect_channels(struct tsmc_channel *ours, struct tsmc_channel *theirs, const char *name)
{
	int ends[2];

	EXPECT(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	EXPECT(!tsmc_channel_adopt(ours, name, ends[0], ends[0], &agent.log));
	EXPECT(!tsmc_channel_adopt(theirs, name, ends[1], ends[1], &agent.log));
	ours->pace = &pace;
}

static void begin(enum manner manner)
{
	memset(&session, 0, sizeof(session));
	peer = (struct peer){ .manner = manner };
	agent = (struct tsmc_agent){ .options = { .prepull = 8, .push_batch = 16, .order = TSMC_ORDER_HINTS } };
	connect_channels(&session.bulk, &peer.bulk, "bulk");
	connect_channels(&session.urgent, &peer.urgent, "urgent");
	EXPECT(!tsmc_pagemap_init(&missing, NR_GFNS) && !tsmc_pagemap_init(&zero, NR_GFNS));
	EXPECT(!tsmc_pagemap_init(&dropped, NR_GFNS));
	tsmc_series_begin(&series, 0, tsmc_progress_new(0));
	tsmc_series_stage(&series, 0, 3);
	EXPECT(!tsmc_pagemap_init(&peer.missing, NR_GFNS) && !tsmc_pagemap_init(&peer.dropped, NR_GFNS));
	session.capabilities = TSMC_CAP_RESIDUE;
	disks_direct = true;
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++) {
		classes[gfn] = is_cache(gfn) ? TSMC_CLASS_CACHE : TSMC_CLASS_ANON;
		if (gfn % 10 == 3)
			continue;
		tsmc_pagemap_set(&missing, gfn);
		tsmc_pagemap_set(&peer.missing, gfn);
		if (gfn % 11 == 0)
			tsmc_pagemap_set(&zero, gfn);
	}
}

static void end(void)
{
	tsmc_pagemap_destroy(&peer.missing);
	tsmc_pagemap_destroy(&peer.dropped);
	tsmc_residue_destroy(&peer.residue);
	tsmc_pagemap_destroy(&dropped);
}

static int run(struct tsmc_report *report)
{
	struct tsmc_page_packer packer = { .compress = TSMC_COMPRESS_OFF };
	struct tsmc_guest_hints guest = { .domid = 1 };
	struct tsmc_remainder remainder = { .missing = &missing, .zero = &zero, .packer = &packer,
					    .guest = &guest, .hints = &hints, .dropped = &dropped, .series = &series,
					    .disks_direct = disks_direct };
	struct tsmc_stage_three *stage;
	pthread_t target;
	int rc;

	*report = (struct tsmc_report){ 0 };
	tsmc_series_left(&series, missing.count);
	EXPECT(!tsmc_stage_three_new(&agent, &session, 1, &remainder, &stage));
	EXPECT(!pthread_create(&target, NULL, be_target, NULL));
	rc = tsmc_stage_three_run(stage, report);
	/* A target that is still there sees the end. */
	shutdown(session.bulk.rfd, SHUT_RDWR);
	shutdown(session.urgent.rfd, SHUT_RDWR);
	pthread_join(target, NULL);
	tsmc_stage_three_free(stage);
	tsmc_channel_close(&session.bulk);
	tsmc_channel_close(&session.urgent);
	tsmc_channel_close(&peer.bulk);
	tsmc_channel_close(&peer.urgent);
	tsmc_pagemap_destroy(&missing);
	tsmc_pagemap_destroy(&zero);
	return rc;
}

/* What is told of the course is what happened. */
static void expect_course(const struct tsmc_report *report)
{
	uint64_t data = 0, markers = 0, bytes = 0;

	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
		data += report->pages.data[3][class];
		markers += report->pages.zero[3][class];
		bytes += report->pages.bytes[3][class];
	}
	EXPECT(bytes == data * TSMC_PAGE_SIZE + (data + markers) * sizeof(uint64_t));
	expect_live(&series, report->pages.data[3], markers);
	EXPECT(series.now.bytes > bytes && series.now.bytes < bytes + bytes / 10);
	EXPECT(series.now.faults == report->requests && !series.now.left && dropped.count == report->dropped_pages);
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++)
		EXPECT(!tsmc_pagemap_test(&dropped, gfn) || tsmc_pagemap_test(&peer.dropped, gfn));
}

static void each_page_crosses_once(void)
{
	struct tsmc_report report;
	unsigned int before = atomic_load(&searches), safe = 0;

	for (unsigned int i = 0; i < 10; i++) {
		begin(HONEST);
		EXPECT(!run(&report));
		EXPECT(!peer.rc && !peer.missing.count && !peer.twice && !peer.wrong);
		EXPECT(report.requests && report.target.faults == 1);
		/* All of the residue may have been demanded before the rest was handed out. */
		EXPECT(!peer.pushed_residue && report.safe_pages == peer.safe_pages);
		EXPECT(!report.safe == !peer.safe_pages && report.dropped_pages <= peer.dropped.count);
		expect_course(&report);
		safe += peer.safe_pages != 0 && report.dropped_pages;
		end();
	}
	EXPECT(safe);
	EXPECT(atomic_load(&searches) == before + 10);
}

/* Whom it is not told, and who cannot be told: pages come in the same order all the same. */
static void residue_is_told_to_who_knows_it(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		struct tsmc_report report;

		begin(HONEST);
		session.capabilities ^= i == 0 ? TSMC_CAP_RESIDUE : 0;
		agent.options.verify = i == 1;
		agent.options.order = i == 2 ? TSMC_ORDER_ADDRESS : TSMC_ORDER_HINTS;
		disks_direct = i != 3;
		EXPECT(!run(&report));
		EXPECT(!peer.rc && !peer.missing.count && !peer.residue.total && !report.safe);
		end();
	}
}

static void refused(enum manner manner)
{
	struct tsmc_report report;

	begin(manner);
	EXPECT(run(&report) == -EPROTO);
	EXPECT(peer.missing.count);
	end();
}

static void complete_comes_last(void)
{
	refused(COMPLETES_EARLY);
}

static void credit_is_for_what_is_in_flight(void)
{
	refused(CREDITS_TOO_MUCH);
}

/* All is pushed nevertheless, but whoever says such things is not believed to have it. */
static void nonsense_is_refused(void)
{
	const enum manner manners[] = { SENDS_GARBAGE, ASKS_BEYOND };
	struct tsmc_report report;

	for (unsigned int i = 0; i < ARRAY_SIZE(manners); i++) {
		begin(manners[i]);
		EXPECT(run(&report) == -EPROTO);
		end();
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each page crosses once, pushed or demanded", each_page_crosses_once },
		{ "the residue comes last, and is told", residue_is_told_to_who_knows_it },
		{ "a target is not complete before all was sent", complete_comes_last },
		{ "credit is for what is in flight", credit_is_for_what_is_in_flight },
		{ "nonsense on the urgent channel is refused", nonsense_is_refused },
	};

	/* As the agent does: a peer that is gone shows as an error. */
	signal(SIGPIPE, SIG_IGN);
	unit_run(tests, ARRAY_SIZE(tests));
}
