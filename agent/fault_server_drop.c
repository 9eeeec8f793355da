// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When nothing is missing but page cache that the guest's disk has, too, the guest
 * gives up what it can do without: see Documentation/residue.md.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>

#include "clock.h"
#include "fault_server_state.h"

/* A portion that is not answered is the last. A guest that stood still has more to do first. */
#define ANSWER_LIMIT_NS	5000000000ULL
/*
 * A guest that drops fewer pages in a second than a link of 20 MB/s carries is better served by the link.
 * None can hold its source longer than that.
 */
#define DROP_GRACE_NS	5000000000ULL
#define DROP_PAGE_NS	200000ULL
/* Well below the silence of a lost link. */
#define TELL_EVERY_NS	1000000000ULL
/* Pages in one DROPPED: it fits into a pipe that can take anything at all, pipe(7). */
#define TELL_MAX	400

/**
 * tsmc_fault_server_drops - is the guest asked just now?
 * @server: any
 */
bool tsmc_fault_server_drops(const struct tsmc_fault_server *server)
{
	return server->dropping.guest;
}

/**
 * tsmc_fault_server_owes - is there something that the source does not know?
 * @server: any
 */
bool tsmc_fault_server_owes(const struct tsmc_fault_server *server)
{
	const struct dropping *dropping = &server->dropping;

	return !server->lost && (dropping->untold.count || (dropping->over && !dropping->told) ||
				 (dropping->guest && tsmc_now_ns() - dropping->told_ns >= TELL_EVERY_NS));
}

/* The pages that were dropped are of no use at the source either. */
static int tell_some(struct dropping *dropping, struct tsmc_channel *bulk)
{
	struct tsmc_wire_dropped head = { 0 };
	uint64_t gfns[TELL_MAX], from = 0;
	struct iovec pieces[2] = { { &head, sizeof(head) }, { gfns, 0 } };

	if (dropping->untold.count)
		head.count = tsmc_pagemap_take(&dropping->untold, &from, gfns, TELL_MAX);
	for (unsigned int i = 0; i < head.count; i++)
		tsmc_pagemap_clear(&dropping->untold, gfns[i]);
	head.last = dropping->over && !dropping->untold.count;
	dropping->told = head.last;
	dropping->told_ns = tsmc_now_ns();
	pieces[1].iov_len = head.count * sizeof(*gfns);
	return tsmc_channel_send(bulk, TSMC_REC_DROPPED, pieces, 2);
}

/**
 * tsmc_fault_server_tell_dropped - tell the source what need not cross
 * @server: any
 * @bulk: to the source
 *
 * Does not wait: who would serve the guest meanwhile?
 *
 * Return: 0 or negative errno.
 */
int tsmc_fault_server_tell_dropped(struct tsmc_fault_server *server, struct tsmc_channel *bulk)
{
	struct pollfd takes = { .fd = bulk->wfd, .events = POLLOUT };
	int rc = 0;

	while (!rc && tsmc_fault_server_owes(server) && poll(&takes, 1, 0) == 1)
		rc = tell_some(&server->dropping, bulk);
	return rc;
}

/**
 * tsmc_fault_server_settle - tell the source the rest of what need not cross
 * @server: of a guest that is complete, and needs it no more
 * @bulk: to the source
 *
 * A source that cannot be told cannot be told of the end either.
 */
void tsmc_fault_server_settle(struct tsmc_fault_server *server, struct tsmc_channel *bulk)
{
	while (tsmc_fault_server_owes(server) && !tell_some(&server->dropping, bulk))
		;
}

static void stop(struct tsmc_fault_server *server)
{
	tsmc_guest_drop_close(server->dropping.guest);
	server->dropping.guest = NULL;
	server->dropping.over = true;
}

/* Asks for the next portion; false when there is none. */
static bool ask(struct tsmc_fault_server *server)
{
	struct dropping *dropping = &server->dropping;

	dropping->count = tsmc_residue_portion(&server->residue, &server->missing, dropping->gfns, TSMC_DROP_MAX);
	dropping->asked_ns = tsmc_now_ns();
	return dropping->count && !tsmc_guest_drop_ask(dropping->guest, dropping->gfns, dropping->count);
}

static void begin(struct tsmc_fault_server *server)
{
	struct dropping *dropping = &server->dropping;

	if (!tsmc_pagemap_init(&dropping->untold, server->missing.nr_gfns))
		dropping->guest = tsmc_guest_drop_open(server->xen, server->log, server->domid);
	dropping->began_ns = dropping->told_ns = tsmc_now_ns();
	if (!dropping->guest || !ask(server))
		stop(server);
}

static bool is_slow(const struct dropping *dropping)
{
	return tsmc_now_ns() - dropping->began_ns > DROP_GRACE_NS + dropping->dropped * DROP_PAGE_NS;
}

/*
 * Fills the holes of what was dropped: the guest holds these pages until it is asked for more, and
 * what is in them matters to nobody. One that has come meanwhile stays as it is.
 */
static int fill_dropped(struct tsmc_fault_server *server, const bool *dropped)
{
	struct dropping *dropping = &server->dropping;

	for (unsigned int i = 0; i < dropping->count; i++) {
		if (!dropped[i] || !tsmc_pagemap_test(&server->missing, dropping->gfns[i]))
			continue;
		tsmc_fault_server_came(server, dropping->gfns[i], NULL);
		tsmc_pagemap_set(&dropping->untold, dropping->gfns[i]);
		dropping->dropped++;
	}
	return tsmc_fault_server_return(server);
}

/**
 * tsmc_fault_server_drop - have page cache dropped that need not cross
 * @server: of a guest that runs
 *
 * To be called again and again. Does nothing before nothing else is missing, and nothing once all that
 * can be dropped is.
 *
 * Return: 0 or negative errno.
 */
int tsmc_fault_server_drop(struct tsmc_fault_server *server)
{
	struct dropping *dropping = &server->dropping;
	bool dropped[TSMC_DROP_MAX];
	int rc;

	if (!server->safe || dropping->over)
		return 0;
	if (!dropping->guest) {
		begin(server);
		return 0;
	}
	if (!tsmc_guest_drop_answered(dropping->guest, dropped)) {
		if (tsmc_now_ns() - dropping->asked_ns < ANSWER_LIMIT_NS)
			return 0;
		tsmc_log(server->log, TSMC_LOG_WARN, "domain %u does not drop page cache: its pages cross", server->domid);
		stop(server);
		return 0;
	}
	/* The guest uses them again as soon as it is asked for others. */
	rc = fill_dropped(server, dropped);
	if (rc)
		return rc;
	if (is_slow(dropping))
		tsmc_log(server->log, TSMC_LOG_WARN, "domain %u drops page cache slowly: what is left of it crosses",
			 server->domid);
	if (is_slow(dropping) || !ask(server))
		stop(server);
	return 0;
}
