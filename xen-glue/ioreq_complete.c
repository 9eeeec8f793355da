// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Letting vCPUs go on whose pages have come, and putting frames back.
 *
 * Xen's emulator is there to tell which page a vCPU wants, and for nothing
 * else. When the page has come its frame goes home, Xen forgets the instruction
 * (ioreq_retry.c), and the vCPU runs it anew, on memory. So it does not matter
 * what the emulator makes of an instruction after its first access to a hole:
 * it would crash the domain at an element of a "rep movs" that lies across the
 * end of a page, refuse what touches more than three places, and is not atomic
 * where the processor is. Nor does it matter that the map changes meanwhile.
 *
 * There are two accesses that Xen does not want to see again, and performs as
 * it goes:
 *
 * - string instructions between a hole and memory (data_is_ptr): the registers
 *   are past these elements already, so they are performed here, on frames that
 *   are home;
 * - accesses to frames that the guest does not have (ballooned out, say): they
 *   end as without us, with all ones read and nothing written.
 */
#include "ioreq_slots.h"

#include <string.h>

/* Where a frame of an access is. */
enum place { PLACE_HOME, PLACE_STAGING, PLACE_NOWHERE };

/* Return: the place, or a negative errno. */
static int find_place(struct tsmc_ioreq *io, uint64_t gfn)
{
	uint8_t there;
	int err = tsmc_domain_populated(io->xen, io->domid, gfn, 1, &there);

	if (err || there)
		return err ? err : PLACE_HOME;
	err = tsmc_domain_populated(io->xen, io->domid, io->staging + gfn, 1, &there);
	if (err)
		return err;
	return there ? PLACE_STAGING : PLACE_NOWHERE;
}

/*
 * Of all frames of an access, by frame in places[] too.
 * Return: staging before nowhere before home, or a negative errno.
 */
static int find_places(struct tsmc_ioreq *io, const struct tsmc_access *access,
		       enum place places[TSMC_ACCESS_GFNS])
{
	int place, all = PLACE_HOME;
	unsigned int i;

	for (i = 0; i < access->nr_gfns; i++) {
		place = find_place(io, access->gfns[i]);
		if (place < 0 || place == PLACE_STAGING)
			return place;
		places[i] = place;
		if (place == PLACE_NOWHERE)
			all = place;
	}
	return all;
}

/* Performs the access; of frames that are nowhere all ones are read. */
static int perform(struct tsmc_ioreq *io, const struct ioreq *req, const struct tsmc_access *access,
		   const enum place places[TSMC_ACCESS_GFNS], uint64_t *value)
{
	struct tsmc_window win = { .gfns = access->gfns, .nr_gfns = access->nr_gfns };
	uint8_t nowhere[TSMC_PAGE_SIZE];
	unsigned int i;
	int err = 0;

	memset(nowhere, 0xff, sizeof(nowhere));
	for (i = 0; i < access->nr_gfns; i++) {
		int why;

		win.page[i] = nowhere;
		if (places[i] == PLACE_NOWHERE)
			continue;
		win.page[i] = tsmc_foreign_map(io->xen, io->domid, true, &access->gfns[i], 1, &why);
		if (!win.page[i])
			err = -errno;
	}
	if (!err)
		*value = tsmc_access_perform(req, &win);
	for (i = 0; i < access->nr_gfns; i++)
		if (win.page[i] != nowhere)
			tsmc_foreign_unmap(io->xen, win.page[i], 1);
	return err;
}

/**
 * tsmc_ioreq_complete() - let a vCPU go on
 * @io: the server
 * @vcpu: from tsmc_ioreq_next(); the content of all its frames is there now
 *
 * Return: 1 when done; 0 when a frame is still in staging: try again after
 * tsmc_ioreq_return(). -EINVAL when this vCPU waits for nothing, or another
 * negative errno: the access stays and may be completed later.
 */
int tsmc_ioreq_complete(struct tsmc_ioreq *io, unsigned int vcpu)
{
	enum place places[TSMC_ACCESS_GFNS];
	struct tsmc_access access;
	uint64_t value = 0;
	struct tsmc_vcpu *v;
	int place, err;

	if (vcpu >= io->nr_vcpus || io->vcpus[vcpu].state != TSMC_VCPU_WAITS)
		return tsmc_xen_error(io->xen, EINVAL, "vCPU %u of domain %u waits for no access",
				      vcpu, io->domid);
	v = &io->vcpus[vcpu];
	tsmc_access_describe(&v->req, vcpu, &access);
	place = find_places(io, &access, places);
	if (place == PLACE_STAGING)
		return 0;
	if (place < 0)
		err = place;
	else if (v->req.data_is_ptr || place == PLACE_NOWHERE)
		err = perform(io, &v->req, &access, places, &value);
	else
		err = tsmc_vcpu_retry(io->xen, io->domid, vcpu);
	if (err)
		return tsmc_xen_error(io->xen, err, "cannot perform an access of vCPU %u of domain %u at %#lx",
				      vcpu, io->domid, v->req.addr);
	err = tsmc_slot_answer(io, vcpu, value);
	return err ? err : 1;
}

/**
 * tsmc_ioreq_return() - put parked frames of the running domain back
 * @io: the server
 * @gfns: parked frames whose content has been written in staging
 * @count: how many, at most TSMC_BATCH_MAX
 *
 * The domain is paused for the time it takes, so that no pass of the emulator
 * sees the map change. vCPUs that wait for these frames go on with
 * tsmc_ioreq_complete().
 *
 * Return: 0 or a negative errno as tsmc_physmap_return().
 */
int tsmc_ioreq_return(struct tsmc_ioreq *io, const uint64_t *gfns, unsigned int count)
{
	int err = tsmc_domain_pause(io->xen, io->domid);

	if (err)
		return err;
	err = tsmc_physmap_return(io->xen, io->domid, io->staging, gfns, count);
	if (tsmc_domain_unpause(io->xen, io->domid) && !err)
		err = -EIO;
	return err;
}
