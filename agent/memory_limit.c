// SPDX-License-Identifier: GPL-2.0-or-later
#include "memory_limit.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

/* Of stage three, with --verify also before the hand-over. */
#define THREADS		2
/* What threads get when there is no limit. */
#define STACK_DEFAULT	(2ULL << 20)

static uint64_t stacks(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return THREADS * STACK_DEFAULT;
	return limit.rlim_cur < UINT32_MAX ? THREADS * limit.rlim_cur : THREADS * (uint64_t)UINT32_MAX;
}

static int set(uint64_t bytes)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_DATA, &limit))
		return -errno;
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	return setrlimit(RLIMIT_DATA, &limit) ? -errno : 0;
}

/**
 * tsmc_memory_limit - hold this process to a bound
 * @bytes: of heap, to which threads' stacks are added; mappings of a guest do not count
 * @log: where it is told
 *
 * Only while nothing worse can happen than that the guest stays at the source: an allocation beyond
 * fails, and libxl ends the process then. The limit is inherited; programs that libxl starts must not
 * be among the heirs.
 */
void tsmc_memory_limit(uint64_t bytes, const struct tsmc_log *log)
{
	int rc;

	bytes += stacks();
	rc = set(bytes);
	if (rc)
		tsmc_log(log, TSMC_LOG_DEBUG, "memory of this process is not limited: %s", strerror(-rc));
	else
		tsmc_log(log, TSMC_LOG_DEBUG, "memory of this process is limited to %" PRIu64 " KiB", bytes >> 10);
}

/**
 * tsmc_memory_unlimit - take the limit away
 */
void tsmc_memory_unlimit(void)
{
	set(UINT64_MAX);
}
