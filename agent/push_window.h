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
 * @since: when the measurement under way began, ns; 0: none
 * @pages: taken in since then
 * @rate: pages per second as last measured; 0: unknown
 * @last_demand: when a page was last demanded, ns; 0: never
 */
struct tsmc_push_window {
	unsigned int batch_max;
	uint64_t since;
	uint64_t pages;
	uint64_t rate;
	uint64_t last_demand;
};

/* The target has taken pushed pages in. */
void tsmc_push_window_credit(struct tsmc_push_window *window, uint64_t pages, uint64_t now_ns);
/* A vCPU waits for a page. */
void tsmc_push_window_demand(struct tsmc_push_window *window, uint64_t now_ns);
/* Pages of the next batch; twice as many may be on their way. */
unsigned int tsmc_push_window_batch(const struct tsmc_push_window *window, uint64_t now_ns);

#endif /* TSMC_PUSH_WINDOW_H */
