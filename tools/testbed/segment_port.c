// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A station's connection to the segment: framing and a bounded queue of
 * frames that its socket does not take yet.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>

#include "segment_port.h"

/* More than a TCP window of Linux's default size: one flow overruns nobody. */
#define QUEUE_MAX	(8 * 1024 * 1024)

/* Frames taken from one port before the others get their turn. */
#define READS_A_TURN	4

/**
 * tsmc_port_open() - a station has connected
 * @port: a closed port
 * @index: its number, handed to the receiver of its frames
 * @fd: the non-blocking socket; the port owns it from now on
 */
void tsmc_port_open(struct port *port, int index, int fd)
{
	int size = 1024 * 1024;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	port->index = index;
	port->fd = fd;
	port->have = 0;
	port->queued = 0;
	port->head = NULL;
}

/**
 * tsmc_port_close() - forget a station, and what was queued for it
 * @port: the port; closing a closed one does nothing
 */
void tsmc_port_close(struct port *port)
{
	struct frame *f;

	if (port->fd < 0)
		return;
	close(port->fd);
	port->fd = -1;
	while ((f = port->head)) {
		port->head = f->next;
		free(f);
	}
}

/**
 * tsmc_port_flush() - write what the socket takes
 * @port: an open port; closed when its station is gone
 */
void tsmc_port_flush(struct port *port)
{
	struct frame *f;

	while ((f = port->head)) {
		ssize_t n = send(port->fd, f->data + f->sent, f->len - f->sent,
				 MSG_NOSIGNAL);

		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				tsmc_port_close(port);
			return;
		}
		f->sent += n;
		port->queued -= n;
		if (f->sent < f->len)
			return;
		port->head = f->next;
		free(f);
	}
}

/**
 * tsmc_port_send() - send a frame to a station
 * @port: an open port
 * @data: the frame
 * @len: its length in bytes
 *
 * The frame is lost when the station has not read for long.
 */
void tsmc_port_send(struct port *port, const uint8_t *data, size_t len)
{
	uint32_t be_len = htonl(len);
	struct frame *f;

	if (port->queued + len > QUEUE_MAX) {
		port->overrun++;
		return;
	}
	f = malloc(sizeof(*f) + sizeof(be_len) + len);
	if (!f) {
		port->overrun++;
		return;
	}
	f->next = NULL;
	f->len = sizeof(be_len) + len;
	f->sent = 0;
	memcpy(f->data, &be_len, sizeof(be_len));
	memcpy(f->data + sizeof(be_len), data, len);
	port->queued += f->len;
	if (port->head) {
		port->tail->next = f;
		port->tail = f;
		return;
	}
	port->head = f;
	port->tail = f;
	tsmc_port_flush(port);
}

/**
 * tsmc_port_receive() - read from a station and hand on each whole frame
 * @port: an open port; closed when its station is gone or breaks the framing
 * @frame: called for each frame
 * @ctx: handed to @frame
 */
void tsmc_port_receive(struct port *port,
		       void (*frame)(void *ctx, int from, const uint8_t *data,
				     size_t len), void *ctx)
{
	for (int turn = 0; turn < READS_A_TURN; turn++) {
		size_t at = 0;
		ssize_t n = recv(port->fd, port->in + port->have,
				 sizeof(port->in) - port->have, 0);

		if (n <= 0) {
			if (n == 0 || (errno != EAGAIN && errno != EINTR))
				tsmc_port_close(port);
			return;
		}
		port->have += n;
		for (;;) {
			uint32_t len;

			if (port->have - at < sizeof(len))
				break;
			memcpy(&len, port->in + at, sizeof(len));
			len = ntohl(len);
			if (len > FRAME_MAX) {
				tsmc_port_close(port);
				return;
			}
			if (port->have - at < sizeof(len) + len)
				break;
			frame(ctx, port->index, port->in + at + sizeof(len),
			      len);
			at += sizeof(len) + len;
		}
		port->have -= at;
		memmove(port->in, port->in + at, port->have);
	}
}
