/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a migration costs besides the pages that cross. The engine decides by some of these, an
 * estimate predicts with all of them.
 *
 * Measured on the test bed, whose processors are emulated and where Dom0 and the guest share one: guests of
 * 192 and 256 MiB with 2 vCPUs in all modes, over links of 10 MB/s, of 20 MB/s and without a limit, idle and
 * under the bench's load at both dirty rates. An estimate scales the times by how quick the host is when it looks.
 */
#ifndef TSMC_COSTS_H
#define TSMC_COSTS_H

/* The guest is found; a look whether it has a page. All other times are scaled by what these take. */
#define TSMC_COST_FIND_NS	170000000ULL
#define TSMC_COST_LAYOUT_PAGE_NS	5000ULL

/* Until the guest stands still after it was asked to: 0.36 to 0.42 s, and 0.66 s once. */
#define TSMC_COST_SUSPEND_NS	420000000ULL
/* Bitmap, CPU state, resume: 0.1 to 0.2 s. */
#define TSMC_COST_SWITCH_NS	130000000ULL
/* Downtime in which no page crosses. */
#define TSMC_COST_DOWNTIME_NS	(TSMC_COST_SUSPEND_NS + TSMC_COST_SWITCH_NS)
/* Pages that a guest writes to because it suspends: what stage two sends is 690 to 1400. */
#define TSMC_COST_SUSPEND_PAGES	600

/* The other host is reached: 0.7 to 1 s. */
#define TSMC_COST_REACH_NS	800000000ULL
/* From log-dirty on until the target has its memory, and that for each page. */
#define TSMC_COST_BUILD_NS	300000000ULL
#define TSMC_COST_BUILD_PAGE_NS	2000ULL
/* From the start until the target's devices are plugged, nearly all of it in libxl. */
#define TSMC_COST_PLUGGED_NS	10000000000ULL
/* A page that is sent, at the busier of the two hosts. */
#define TSMC_COST_PAGE_NS	360000ULL
/* The share of the shorter that is not hidden by the longer, of what the link takes and what the hosts take. */
#define TSMC_COST_IN_TURNS	0.25
/* A round in which no page crosses. */
#define TSMC_COST_ROUND_NS	30000000ULL
/* What the pipe to the other host takes in before the link has carried it, bytes. */
#define TSMC_COST_PIPE_BYTES	3000000ULL
/*
 * Pace of a guest that shares its processor with Dom0, while memory is copied, and from then on. A round of 3 s found
 * 1040 pages written, where a record of 0.3 s had named 1800 while nothing was sent.
 */
#define TSMC_COST_SHARED_PACE		0.5
#define TSMC_COST_SHARED_LAST_PACE	0.1

/* A missing page without waiting for the link: a hole at the target, later filled and moved back. */
#define TSMC_COST_INSTALL_NS	240000ULL
/* From the last page until both sides agree that nothing is missing: 0.04 to 0.17 s. */
#define TSMC_COST_COMPLETE_NS	70000000ULL
/* From the resume until the guest's processes run: 0.3 to 1.3 s, longer on busy hosts. */
#define TSMC_COST_THAW_NS	1000000000ULL
/* A vCPU that touches a missing page waits so long: 24 to 50 ms. */
#define TSMC_COST_FAULT_NS	30000000ULL
/* Faults on what is only read, were all that may wait missing. */
#define TSMC_COST_READ_FAULTS	25

/* What crosses of the domain besides pages, bytes. */
#define TSMC_COST_HEAD_BYTES	200000ULL

#endif /* TSMC_COSTS_H */
