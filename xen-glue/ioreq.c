// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Accesses of vCPUs to holes: an ioreq server that performs them on memory.
 *
 * Xen writes a request into the vCPU's slot of a shared page, sets its state
 * to READY, sends an event and stops the vCPU. We set INPROCESS, perform the
 * access, set RESP_READY and send an event back. The page is mapped as a
 * resource: no guest can reach it. Requests are copied and checked all the same.
 */
#include "ioreq_access.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xen/hvm/dm_op.h>
#include <xen/memory.h>
#include <xenevtchn.h>

#define MAX_VCPUS	(TSMC_PAGE_SIZE / sizeof(struct ioreq))

/* Flags of struct ioreq, the byte before its type: state is the low nibble. */
#define FLAGS_OFFSET	30
#define STATE_MASK	0x0f

_Static_assert(sizeof(struct ioreq) == 32, "slots of the shared page");
_Static_assert(offsetof(struct ioreq, type) == FLAGS_OFFSET + 1, "flags precede the type");

/* What we know of a vCPU's slot, besides its state in the shared page. */
enum slot_state {
	SLOT_IDLE,		/* nothing that we have taken */
	SLOT_TAKEN,		/* handed to the caller, not yet performed */
	SLOT_PERFORMING,	/* being performed by one thread */
	SLOT_BROKEN,		/* a request we cannot perform; the vCPU waits for good */
};

/**
 * struct slot - a vCPU
 * @state: enum slot_state; who moves it from TAKEN to PERFORMING owns @req
 * @port: our end of the event channel, -1 when not bound
 * @req: checked copy of the request
 */
struct slot {
	_Atomic int state;
	int port;
	struct ioreq req;
};

/**
 * struct tsmc_ioreq - the server
 * @xen: handle
 * @domid: domain it serves
 * @id: its number in Xen
 * @created: whether @id is valid
 * @evtchn: event channels
 * @resource: keeps @page mapped
 * @page: the shared page
 * @nr_vcpus: used entries of @slots
 * @next: where the next search begins, so that no vCPU starves
 * @slots: the vCPUs
 */
struct tsmc_ioreq {
	struct tsmc_xen *xen;
	uint32_t domid;
	ioservid_t id;
	bool created;
	xenevtchn_handle *evtchn;
	xenforeignmemory_resource_handle *resource;
	struct shared_iopage *page;
	unsigned int nr_vcpus;
	unsigned int next;
	struct slot slots[];
};

static uint8_t *flags_of(const struct tsmc_ioreq *io, unsigned int vcpu)
{
	return (uint8_t *)&io->page->vcpu_ioreq[vcpu] + FLAGS_OFFSET;
}

/* Pairs with Xen's barrier before it sets the state: what was written before is seen. */
static unsigned int load_state(const struct tsmc_ioreq *io, unsigned int vcpu)
{
	return __atomic_load_n(flags_of(io, vcpu), __ATOMIC_ACQUIRE) & STATE_MASK;
}

/* The slot is ours alone between READY and RESP_READY, so no other bit changes meanwhile. */
static void store_state(const struct tsmc_ioreq *io, unsigned int vcpu, unsigned int state)
{
	uint8_t *flags = flags_of(io, vcpu);
	uint8_t rest = __atomic_load_n(flags, __ATOMIC_RELAXED) & ~STATE_MASK;

	__atomic_store_n(flags, rest | state, __ATOMIC_RELEASE);
}

/* Lets the vCPU go on; data is what a read of it returns. */
static int answer(struct tsmc_ioreq *io, unsigned int vcpu, uint64_t data)
{
	struct slot *slot = &io->slots[vcpu];

	__atomic_store_n(&io->page->vcpu_ioreq[vcpu].data, data, __ATOMIC_RELAXED);
	/* Before the vCPU can run: its next request must find the slot idle. */
	atomic_store(&slot->state, SLOT_IDLE);
	store_state(io, vcpu, STATE_IORESP_READY);
	if (xenevtchn_notify(io->evtchn, slot->port))
		return tsmc_xen_error(io->xen, errno, "cannot wake vCPU %u of domain %u",
				      vcpu, io->domid);
	return 0;
}

/* Reads away what the event channel has: the slots say what there is to do. */
static int drain_events(struct tsmc_ioreq *io)
{
	struct pollfd pfd = { .fd = xenevtchn_fd(io->evtchn), .events = POLLIN };

	while (poll(&pfd, 1, 0) > 0) {
		int port = xenevtchn_pending(io->evtchn);

		if (port < 0) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			return tsmc_xen_error(io->xen, errno, "cannot read the events of domain %u",
					      io->domid);
		}
		/* Before the slots are looked at: what comes later raises a new event. */
		if (xenevtchn_unmask(io->evtchn, port))
			return tsmc_xen_error(io->xen, errno, "cannot unmask an event of domain %u",
					      io->domid);
	}
	return 0;
}

/* Takes the request of a vCPU: 1 for the caller to perform, 0 answered, or an error. */
static int take(struct tsmc_ioreq *io, unsigned int vcpu, struct tsmc_access *access)
{
	struct slot *slot = &io->slots[vcpu];

	memcpy(&slot->req, &io->page->vcpu_ioreq[vcpu], sizeof(slot->req));
	store_state(io, vcpu, STATE_IOREQ_INPROCESS);

	/*
	 * INVALIDATE tells device models to drop their mappings; we keep none.
	 * What else is not memory was never claimed: as if nobody were there.
	 */
	if (slot->req.type == IOREQ_TYPE_INVALIDATE)
		return answer(io, vcpu, slot->req.data);
	if (slot->req.type != IOREQ_TYPE_COPY)
		return answer(io, vcpu, ~UINT64_C(0));

	if (!tsmc_access_describe(&slot->req, vcpu, access)) {
		atomic_store(&slot->state, SLOT_BROKEN);
		return tsmc_xen_error(io->xen, EPROTO,
				      "vCPU %u of domain %u waits for an access that cannot be performed (address %#lx, %u x %u bytes)",
				      vcpu, io->domid, slot->req.addr, slot->req.count,
				      slot->req.size);
	}
	atomic_store(&slot->state, SLOT_TAKEN);
	return 1;
}

static int next_access(struct tsmc_ioreq *io, struct tsmc_access *access)
{
	unsigned int i;
	int r;

	for (i = 0; i < io->nr_vcpus; i++) {
		unsigned int vcpu = (io->next + i) % io->nr_vcpus;

		if (atomic_load(&io->slots[vcpu].state) != SLOT_IDLE ||
		    load_state(io, vcpu) != STATE_IOREQ_READY)
			continue;
		r = take(io, vcpu, access);
		if (!r)
			continue;
		io->next = vcpu + 1;
		return r;
	}
	return 0;
}

/**
 * tsmc_ioreq_next() - the next access that waits
 * @io: the server
 * @access: filled in
 *
 * Never blocks. After it returned 1 call it again until it returns 0, and only
 * then wait for the descriptor. By one thread at a time.
 *
 * Every frame of @access->gfns must be present before tsmc_ioreq_complete();
 * for a string instruction those may lie outside of the claimed ranges.
 *
 * Return: 1, 0 when none waits, or a negative errno. -EPROTO means that this
 * vCPU cannot go on any more: the domain is to be paused.
 */
int tsmc_ioreq_next(struct tsmc_ioreq *io, struct tsmc_access *access)
{
	int err = drain_events(io);

	return err ? err : next_access(io, access);
}

/**
 * tsmc_ioreq_complete() - perform an access and let its vCPU go on
 * @io: the server
 * @vcpu: from tsmc_ioreq_next(); all its frames are present now
 *
 * By any thread; two threads may complete two vCPUs at once.
 *
 * Return: 0, -EINVAL when this vCPU waits for nothing, or a negative errno
 * when a frame is still missing: the access stays and may be completed later.
 */
int tsmc_ioreq_complete(struct tsmc_ioreq *io, unsigned int vcpu)
{
	int errs[TSMC_ACCESS_GFNS], expected = SLOT_TAKEN, err = 0;
	struct tsmc_access access;
	struct tsmc_window win;
	struct slot *slot;
	uint64_t value;
	unsigned int i;

	if (vcpu >= io->nr_vcpus ||
	    !atomic_compare_exchange_strong(&io->slots[vcpu].state, &expected, SLOT_PERFORMING))
		return tsmc_xen_error(io->xen, EINVAL, "vCPU %u of domain %u waits for no access",
				      vcpu, io->domid);
	slot = &io->slots[vcpu];
	tsmc_access_describe(&slot->req, vcpu, &access);

	win.gfns = access.gfns;
	win.nr_gfns = access.nr_gfns;
	win.base = tsmc_foreign_map(io->xen, io->domid, true, win.gfns, win.nr_gfns, errs);
	if (!win.base)
		err = -errno;
	for (i = 0; win.base && !err && i < win.nr_gfns; i++)
		err = errs[i];
	if (err) {
		if (win.base)
			tsmc_foreign_unmap(io->xen, win.base, win.nr_gfns);
		atomic_store(&slot->state, SLOT_TAKEN);
		return tsmc_xen_error(io->xen, err, "cannot perform an access of vCPU %u of domain %u at %#lx",
				      vcpu, io->domid, slot->req.addr);
	}
	value = tsmc_access_perform(&slot->req, &win);
	tsmc_foreign_unmap(io->xen, win.base, win.nr_gfns);
	return answer(io, vcpu, value);
}

static int map_page(struct tsmc_ioreq *io)
{
	void *addr = NULL;

	io->resource = xenforeignmemory_map_resource(io->xen->fm, io->domid,
						     XENMEM_resource_ioreq_server, io->id,
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
	if (xendevicemodel_map_io_range_to_ioreq_server(io->xen->dm, io->domid, io->id, 1, start, end))
		return tsmc_xen_error(io->xen, errno, "cannot claim frames %#lx-%#lx of domain %u",
				      range->first, range->first + range->count - 1, io->domid);
	return 0;
}

/*
 * Xen tells the ports only once the server is enabled. A request that comes
 * before its channel is bound is not lost: binding raises the event.
 */
static int enable_and_bind(struct tsmc_ioreq *io)
{
	unsigned int i;

	if (xendevicemodel_set_ioreq_server_state(io->xen->dm, io->domid, io->id, 1))
		return tsmc_xen_error(io->xen, errno, "cannot enable the ioreq server of domain %u",
				      io->domid);
	for (i = 0; i < io->nr_vcpus; i++) {
		uint32_t remote = __atomic_load_n(&io->page->vcpu_ioreq[i].vp_eport, __ATOMIC_RELAXED);

		io->slots[i].port = xenevtchn_bind_interdomain(io->evtchn, io->domid, remote);
		if (io->slots[i].port < 0)
			return tsmc_xen_error(io->xen, errno, "cannot bind the event of vCPU %u of domain %u",
					      i, io->domid);
	}
	return 0;
}

/**
 * tsmc_ioreq_create() - serve accesses to holes
 * @xen: handle
 * @domid: domain number
 * @nr_vcpus: of the domain, at most 128
 * @ranges: frames to claim, not overlapping; populated frames never trap
 * @nr_ranges: how many, at most 256
 * @io: the server
 *
 * From the return on a hole in the ranges traps to the server.
 */
int tsmc_ioreq_create(struct tsmc_xen *xen, uint32_t domid, unsigned int nr_vcpus,
		      const struct tsmc_gfn_range *ranges, unsigned int nr_ranges,
		      struct tsmc_ioreq **io)
{
	struct tsmc_ioreq *s;
	unsigned int i;
	int err;

	if (!nr_vcpus || nr_vcpus > MAX_VCPUS)
		return tsmc_xen_error(xen, EINVAL, "cannot serve the accesses of %u vCPUs", nr_vcpus);
	s = calloc(1, sizeof(*s) + nr_vcpus * sizeof(s->slots[0]));
	if (!s)
		return tsmc_xen_error(xen, ENOMEM, "cannot serve the accesses of domain %u", domid);
	s->xen = xen;
	s->domid = domid;
	s->nr_vcpus = nr_vcpus;
	for (i = 0; i < nr_vcpus; i++)
		s->slots[i].port = -1;

	s->evtchn = xenevtchn_open(&xen->bridge.vtable, 0);
	if (!s->evtchn) {
		err = tsmc_xen_error(xen, errno, "cannot open Xen's event channels");
		goto fail;
	}
	if (xendevicemodel_create_ioreq_server(xen->dm, domid, HVM_IOREQSRV_BUFIOREQ_OFF, &s->id)) {
		err = tsmc_xen_error(xen, errno, "cannot create an ioreq server for domain %u", domid);
		goto fail;
	}
	s->created = true;
	err = map_page(s);
	for (i = 0; !err && i < nr_ranges; i++)
		err = claim_range(s, &ranges[i]);
	if (!err)
		err = enable_and_bind(s);
	if (err)
		goto fail;
	*io = s;
	return 0;
fail:
	tsmc_ioreq_destroy(s);
	return err;
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

	while (next_access(io, &access))
		;
	for (i = 0; i < io->nr_vcpus; i++)
		if (atomic_load(&io->slots[i].state) == SLOT_TAKEN)
			tsmc_ioreq_complete(io, i);
}

/**
 * tsmc_ioreq_destroy() - serve no longer
 * @io: the server; NULL is allowed. No other thread uses it any more.
 *
 * The domain is paused for a moment: a vCPU whose request came between the
 * last answer and the end of the server would never be woken. Outstanding
 * accesses are performed first. On a domain that is to run on, no hole may be
 * left; a domain that is gone is no error.
 */
void tsmc_ioreq_destroy(struct tsmc_ioreq *io)
{
	unsigned int i;
	bool paused;

	if (!io)
		return;
	paused = io->created && !xc_domain_pause(io->xen->xc, io->domid);
	if (paused && io->page && io->slots[io->nr_vcpus - 1].port >= 0)
		finish_requests(io);
	if (paused && xendevicemodel_set_ioreq_server_state(io->xen->dm, io->domid, io->id, 0))
		tsmc_xen_error(io->xen, errno, "cannot disable the ioreq server of domain %u", io->domid);
	for (i = 0; i < io->nr_vcpus; i++)
		if (io->slots[i].port >= 0)
			xenevtchn_unbind(io->evtchn, io->slots[i].port);
	if (io->resource)
		xenforeignmemory_unmap_resource(io->xen->fm, io->resource);
	if (paused && xendevicemodel_destroy_ioreq_server(io->xen->dm, io->domid, io->id))
		tsmc_xen_error(io->xen, errno, "cannot destroy the ioreq server of domain %u", io->domid);
	if (paused)
		xc_domain_unpause(io->xen->xc, io->domid);
	if (io->evtchn)
		xenevtchn_close(io->evtchn);
	free(io);
}
