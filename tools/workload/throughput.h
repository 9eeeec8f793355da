/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast a workload goes, and how long a migration kept it from going so.
 */
#ifndef TSMC_WORKLOAD_THROUGHPUT_H
#define TSMC_WORKLOAD_THROUGHPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "report.h"

/* Points that are remembered: more than five seconds of them. */
#define TSMC_THROUGHPUT_POINTS	128

/**
 * struct tsmc_throughput - what was done so far, point by point
 * @report: where the recovery is printed
 * @fd: private: file of samples, or -1
 * @points: private: the newest ones, a ring
 * @taken: private: points so far
 * @resumed_ns: private: when the workload was stopped, 0 while it is at speed
 * @base: private: operations per second in the seconds before that
 */
struct tsmc_throughput {
	struct tsmc_report *report;
	int fd;
	struct tsmc_throughput_point {
		uint64_t ns;
		uint64_t total;
	} points[TSMC_THROUGHPUT_POINTS];
	uint64_t taken;
	uint64_t resumed_ns;
	double base;
};

void tsmc_throughput_open(struct tsmc_throughput *t, struct tsmc_report *report,
			  const char *path);
void tsmc_throughput_sample(struct tsmc_throughput *t, uint64_t total,
			    const char *remark);
void tsmc_throughput_resumed(struct tsmc_throughput *t, uint64_t stopped_ns);
uint64_t tsmc_throughput_newest_ns(const struct tsmc_throughput *t);

#endif
