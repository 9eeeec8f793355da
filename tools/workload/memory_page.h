/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a page of the memory workload looks like, and what it must contain.
 *
 * Each page has in its middle a head: who it is, a counter that all threads
 * increase with locked instructions, and one slot per thread that only this
 * thread writes, with plain stores.  The rest is a pattern of its own.  How
 * often a counter was increased stands in a mirror outside the page, written
 * before (begun) and after (done) each update.  So at any moment
 *
 *	sum of done <= counter <= sum of begun
 *
 * holds, and is exact once the threads rest: a lost, repeated or stale update
 * cannot hide.
 */
#ifndef TSMC_WORKLOAD_MEMORY_PAGE_H
#define TSMC_WORKLOAD_MEMORY_PAGE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pattern.h"
#include "report.h"
#include "seam.h"

#define MAX_THREADS	13
#define PAGE_WORDS	(TSMC_PAGE_SIZE / sizeof(uint64_t))
#define HEAD_WORD	(PAGE_WORDS / 2)

/**
 * struct head - the part of a page that changes
 * @ident: from seed and page number
 * @address: where the page is mapped
 * @count: increased with locked instructions by all threads
 * @slot: written by one thread each
 */
struct head {
	uint64_t ident;
	uint64_t address;
	uint64_t count;
	uint64_t slot[MAX_THREADS];
};

/**
 * struct mirror - updates of one page by one thread
 * @added: locked increments, begun and done
 * @stored: plain stores, begun and done
 */
struct mirror {
	struct progress {
		uint64_t begun;
		uint64_t done;
	} added, stored;
};

struct memory;

/**
 * struct worker - one updating thread
 * @memory: the area
 * @thread: the thread
 * @index: its number, also that of its slot
 * @random: its sequence
 * @mirror: one entry per page
 * @added: locked increments in all pages
 * @updates: updates of any kind
 */
struct worker {
	struct memory *memory;
	pthread_t thread;
	unsigned int index;
	uint64_t random;
	struct mirror *mirror;
	struct progress added;
	uint64_t updates;
};

/**
 * struct memory - the area and all who work on it
 * @report: findings
 * @seams: windows across page boundaries
 * @base: first page
 * @pages: number of pages
 * @hot_pages: so many at the start take 7 of 8 updates
 * @threads: number of workers
 * @rate: updates per second and thread, 0 for no limit
 * @scan: MiB per second that the scanner reads, 0 for no limit
 * @seed: of everything
 * @all: use the rare instructions too
 * @workers: the workers
 * @bad: pages that were reported and are not reported again
 * @passes: complete scans
 */
struct memory {
	struct tsmc_report report;
	struct tsmc_seams seams;
	uint8_t *base;
	size_t pages;
	size_t hot_pages;
	uint64_t threads;
	uint64_t rate;
	uint64_t scan;
	uint64_t seed;
	bool all;
	struct worker workers[MAX_THREADS];
	bool *bad;
	uint64_t passes;
};

static inline uint64_t tsmc_load(uint64_t *from)
{
	return __atomic_load_n(from, __ATOMIC_ACQUIRE);
}

static inline void tsmc_store(uint64_t *to, uint64_t value)
{
	__atomic_store_n(to, value, __ATOMIC_RELEASE);
}

static inline uint64_t *tsmc_page_words(struct memory *m, size_t page)
{
	return (uint64_t *)(m->base + page * TSMC_PAGE_SIZE);
}

static inline struct head *tsmc_page_head(struct memory *m, size_t page)
{
	return (struct head *)(tsmc_page_words(m, page) + HEAD_WORD);
}

static inline uint64_t tsmc_page_ident(struct memory *m, size_t page)
{
	return tsmc_mix64(m->seed + page * TSMC_GOLDEN);
}

/* What a thread's slot contains before its first store. */
static inline uint64_t tsmc_slot_start(uint64_t ident, unsigned int index)
{
	return tsmc_mix64(ident + index + 1);
}

void tsmc_page_init(struct memory *m, size_t page);
bool tsmc_page_check(struct memory *m, size_t page, uint64_t *sum);
bool tsmc_page_within(uint64_t value, uint64_t done, uint64_t begun);
void tsmc_page_fail(struct memory *m, size_t page, const char *what,
		    size_t word, uint64_t expected, uint64_t most,
		    uint64_t found);

#endif
