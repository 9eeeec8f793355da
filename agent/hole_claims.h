/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which frames are claimed so that accesses to holes are told. Pure: no I/O.
 */
#ifndef TSMC_HOLE_CLAIMS_H
#define TSMC_HOLE_CLAIMS_H

#include "pagemap.h"
#include "xen_glue.h"

/* At most max >= 1 ascending ranges that hold all of the set; returns how many. */
unsigned int tsmc_hole_claims(const struct tsmc_pagemap *holes, struct tsmc_gfn_range *claims,
			      unsigned int max);

#endif /* TSMC_HOLE_CLAIMS_H */
