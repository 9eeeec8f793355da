// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a domain lets others write to.
 */
#include "glue_private.h"

#include <sys/mman.h>

#include <xen/grant_table.h>
#include <xen/memory.h>

/* Entries of a version 1 grant table, which is what Linux uses below 16 TiB of guest. */
static unsigned int find_writable(const grant_entry_v1_t *entries, unsigned int nr,
				  uint64_t *gfns, unsigned int max)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < nr && count < max; i++) {
		uint16_t flags = __atomic_load_n(&entries[i].flags, __ATOMIC_ACQUIRE);

		if ((flags & GTF_type_mask) == GTF_permit_access && !(flags & GTF_readonly))
			gfns[count++] = entries[i].frame;
	}
	return count;
}

/**
 * tsmc_grants_writable() - frames that a domain has granted for writing
 * @xen: handle
 * @domid: a suspended domain; of a running one the list is old at once
 * @gfns: room for @max frames; may name a frame twice
 * @max: at most TSMC_GRANTS_MAX are found
 *
 * Xen tells log-dirty of a write through a grant when the grant is unmapped.
 * Block backends keep theirs mapped for good.
 *
 * Return: how many, or a negative errno.
 */
int tsmc_grants_writable(struct tsmc_xen *xen, uint32_t domid, uint64_t *gfns, unsigned int max)
{
	xenforeignmemory_resource_handle *resource;
	void *table = NULL;
	size_t size;
	int count;

	if (xenforeignmemory_resource_size(xen->fm, domid, XENMEM_resource_grant_table,
					   XENMEM_resource_grant_table_id_shared, &size))
		return tsmc_xen_error(xen, errno, "cannot size the grant table of domain %u", domid);
	resource = xenforeignmemory_map_resource(xen->fm, domid, XENMEM_resource_grant_table,
						 XENMEM_resource_grant_table_id_shared, 0,
						 size / TSMC_PAGE_SIZE, &table, PROT_READ, 0);
	if (!resource)
		return tsmc_xen_error(xen, errno, "cannot map the grant table of domain %u", domid);
	count = find_writable(table, size / sizeof(grant_entry_v1_t), gfns, max);
	xenforeignmemory_unmap_resource(xen->fm, resource);
	return count;
}
