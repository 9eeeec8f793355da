/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Puts pages of stages one and two into a domain that does not run yet.
 */
#ifndef TSMC_PAGE_RECEIVER_H
#define TSMC_PAGE_RECEIVER_H

#include "page_unpacker.h"
#include "parking.h"
#include "xen_glue.h"

int tsmc_page_receive(struct tsmc_xen *xen, uint32_t domid, uint64_t top_gfn,
		      struct tsmc_parking *parking, struct tsmc_page_unpacker *unpacker,
		      const struct tsmc_record *record);

#endif /* TSMC_PAGE_RECEIVER_H */
