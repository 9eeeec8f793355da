// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One direction of the wire between two hosts: frames leave in the order they
 * came, not faster than the rate, each after the delay. The queue before the
 * wire is bounded and loses what comes last, as a switch does.
 */
#include <stdlib.h>
#include <string.h>

#include "segment_link.h"

#define NSEC_PER_SEC	1000000000ULL

/* The queue holds what the wire carries in 200 ms, at least some frames. */
#define QUEUE_NS	(NSEC_PER_SEC / 5)
#define QUEUE_MIN	(8 * 64 * 1024)

static uint64_t wire_ns(const struct link *link, size_t len)
{
	return link->rate ? len * NSEC_PER_SEC / link->rate : 0;
}

/**
 * tsmc_link_enqueue() - put a frame on the wire
 * @link: the direction it takes
 * @data: the frame
 * @len: its length in bytes
 * @now: CLOCK_MONOTONIC nanoseconds
 *
 * The frame is lost when the link is cut or its queue is full.
 */
void tsmc_link_enqueue(struct link *link, const uint8_t *data, size_t len,
		       uint64_t now)
{
	uint64_t limit = wire_ns(link, QUEUE_MIN);
	struct frame *f;

	if (limit < QUEUE_NS)
		limit = QUEUE_NS;
	if (link->cut) {
		link->lost_to_cut++;
		return;
	}
	if (link->busy_until < now || !link->rate)
		link->busy_until = now;
	if (link->busy_until - now > limit) {
		link->dropped++;
		return;
	}
	f = malloc(sizeof(*f) + len);
	if (!f) {
		link->dropped++;
		return;
	}
	link->busy_until += wire_ns(link, len);
	f->next = NULL;
	f->due = link->busy_until + link->delay_ns;
	f->len = len;
	f->sent = 0;
	memcpy(f->data, data, len);
	if (link->head)
		link->tail->next = f;
	else
		link->head = f;
	link->tail = f;
	link->frames++;
	link->bytes += len;
}

/**
 * tsmc_link_dequeue() - take the next frame that has arrived
 * @link: the direction
 * @now: CLOCK_MONOTONIC nanoseconds
 *
 * Return: the frame, which the caller frees, or NULL when none is due.
 */
struct frame *tsmc_link_dequeue(struct link *link, uint64_t now)
{
	struct frame *f = link->head;

	if (!f || f->due > now)
		return NULL;
	link->head = f->next;
	return f;
}

/**
 * tsmc_link_cut() - cut the wire: what is under way is lost too
 * @link: the direction
 */
void tsmc_link_cut(struct link *link)
{
	struct frame *f;

	link->cut = true;
	while ((f = link->head)) {
		link->head = f->next;
		link->lost_to_cut++;
		free(f);
	}
}
