/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TSMC_SEGMENT_LINK_H
#define TSMC_SEGMENT_LINK_H

#include <stdbool.h>

#include "segment_frame.h"

/**
 * struct link - one direction of the wire between the two hosts
 * @rate: bytes per second, 0 for no limit
 * @delay_ns: how long a frame travels
 * @cut: frames are lost
 * @frames: frames carried
 * @bytes: bytes carried
 * @dropped: frames lost because the queue was full
 * @lost_to_cut: frames lost because the link was cut
 * @head: private: first frame under way
 * @tail: private: last frame under way
 * @busy_until: private: when the last frame will have been put on the wire
 */
struct link {
	uint64_t rate;
	uint64_t delay_ns;
	bool cut;
	uint64_t frames;
	uint64_t bytes;
	uint64_t dropped;
	uint64_t lost_to_cut;
	struct frame *head;
	struct frame *tail;
	uint64_t busy_until;
};

void tsmc_link_enqueue(struct link *link, const uint8_t *data, size_t len,
		       uint64_t now);
struct frame *tsmc_link_dequeue(struct link *link, uint64_t now);
void tsmc_link_cut(struct link *link);

#endif
