// SPDX-License-Identifier: GPL-2.0-or-later
#include "pace.h"

/**
 * tsmc_pace_take - count what is about to be sent
 * @pace: of the link
 * @bytes: to be sent; up to 2^30
 * @now_ns: a clock that never goes back
 *
 * What was not used while nothing was to be sent is lost: there are no bursts.
 *
 * Return: nanoseconds to wait before sending; 0 without a limit. Who does not wait
 * makes others wait longer.
 */
uint64_t tsmc_pace_take(struct tsmc_pace *pace, uint64_t bytes, uint64_t now_ns)
{
	uint64_t start;

	if (!pace->bytes_per_s)
		return 0;
	pthread_mutex_lock(&pace->lock);
	start = pace->free_at > now_ns ? pace->free_at : now_ns;
	pace->free_at = start + bytes * 1000000000ULL / pace->bytes_per_s;
	pthread_mutex_unlock(&pace->lock);
	return start - now_ns;
}
