/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of the guest's module, over libmnl.
 */
#ifndef TSMC_EVENTS_H
#define TSMC_EVENTS_H

#include <stdint.h>

struct mnl_socket;

/**
 * struct tsmc_events - a socket that hears events
 * @socket: libmnl's
 * @family: message type of the module's family
 */
struct tsmc_events {
	struct mnl_socket *socket;
	uint16_t family;
};

/* Sees each event, enum tsmc_cmd; below 0 ends it. */
typedef int (*tsmc_event_fn)(unsigned int event, uint64_t request, uint64_t epoch, void *opaque);

int tsmc_events_open(struct tsmc_events *events);
void tsmc_events_close(struct tsmc_events *events);
int tsmc_events_read(struct tsmc_events *events, int limit_ms, tsmc_event_fn see, void *opaque);

#endif /* TSMC_EVENTS_H */
