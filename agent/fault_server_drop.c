// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When nothing is missing but page cache that the guest's disk has, too, the guest
 * gives up what it can do without: see Documentation/residue.md.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "fault_server_state.h"

/* A portion that is not answered is the last. */
#define ANSWER_LIMIT_NS	1000000000ULL

/**
 * tsmc_fault_server_drops - is the guest asked just now?
 * @server: any
 */
bool tsmc_fault_server_drops(const struct tsmc_fault_server *server)
{
	return server->dropping.guest;
}

/* The pages that were dropped are of no use at the source either. */
static int tell_dropped(struct tsmc_session *session, const uint64_t *gfns, unsigned int count, bool last)
{
	struct tsmc_wire_dropped head = { .count = count, .last = last };
	struct iovec pieces[2] = { { &head, sizeof(head) }, { (void *)gfns, count * sizeof(*gfns) } };

	return tsmc_channel_send(&session->bulk, TSMC_REC_DROPPED, pieces, 2);
}

static int stop(struct tsmc_fault_server *server, struct tsmc_session *session, const uint64_t *gfns,
		unsigned int count)
{
	tsmc_guest_drop_close(server->dropping.guest);
	server->dropping.guest = NULL;
	server->dropping.over = true;
	return tell_dropped(session, gfns, count, true);
}

/* Asks for the next portion; false when there is none. */
static bool ask(struct tsmc_fault_server *server)
{
	struct dropping *dropping = &server->dropping;

	dropping->count = tsmc_residue_portion(&server->residue, &server->missing, dropping->gfns, TSMC_DROP_MAX);
	dropping->asked_ns = tsmc_now_ns();
	return dropping->count && !tsmc_guest_drop_ask(dropping->guest, dropping->gfns, dropping->count);
}

static int begin(struct tsmc_fault_server *server, struct tsmc_session *session)
{
	server->dropping.guest = tsmc_guest_drop_open(server->xen, server->log, server->domid);
	if (!server->dropping.guest || !ask(server))
		return stop(server, session, NULL, 0);
	return 0;
}

/*
 * Fills the holes of what was dropped: the guest holds these pages until it is asked for more, and
 * what is in them matters to nobody. One that has come meanwhile stays as it is.
 */
static unsigned int fill_dropped(struct tsmc_fault_server *server, const bool *dropped, uint64_t *filled)
{
	const struct dropping *dropping = &server->dropping;
	unsigned int count = 0;

	for (unsigned int i = 0; i < dropping->count; i++) {
		if (!dropped[i] || !tsmc_pagemap_test(&server->missing, dropping->gfns[i]))
			continue;
		tsmc_fault_server_came(server, dropping->gfns[i], NULL);
		filled[count++] = dropping->gfns[i];
	}
	return count;
}

/**
 * tsmc_fault_server_drop - have page cache dropped that need not cross
 * @server: of a guest that runs
 * @session: to the source
 *
 * To be called again and again. Does nothing before nothing else is missing, and nothing once all that
 * can be dropped is.
 *
 * Return: 0 or negative errno.
 */
int tsmc_fault_server_drop(struct tsmc_fault_server *server, struct tsmc_session *session)
{
	struct dropping *dropping = &server->dropping;
	uint64_t filled[TSMC_DROP_MAX];
	bool dropped[TSMC_DROP_MAX];
	unsigned int count;

	if (!server->safe || dropping->over)
		return 0;
	if (!dropping->guest)
		return begin(server, session);
	if (!tsmc_guest_drop_answered(dropping->guest, dropped)) {
		if (tsmc_now_ns() - dropping->asked_ns < ANSWER_LIMIT_NS)
			return 0;
		tsmc_log(server->log, TSMC_LOG_WARN, "domain %u does not drop page cache: its pages cross", server->domid);
		return stop(server, session, NULL, 0);
	}
	count = fill_dropped(server, dropped, filled);
	if (!ask(server))
		return stop(server, session, filled, count);
	return tell_dropped(session, filled, count, false);
}
