// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a fault server comes to be, and how it ends.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "fault_server_state.h"
#include "hole_claims.h"

/* Xen takes 256 ranges from an ioreq server, and looks through them at each access to a hole. */
#define CLAIMS_MAX 64

static int park_all(struct tsmc_fault_server *server)
{
	uint64_t start = tsmc_now_ns();
	int rc = tsmc_parking_settle(server->parking, &server->missing);

	server->counters.park_ns = tsmc_now_ns() - start;
	return rc;
}

static int claim_holes(struct tsmc_fault_server *server)
{
	struct tsmc_gfn_range claims[CLAIMS_MAX];
	unsigned int nr = tsmc_hole_claims(&server->missing, claims, CLAIMS_MAX);

	if (!nr)
		return 0;
	return tsmc_ioreq_create(server->xen, server->domid, server->nr_vcpus,
				 tsmc_parking_staging(server->parking), claims, nr, server->carry->io,
				 &server->io);
}

static int make_holes(struct tsmc_fault_server *server)
{
	int rc = park_all(server);

	return rc ? rc : claim_holes(server);
}

/* What is parked and not missing has arrived, and goes home before anything else. */
static int find_holes(struct tsmc_fault_server *server)
{
	const struct tsmc_pagemap *parked = tsmc_parking_parked(server->parking);
	uint64_t gfns[TSMC_WIRE_PAGES_MAX], from = 0;
	unsigned int count;

	while ((count = tsmc_pagemap_take_except(parked, &server->missing, &from, gfns, TSMC_WIRE_PAGES_MAX))) {
		for (unsigned int i = 0; i < count; i++)
			tsmc_pagemap_set(&server->arrived, gfns[i]);
	}
	server->wanted = true;
	if (!tsmc_ioreq_left(server->carry->io))
		return server->missing.count ? -EPROTO : 0;
	return tsmc_ioreq_adopt(server->xen, server->domid, server->nr_vcpus,
				tsmc_parking_staging(server->parking), server->carry->io, &server->io);
}

static int new_server(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid,
		      struct tsmc_parking *parking, struct tsmc_carry_over *carry,
		      int (*begin)(struct tsmc_fault_server *server), struct tsmc_fault_server **server)
{
	struct tsmc_fault_server *new = calloc(1, sizeof(*new));
	int rc = new ? 0 : -ENOMEM;

	if (rc)
		return rc;
	*new = (struct tsmc_fault_server){ .xen = xen, .log = log, .domid = domid, .parking = parking,
					   .carry = carry, .nr_vcpus = carry->nr_vcpus };
	tsmc_pagemap_over(&new->missing, carry->missing, carry->nr_gfns);
	new->waiters = calloc(new->nr_vcpus, sizeof(*new->waiters));
	rc = new->waiters ? tsmc_pagemap_init(&new->requested, carry->nr_gfns) : -ENOMEM;
	if (!rc)
		rc = tsmc_pagemap_init(&new->arrived, carry->nr_gfns);
	if (!rc)
		rc = begin(new);
	if (rc) {
		tsmc_log(log, TSMC_LOG_ERROR, "cannot guard the missing pages of domain %u: %s",
			 domid, strerror(-rc));
		tsmc_fault_server_leave(new);
		return rc;
	}
	*server = new;
	return 0;
}

/**
 * tsmc_fault_server_new - make holes and guard them
 * @xen: handles
 * @log: where troubles are told
 * @domid: the paused target
 * @parking: its frames that are likely to be missing; kept
 * @missing: frames to be fetched, out of as many as @carry has
 * @carry: new; kept
 * @server: result
 *
 * Rule 2: from the return on an access to any missing frame waits for us.
 *
 * Return: 0 or negative errno; logged. The domain must not run then.
 */
int tsmc_fault_server_new(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid,
			  struct tsmc_parking *parking, const struct tsmc_pagemap *missing,
			  struct tsmc_carry_over *carry, struct tsmc_fault_server **server)
{
	memcpy(carry->missing, missing->words, (carry->nr_gfns + 63) / 64 * sizeof(*missing->words));
	return new_server(xen, log, domid, parking, carry, make_holes, server);
}

/**
 * tsmc_fault_server_adopt - go on where another process has stopped, however it did
 * @xen: handles
 * @log: where troubles are told
 * @domid: the paused domain; the other process is gone
 * @parking: new, adopted; kept
 * @carry: opened; kept
 * @server: result
 *
 * Rule 1: a frame loses its mark as missing after its content is whole, so one that was
 * being filled is fetched once more; one that has its content keeps what the guest wrote to it since.
 *
 * Return: 0 or negative errno; logged. Then everything is as it was.
 */
int tsmc_fault_server_adopt(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid,
			    struct tsmc_parking *parking, struct tsmc_carry_over *carry,
			    struct tsmc_fault_server **server)
{
	return new_server(xen, log, domid, parking, carry, find_holes, server);
}

static void free_server(struct tsmc_fault_server *server)
{
	tsmc_pagemap_destroy(&server->dropping.untold);
	tsmc_pagemap_destroy(&server->requested);
	tsmc_pagemap_destroy(&server->arrived);
	tsmc_page_unpacker_destroy(&server->unpacker);
	tsmc_guest_drop_close(server->dropping.guest);
	tsmc_residue_destroy(&server->residue);
	free(server->waiters);
	free(server);
}

/**
 * tsmc_fault_server_leave - let another process go on
 * @server: of a domain that does not run; NULL is allowed
 */
void tsmc_fault_server_leave(struct tsmc_fault_server *server)
{
	if (!server)
		return;
	tsmc_ioreq_leave(server->io);
	free_server(server);
}

/**
 * tsmc_fault_server_end - the guest needs us no more
 * @server: without holes; to be freed then
 *
 * Return: 0 or negative errno; logged. Then the guards are still there.
 */
int tsmc_fault_server_end(struct tsmc_fault_server *server)
{
	return tsmc_ioreq_end(server->io);
}

/**
 * tsmc_fault_server_free - take the server away
 * @server: without holes, or of a domain that is to go; NULL is allowed
 */
void tsmc_fault_server_free(struct tsmc_fault_server *server)
{
	if (!server)
		return;
	tsmc_ioreq_destroy(server->io);
	free_server(server);
}

/**
 * tsmc_fault_server_missing - frames without content
 * @server: any
 *
 * Return: valid as long as the server.
 */
const struct tsmc_pagemap *tsmc_fault_server_missing(const struct tsmc_fault_server *server)
{
	return &server->missing;
}
