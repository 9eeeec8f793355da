// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The physical map of a domain that is being completed: populate, park, return.
 */
#include "glue_private.h"

#include <xen/memory.h>

#define SUPERPAGE_ORDER		9
#define SUPERPAGE_GFNS		(UINT64_C(1) << SUPERPAGE_ORDER)
#define SUPERPAGE_BATCH		64u

/* Staging begins at 4 GiB at least: below is the hole for devices. */
#define STAGING_MIN_GFN		(UINT64_C(1) << 20)
#define GFNS_PER_GIB		(UINT64_C(1) << 18)

/* Populates up to count extents from first on; returns how many succeeded. */
static int populate_extents(struct tsmc_xen *xen, uint32_t domid, uint64_t first,
			    unsigned int count, unsigned int order)
{
	xen_pfn_t extents[TSMC_BATCH_MAX];
	unsigned int i;
	int done;

	for (i = 0; i < count; i++)
		extents[i] = first + ((uint64_t)i << order);
	done = xc_domain_populate_physmap(xen->xc, domid, count, order, 0, extents);
	return done < 0 ? -errno : done;
}

static int populate_pages(struct tsmc_xen *xen, uint32_t domid, uint64_t first, uint64_t count)
{
	while (count) {
		unsigned int batch = count < TSMC_BATCH_MAX ? count : TSMC_BATCH_MAX;
		int done = populate_extents(xen, domid, first, batch, 0);

		if (done < 0)
			return tsmc_xen_error(xen, done, "cannot populate frames %#lx-%#lx of domain %u",
					      first, first + batch - 1, domid);
		if ((unsigned int)done < batch)
			return tsmc_xen_error(xen, ENOMEM,
					      "cannot populate frame %#lx of domain %u (is the host out of memory?)",
					      first + done, domid);
		first += batch;
		count -= batch;
	}
	return 0;
}

/**
 * tsmc_physmap_populate() - give a domain memory
 * @xen: handle
 * @domid: domain number
 * @first: first frame
 * @count: frames
 *
 * In 2 MiB extents where aligned and available, in single pages else. The
 * frames must not be populated yet; in particular the special frames, which
 * come with the restore stream, must not be among them.
 *
 * The pages are zero: Xen hands out scrubbed memory only (an operator who
 * boots a hypervisor with bootscrub=off gives that up).
 *
 * Return: 0, -ENOMEM when the host has no more, or another negative errno;
 * after a failure some of the frames may be populated.
 */
int tsmc_physmap_populate(struct tsmc_xen *xen, uint32_t domid, uint64_t first, uint64_t count)
{
	int err;

	while (count) {
		uint64_t head = -first & (SUPERPAGE_GFNS - 1);
		uint64_t supers = count >> SUPERPAGE_ORDER;
		int done;

		if (head || !supers) {
			uint64_t singles = head && head < count ? head : count;

			err = populate_pages(xen, domid, first, singles);
			if (err)
				return err;
			first += singles;
			count -= singles;
			continue;
		}

		if (supers > SUPERPAGE_BATCH)
			supers = SUPERPAGE_BATCH;
		done = populate_extents(xen, domid, first, supers, SUPERPAGE_ORDER);
		if (done < 0)
			return tsmc_xen_error(xen, done, "cannot populate 2 MiB at frame %#lx of domain %u",
					      first, domid);
		first += (uint64_t)done << SUPERPAGE_ORDER;
		count -= (uint64_t)done << SUPERPAGE_ORDER;
		if ((uint64_t)done == supers)
			continue;

		/* No 2 MiB in one piece: this one in single pages. */
		err = populate_pages(xen, domid, first, SUPERPAGE_GFNS);
		if (err)
			return err;
		first += SUPERPAGE_GFNS;
		count -= SUPERPAGE_GFNS;
	}
	return 0;
}

/**
 * tsmc_physmap_staging_base() - where parked frames stand
 * @top_gfn: highest RAM frame of the guest + 1
 *
 * Frame g is parked at the returned frame + g: above all RAM and above
 * 4 GiB, on a GiB boundary, the same for the same guest on every host. Take
 * @top_gfn from where the guest's RAM ends, not from tsmc_domain_nr_gfns(),
 * which counts the staging frames of an earlier migration.
 *
 * Mirroring the guest's layout costs as many page tables as its RAM has,
 * for which libxl's default of one page per MiB of guest leaves room.
 */
uint64_t tsmc_physmap_staging_base(uint64_t top_gfn)
{
	uint64_t base = top_gfn > STAGING_MIN_GFN ? top_gfn : STAGING_MIN_GFN;

	return (base + GFNS_PER_GIB - 1) & ~(GFNS_PER_GIB - 1);
}

/*
 * Moves the frame at from[i] to to[i]. errs[i] is 0 or a negative errno for
 * each; the return value is the first of them.
 */
static int move_frames(struct tsmc_xen *xen, uint32_t domid, uint64_t *from, uint64_t *to,
		       unsigned int count, unsigned int *failed)
{
	int errs[TSMC_BATCH_MAX];
	unsigned int i;

	*failed = 0;
	if (xc_domain_add_to_physmap_batch(xen->xc, domid, DOMID_SELF, XENMAPSPACE_gmfn, count,
					   from, to, errs))
		return -errno;
	for (i = 0; i < count; i++) {
		if (errs[i]) {
			*failed = i;
			return errs[i] < 0 ? errs[i] : -errs[i];
		}
	}
	return 0;
}

static void staging_of(uint64_t staging_base, const uint64_t *gfns, unsigned int count,
		       uint64_t *home, uint64_t *staging)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		home[i] = gfns[i];
		staging[i] = staging_base + gfns[i];
	}
}

/**
 * tsmc_physmap_park() - turn frames into holes, keeping their memory
 * @xen: handle
 * @domid: a domain that does not run
 * @staging_base: from tsmc_physmap_staging_base()
 * @gfns: populated frames
 * @count: how many, at most TSMC_BATCH_MAX
 *
 * Each frame moves to @staging_base + gfn; an access to its old place is then
 * emulated by Xen and goes to the ioreq server that claims it.
 *
 * Return: 0 or a negative errno. After a failure all frames are home again,
 * except one for which Xen had no memory left for its own page tables: that
 * domain is not to be run.
 */
int tsmc_physmap_park(struct tsmc_xen *xen, uint32_t domid, uint64_t staging_base,
		      const uint64_t *gfns, unsigned int count)
{
	uint64_t home[TSMC_BATCH_MAX], staging[TSMC_BATCH_MAX];
	unsigned int failed, ignored;
	int err;

	if (count > TSMC_BATCH_MAX)
		return tsmc_xen_error(xen, EINVAL, "cannot park %u frames at once", count);
	if (!count)
		return 0;
	staging_of(staging_base, gfns, count, home, staging);
	err = move_frames(xen, domid, home, staging, count, &failed);
	if (!err)
		return 0;

	/* Those that did not move are home: moving them fails and harms nothing. */
	move_frames(xen, domid, staging, home, count, &ignored);
	return tsmc_xen_error(xen, err, "cannot park frame %#lx of domain %u (of a batch of %u)",
			      gfns[failed], domid, count);
}

/**
 * tsmc_physmap_return() - put parked frames back, with their content
 * @xen: handle
 * @domid: a domain that does not run; of a running one, see tsmc_ioreq_return()
 * @staging_base: as they were parked
 * @gfns: parked frames whose content has been written in staging
 * @count: how many, at most TSMC_BATCH_MAX
 *
 * The move is atomic for the guest. Until Xen enters the frame at its gfn,
 * which is one write of one page table entry, every access finds a hole and
 * waits in the ioreq server; from that write on it finds the frame, whose
 * content was complete before. No vCPU sees a part of it. Nor is memory
 * allocated: the frame exists, and so does the page table that held the entry
 * before the frame was parked.
 *
 * Return: 0 or a negative errno; after a failure some frames may be home and
 * the others still in staging.
 */
int tsmc_physmap_return(struct tsmc_xen *xen, uint32_t domid, uint64_t staging_base,
			const uint64_t *gfns, unsigned int count)
{
	uint64_t home[TSMC_BATCH_MAX], staging[TSMC_BATCH_MAX];
	unsigned int failed;
	int err;

	if (count > TSMC_BATCH_MAX)
		return tsmc_xen_error(xen, EINVAL, "cannot return %u frames at once", count);
	if (!count)
		return 0;
	staging_of(staging_base, gfns, count, home, staging);
	err = move_frames(xen, domid, staging, home, count, &failed);
	if (err)
		return tsmc_xen_error(xen, err, "cannot return frame %#lx of domain %u (of a batch of %u)",
				      gfns[failed], domid, count);
	return 0;
}
