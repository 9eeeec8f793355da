// SPDX-License-Identifier: GPL-2.0-or-later
#include "event_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/**
 * tsmc_event_file_open - open what takes events
 * @path: a file, which is emptied, or a named pipe, whose reader is waited for; such as /dev/fd/3
 *
 * Return: a descriptor of its own, so that it can be made not to wait; negative errno.
 */
int tsmc_event_file_open(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);

	if (fd < 0)
		return -errno;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
		close(fd);
		return -errno;
	}
	return fd;
}

/**
 * tsmc_event_file_write - write one line
 * @fd: of tsmc_event_file_open()
 * @line: of TSMC_EVENT_BYTES at most: a pipe takes it as a whole or not at all
 * @len: bytes
 * @patience_ms: how long to wait until it is taken
 *
 * Return: whether it was.
 */
bool tsmc_event_file_write(int fd, const char *line, size_t len, int patience_ms)
{
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	ssize_t done;

	do {
		done = write(fd, line, len);
	} while (done < 0 && (errno == EINTR || (errno == EAGAIN && poll(&poller, 1, patience_ms) == 1 &&
						 !(poller.revents & (POLLERR | POLLHUP)))));
	return done >= 0;
}
