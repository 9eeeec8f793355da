/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TSMC_CLOCK_H
#define TSMC_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Monotonic time of this host in ns. */
static inline uint64_t tsmc_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* A number that no earlier agent has used: time that goes on when the host is restarted, in ns. */
static inline uint64_t tsmc_fresh_number(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* CPU time of the calling thread in ns. */
static inline uint64_t tsmc_thread_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return used.tv_sec * 1000000000ULL + used.tv_nsec;
}

#endif /* TSMC_CLOCK_H */
