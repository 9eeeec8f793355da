/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TSMC_SEGMENT_PORT_H
#define TSMC_SEGMENT_PORT_H

#include "segment_frame.h"

/**
 * struct port - a station's connection to the segment
 * @index: which port it is
 * @fd: its socket, or -1 while nobody is connected
 * @overrun: frames lost because the station does not read
 * @head: private: first frame waiting to be written
 * @tail: private: last frame waiting to be written
 * @queued: private: bytes waiting to be written
 * @have: private: bytes in @in
 * @in: private: received, not yet a whole frame
 */
struct port {
	int index;
	int fd;
	uint64_t overrun;
	struct frame *head;
	struct frame *tail;
	size_t queued;
	size_t have;
	uint8_t in[2 * (4 + FRAME_MAX)];
};

void tsmc_port_open(struct port *port, int index, int fd);
void tsmc_port_close(struct port *port);
void tsmc_port_send(struct port *port, const uint8_t *data, size_t len);
void tsmc_port_flush(struct port *port);
void tsmc_port_receive(struct port *port,
		       void (*frame)(void *ctx, int from, const uint8_t *data,
				     size_t len), void *ctx);

#endif
