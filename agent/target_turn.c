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
#define PLUG_LIMIT_NS	(120 * 1000000000ULL)
#define PLUG_LOOK_MS	1000
#define SAY_NS		(2 * 1000000000ULL)

/**
 * tsmc_target_working - say so, unless that was just done
 * @tgt: before BUILT, or between PLUG and PLUGGED
 *
 * Return: 0, or negative errno: nobody waits for it any more.
 */
int tsmc_target_working(struct target *tgt)
{
	uint64_t now = tsmc_now_ns();

	if (now - tgt->said_ns < SAY_NS)
		return 0;
	tgt->said_ns = now;
	return tsmc_channel_send_one(tsmc_target_bulk(tgt), TSMC_REC_WORKING, NULL, 0);
}

/**
 * tsmc_target_turn_take - wait until no other guest is being built on this host
 * @tgt: nothing of it is built yet
 *
 * A turn that does not come is not worth refusing a guest.
 *
 * Return: 0; -ECANCELED when interrupted; another negative errno when the source is gone.
 */
int tsmc_target_turn_take(struct target *tgt)
{
	const struct timespec look = { .tv_nsec = LOOK_NS };
	uint64_t limit = tsmc_now_ns() + TURN_LIMIT_NS;
	int rc = 0;

	/* The lock goes with the process that has it, and raises no event. */
	while ((tgt->turn = tsmc_claim(TSMC_CLAIM_BUILD)) == -EBUSY && tsmc_now_ns() < limit) {
		rc = tsmc_interrupted() ? -ECANCELED : tsmc_target_working(tgt);
		if (rc)
			return rc;
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
	uint64_t limit = tsmc_now_ns() + PLUG_LIMIT_NS;
	int rc;

	while ((rc = plugged(tgt, PLUG_LOOK_MS)) == -EINPROGRESS && tsmc_now_ns() < limit) {
		rc = tsmc_target_working(tgt);
		if (rc)
			return rc;
	}
	return rc == -EINPROGRESS ? -ETIMEDOUT : rc;
}
