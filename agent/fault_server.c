// SPDX-License-Identifier: GPL-2.0-or-later
#include "fault_server_state.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>

#include "clock.h"
#include "interrupt.h"

/*
 * After each change of the map Xen has every vCPU wait for our answer at its next hypercall. So
 * frames that no vCPU wants go home together: so many, or after so long.
 */
#define RETURN_MANY	256u
#define RETURN_AFTER_MS	100
/* How soon to look again whether the guest has dropped what it was asked to. */
#define DROP_LOOK_MS	2

/**
 * tsmc_fault_server_counters - what it has counted
 * @server: any
 *
 * Return: valid as long as the server.
 */
const struct tsmc_wire_complete *tsmc_fault_server_counters(const struct tsmc_fault_server *server)
{
	return &server->counters;
}

/* Whether the content of a frame that it needs is not here yet. */
static bool access_lacks_content(const struct tsmc_fault_server *server, const struct tsmc_access *access)
{
	for (unsigned int i = 0; i < access->nr_gfns; i++) {
		if (tsmc_pagemap_test(&server->missing, access->gfns[i]))
			return true;
	}
	return false;
}

/* Asks for the frames of an access that nobody asked for yet. */
static int request_frames(struct tsmc_fault_server *server, struct tsmc_channel *urgent,
			  const struct tsmc_access *access)
{
	uint64_t gfns[TSMC_ACCESS_GFNS];
	struct tsmc_wire_request head = { 0 };
	struct iovec pieces[2] = { { &head, sizeof(head) }, { gfns, 0 } };

	for (unsigned int i = 0; i < access->nr_gfns; i++) {
		if (tsmc_pagemap_test(&server->missing, access->gfns[i]) &&
		    tsmc_pagemap_set(&server->requested, access->gfns[i]))
			gfns[head.count++] = access->gfns[i];
	}
	if (!head.count)
		return 0;
	pieces[1].iov_len = head.count * sizeof(*gfns);
	return tsmc_channel_send(urgent, TSMC_REC_REQUEST, pieces, 2);
}

static int serve_accesses(struct tsmc_fault_server *server, struct tsmc_session *session)
{
	struct tsmc_access access;
	int rc;

	while (server->io && (rc = tsmc_ioreq_next(server->io, &access)) != 0) {
		if (rc < 0)
			return rc;
		if (access.vcpu >= server->nr_vcpus)
			return -EPROTO;
		server->waiters[access.vcpu] = (struct waiter){ .waiting = true, .since = tsmc_now_ns(),
							       .access = access };
		if (!access_lacks_content(server, &access)) {
			server->counters.faults_local++;
			server->waiters[access.vcpu].local = true;
			continue;
		}
		server->counters.faults++;
		if (server->lost)
			return server->lost;
		rc = request_frames(server, &session->urgent, &access);
		if (rc)
			return rc;
	}
	return 0;
}

static void count_wait(struct tsmc_fault_server *server, uint64_t wait_ns)
{
	uint64_t us = wait_ns / 1000;
	unsigned int bucket = 0;

	while (us > 1 && bucket < TSMC_WIRE_HISTOGRAM - 1) {
		us >>= 1;
		bucket++;
	}
	server->counters.histogram[bucket]++;
	server->counters.fault_wait_ns += wait_ns;
	if (wait_ns > server->counters.fault_wait_max_ns)
		server->counters.fault_wait_max_ns = wait_ns;
}

/* Lets those go on whose frames are all home. For those whose content is here they go home at once. */
static int wake_waiters(struct tsmc_fault_server *server)
{
	for (unsigned int vcpu = 0; vcpu < server->nr_vcpus; vcpu++) {
		struct waiter *waiter = &server->waiters[vcpu];
		int rc;

		if (!waiter->waiting || access_lacks_content(server, &waiter->access))
			continue;
		rc = tsmc_ioreq_complete(server->io, vcpu);
		if (rc < 0)
			return rc;
		if (!rc) {
			server->wanted = true;
			continue;
		}
		waiter->waiting = false;
		if (!waiter->local)
			count_wait(server, tsmc_now_ns() - waiter->since);
	}
	return 0;
}

/**
 * tsmc_fault_server_return - frames that have their content go home
 * @server: of a guest that runs
 *
 * All of a batch in one operation (rule 1).
 *
 * Return: 0 or negative errno.
 */
int tsmc_fault_server_return(struct tsmc_fault_server *server)
{
	uint64_t gfns[TSMC_WIRE_PAGES_MAX], from = 0, start = tsmc_now_ns();
	unsigned int count;
	int rc = 0;

	while (!rc && (count = tsmc_pagemap_take(&server->arrived, &from, gfns, TSMC_WIRE_PAGES_MAX))) {
		rc = tsmc_ioreq_return(server->io, gfns, count);
		for (unsigned int i = 0; !rc && i < count; i++)
			tsmc_pagemap_clear(&server->arrived, gfns[i]);
	}
	if (!rc)
		server->wanted = false;
	server->counters.install_ns += tsmc_now_ns() - start;
	return rc;
}

/* When the frames that have arrived are to go home, in ms; 0: now; -1: there are none. */
static int return_due_ms(const struct tsmc_fault_server *server)
{
	uint64_t age_ms;

	if (!server->arrived.count)
		return -1;
	age_ms = (tsmc_now_ns() - server->arrived_ns) / 1000000;
	if (server->wanted || !server->missing.count || server->arrived.count >= RETURN_MANY ||
	    age_ms >= RETURN_AFTER_MS)
		return 0;
	return RETURN_AFTER_MS - (int)age_ms;
}

/* How long nothing need be done if nothing comes. */
static int idle_ms(const struct tsmc_fault_server *server)
{
	int due = return_due_ms(server);

	/* The answer is in the guest's memory, which raises no event. */
	if (tsmc_fault_server_drops(server) || tsmc_fault_server_owes(server))
		return DROP_LOOK_MS;
	return due < 0 ? TSMC_STAGE_THREE_TIMEOUT_MS : due;
}

/* Writes the content of parked frames where no vCPU can see it yet. */
static void fill_parked(struct tsmc_fault_server *server, uint64_t gfn, const void *content)
{
	void *page = tsmc_parking_page(server->parking, gfn);

	if (content)
		memcpy(page, content, TSMC_PAGE_SIZE);
	else
		memset(page, 0, TSMC_PAGE_SIZE);
}

/**
 * tsmc_fault_server_came - the content of a frame is here
 * @server: any
 * @gfn: a missing frame
 * @content: of it; NULL: it is all zero
 */
void tsmc_fault_server_came(struct tsmc_fault_server *server, uint64_t gfn, const void *content)
{
	if (!server->arrived.count)
		server->arrived_ns = tsmc_now_ns();
	fill_parked(server, gfn, content);
	/* Whoever carries on after us must find the mark until the content is whole. */
	atomic_signal_fence(memory_order_release);
	tsmc_pagemap_clear(&server->missing, gfn);
	tsmc_pagemap_set(&server->arrived, gfn);
	tsmc_residue_came(&server->residue, gfn);
}

/*
 * Takes pages in: content into the parked frames. A page that has its content
 * already is left alone: the guest may have written to it since.
 */
static int install(struct tsmc_fault_server *server, const struct tsmc_record *record, uint32_t *installed)
{
	struct tsmc_wire_pages head;
	const uint64_t *entries;
	const void *data;
	uint64_t start;
	int rc;

	rc = tsmc_page_unpack(&server->unpacker, record, server->missing.nr_gfns, &head, &entries, &data);
	if (rc || head.stage != 3)
		return rc ? rc : -EPROTO;
	*installed = 0;
	start = tsmc_now_ns();
	for (unsigned int i = 0; i < head.count; i++) {
		bool has_data = tsmc_page_kind(entries[i]) == TSMC_PAGE_DATA;
		uint64_t gfn = tsmc_page_gfn(entries[i]);

		if (tsmc_pagemap_test(&server->missing, gfn)) {
			tsmc_fault_server_came(server, gfn, has_data ? data : NULL);
			++*installed;
		}
		if (has_data)
			data = (const char *)data + TSMC_PAGE_SIZE;
	}
	server->counters.install_ns += tsmc_now_ns() - start;
	return 0;
}

static int unexpected(struct tsmc_fault_server *server, const struct tsmc_record *record)
{
	tsmc_log(server->log, TSMC_LOG_ERROR, "unexpected %s in stage three",
		 tsmc_wire_type_name(record->type));
	return -EPROTO;
}

/* All demanded pages that have come. */
static int take_urgent(struct tsmc_fault_server *server, struct tsmc_session *session)
{
	struct tsmc_record record;
	uint32_t installed;
	int rc;

	while ((rc = tsmc_channel_receive(&session->urgent, &record, 0)) == 1) {
		if (record.type != TSMC_REC_PAGES)
			return unexpected(server, &record);
		rc = install(server, &record, &installed);
		if (rc)
			return rc;
		server->counters.pages_demanded += installed;
	}
	return rc;
}

/* One batch of pushed pages, if it has come whole; between two batches vCPUs are served. */
static int take_bulk(struct tsmc_fault_server *server, struct tsmc_session *session)
{
	struct tsmc_wire_credit credit = { 0 };
	struct tsmc_wire_pages head;
	struct tsmc_record record;
	uint32_t installed;
	int rc;

	rc = tsmc_channel_receive(&session->bulk, &record, 0);
	if (rc != 1)
		return rc;
	if (record.type == TSMC_REC_RESIDUE)
		return tsmc_residue_take(&server->residue, &record, &server->missing);
	if (record.type != TSMC_REC_PAGES)
		return unexpected(server, &record);
	rc = install(server, &record, &installed);
	if (rc)
		return rc;
	server->counters.pages_pushed += installed;
	memcpy(&head, record.payload, sizeof(head));
	credit.pages = head.count;
	return tsmc_channel_send_one(&session->bulk, TSMC_REC_CREDIT, &credit, sizeof(credit));
}

/**
 * tsmc_fault_server_fill - take pushed pages in before the domain runs
 * @server: of the paused domain
 * @session: to the source
 * @timeout_ms: how long until the source says something on the urgent channel
 *
 * Return: 0 when there is something to read there; -ETIMEDOUT; another negative
 * errno; logged.
 */
int tsmc_fault_server_fill(struct tsmc_fault_server *server, struct tsmc_session *session,
			   int timeout_ms)
{
	struct pollfd pollers[2] = {
		{ .fd = session->urgent.rfd, .events = POLLIN },
		{ .fd = session->bulk.rfd, .events = POLLIN },
	};
	uint64_t limit = tsmc_now_ns() + timeout_ms * 1000000ULL;
	int rc = 0;

	while (!rc && !pollers[0].revents) {
		if (poll(pollers, 2, timeout_ms) < 0 && errno != EINTR)
			rc = -errno;
		else if (tsmc_interrupted())
			rc = -ECANCELED;
		else if (tsmc_now_ns() >= limit)
			rc = -ETIMEDOUT;
		else if (pollers[1].revents)
			rc = take_bulk(server, session);
		if (!rc && server->arrived.count)
			rc = tsmc_fault_server_return(server);
	}
	if (rc)
		tsmc_log(server->log, TSMC_LOG_ERROR, "domain %u was not handed over: %s", server->domid,
			 rc == -EPIPE ? "the source has closed the link" : strerror(-rc));
	return rc;
}

/* Takes in what has come. Once nothing is missing it does not matter what becomes of the link. */
static int take_pages(struct tsmc_fault_server *server, struct tsmc_session *session, bool urgent, bool bulk)
{
	int rc = urgent ? take_urgent(server, session) : 0;

	if (!rc && bulk)
		rc = take_bulk(server, session);
	return server->missing.count ? rc : 0;
}

/* Tells the source, once, that no content is lost with it any more. */
static int tell_safe(struct tsmc_fault_server *server, struct tsmc_session *session)
{
	struct tsmc_wire_safe safe = { .nr_missing = server->missing.count };

	if (server->safe || !server->missing.count || !tsmc_residue_is_alone(&server->residue))
		return 0;
	server->safe = true;
	tsmc_log(server->log, TSMC_LOG_INFO,
		 "domain %u lacks %" PRIu64 " pages of clean page cache and nothing else", server->domid,
		 server->missing.count);
	return tsmc_channel_send_one(&session->bulk, TSMC_REC_SAFE, &safe, sizeof(safe));
}

static bool somebody_waits_for_source(const struct tsmc_fault_server *server)
{
	for (unsigned int vcpu = 0; vcpu < server->nr_vcpus; vcpu++) {
		if (server->waiters[vcpu].waiting && access_lacks_content(server, &server->waiters[vcpu].access))
			return true;
	}
	return false;
}

/* The source: what has come from it, and what it is told. */
static int deal_with_source(struct tsmc_fault_server *server, struct tsmc_session *session, bool urgent,
			    bool bulk)
{
	int rc = take_pages(server, session, urgent, bulk);

	if (!rc)
		rc = tell_safe(server, session);
	if (!rc)
		rc = tsmc_fault_server_tell_dropped(server, &session->bulk);
	if (!rc || !server->missing.count)
		return 0;
	if (!tsmc_fault_server_drops(server) || somebody_waits_for_source(server))
		return rc;
	/* What the guest lacks it may be able to do without: that is soon known. */
	server->lost = rc;
	return 0;
}

/**
 * tsmc_fault_server_run - stage three at the target
 * @server: from tsmc_fault_server_new()
 * @session: to the source
 *
 * Order of service: vCPUs, then what they asked for, then what is pushed.
 *
 * Return: 0 when no hole is left, or negative errno; logged.
 */
int tsmc_fault_server_run(struct tsmc_fault_server *server, struct tsmc_session *session)
{
	struct pollfd pollers[3] = {
		{ .events = POLLIN }, { .events = POLLIN },
		{ .fd = server->io ? tsmc_ioreq_fd(server->io) : -1, .events = POLLIN },
	};
	uint64_t silent_limit = tsmc_now_ns() + TSMC_STAGE_THREE_TIMEOUT_MS * 1000000ULL;
	int rc = 0;

	while (!rc && (server->missing.count || server->arrived.count)) {
		int ready;
		bool listens = server->missing.count && !server->lost;

		pollers[0].fd = listens ? session->urgent.rfd : -1;
		pollers[1].fd = listens ? session->bulk.rfd : -1;
		ready = poll(pollers, 3, idle_ms(server));
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready < 0)
			rc = -errno;
		else if (!pollers[0].revents && !pollers[1].revents && server->missing.count &&
			 tsmc_now_ns() >= silent_limit)
			rc = -ETIMEDOUT;
		else if (pollers[0].revents || pollers[1].revents || tsmc_fault_server_drops(server))
			silent_limit = tsmc_now_ns() + TSMC_STAGE_THREE_TIMEOUT_MS * 1000000ULL;
		if (!rc)
			rc = serve_accesses(server, session);
		if (!rc && !server->lost)
			rc = deal_with_source(server, session, pollers[0].revents, pollers[1].revents);
		if (!rc)
			rc = tsmc_fault_server_drop(server);
		if (!rc && server->missing.count && !tsmc_fault_server_drops(server))
			rc = server->lost;
		if (!rc)
			rc = wake_waiters(server);
		if (!rc && !return_due_ms(server))
			rc = tsmc_fault_server_return(server);
		/* Most had to wait for that. */
		if (!rc)
			rc = wake_waiters(server);
	}
	/* Whoever carries on has less to find out when what has come is home. */
	if (rc && server->arrived.count)
		tsmc_fault_server_return(server);
	if (rc)
		tsmc_log(server->log, TSMC_LOG_ERROR,
			 "stage three of domain %u broke off with %" PRIu64 " pages missing: %s",
			 server->domid, server->missing.count,
			 rc == -EPIPE ? "the source has closed the link" :
			 rc == -ETIMEDOUT ? "nothing came from the source for 10 s" : strerror(-rc));
	return rc;
}
