/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a migration costs besides the pages that cross. The engine decides by some of these, an
 * estimate predicts with all of them.
 */
#ifndef TSMC_COSTS_H
#define TSMC_COSTS_H

/* Downtime in which no page crosses: suspend, bitmap, CPU state, resume. */
#define TSMC_COST_DOWNTIME_NS	400000000ULL
/* From the start until log-dirty is on: the other host is reached, the domain described. */
#define TSMC_COST_LEAD_NS	900000000ULL
/* From there until the target has its memory, and that for each page. */
#define TSMC_COST_BUILD_NS	900000000ULL
#define TSMC_COST_BUILD_PAGE_NS	10000ULL
/* From the start until the target's devices are plugged. */
#define TSMC_COST_PLUGGED_NS	4000000000ULL
/* A round in which no page crosses. */
#define TSMC_COST_ROUND_NS	50000000ULL
/* Pages that the guest writes to while it suspends. */
#define TSMC_COST_SUSPEND_PAGES	200
/* A missing page: a hole at the target, later filled and moved back. */
#define TSMC_COST_INSTALL_NS	100000ULL
/* From the last page until both sides agree that nothing is missing. */
#define TSMC_COST_COMPLETE_NS	200000000ULL
/* What crosses of the domain besides pages, bytes. */
#define TSMC_COST_HEAD_BYTES	200000ULL
/* A vCPU that touches a missing page waits so long when the link is not busy. */
#define TSMC_COST_FAULT_NS	5000000ULL

#endif /* TSMC_COSTS_H */
