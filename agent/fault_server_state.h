/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fault server knows. For fault_server*.c alone.
 */
#ifndef TSMC_FAULT_SERVER_STATE_H
#define TSMC_FAULT_SERVER_STATE_H

#include "fault_server.h"
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
	bool wanted;
	struct tsmc_ioreq *io;
	struct waiter *waiters;
	unsigned int nr_vcpus;
	struct tsmc_page_unpacker unpacker;
	struct tsmc_wire_complete counters;
};

#endif /* TSMC_FAULT_SERVER_STATE_H */
