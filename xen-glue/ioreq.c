// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An ioreq server that is there for the accesses of vCPUs to holes.
 */
#include "ioreq_slots.h"

#include <stdlib.h>
#include <sys/mman.h>

#include <xen/memory.h>

static int map_page(struct tsmc_ioreq *io)
{
	void *addr = NULL;

	io->resource = xenforeignmemory_map_resource(io->xen->fm, io->domid,
						     XENMEM_resource_ioreq_server, io->state->id,
						     XENMEM_resource_ioreq_server_frame_ioreq(0), 1,
						     &addr, PROT_READ | PROT_WRITE, 0);
	if (!io->resource)
		return tsmc_xen_error(io->xen, errno, "cannot map the ioreq page of domain %u", io->domid);
	io->page = addr;
	return 0;
}

static int claim_range(struct tsmc_ioreq *io, const struct tsmc_gfn_range *range)
{
	uint64_t start = range->first << TSMC_PAGE_SHIFT;
	uint64_t end = ((range->first + range->count) << TSMC_PAGE_SHIFT) - 1;

	if (!range->count || range->first + range->count > TSMC_MAX_GPA >> TSMC_PAGE_SHIFT)
		return tsmc_xen_error(io->xen, EINVAL, "cannot claim %lu frames from %#lx on of domain %u",
				      range->count, range->first, io->domid);
	if (xendevicemodel_map_io_range_to_ioreq_server(io->xen->dm, io->domid, io->state->id, 1, start, end))
		return tsmc_xen_error(io->xen, errno, "cannot claim frames %#lx-%#lx of domain %u",
				      range->first, range->first + range->count - 1, io->domid);
	return 0;
}

/*
 * Xen tells the ports only once the server is enabled. A request that comes
 * before its channel is bound is not lost: binding raises the event.
 */
static int bind_vcpus(struct tsmc_ioreq *io)
{
	unsigned int i;

	for (i = 0; i < io->nr_vcpus; i++) {
		uint32_t remote = __atomic_load_n(&io->page->vcpu_ioreq[i].vp_eport, __ATOMIC_RELAXED);

		io->ports[i] = xenevtchn_bind_interdomain(io->evtchn, io->domid, remote);
		if (io->ports[i] < 0)
			return tsmc_xen_error(io->xen, errno, "cannot bind the event of vCPU %u of domain %u",
					      i, io->domid);
	}
	return 0;
}

static int enable(struct tsmc_ioreq *io)
{
	if (xendevicemodel_set_ioreq_server_state(io->xen->dm, io->domid, io->state->id, 1))
		return tsmc_xen_error(io->xen, errno, "cannot enable the ioreq server of domain %u",
				      io->domid);
	return 0;
}

/**
 * tsmc_ioreq_state_len() - memory that a server needs from its caller
 * @nr_vcpus: of the domain
 *
 * Return: bytes.
 */
size_t tsmc_ioreq_state_len(unsigned int nr_vcpus)
{
	return sizeof(struct tsmc_ioreq_state) + nr_vcpus * sizeof(struct tsmc_vcpu);
}

/* Without a server in Xen. */
static int alloc_server(struct tsmc_xen *xen, uint32_t domid, unsigned int nr_vcpus,
			uint64_t staging_base, void *state, struct tsmc_ioreq **io)
{
	struct tsmc_ioreq *s;
	unsigned int i;

	if (!nr_vcpus || nr_vcpus > TSMC_SLOTS)
		return tsmc_xen_error(xen, EINVAL, "cannot serve the accesses of %u vCPUs", nr_vcpus);
	s = calloc(1, sizeof(*s) + nr_vcpus * sizeof(s->ports[0]));
	if (!s)
		return tsmc_xen_error(xen, ENOMEM, "cannot serve the accesses of domain %u", domid);
	s->xen = xen;
	s->domid = domid;
	s->staging = staging_base;
	s->nr_vcpus = nr_vcpus;
	s->state = state;
	s->vcpus = s->state->vcpus;
	for (i = 0; i < nr_vcpus; i++)
		s->ports[i] = -1;
	s->evtchn = xenevtchn_open(&xen->bridge.vtable, 0);
	if (!s->evtchn) {
		int err = tsmc_xen_error(xen, errno, "cannot open Xen's event channels");

		free(s);
		return err;
	}
	*io = s;
	return 0;
}

/* Lets go of all that ends with this process anyway. */
static void leave(struct tsmc_ioreq *io)
{
	unsigned int i;

	for (i = 0; i < io->nr_vcpus; i++)
		if (io->ports[i] >= 0)
			xenevtchn_unbind(io->evtchn, io->ports[i]);
	if (io->resource)
		xenforeignmemory_unmap_resource(io->xen->fm, io->resource);
	xenevtchn_close(io->evtchn);
	free(io);
}

/**
 * tsmc_ioreq_create() - serve accesses to holes
 * @xen: handle
 * @domid: domain number
 * @nr_vcpus: of the domain, at most 128
 * @staging_base: where frames are parked
 * @ranges: frames to claim, not overlapping; populated frames never trap
 * @nr_ranges: how many, at most 256
 * @state: tsmc_ioreq_state_len() bytes, zero, aligned to 8; used until the server is
 *	destroyed, by tsmc_ioreq_adopt() too
 * @io: the server
 *
 * From the return on a hole in the ranges traps to the server.
 *
 * Return: 0 or a negative errno.
 */
int tsmc_ioreq_create(struct tsmc_xen *xen, uint32_t domid, unsigned int nr_vcpus,
		      uint64_t staging_base, const struct tsmc_gfn_range *ranges,
		      unsigned int nr_ranges, void *state, struct tsmc_ioreq **io)
{
	struct tsmc_ioreq *s;
	unsigned int i;
	int err;

	err = alloc_server(xen, domid, nr_vcpus, staging_base, state, &s);
	if (err)
		return err;
	if (xendevicemodel_create_ioreq_server(xen->dm, domid, HVM_IOREQSRV_BUFIOREQ_OFF, &s->state->id)) {
		err = tsmc_xen_error(xen, errno, "cannot create an ioreq server for domain %u", domid);
		goto fail;
	}
	s->state->created = true;
	/* Rather now than when a vCPU waits. */
	err = tsmc_vcpu_retry(xen, domid, 0);
	if (!err)
		err = map_page(s);
	for (i = 0; !err && i < nr_ranges; i++)
		err = claim_range(s, &ranges[i]);
	if (!err)
		err = enable(s);
	if (!err)
		err = bind_vcpus(s);
	if (err)
		goto fail;
	*io = s;
	return 0;
fail:
	tsmc_ioreq_destroy(s);
	return err;
}

/*
 * What the process before may have left half done: a request that it took is taken
 * again, an answer whose event it did not send is sent. What a vCPU runs anew it can as well
 * run anew twice. A string instruction is performed twice, and it would be wrong if its two sides
 * overlap, or its frames are home and written to by others, for the microsecond between the
 * access and its answer.
 */
static int resume_vcpu(struct tsmc_ioreq *io, unsigned int vcpu)
{
	if (io->vcpus[vcpu].state == TSMC_VCPU_BROKEN)
		return 0;
	io->vcpus[vcpu].state = TSMC_VCPU_FREE;
	return tsmc_slot_resume(io, vcpu);
}

/* Written down before and after: whoever finds it half done does it again. */
static int destroy_server(struct tsmc_ioreq *io)
{
	struct tsmc_ioreq_state *state = io->state;

	state->ending = true;
	if (xendevicemodel_set_ioreq_server_state(io->xen->dm, io->domid, state->id, 0) &&
	    errno != ENOENT && errno != ESRCH)
		return tsmc_xen_error(io->xen, errno, "cannot disable the ioreq server of domain %u", io->domid);
	if (xendevicemodel_destroy_ioreq_server(io->xen->dm, io->domid, state->id) &&
	    errno != ENOENT && errno != ESRCH)
		return tsmc_xen_error(io->xen, errno, "cannot destroy the ioreq server of domain %u", io->domid);
	state->created = false;
	state->ending = false;
	return 0;
}

/**
 * tsmc_ioreq_left() - whether there is a server to go on with
 * @state: of a process that is gone
 *
 * Return: whether it has created one and not destroyed it.
 */
bool tsmc_ioreq_left(const void *state)
{
	return ((const struct tsmc_ioreq_state *)state)->created;
}

/**
 * tsmc_ioreq_adopt() - serve on where another process stopped, however it did
 * @xen: handle
 * @domid: domain number; paused
 * @nr_vcpus: of the domain, as before
 * @staging_base: as before
 * @state: that of a server that tsmc_ioreq_left() says is there; the process is gone
 * @io: the server; NULL when the other process was about to end it, which is done then
 *
 * Accesses that were handed out and not completed are handed out again.
 *
 * Return: 0 or a negative errno, and then the server is as it was.
 */
int tsmc_ioreq_adopt(struct tsmc_xen *xen, uint32_t domid, unsigned int nr_vcpus,
		     uint64_t staging_base, void *state, struct tsmc_ioreq **io)
{
	struct tsmc_ioreq *s;
	unsigned int i;
	int err;

	err = alloc_server(xen, domid, nr_vcpus, staging_base, state, &s);
	if (err)
		return err;
	if (s->state->ending) {
		err = destroy_server(s);
		leave(s);
		*io = NULL;
		return err;
	}
	err = map_page(s);
	if (!err)
		err = bind_vcpus(s);
	for (i = 0; !err && i < nr_vcpus; i++)
		err = resume_vcpu(s, i);
	if (err)
		leave(s);
	else
		*io = s;
	return err;
}

/**
 * tsmc_ioreq_leave() - let another process serve on
 * @io: the server of a paused domain; NULL is allowed
 *
 * Holes stay, and who accesses one waits.
 */
void tsmc_ioreq_leave(struct tsmc_ioreq *io)
{
	if (io)
		leave(io);
}

/**
 * tsmc_ioreq_fd() - what to wait for
 * @io: the server
 *
 * Return: a descriptor that is readable when tsmc_ioreq_next() may have something.
 */
int tsmc_ioreq_fd(const struct tsmc_ioreq *io)
{
	return xenevtchn_fd(io->evtchn);
}

/* With no vCPU running nothing new comes in; what is there is performed. */
static void finish_requests(struct tsmc_ioreq *io)
{
	struct tsmc_access access;
	unsigned int i;

	while (tsmc_slot_next(io, &access))
		;
	for (i = 0; i < io->nr_vcpus; i++)
		if (io->vcpus[i].state == TSMC_VCPU_WAITS)
			tsmc_ioreq_complete(io, i);
}

/**
 * tsmc_ioreq_end() - serve no longer
 * @io: the server; NULL is allowed
 *
 * The domain is paused for a moment: a vCPU whose request came between the
 * last answer and the end of the server would never be woken. Outstanding
 * accesses are performed first. On a domain that is to run on, no hole may be
 * left; a domain that is gone is no error.
 *
 * Return: 0 or a negative errno, and then the server may still be there.
 */
int tsmc_ioreq_end(struct tsmc_ioreq *io)
{
	int err;

	if (!io || !io->state->created)
		return 0;
	if (xc_domain_pause(io->xen->xc, io->domid)) {
		if (errno == ESRCH)
			return 0;
		return tsmc_xen_error(io->xen, errno, "cannot pause domain %u", io->domid);
	}
	if (io->page && io->ports[io->nr_vcpus - 1] >= 0)
		finish_requests(io);
	err = destroy_server(io);
	xc_domain_unpause(io->xen->xc, io->domid);
	return err;
}

/**
 * tsmc_ioreq_destroy() - serve no longer, and free
 * @io: the server; NULL is allowed
 *
 * As tsmc_ioreq_end(), of a domain that is complete or is to go.
 */
void tsmc_ioreq_destroy(struct tsmc_ioreq *io)
{
	tsmc_ioreq_end(io);
	if (io)
		leave(io);
}
