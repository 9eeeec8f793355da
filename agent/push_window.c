// SPDX-License-Identifier: GPL-2.0-or-later
#include "push_window.h"

/*
 * A demanded page waits behind pushed ones on the link. While pages are demanded those that are on
 * their way take so long longer than a round trip, at most.
 */
#define QUEUE_NS	10000000ULL
/* So long after a demand another one is expected. */
#define MEMORY_NS	250000000ULL
/* A measurement of the rate takes so long at least. */
#define MEASURE_NS	50000000ULL
/* A lower rate counts by so much: it may be the window's fault, not the link's. */
#define DECAY		16
/* Smaller batches cost more for installing than the wait that they save. */
#define BATCH_MIN	8u

#define NS_PER_S	1000000000ULL

static void measure_rate(struct tsmc_push_window *window, uint64_t pages, uint64_t now_ns)
{
	uint64_t rate;

	if (!window->since) {
		/* When these were sent is not known, so they do not count. */
		window->since = now_ns;
		return;
	}
	window->pages += pages;
	if (now_ns - window->since < MEASURE_NS)
		return;
	rate = window->pages * NS_PER_S / (now_ns - window->since);
	if (rate >= window->rate)
		window->rate = rate;
	else
		window->rate -= (window->rate - rate) / DECAY;
	window->since = now_ns;
	window->pages = 0;
}

static void end_probe(struct tsmc_push_window *window, uint64_t now_ns)
{
	uint64_t took = now_ns - window->probe_sent;

	if (!window->round_trip || took < window->round_trip)
		window->round_trip = took;
	window->probe_sent = 0;
}

/**
 * tsmc_push_window_sent - a batch was sent
 * @window: measures the round trip
 * @in_flight: pages on their way, with those of the batch
 * @now_ns: a clock that never goes back
 */
void tsmc_push_window_sent(struct tsmc_push_window *window, uint64_t in_flight, uint64_t now_ns)
{
	if (window->probe_sent)
		return;
	window->probe_sent = now_ns;
	window->probe_left = in_flight;
}

/**
 * tsmc_push_window_credit - the target has taken pushed pages in
 * @window: measures
 * @pages: how many
 * @now_ns: the same clock
 */
void tsmc_push_window_credit(struct tsmc_push_window *window, uint64_t pages, uint64_t now_ns)
{
	if (window->probe_sent && pages >= window->probe_left)
		end_probe(window, now_ns);
	else if (window->probe_sent)
		window->probe_left -= pages;
	measure_rate(window, pages, now_ns);
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
	uint64_t batch = window->rate * (window->round_trip + QUEUE_NS) / NS_PER_S / 2;

	if (!window->rate || !window->last_demand || now_ns - window->last_demand > MEMORY_NS)
		return window->batch_max;
	if (batch < BATCH_MIN)
		batch = BATCH_MIN;
	return batch < window->batch_max ? (unsigned int)batch : window->batch_max;
}
