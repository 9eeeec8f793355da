/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a migration did when: sums, looked at in intervals. Bounded: when there is no more room every
 * other sample is dropped and the interval doubles. Does no I/O and has no clock. Who looks on
 * (progress.h) is told of each change.
 */
#ifndef TSMC_SERIES_H
#define TSMC_SERIES_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define TSMC_SERIES_MAX		1024u
#define TSMC_SERIES_INTERVAL_NS	100000000ULL

/**
 * struct tsmc_sample - sums since the migration began, but for @stage and @left
 * @ns: when, of the caller's clock
 * @bytes: records with pages, on both channels
 * @pages: sent with their content
 * @markers: pages of which only a marker was sent
 * @faults: frames that the target asked for
 * @left: pages that this step has yet to come to
 * @stage: 1 .. 3
 */
struct tsmc_sample {
	uint64_t ns;
	uint64_t bytes, pages, markers;
	uint64_t faults, left;
	uint32_t stage;
};

struct tsmc_progress;

/**
 * struct tsmc_series - shared by threads, but for reading when all is over
 * @lock: guards all
 * @live: is told of @now whenever that changes; NULL: nobody looks on
 * @now: sums by now; @now.ns is not used
 * @interval_ns: least time between two samples that were not asked for
 * @nr: samples
 * @samples: in the order of time
 */
struct tsmc_series {
	pthread_mutex_t lock;
	struct tsmc_progress *live;
	struct tsmc_sample now;
	uint64_t interval_ns;
	unsigned int nr;
	struct tsmc_sample samples[TSMC_SERIES_MAX];
};

/* Begins at this instant, in stage one; with somebody who looks on, or NULL. */
void tsmc_series_begin(struct tsmc_series *series, uint64_t ns, struct tsmc_progress *live);
/* All of these do nothing without a series (NULL). */
/* A stage begins. */
void tsmc_series_stage(struct tsmc_series *series, uint64_t ns, unsigned int stage);
/* A record with pages crossed; begun_ns: before it was sent. */
void tsmc_series_sent(struct tsmc_series *series, uint64_t begun_ns, uint64_t bytes, uint64_t pages,
		      uint64_t markers);
/* The target asked for a page. */
void tsmc_series_fault(struct tsmc_series *series, uint64_t ns);
/* So many pages are ahead. */
void tsmc_series_left(struct tsmc_series *series, uint64_t left);
/* These need not cross any more. */
void tsmc_series_dropped(struct tsmc_series *series, uint64_t pages);
/* Who looks on; NULL: nobody. */
static inline struct tsmc_progress *tsmc_series_live(const struct tsmc_series *series)
{
	return series ? series->live : NULL;
}
/* The last sample. */
void tsmc_series_end(struct tsmc_series *series, uint64_t ns);

#endif /* TSMC_SERIES_H */
