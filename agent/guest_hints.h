/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hints of one domain: found through xenstore, read through foreign
 * mappings, requested of the guest's module.
 */
#ifndef TSMC_GUEST_HINTS_H
#define TSMC_GUEST_HINTS_H

#include <stdatomic.h>

#include "address_spaces.h"
#include "hint_reader.h"
#include "xen_glue.h"

/**
 * struct tsmc_guest_hints - a domain that publishes
 * @xen: handles
 * @log: where troubles are told
 * @domid: the domain
 * @header_gfn: its header page
 * @header: copied and checked when last read
 * @requested: number of the migration that was announced
 * @requested_ns: when
 */
struct tsmc_guest_hints {
	struct tsmc_xen *xen;
	const struct tsmc_log *log;
	uint32_t domid;
	uint64_t header_gfn;
	struct tsmc_hint_header header;
	uint64_t requested, requested_ns;
};

/* Finds the table and reads its header. -ENOENT when the guest publishes none; why says what is wrong. */
int tsmc_guest_hints_open(struct tsmc_guest_hints *guest, struct tsmc_xen *xen,
			  const struct tsmc_log *log, uint32_t domid, char *why, size_t why_len);
/* Reads the header again. */
int tsmc_guest_hints_refresh(struct tsmc_guest_hints *guest, char *why, size_t why_len);
/* Copies the table, at most max_pfns of it. */
int tsmc_guest_hints_read(struct tsmc_guest_hints *guest, uint64_t max_pfns,
			  struct tsmc_hints *hints, char *why, size_t why_len);
/*
 * Puts the missing pages of the suspended guest in the order of its address spaces, which
 * takes a while; NULL with 0 when it lists none. -ECANCELED once *stop is true.
 */
int tsmc_guest_hints_spaces(struct tsmc_guest_hints *guest, const struct tsmc_pagemap *missing,
			    const atomic_bool *stop, struct tsmc_address_spaces **spaces,
			    char *why, size_t why_len);
/* Announces a migration. */
int tsmc_guest_hints_request(struct tsmc_guest_hints *guest, char *why, size_t why_len);
/*
 * Waits until the guest has scanned its pages since then and armed its grant guard.
 * -ETIMEDOUT when it does not answer.
 */
int tsmc_guest_hints_await(struct tsmc_guest_hints *guest, char *why, size_t why_len);

/* Says in the xenstore of a domain that comes in where its table is; best effort. */
void tsmc_guest_hints_forward(struct tsmc_xen *xen, uint32_t domid, uint64_t header_gfn);

/* Tells a guest's module that no migration is under way any more; best effort. */
void tsmc_guest_hints_finish(struct tsmc_xen *xen, uint32_t domid);

#endif /* TSMC_GUEST_HINTS_H */
