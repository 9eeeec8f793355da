// SPDX-License-Identifier: GPL-2.0-or-later
#include "stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

/**
 * tsmc_stop_open - SIGINT, SIGTERM and SIGHUP do not kill any more
 *
 * Return: a descriptor for tsmc_stop_wait(), or a negative errno.
 */
int tsmc_stop_open(void)
{
	sigset_t signals;
	int stop;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	stop = signalfd(-1, &signals, SFD_CLOEXEC);
	if (stop < 0 || sigprocmask(SIG_BLOCK, &signals, NULL))
		return -errno;
	return stop;
}

/**
 * tsmc_stop_wait - wait
 * @stop: of tsmc_stop_open()
 * @input: descriptor to read from; negative: none
 * @timeout_ms: at most; negative: no limit
 *
 * Return: enum tsmc_woken or a negative errno.
 */
int tsmc_stop_wait(int stop, int input, int timeout_ms)
{
	struct pollfd fds[] = {
		{ .fd = stop, .events = POLLIN },
		{ .fd = input, .events = POLLIN },
	};
	int ready;

	do {
		ready = poll(fds, 2, timeout_ms);
	} while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return -errno;
	if (fds[0].revents)
		return TSMC_WOKEN_STOP;
	return fds[1].revents ? TSMC_WOKEN_INPUT : TSMC_WOKEN_TIME;
}
