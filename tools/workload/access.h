/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of pages, each read, checked and updated as a pattern of accesses
 * wants it.
 *
 * Every page belongs to one thread, which alone knows what it must contain:
 * who it is, a counter of its updates, and a pattern that changes whenever the
 * whole table is rewritten. A lost, stale or mixed up page cannot hide.
 */
#ifndef TSMC_WORKLOAD_ACCESS_H
#define TSMC_WORKLOAD_ACCESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"
#include "throughput.h"
#include "zipf.h"

#define TSMC_ACCESS_THREADS	16
#define TSMC_ACCESS_PAGE	4096
#define TSMC_ACCESS_PATTERNS	"zipf, moving or scan"

/* What a page must contain, kept apart from it. */
struct access_mirror {
	uint32_t count;
	uint16_t round;
	bool bad;
};

struct access;

/**
 * struct access_worker - one thread
 * @access: the workload
 * @thread: the thread
 * @index: its number: it owns the slots of this number modulo the threads
 * @random: its sequence
 * @next: slot that a scan comes to next
 * @window: first slot of a moving window
 * @rewritten: rounds that this thread has rewritten completely
 * @cursor: slot up to which the round after that is rewritten
 * @done: accesses so far
 * @stall_ns: since the last sample, the longest time that it waited for an
 *	access to end or for its turn
 */
struct access_worker {
	struct access *access;
	pthread_t thread;
	unsigned int index;
	uint64_t random;
	size_t next;
	size_t window;
	uint32_t rewritten;
	size_t cursor;
	uint64_t done;
	uint64_t stall_ns;
};

/**
 * struct access - the table and all who work on it
 * @report: findings
 * @throughput: speed
 * @choose: the pattern: slot of the next access of a thread
 * @pages: the table
 * @mirror: what each page must contain
 * @page_of: page in a slot; ranks of the zipf pattern are slots
 * @zipf: choice of slots; @ranks and @hot hold for every pattern
 * @hot_percent: of the table
 * @skew: of the choice in the hot part
 * @threads: workers
 * @rate: accesses per second and thread, 0 for no limit
 * @step_s: seconds that a window stays
 * @scatter: touch pages first in random order
 * @seed: of everything
 * @start_ns: when the windows began to move
 * @stall_ns: longest stall of a worker since the last resume, or the start
 * @workers: the workers
 */
struct access {
	struct tsmc_report report;
	struct tsmc_throughput throughput;
	size_t (*choose)(struct access_worker *w, uint64_t random);
	uint8_t *pages;
	struct access_mirror *mirror;
	uint32_t *page_of;
	struct tsmc_zipf zipf;
	uint64_t hot_percent;
	double skew;
	uint64_t threads;
	uint64_t rate;
	uint64_t step_s;
	bool scatter;
	uint64_t seed;
	uint64_t start_ns;
	uint64_t stall_ns;
	struct access_worker workers[TSMC_ACCESS_THREADS];
};

/* Which page comes next: access_pattern.c */
bool tsmc_access_pattern(struct access *a, const char *name);
void tsmc_access_pattern_init(struct access *a);
void tsmc_access_move_window(struct access_worker *w);
void tsmc_access_write_truth(struct access *a, const char *path);

/* What is in a page: access_page.c */
void tsmc_access_pages_init(struct access *a);
void tsmc_access_page_update(struct access *a, size_t page, uint64_t random);
void tsmc_access_page_rewrite(struct access *a, size_t page, uint32_t round);
void tsmc_access_page_check(struct access *a, size_t page);
uint64_t tsmc_access_pfn(struct access *a, size_t page);

#endif
