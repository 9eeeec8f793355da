// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which guests a host has.
 */
#include "glue_private.h"

#include <stdlib.h>

/* Asked for at once. */
#define BATCH	64

static int add(struct tsmc_xen *xen, const xc_domaininfo_t *found, int count,
	       struct tsmc_domain_info **guests, unsigned int *nr)
{
	struct tsmc_domain_info *more = reallocarray(*guests, *nr + count, sizeof(*more));

	if (!more)
		return tsmc_xen_error(xen, ENOMEM, "cannot hold the list of domains");
	*guests = more;
	for (int i = 0; i < count; i++) {
		if (!(found[i].flags & XEN_DOMINF_dying))
			more[(*nr)++] = tsmc_domain_info_of(&found[i]);
	}
	return 0;
}

/**
 * tsmc_domain_list() - all guests of this host
 * @xen: handle
 * @guests: malloc'ed on success, by domain number; NULL when there is none
 * @nr: how many there are
 *
 * Dom0 is none, nor is a domain that is being destroyed.
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_domain_list(struct tsmc_xen *xen, struct tsmc_domain_info **guests, unsigned int *nr)
{
	xc_domaininfo_t found[BATCH];
	uint32_t first = 1;
	int count, rc;

	*guests = NULL;
	*nr = 0;
	do {
		count = xc_domain_getinfolist(xen->xc, first, BATCH, found);
		rc = count < 0 ? tsmc_xen_error(xen, errno, "cannot list the domains of this host") : 0;
		if (!rc && count) {
			first = found[count - 1].domain + 1;
			rc = add(xen, found, count, guests, nr);
		}
	} while (!rc && count == BATCH);
	if (rc) {
		free(*guests);
		*guests = NULL;
	}
	return rc;
}
