/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TSMC_SEGMENT_FRAME_H
#define TSMC_SEGMENT_FRAME_H

#include <stddef.h>
#include <stdint.h>

/* The longest frame QEMU's stream netdev carries. */
#define FRAME_MAX	(68 * 1024)

/**
 * struct frame - an Ethernet frame in a queue
 * @next: the frame behind it
 * @due: when it leaves a link, CLOCK_MONOTONIC nanoseconds
 * @len: bytes in @data
 * @sent: bytes of @data already written to a port
 * @data: the content
 */
struct frame {
	struct frame *next;
	uint64_t due;
	size_t len;
	size_t sent;
	uint8_t data[];
};

#endif
