// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Guests that come in are built one after the other, up to the last device that is
 * plugged. libxl gives each hotplug script 40 s: on a busy host those of several guests,
 * side by side, may each need longer, and then none would be taken. Nor can two guests
 * count on the same free memory.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "claim.h"
#include "clock.h"
#include "interrupt.h"
#include "target_state.h"

/* The source waits longer. */
#define TURN_LIMIT_NS	(150 * 1000000000ULL)
#define LOOK_NS		(250 * 1000000L)
#define PLUG_LIMIT_MS	120000

/**
 * tsmc_target_turn_take - wait until no other guest is being built on this host
 * @tgt: nothing of it is built yet
 *
 * A turn that does not come is not worth refusing a guest.
 *
 * Return: 0, or -ECANCELED when interrupted.
 */
int tsmc_target_turn_take(struct target *tgt)
{
	const struct timespec look = { .tv_nsec = LOOK_NS };
	uint64_t limit = tsmc_now_ns() + TURN_LIMIT_NS;

	/* The lock goes with the process that has it, and raises no event. */
	while ((tgt->turn = tsmc_claim(TSMC_CLAIM_BUILD)) == -EBUSY && tsmc_now_ns() < limit) {
		if (tsmc_interrupted())
			return -ECANCELED;
		nanosleep(&look, NULL);
	}
	if (tgt->turn < 0)
		tsmc_log(tgt->log, TSMC_LOG_WARN, "building %s beside other guests: %s", tgt->name,
			 strerror(-tgt->turn));
	return 0;
}

/**
 * tsmc_target_turn_end - others may build
 * @tgt: whose turn it is, or is not
 */
void tsmc_target_turn_end(struct target *tgt)
{
	if (tgt->turn >= 0)
		close(tgt->turn);
	tgt->turn = -1;
}

/* 0: all that may be plugged early is, and the turn is over; -EINPROGRESS; the failure of the build. */
static int plugged(struct target *tgt, unsigned int wait_ms)
{
	int rc = tsmc_build_wait(tgt->build, wait_ms);

	if (!rc)
		return -EINPROGRESS;
	tsmc_target_turn_end(tgt);
	return rc == 1 ? 0 : rc;
}

/**
 * tsmc_target_turn_look - end the turn if all is plugged by now
 * @tgt: built
 *
 * Return: 0, or the failure of the build.
 */
int tsmc_target_turn_look(struct target *tgt)
{
	int rc = tgt->turn >= 0 ? plugged(tgt, 0) : 0;

	return rc == -EINPROGRESS ? 0 : rc;
}

/**
 * tsmc_target_await_plugged - wait until libxl has plugged what may be plugged early
 * @tgt: built
 *
 * Return: 0; -ETIMEDOUT; the failure of the build.
 */
int tsmc_target_await_plugged(struct target *tgt)
{
	int rc = plugged(tgt, PLUG_LIMIT_MS);

	return rc == -EINPROGRESS ? -ETIMEDOUT : rc;
}
