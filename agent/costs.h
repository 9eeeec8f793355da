/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a migration costs besides the pages that cross. The engine decides by some of these, an
 * estimate predicts with all of them.
 *
 * Measured on the test bed, whose processors are emulated: eight migrations, in all modes, of a guest
 * of 192 MiB and 2 vCPUs over links of 10 MB/s, of 20 MB/s and without a limit, idle and under load
 * (tools/workload: access, memory). Hosts of another speed need other figures; times that could be
 * measured on the host itself are not among these.
 */
#ifndef TSMC_COSTS_H
#define TSMC_COSTS_H

/* Until the guest stands still after it was asked to: 0.22 to 0.53 s. */
#define TSMC_COST_SUSPEND_NS	320000000ULL
/* Bitmap, CPU state, resume: 0.1 to 0.2 s. */
#define TSMC_COST_SWITCH_NS	130000000ULL
/* Downtime in which no page crosses. */
#define TSMC_COST_DOWNTIME_NS	(TSMC_COST_SUSPEND_NS + TSMC_COST_SWITCH_NS)
/* The other host is reached. */
#define TSMC_COST_REACH_NS	800000000ULL
/* From log-dirty on until the target has its memory, and that for each page. */
#define TSMC_COST_BUILD_NS	300000000ULL
#define TSMC_COST_BUILD_PAGE_NS	2000ULL
/* From the start until the target's devices are plugged: 10 to 11 s, nearly all of it in libxl. */
#define TSMC_COST_PLUGGED_NS	10000000000ULL
/* A round in which no page crosses. */
#define TSMC_COST_ROUND_NS	30000000ULL
/* What the pipe to the other host takes in before the link has carried it, bytes. */
#define TSMC_COST_PIPE_BYTES	3000000ULL
/* Pages that a guest with the module writes to while it suspends, and one without does not: 330 to 380. */
#define TSMC_COST_SETTLE_PAGES	350
/* A missing page without waiting for the link: a hole at the target, later filled and moved back. */
#define TSMC_COST_INSTALL_NS	240000ULL
/* From the last page until both sides agree that nothing is missing. */
#define TSMC_COST_COMPLETE_NS	70000000ULL
/* What crosses of the domain besides pages, bytes. */
#define TSMC_COST_HEAD_BYTES	200000ULL
/* A vCPU that touches a missing page waits so long. */
#define TSMC_COST_FAULT_NS	20000000ULL

#endif /* TSMC_COSTS_H */
