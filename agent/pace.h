/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holds what is sent to a rate. May be used by several threads.
 */
#ifndef TSMC_PACE_H
#define TSMC_PACE_H

#include <pthread.h>
#include <stdint.h>

/**
 * struct tsmc_pace - for all channels of a migration
 * @lock: guards @free_at
 * @bytes_per_s: at most so many; 0: any number
 * @free_at: when all that was taken so far will have been carried, ns
 */
struct tsmc_pace {
	pthread_mutex_t lock;
	uint64_t bytes_per_s;
	uint64_t free_at;
};

/* Counts what is about to be sent; returns how long to wait before, ns. */
uint64_t tsmc_pace_take(struct tsmc_pace *pace, uint64_t bytes, uint64_t now_ns);

#endif /* TSMC_PACE_H */
