/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fault server knows. For fault_server*.c alone.
 */
#ifndef TSMC_FAULT_SERVER_STATE_H
#define TSMC_FAULT_SERVER_STATE_H

#include "fault_server.h"
#include "guest_drop.h"
#include "page_unpacker.h"
#include "residue_target.h"

/**
 * struct waiter - a vCPU that waits at a hole
 * @waiting: there is an access
 * @local: nothing had to be fetched for it
 * @since: when it came, ns
 * @access: what it needs
 */
struct waiter {
	bool waiting;
	bool local;
	uint64_t since;
	struct tsmc_access access;
};

/**
 * struct dropping - page cache that the guest is asked to drop
 * @guest: who is asked; NULL: nobody
 * @over: nobody will be asked any more
 * @gfns: the portion that it was asked for
 * @count: pages in it
 * @asked_ns: when
 * @began_ns: when the first was asked for
 * @dropped: pages, since then
 * @told_ns: when the source was told something last
 * @untold: what was dropped, and the source does not know it yet; no memory before the first portion
 * @told: the source knows that it is over
 */
struct dropping {
	struct tsmc_guest_drop *guest;
	bool over;
	uint64_t gfns[TSMC_DROP_MAX];
	unsigned int count;
	uint64_t asked_ns;
	uint64_t began_ns;
	uint64_t dropped;
	uint64_t told_ns;
	struct tsmc_pagemap untold;
	bool told;
};

/**
 * struct tsmc_fault_server - one thread's, no lock
 * @xen: handles
 * @log: where troubles are told
 * @domid: the guest
 * @parking: where missing frames are, and how they are reached
 * @carry: holds what another process needs to go on
 * @missing: holes without content; in @carry
 * @requested: those of them that were asked for
 * @arrived: holes whose final content stands in staging
 * @arrived_ns: when the first of them came
 * @residue: what is missing, and the guest's disk has, too
 * @safe: nothing else is missing, and the source was told
 * @lost: the link was lost while pages were dropped: negative errno
 * @dropping: from then on
 * @wanted: a vCPU waits until they are home
 * @io: accesses
 * @waiters: by vCPU
 * @nr_vcpus: of them
 * @unpacker: for packed pages
 * @counters: for the report
 */
struct tsmc_fault_server {
	struct tsmc_xen *xen;
	const struct tsmc_log *log;
	uint32_t domid;
	struct tsmc_parking *parking;
	struct tsmc_carry_over *carry;
	struct tsmc_pagemap missing;
	struct tsmc_pagemap requested;
	struct tsmc_pagemap arrived;
	uint64_t arrived_ns;
	struct tsmc_residue_target residue;
	bool safe;
	int lost;
	struct dropping dropping;
	bool wanted;
	struct tsmc_ioreq *io;
	struct waiter *waiters;
	unsigned int nr_vcpus;
	struct tsmc_page_unpacker unpacker;
	struct tsmc_wire_complete counters;
};

/* fault_server.c: the content of a missing frame is here; NULL: it is all zero. */
void tsmc_fault_server_came(struct tsmc_fault_server *server, uint64_t gfn, const void *content);

/* fault_server.c: frames that have their content go home. */
int tsmc_fault_server_return(struct tsmc_fault_server *server);

/* fault_server_drop.c: has the guest drop what it can do without, when it lacks nothing else. */
int tsmc_fault_server_drop(struct tsmc_fault_server *server);
/* Whether the guest is asked just now. */
bool tsmc_fault_server_drops(const struct tsmc_fault_server *server);
/* Tells the source of that, as much as the link takes now. */
int tsmc_fault_server_tell_dropped(struct tsmc_fault_server *server, struct tsmc_channel *bulk);
/* Whether there is something to tell. */
bool tsmc_fault_server_owes(const struct tsmc_fault_server *server);

#endif /* TSMC_FAULT_SERVER_STATE_H */
