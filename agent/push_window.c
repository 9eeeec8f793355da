// SPDX-License-Identifier: GPL-2.0-or-later
#include "push_window.h"

/*
 * A demanded page waits behind pushed ones on the link. While pages are demanded the two batches on
 * their way take so long at most: a few round trips of a local network.
 */
#define QUEUE_NS	10000000ULL
/* So long after a demand another one is expected. */
#define MEMORY_NS	250000000ULL
/* A measurement of the rate takes so long at least. */
#define MEASURE_NS	50000000ULL
/* Smaller batches cost more for installing than the wait that they save. */
#define BATCH_MIN	8u

#define NS_PER_S	1000000000ULL

/**
 * tsmc_push_window_credit - the target has taken pushed pages in
 * @window: measures the rate
 * @pages: how many
 * @now_ns: a clock that never goes back
 */
void tsmc_push_window_credit(struct tsmc_push_window *window, uint64_t pages, uint64_t now_ns)
{
	if (!window->since) {
		/* When these were sent is not known, so they do not count. */
		window->since = now_ns;
		return;
	}
	window->pages += pages;
	if (now_ns - window->since < MEASURE_NS)
		return;
	window->rate = window->pages * NS_PER_S / (now_ns - window->since);
	window->since = now_ns;
	window->pages = 0;
}

/**
 * tsmc_push_window_demand - a vCPU waits for a page
 * @window: makes batches smaller for a while
 * @now_ns: the same clock
 */
void tsmc_push_window_demand(struct tsmc_push_window *window, uint64_t now_ns)
{
	window->last_demand = now_ns;
}

/**
 * tsmc_push_window_batch - how many pages to push next
 * @window: as measured
 * @now_ns: the same clock
 *
 * Two batches keep a link busy while one of them is installed, so twice the
 * result may be on its way.
 *
 * Return: 1 .. @window's batch_max.
 */
unsigned int tsmc_push_window_batch(const struct tsmc_push_window *window, uint64_t now_ns)
{
	uint64_t batch = window->rate * QUEUE_NS / NS_PER_S / 2;

	if (!window->rate || !window->last_demand || now_ns - window->last_demand > MEMORY_NS)
		return window->batch_max;
	if (batch < BATCH_MIN)
		batch = BATCH_MIN;
	return batch < window->batch_max ? (unsigned int)batch : window->batch_max;
}
