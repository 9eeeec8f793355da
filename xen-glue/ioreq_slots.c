// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests come and answers go.
 *
 * Xen writes a request into the vCPU's slot of a shared page, sets its state
 * to READY, sends an event and stops the vCPU. We set INPROCESS and, when it is
 * performed, RESP_READY, and send an event back. The page is mapped as a
 * resource: no guest can reach it. Requests are copied and checked all the same.
 */
#include "ioreq_slots.h"

#include <poll.h>
#include <string.h>

/* Flags of struct ioreq, the byte before its type: state is the low nibble. */
#define FLAGS_OFFSET	30
#define STATE_MASK	0x0f

_Static_assert(sizeof(struct ioreq) == 32, "slots of the shared page");
_Static_assert(offsetof(struct ioreq, type) == FLAGS_OFFSET + 1, "flags precede the type");

static uint8_t *flags_of(const struct tsmc_ioreq *io, unsigned int vcpu)
{
	return (uint8_t *)&io->page->vcpu_ioreq[vcpu] + FLAGS_OFFSET;
}

/* Pairs with Xen's barrier before it sets the state. */
unsigned int tsmc_slot_state(const struct tsmc_ioreq *io, unsigned int vcpu)
{
	return __atomic_load_n(flags_of(io, vcpu), __ATOMIC_ACQUIRE) & STATE_MASK;
}

/* The slot is ours alone between READY and RESP_READY, so no other bit changes meanwhile. */
static void set_state(const struct tsmc_ioreq *io, unsigned int vcpu, unsigned int state)
{
	uint8_t *flags = flags_of(io, vcpu);
	uint8_t rest = __atomic_load_n(flags, __ATOMIC_RELAXED) & ~STATE_MASK;

	__atomic_store_n(flags, rest | state, __ATOMIC_RELEASE);
}

int tsmc_slot_answer(struct tsmc_ioreq *io, unsigned int vcpu, uint64_t data)
{
	__atomic_store_n(&io->page->vcpu_ioreq[vcpu].data, data, __ATOMIC_RELAXED);
	io->vcpus[vcpu].state = TSMC_VCPU_FREE;
	set_state(io, vcpu, STATE_IORESP_READY);
	if (xenevtchn_notify(io->evtchn, io->ports[vcpu]))
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

/* Takes the request of a vCPU: 1 for the caller to perform, 0 done with, or an error. */
static int take(struct tsmc_ioreq *io, unsigned int vcpu, struct tsmc_access *access)
{
	struct tsmc_vcpu *v = &io->vcpus[vcpu];

	memcpy(&v->req, &io->page->vcpu_ioreq[vcpu], sizeof(v->req));
	v->state = TSMC_VCPU_FREE;
	set_state(io, vcpu, STATE_IOREQ_INPROCESS);

	/* Device models would drop their mappings now; we keep none. */
	if (v->req.type == IOREQ_TYPE_INVALIDATE)
		return tsmc_slot_answer(io, vcpu, v->req.data);
	/* What is not memory was never claimed: as if nobody were there. */
	if (v->req.type != IOREQ_TYPE_COPY)
		return tsmc_slot_answer(io, vcpu, ~UINT64_C(0));

	if (!tsmc_access_describe(&v->req, vcpu, access)) {
		v->state = TSMC_VCPU_BROKEN;
		return tsmc_xen_error(io->xen, EPROTO,
				      "vCPU %u of domain %u waits for an access that cannot be performed (address %#lx, %u x %u bytes)",
				      vcpu, io->domid, v->req.addr, v->req.count, v->req.size);
	}
	v->state = TSMC_VCPU_WAITS;
	return 1;
}

int tsmc_slot_next(struct tsmc_ioreq *io, struct tsmc_access *access)
{
	unsigned int i;
	int r;

	for (i = 0; i < io->nr_vcpus; i++) {
		unsigned int vcpu = (io->next + i) % io->nr_vcpus;

		if (io->vcpus[vcpu].state != TSMC_VCPU_AGAIN &&
		    (io->vcpus[vcpu].state != TSMC_VCPU_FREE || tsmc_slot_state(io, vcpu) != STATE_IOREQ_READY))
			continue;
		r = take(io, vcpu, access);
		if (!r)
			continue;
		io->next = vcpu + 1;
		return r;
	}
	return 0;
}

/*
 * A slot that nobody works on: a request that was taken will be taken again, and an answer that
 * was given is announced, once too often at worst. Xen crashes a domain whose slot goes back from
 * INPROCESS to READY, so it stays as it is.
 */
int tsmc_slot_resume(struct tsmc_ioreq *io, unsigned int vcpu)
{
	unsigned int state = tsmc_slot_state(io, vcpu);

	if (state == STATE_IOREQ_INPROCESS)
		io->vcpus[vcpu].state = TSMC_VCPU_AGAIN;
	if (state == STATE_IORESP_READY && xenevtchn_notify(io->evtchn, io->ports[vcpu]))
		return tsmc_xen_error(io->xen, errno, "cannot wake vCPU %u of domain %u",
				      vcpu, io->domid);
	return 0;
}

/**
 * tsmc_ioreq_next() - the next access that waits
 * @io: the server
 * @access: filled in
 *
 * Never blocks. After it returned 1 call it again until it returns 0, and only
 * then wait for the descriptor.
 *
 * Every frame of @access->gfns must be home before tsmc_ioreq_complete(); for a
 * string instruction those may lie outside of the claimed ranges.
 *
 * Return: 1, 0 when none waits, or a negative errno. -EPROTO means that this
 * vCPU cannot go on any more: the domain is to be paused.
 */
int tsmc_ioreq_next(struct tsmc_ioreq *io, struct tsmc_access *access)
{
	int err = drain_events(io);

	return err ? err : tsmc_slot_next(io, access);
}
