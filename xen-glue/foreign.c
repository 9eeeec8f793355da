// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Another domain's pages in our address space.
 */
#include "glue_private.h"

#include <sys/mman.h>

/**
 * tsmc_foreign_map() - map frames of a domain as one area
 * @xen: handle
 * @domid: domain number
 * @writable: map for writing as well
 * @gfns: the frames
 * @count: how many, at most TSMC_BATCH_MAX
 * @errs: per frame 0 or a negative errno; a page with an error must not be touched
 *
 * Return: the area, to be given to tsmc_foreign_unmap(), or NULL with errno
 * set when not a single frame could be mapped.
 */
void *tsmc_foreign_map(struct tsmc_xen *xen, uint32_t domid, bool writable,
		       const uint64_t *gfns, unsigned int count, int *errs)
{
	int prot = PROT_READ | (writable ? PROT_WRITE : 0);
	unsigned int i;
	void *addr;
	int err;

	if (!count || count > TSMC_BATCH_MAX) {
		tsmc_xen_error(xen, EINVAL, "cannot map %u frames of domain %u at once", count, domid);
		errno = EINVAL;
		return NULL;
	}
	addr = xenforeignmemory_map(xen->fm, domid, prot, count, (const xen_pfn_t *)gfns, errs);
	if (!addr) {
		err = errno;
		tsmc_xen_error(xen, err, "cannot map %u frames of domain %u from %#lx on",
			       count, domid, gfns[0]);
		errno = err;
		return NULL;
	}
	for (i = 0; i < count; i++) {
		if (!errs[i])
			return addr;
		if (errs[i] > 0)
			errs[i] = -errs[i];
	}

	/* Holes only: for a caller that scans a map this is no error. */
	tsmc_log(&xen->log, TSMC_LOG_DEBUG, "none of the %u frames of domain %u from %#lx on can be mapped",
		 count, domid, gfns[0]);
	tsmc_foreign_unmap(xen, addr, count);
	errno = -errs[0];
	return NULL;
}

/**
 * tsmc_foreign_unmap() - take a mapping away
 * @xen: handle
 * @addr: from tsmc_foreign_map(); NULL is allowed
 * @count: as it was mapped
 */
void tsmc_foreign_unmap(struct tsmc_xen *xen, void *addr, unsigned int count)
{
	if (addr && xenforeignmemory_unmap(xen->fm, addr, count))
		tsmc_xen_error(xen, errno, "cannot unmap %u foreign pages", count);
}
