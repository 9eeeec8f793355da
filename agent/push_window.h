/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many pushed pages may be on their way. Pure: the caller brings the time.
 */
#ifndef TSMC_PUSH_WINDOW_H
#define TSMC_PUSH_WINDOW_H

#include <stdint.h>

/**
 * struct tsmc_push_window - zeroed, then @batch_max set
 * @batch_max: pages in a batch while nobody waits
 * @since: when the measurement of the rate under way began, ns; 0: none
 * @pages: taken in since then
 * @rate: pages per second that the link has been seen to carry; 0: unknown
 * @probe_sent: when the page was sent whose round trip is being measured, ns; 0: none
 * @probe_left: pages to be taken in until that one is
 * @round_trip: shortest time from sending a batch to its credit, ns; 0: unknown
 * @last_demand: when a page was last demanded, ns; 0: never
 */
struct tsmc_push_window {
	unsigned int batch_max;
	uint64_t since;
	uint64_t pages;
	uint64_t rate;
	uint64_t probe_sent;
	uint64_t probe_left;
	uint64_t round_trip;
	uint64_t last_demand;
};

/* A batch is sent; so many pages are on their way then. */
void tsmc_push_window_sent(struct tsmc_push_window *window, uint64_t in_flight, uint64_t now_ns);
/* The target has taken pushed pages in. */
void tsmc_push_window_credit(struct tsmc_push_window *window, uint64_t pages, uint64_t now_ns);
/* A vCPU waits for a page. */
void tsmc_push_window_demand(struct tsmc_push_window *window, uint64_t now_ns);
/* Pages of the next batch; twice as many may be on their way. */
unsigned int tsmc_push_window_batch(const struct tsmc_push_window *window, uint64_t now_ns);

#endif /* TSMC_PUSH_WINDOW_H */
