/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target's side of stage three: holes, the vCPUs that wait at them, and
 * the pages that fill them.
 */
#ifndef TSMC_FAULT_SERVER_H
#define TSMC_FAULT_SERVER_H

#include "carry_over.h"
#include "pagemap.h"
#include "parking.h"
#include "session.h"
#include "xen_glue.h"

struct tsmc_fault_server;

/*
 * Makes every missing frame of the paused domain a hole and claims accesses to them.
 */
int tsmc_fault_server_new(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid,
			  struct tsmc_parking *parking, const struct tsmc_pagemap *missing,
			  struct tsmc_carry_over *carry, struct tsmc_fault_server **server);
/* Goes on for the paused domain where another process has stopped. */
int tsmc_fault_server_adopt(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid,
			    struct tsmc_parking *parking, struct tsmc_carry_over *carry,
			    struct tsmc_fault_server **server);
/* Frames without content. */
const struct tsmc_pagemap *tsmc_fault_server_missing(const struct tsmc_fault_server *server);
/* Takes pushed pages in while the domain is paused; returns 0 when the urgent channel has something. */
int tsmc_fault_server_fill(struct tsmc_fault_server *server, struct tsmc_session *session,
			   int timeout_ms);
/*
 * Serves accesses and takes pages in until no hole is left. Returns 0 then; a negative errno when
 * the link broke or lied: the holes that are left stay guarded.
 */
int tsmc_fault_server_run(struct tsmc_fault_server *server, struct tsmc_session *session);
/* Its counters so far. */
const struct tsmc_wire_complete *tsmc_fault_server_counters(const struct tsmc_fault_server *server);
/* The guest is complete and needs us no more: tells the source what need not cross. */
void tsmc_fault_server_settle(struct tsmc_fault_server *server, struct tsmc_channel *bulk);
/* No hole is left: takes the guards away, so that the guest needs us no more. */
int tsmc_fault_server_end(struct tsmc_fault_server *server);
/* The holes stay, and the paused domain can be adopted by another process. NULL is allowed. */
void tsmc_fault_server_leave(struct tsmc_fault_server *server);
/* Only when no hole is left, or the domain never ran or is gone. NULL is allowed. */
void tsmc_fault_server_free(struct tsmc_fault_server *server);

#endif /* TSMC_FAULT_SERVER_H */
