// SPDX-License-Identifier: GPL-2.0-or-later
#include "series.h"

#include "progress.h"

/* Sums lose nothing by it but when within two intervals. The first sample stays. */
static void thin_out(struct tsmc_series *series)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < series->nr; i += 2)
		series->samples[kept++] = series->samples[i];
	series->nr = kept;
	series->interval_ns *= 2;
}

static void take(struct tsmc_series *series, uint64_t ns)
{
	if (series->nr == TSMC_SERIES_MAX)
		thin_out(series);
	series->now.ns = ns;
	series->samples[series->nr++] = series->now;
}

/*
 * Before sums change: so what they were is known up to the instant of a change, and time in
 * which nothing happens shows as such. Two threads may come in another order than their clocks.
 */
static void take_if_due(struct tsmc_series *series, uint64_t ns)
{
	const struct tsmc_sample *last = &series->samples[series->nr - 1];

	if (ns >= last->ns + series->interval_ns)
		take(series, ns);
}

/* The sums have changed. */
static void leave(struct tsmc_series *series)
{
	tsmc_progress_sums(series->live, &series->now);
	pthread_mutex_unlock(&series->lock);
}

static void subtract(uint64_t *left, uint64_t pages)
{
	*left -= pages < *left ? pages : *left;
}

/**
 * tsmc_series_begin - begin
 * @series: new
 * @ns: now
 * @live: is told of each change; or NULL
 */
void tsmc_series_begin(struct tsmc_series *series, uint64_t ns, struct tsmc_progress *live)
{
	pthread_mutex_init(&series->lock, NULL);
	series->live = live;
	series->now = (struct tsmc_sample){ .stage = 1 };
	series->interval_ns = TSMC_SERIES_INTERVAL_NS;
	series->nr = 0;
	take(series, ns);
}

/**
 * tsmc_series_stage - a stage begins; a sample is taken
 * @series: begun, or NULL
 * @ns: now
 * @stage: 1 .. 3
 */
void tsmc_series_stage(struct tsmc_series *series, uint64_t ns, unsigned int stage)
{
	if (!series)
		return;
	pthread_mutex_lock(&series->lock);
	take(series, ns);
	series->now.stage = stage;
	leave(series);
}

/**
 * tsmc_series_sent - a record with pages crossed
 * @series: begun, or NULL
 * @begun_ns: when it was about to be sent
 * @bytes: that the channel took for it
 * @pages: in it with their content
 * @markers: others in it
 *
 * In stages two and three these are pages that were left. In stage one a page may cross again:
 * see tsmc_series_left().
 */
void tsmc_series_sent(struct tsmc_series *series, uint64_t begun_ns, uint64_t bytes, uint64_t pages,
		      uint64_t markers)
{
	if (!series)
		return;
	pthread_mutex_lock(&series->lock);
	take_if_due(series, begun_ns);
	series->now.bytes += bytes;
	series->now.pages += pages;
	series->now.markers += markers;
	if (series->now.stage > 1)
		subtract(&series->now.left, pages + markers);
	leave(series);
}

/**
 * tsmc_series_fault - the target asked for a page
 * @series: begun, or NULL
 * @ns: now
 */
void tsmc_series_fault(struct tsmc_series *series, uint64_t ns)
{
	if (!series)
		return;
	pthread_mutex_lock(&series->lock);
	take_if_due(series, ns);
	series->now.faults++;
	leave(series);
}

/**
 * tsmc_series_left - how far this step has come
 * @series: begun, or NULL
 * @left: pages that it has yet to come to
 */
void tsmc_series_left(struct tsmc_series *series, uint64_t left)
{
	if (!series)
		return;
	pthread_mutex_lock(&series->lock);
	series->now.left = left;
	leave(series);
}

/**
 * tsmc_series_dropped - some of what was left need not cross
 * @series: begun, or NULL
 * @pages: how many
 */
void tsmc_series_dropped(struct tsmc_series *series, uint64_t pages)
{
	if (!series)
		return;
	pthread_mutex_lock(&series->lock);
	subtract(&series->now.left, pages);
	leave(series);
}

/**
 * tsmc_series_end - take the last sample
 * @series: begun, or NULL
 * @ns: now
 */
void tsmc_series_end(struct tsmc_series *series, uint64_t ns)
{
	if (!series)
		return;
	pthread_mutex_lock(&series->lock);
	take(series, ns);
	pthread_mutex_unlock(&series->lock);
}
