/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ioreq server: the slots of the page it shares with Xen, one per vCPU.
 */
#ifndef TSMC_IOREQ_SLOTS_H
#define TSMC_IOREQ_SLOTS_H

#include "ioreq_access.h"

#include <xen/hvm/dm_op.h>
#include <xenevtchn.h>

#define TSMC_SLOTS	(TSMC_PAGE_SIZE / sizeof(struct ioreq))

/* What we know of a vCPU, besides the state of its slot in the shared page. */
enum tsmc_vcpu_state {
	TSMC_VCPU_FREE,		/* we owe it nothing */
	TSMC_VCPU_WAITS,		/* its access was handed to the caller */
	TSMC_VCPU_AGAIN,	/* that caller is gone: it is to be handed out again */
	TSMC_VCPU_BROKEN,		/* its request makes no sense; waits for good */
};

/**
 * struct tsmc_vcpu - one of the domain
 * @state: what we owe it
 * @req: checked copy of its last request
 */
struct tsmc_vcpu {
	enum tsmc_vcpu_state state;
	struct ioreq req;
};

/**
 * struct tsmc_ioreq_state - what another process needs to go on; all zero at first
 * @id: the server's number in Xen
 * @created: whether @id is valid
 * @ending: it is being destroyed
 * @vcpus: the vCPUs
 */
struct tsmc_ioreq_state {
	ioservid_t id;
	bool created;
	bool ending;
	struct tsmc_vcpu vcpus[];
};

/**
 * struct tsmc_ioreq - the server
 * @xen: handle
 * @domid: domain it serves
 * @staging: frame g is parked at @staging + g
 * @state: the caller's
 * @vcpus: in @state
 * @evtchn: event channels
 * @resource: keeps @page mapped
 * @page: the shared page
 * @nr_vcpus: of the domain
 * @next: where the next search begins, so that no vCPU starves
 * @ports: our ends of the event channels, -1 when not bound
 */
struct tsmc_ioreq {
	struct tsmc_xen *xen;
	uint32_t domid;
	uint64_t staging;
	struct tsmc_ioreq_state *state;
	struct tsmc_vcpu *vcpus;
	xenevtchn_handle *evtchn;
	xenforeignmemory_resource_handle *resource;
	struct shared_iopage *page;
	unsigned int nr_vcpus;
	unsigned int next;
	int ports[];
};

/* STATE_* of a vCPU's slot; what Xen wrote before it is seen. */
unsigned int tsmc_slot_state(const struct tsmc_ioreq *io, unsigned int vcpu);
/* Lets the vCPU go on; data is what a read of it returns. */
int tsmc_slot_answer(struct tsmc_ioreq *io, unsigned int vcpu, uint64_t data);
/* The slot of a vCPU that nobody works on, after the process that did has gone. */
int tsmc_slot_resume(struct tsmc_ioreq *io, unsigned int vcpu);
/* Has a vCPU run its instruction anew when it has its answer. */
int tsmc_vcpu_retry(struct tsmc_xen *xen, uint32_t domid, unsigned int vcpu);
/* tsmc_ioreq_next() without a look at the events. */
int tsmc_slot_next(struct tsmc_ioreq *io, struct tsmc_access *access);

#endif /* TSMC_IOREQ_SLOTS_H */
