/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of a domain that comes in which will be missing when it resumes: moved out
 * of its sight, and mapped so that they can be filled.
 */
#ifndef TSMC_PARKING_H
#define TSMC_PARKING_H

#include "pagemap.h"
#include "xen_glue.h"

struct tsmc_parking;

int tsmc_parking_new(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid, uint64_t top_gfn,
		     struct tsmc_parking **parking);
/* Parks frames that are not parked yet; the domain has never run. */
int tsmc_parking_add(struct tsmc_parking *parking, const uint64_t *gfns, unsigned int count);
/* Knows again which frames are parked, when another process has done so. */
int tsmc_parking_adopt(struct tsmc_parking *parking);
/* Makes exactly these frames the parked ones. */
int tsmc_parking_settle(struct tsmc_parking *parking, const struct tsmc_pagemap *missing);
/* The page of a frame that was parked once, wherever it is now; NULL of any other. */
void *tsmc_parking_page(const struct tsmc_parking *parking, uint64_t gfn);
/* A parked frame G is at this frame + G. */
uint64_t tsmc_parking_staging(const struct tsmc_parking *parking);
/* Unmaps; moves nothing. NULL is allowed. */
/* Frames that are not home, until some of them return. */
const struct tsmc_pagemap *tsmc_parking_parked(const struct tsmc_parking *parking);
void tsmc_parking_free(struct tsmc_parking *parking);

#endif /* TSMC_PARKING_H */
