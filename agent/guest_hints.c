// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest_hints.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"

/* A scan takes well under 1 s per 4 GiB; a guest that is busy gets the rest. */
#define PREPARE_LIMIT_NS	(10 * 1000000000ULL)
#define PREPARE_LOOK_NS		(5 * 1000000L)
/* Some of Xen's time slices, which are 10 ms at most by default. */
#define CHANGE_LIMIT_NS		(200 * 1000000ULL)
#define CHANGE_LOOK_NS		(1 * 1000000L)

static int read_frames(void *opaque, const uint64_t *gfns, unsigned int count, void *dst)
{
	struct tsmc_guest_hints *guest = opaque;
	int errs[TSMC_BATCH_MAX];
	char *area;
	int rc = 0;

	if (count > TSMC_BATCH_MAX)
		return -E2BIG;
	area = tsmc_foreign_map(guest->xen, guest->domid, false, gfns, count, errs);
	if (!area)
		return -errno;
	for (unsigned int i = 0; i < count; i++) {
		size_t at = (size_t)i * TSMC_PAGE_SIZE;

		if (errs[i]) {
			rc = errs[i];
			break;
		}
		memcpy((char *)dst + at, area + at, TSMC_PAGE_SIZE);
	}
	tsmc_foreign_unmap(guest->xen, area, count);
	return rc;
}

static struct tsmc_hint_source hint_source(struct tsmc_guest_hints *guest)
{
	return (struct tsmc_hint_source){ .read = read_frames, .opaque = guest };
}

/**
 * tsmc_guest_hints_open - find a guest's hint table
 * @guest: filled in
 * @xen: handles; kept
 * @log: kept
 * @domid: the domain
 * @why: one sentence on failure
 * @why_len: its room
 *
 * Return: 0; -ENOENT when the guest publishes nothing; -EPROTO when what it
 * publishes is no table that we know; another negative errno.
 */
int tsmc_guest_hints_open(struct tsmc_guest_hints *guest, struct tsmc_xen *xen,
			  const struct tsmc_log *log, uint32_t domid, char *why, size_t why_len)
{
	char *value, *end;
	int rc;

	*guest = (struct tsmc_guest_hints){ .xen = xen, .log = log, .domid = domid };
	rc = tsmc_xenstore_read(xen, domid, TSMC_XS_DIR "/" TSMC_XS_HEADER_GFN, &value);
	if (rc) {
		snprintf(why, why_len, rc == -ENOENT ? "the module tsmc is not loaded in the guest" :
			 "xenstore cannot be read");
		return rc;
	}
	errno = 0;
	guest->header_gfn = strtoull(value, &end, 10);
	if (errno || end == value || *end) {
		snprintf(why, why_len, "the guest's " TSMC_XS_DIR "/" TSMC_XS_HEADER_GFN " is no number");
		free(value);
		return -EPROTO;
	}
	free(value);
	return tsmc_guest_hints_refresh(guest, why, why_len);
}

/**
 * tsmc_guest_hints_refresh - read the header again
 * @guest: open
 * @why: one sentence on failure
 * @why_len: its room
 *
 * Return: 0; -EBUSY when the guest was amid a change of it for 200 ms; another
 * negative errno.
 */
int tsmc_guest_hints_refresh(struct tsmc_guest_hints *guest, char *why, size_t why_len)
{
	struct tsmc_hint_source source = hint_source(guest);
	uint64_t limit = tsmc_now_ns() + CHANGE_LIMIT_NS;
	struct timespec look = { .tv_nsec = CHANGE_LOOK_NS };
	int rc;

	/* A vCPU can be descheduled amid a change of the header: it gets time to end it. */
	while ((rc = tsmc_hint_read_header(&source, guest->header_gfn, &guest->header, why, why_len)) == -EBUSY &&
	       tsmc_now_ns() < limit)
		nanosleep(&look, NULL);
	return rc;
}

/**
 * tsmc_guest_hints_read - copy the table that the last read header describes
 * @guest: open
 * @max_pfns: frames the domain has; more are ignored
 * @hints: filled in; tsmc_hints_destroy() frees
 * @why: one sentence on failure
 * @why_len: its room
 *
 * Return: 0 or negative errno.
 */
int tsmc_guest_hints_read(struct tsmc_guest_hints *guest, uint64_t max_pfns,
			  struct tsmc_hints *hints, char *why, size_t why_len)
{
	struct tsmc_hint_source source = hint_source(guest);

	return tsmc_hint_read_table(&source, &guest->header, max_pfns, hints, why, why_len);
}

/**
 * struct spaces_reader - reads frames until it is told to stop
 * @guest: whose
 * @stop: becomes true
 */
struct spaces_reader {
	struct tsmc_guest_hints *guest;
	const atomic_bool *stop;
};

static int read_unless_stopped(void *opaque, const uint64_t *gfns, unsigned int count, void *dst)
{
	struct spaces_reader *reader = opaque;

	if (atomic_load(reader->stop))
		return -ECANCELED;
	return read_frames(reader->guest, gfns, count, dst);
}

/**
 * tsmc_guest_hints_spaces - find out which missing pages are neighbours
 * @guest: suspended; its header was read since
 * @missing: the pages, out of as many as the guest has frames
 * @stop: makes it end soon when it becomes true
 * @spaces: result; tsmc_address_spaces_free() frees
 * @why: one sentence on failure
 * @why_len: its room
 *
 * Reads all page tables of the guest's processes.
 *
 * Return: 0, with NULL in @spaces when the guest lists no address spaces;
 * -ECANCELED; another negative errno.
 */
int tsmc_guest_hints_spaces(struct tsmc_guest_hints *guest, const struct tsmc_pagemap *missing,
			    const atomic_bool *stop, struct tsmc_address_spaces **spaces,
			    char *why, size_t why_len)
{
	struct spaces_reader reader = { .guest = guest, .stop = stop };
	struct tsmc_hint_source source = { .read = read_unless_stopped, .opaque = &reader };
	struct tsmc_hint_space list[TSMC_HINT_SPACES_MAX];
	int rc;

	*spaces = NULL;
	rc = tsmc_hint_read_spaces(&source, &guest->header, list, why, why_len);
	if (rc <= 0)
		return rc;
	rc = tsmc_address_spaces_read(&source, list, (unsigned int)rc, missing, spaces);
	if (rc)
		snprintf(why, why_len, "the guest's page tables cannot be read: %s", strerror(-rc));
	return rc;
}

/**
 * tsmc_guest_hints_request - announce a migration to the guest
 * @guest: open
 * @why: one sentence on failure
 * @why_len: its room
 *
 * Must be called after log-dirty is on: the scan that the guest begins now is the one
 * that tsmc_guest_hints_await() waits for, so a page that it finds free and that is used
 * later is dirty.
 *
 * Return: 0 or negative errno.
 */
int tsmc_guest_hints_request(struct tsmc_guest_hints *guest, char *why, size_t why_len)
{
	bool cache = guest->header.features & TSMC_HINT_F_CACHE;
	char request[40];
	int rc;

	/* The answer to an earlier request, whose scan began before log-dirty was on, is none to ours. */
	guest->requested = tsmc_fresh_number();
	guest->requested_ns = tsmc_now_ns();
	/* One that does not know the rest would ignore the whole. */
	snprintf(request, sizeof(request), "prepare %" PRIu64 "%s", guest->requested, cache ? " cache" : "");
	rc = tsmc_xenstore_write(guest->xen, guest->domid, TSMC_XS_DIR "/" TSMC_XS_REQUEST, request);
	if (rc)
		snprintf(why, why_len, "the request cannot be written to xenstore");
	return rc;
}

/**
 * tsmc_guest_hints_await - wait until the guest is ready
 * @guest: requested
 * @why: one sentence on failure
 * @why_len: its room
 *
 * Return: 0; -ETIMEDOUT 10 s after the request, or another negative errno.
 */
int tsmc_guest_hints_await(struct tsmc_guest_hints *guest, char *why, size_t why_len)
{
	uint64_t limit = guest->requested_ns + PREPARE_LIMIT_NS;
	struct timespec look = { .tv_nsec = PREPARE_LOOK_NS };

	do {
		int rc = tsmc_guest_hints_refresh(guest, why, why_len);

		if (rc)
			return rc;
		if (guest->header.prepared == guest->requested)
			return 0;
		/* The answer is in the guest's memory, which raises no event. */
		nanosleep(&look, NULL);
	} while (tsmc_now_ns() < limit);
	snprintf(why, why_len, "the module in the guest did not answer 'prepare %" PRIu64 "' in 10 s",
		 guest->requested);
	return -ETIMEDOUT;
}

/**
 * tsmc_guest_hints_forward - keep a guest's table known in its new domain
 * @xen: handles
 * @domid: the domain that comes in, whose xenstore directory starts empty
 * @header_gfn: where its table was at the source, and still is; 0 when it has none
 *
 * The guest says the same again once its tasks run. Until then a second
 * migration would not find the table. Until tsmc_guest_hints_finish() the guest refuses to
 * suspend, as "xl save" and "xl migrate" want it to: they would take holes for pages without memory.
 */
void tsmc_guest_hints_forward(struct tsmc_xen *xen, uint32_t domid, uint64_t header_gfn)
{
	char value[24];

	if (!header_gfn)
		return;
	snprintf(value, sizeof(value), "%" PRIu64, header_gfn);
	tsmc_xenstore_write(xen, domid, TSMC_XS_DIR "/" TSMC_XS_HEADER_GFN, value);
	tsmc_xenstore_write(xen, domid, TSMC_XS_DIR "/" TSMC_XS_MISSING, "yes");
}

/**
 * tsmc_guest_hints_finish - no migration is under way any more
 * @xen: handles
 * @domid: where the guest runs now
 */
void tsmc_guest_hints_finish(struct tsmc_xen *xen, uint32_t domid)
{
	tsmc_xenstore_remove(xen, domid, TSMC_XS_DIR "/" TSMC_XS_MISSING);
	tsmc_xenstore_write(xen, domid, TSMC_XS_DIR "/" TSMC_XS_REQUEST, "finish");
}
