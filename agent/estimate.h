/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a migration would be like. Pure: no I/O, no clock.
 */
#ifndef TSMC_ESTIMATE_H
#define TSMC_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

#include "mode.h"

/**
 * struct tsmc_look - pages written since log-dirty is on, each counted once
 * @at_s: when this was
 * @wait: those that were in use at the beginning and may wait
 * @wait_new: those that were free at the beginning and may wait
 * @fixed: those that were in use at the beginning and cannot wait
 * @fixed_new: those that were free at the beginning and cannot wait
 * @freed: those that are free by the end of the watch
 */
struct tsmc_look {
	double at_s;
	uint64_t wait, wait_new;
	uint64_t fixed, fixed_new;
	uint64_t freed;
};

/**
 * struct tsmc_again - what changes all the time: pages of a record that was just begun
 * @length_s: its length
 * @fixed: pages that cannot wait
 * @all: pages
 */
struct tsmc_again {
	double length_s;
	double fixed;
	double all;
};

/* Lengths of which that is known. */
#define TSMC_AGAIN_NR	2

/**
 * struct tsmc_observations - what was seen of a running guest
 * @looks: ascending; all but the times never fall
 * @nr_looks: how many, 0 allowed
 * @nr_vcpus: of the guest
 * @nr_cpus: of the host
 * @ram: its pages
 * @wait: of these in use and may wait
 * @fixed: of these in use and cannot wait; all others are free
 * @hot: pages written that may wait and are hot by the module
 * @zero_wait: share of those in use that may wait, and are all zero, 0 to 1
 * @zero_fixed: the same of those that cannot wait
 * @zero_free: the same of those that are free
 * @again: what changes all the time, the shorter time first
 * @find_s: time to find the guest and to begin to record what it writes
 * @layout_s: time to find out where it has memory once more; both tell how quick the host is, 0: unknown
 * @scan_s: time from the begin of that record until the module had scanned the guest
 * @page_s: time to map a page of the guest and look at it
 * @advised: the module is there; without it only precopy is possible
 */
struct tsmc_observations {
	const struct tsmc_look *looks;
	unsigned int nr_looks;
	unsigned int nr_vcpus;
	unsigned int nr_cpus;
	uint64_t ram, wait, fixed, hot;
	double zero_wait, zero_fixed, zero_free;
	struct tsmc_again again[TSMC_AGAIN_NR];
	double find_s;
	double layout_s;
	double scan_s;
	double page_s;
	bool advised;
};

/**
 * struct tsmc_estimate - a migration as it is expected to be
 * @readiness_s: start to suspend
 * @downtime_s: suspend to resume
 * @recovery_s: resume to the last page
 * @rounds: passes over memory before the suspend
 * @pages: that cross with their content, each time that they cross
 * @bytes: on the wire
 * @missing: pages that are missing at the resume
 * @faults: accesses that have to wait for a page
 */
struct tsmc_estimate {
	double readiness_s;
	double downtime_s;
	double recovery_s;
	unsigned int rounds;
	uint64_t pages;
	uint64_t bytes;
	uint64_t missing;
	uint64_t faults;
};

struct tsmc_estimate tsmc_estimate(const struct tsmc_observations *seen, double bytes_per_s,
				   enum tsmc_mode mode);

#endif /* TSMC_ESTIMATE_H */
