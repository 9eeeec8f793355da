// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Performing accesses, and putting frames back between them.
 *
 * An instruction is emulated from its start again after each answer, and Xen
 * looks each time whether its operands are memory or holes. It relies on that
 * not changing: a "rep movs" between two holes crashes the domain when one of
 * them is filled after its read, and a "rep stos" whose first page is filled
 * after its write goes on over whatever frames follow. So the invariant is:
 *
 *	The physical map changes only while no vCPU is inside an instruction
 *	that Xen has to emulate again.
 *
 * Hence an access is performed on its frame in staging, where others cannot
 * reach it but through us, and the frame goes home later. To learn when the
 * instruction is over, the map is changed harmlessly before the answer: Xen
 * then sends INVALIDATE when the vCPU leaves the emulator. We answer that only
 * when the frames of the instruction are home (the vCPU would only trap again).
 * Until it comes, other vCPUs' accesses to these frames wait, which keeps
 * locked instructions atomic: their read and their write are two requests.
 *
 * A string instruction between a hole and memory (data_is_ptr) is not emulated
 * again for the same elements, so its frames go home first. That matters: Xen
 * cannot emulate an element of more than a byte that lies across the end of a
 * hole (it takes the part before the end for the whole on its second pass and
 * crashes the domain), and once the elements before it are done the frame is no
 * hole any more. It remains fatal when a "rep movs" or "rep stos" touches a
 * hole for the first time with such an element.
 */
#include "ioreq_slots.h"

#include <string.h>

static bool touches(const struct tsmc_vcpu *v, const struct tsmc_access *access)
{
	unsigned int i, j;

	for (i = 0; i < v->nr_gfns; i++)
		for (j = 0; j < access->nr_gfns; j++)
			if (v->gfns[i] == access->gfns[j])
				return true;
	return false;
}

/*
 * Whether another vCPU may be between the read and the write of a locked
 * instruction on one of these frames. Only the first access of an instruction
 * waits: a locked one has no other operand, and two that wait for each other
 * would wait forever.
 */
static bool is_contended(const struct tsmc_ioreq *io, unsigned int vcpu,
			 const struct tsmc_access *access)
{
	unsigned int i;

	if (io->vcpus[vcpu].inside)
		return false;
	for (i = 0; i < io->nr_vcpus; i++)
		if (i != vcpu && io->vcpus[i].inside && touches(&io->vcpus[i], access))
			return true;
	return false;
}

static void remember(struct tsmc_vcpu *v, uint64_t gfn)
{
	unsigned int i;

	for (i = 0; i < v->nr_gfns && v->gfns[i] != gfn; i++)
		;
	if (i == v->nr_gfns && i < TSMC_INSN_GFNS)
		v->gfns[v->nr_gfns++] = gfn;
}

/*
 * Performs the access on each frame where it is; those in staging are
 * remembered. -EAGAIN when they have to go home first.
 */
static int perform(struct tsmc_ioreq *io, struct tsmc_vcpu *v, const struct tsmc_access *access,
		   uint64_t *value)
{
	struct tsmc_window win = { .gfns = access->gfns, .nr_gfns = access->nr_gfns };
	uint64_t gfns[2 * TSMC_ACCESS_GFNS];
	unsigned int i, n = access->nr_gfns;
	int errs[2 * TSMC_ACCESS_GFNS];
	uint8_t *base;
	int err = 0;

	for (i = 0; i < n; i++) {
		gfns[i] = io->staging + access->gfns[i];
		gfns[n + i] = access->gfns[i];
	}
	base = tsmc_foreign_map(io->xen, io->domid, true, gfns, 2 * n, errs);
	if (!base)
		return -errno;
	for (i = 0; i < n && !err; i++) {
		if (errs[i] && errs[n + i])
			err = errs[n + i];
		else if (!errs[i] && v->req.data_is_ptr)
			err = -EAGAIN;
		win.page[i] = base + (size_t)(errs[i] ? n + i : i) * TSMC_PAGE_SIZE;
	}
	if (!err)
		*value = tsmc_access_perform(&v->req, &win);
	for (i = 0; i < n && !err; i++)
		if (!errs[i])
			remember(v, access->gfns[i]);
	tsmc_foreign_unmap(io->xen, base, 2 * n);
	return err;
}

/**
 * tsmc_ioreq_complete() - perform an access and let its vCPU go on
 * @io: the server
 * @vcpu: from tsmc_ioreq_next(); the content of all its frames is there now
 *
 * The frames stay where they are; tsmc_ioreq_return() those in staging soon,
 * since the vCPU waits for that at the end of its instruction.
 *
 * Return: 1 when done. 0 when another vCPU is in the middle of an instruction
 * on the same frame, or the frames have to go home first: try again after
 * tsmc_ioreq_next() and tsmc_ioreq_return(). -EINVAL when this vCPU
 * waits for nothing, or another negative errno when a frame is still missing:
 * the access stays and may be completed later.
 */
int tsmc_ioreq_complete(struct tsmc_ioreq *io, unsigned int vcpu)
{
	struct tsmc_access access;
	uint64_t value = 0;
	struct tsmc_vcpu *v;
	int err;

	if (vcpu >= io->nr_vcpus || io->vcpus[vcpu].state != TSMC_VCPU_WAITS)
		return tsmc_xen_error(io->xen, EINVAL, "vCPU %u of domain %u waits for no access",
				      vcpu, io->domid);
	v = &io->vcpus[vcpu];
	tsmc_access_describe(&v->req, vcpu, &access);
	if (is_contended(io, vcpu, &access))
		return 0;
	err = perform(io, v, &access, &value);
	if (err == -EAGAIN)
		return 0;
	if (err)
		return tsmc_xen_error(io->xen, err, "cannot perform an access of vCPU %u of domain %u at %#lx",
				      vcpu, io->domid, v->req.addr);
	if (!v->req.data_is_ptr) {
		v->inside = true;
		if (v->nr_gfns)
			err = tsmc_physmap_announce(io->xen, io->domid, io->staging, v->gfns[0]);
	}
	if (!err)
		err = tsmc_slot_answer(io, vcpu, value);
	return err ? err : 1;
}

/* Whether no vCPU has a request on its way after which Xen emulates once more. */
static bool is_quiet(const struct tsmc_ioreq *io)
{
	unsigned int i;

	for (i = 0; i < io->nr_vcpus; i++) {
		const struct ioreq *req = &io->vcpus[i].req;
		struct ioreq ready;

		switch (tsmc_slot_state(io, i)) {
		case STATE_IOREQ_NONE:
			continue;
		case STATE_IOREQ_READY:
			memcpy(&ready, &io->page->vcpu_ioreq[i], sizeof(ready));
			req = &ready;
			break;
		}
		if (req->type == IOREQ_TYPE_COPY && !req->data_is_ptr)
			return false;
	}
	return true;
}

static void forget(struct tsmc_vcpu *v, const uint64_t *gfns, unsigned int count)
{
	unsigned int i, j, left = 0;

	for (i = 0; i < v->nr_gfns; i++) {
		for (j = 0; j < count && gfns[j] != v->gfns[i]; j++)
			;
		if (j == count)
			v->gfns[left++] = v->gfns[i];
	}
	v->nr_gfns = left;
}

/**
 * tsmc_ioreq_return() - put parked frames of the running domain back
 * @io: the server
 * @gfns: parked frames whose content has been written in staging
 * @count: how many, at most TSMC_BATCH_MAX
 *
 * The domain is paused for the time it takes, so that no vCPU is inside the
 * emulator: one that does not run has either a request in its slot or has left
 * it. vCPUs that waited for these frames go on.
 *
 * Return: 1 when they are home. 0 when a vCPU is inside an instruction that is
 * emulated: try again after tsmc_ioreq_next(); meanwhile accesses to these
 * frames are performed in staging. Or a negative errno as tsmc_physmap_return().
 */
int tsmc_ioreq_return(struct tsmc_ioreq *io, const uint64_t *gfns, unsigned int count)
{
	unsigned int i;
	bool quiet;
	int err;

	/* Looked at twice: for nothing the domain need not be paused. */
	if (!is_quiet(io))
		return 0;
	err = tsmc_domain_pause(io->xen, io->domid);
	if (err)
		return err;
	quiet = is_quiet(io);
	if (quiet)
		err = tsmc_physmap_return(io->xen, io->domid, io->staging, gfns, count);
	for (i = 0; quiet && !err && i < io->nr_vcpus; i++) {
		struct tsmc_vcpu *v = &io->vcpus[i];

		v->inside = false;
		forget(v, gfns, count);
		if (v->state == TSMC_VCPU_HELD && !v->nr_gfns)
			err = tsmc_slot_answer(io, i, v->req.data);
	}
	if (tsmc_domain_unpause(io->xen, io->domid) && !err)
		err = -EIO;
	return err ? err : quiet;
}
