/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two channels that belong together, and how they come to be.
 */
#ifndef TSMC_SESSION_H
#define TSMC_SESSION_H

#include <stdbool.h>

#include "route.h"
#include "transport.h"

/**
 * struct tsmc_session - the connection between two agents
 * @bulk: orders, pages, pushes
 * @urgent: what a vCPU waits for
 * @capabilities: common to both sides, TSMC_CAP_*
 * @id: names the session; who does not know it cannot join
 * @listening: target: the second channel is expected
 * @listener: where it comes in, while @listening
 */
struct tsmc_session {
	struct tsmc_channel bulk;
	struct tsmc_channel urgent;
	uint32_t capabilities;
	uint8_t id[TSMC_WIRE_SESSION_LEN];
	bool listening;
	int listener;
};

/*
 * Source: reaches the host twice, as `xl migrate` reaches it once. From the return on bulk may be
 * used; the second channel is being set up meanwhile.
 */
int tsmc_session_connect(struct tsmc_session *session, const struct tsmc_route *route, const char *host,
			 const struct tsmc_log *log);
/*
 * Target: takes the connection on standard input and output. Returns 1 when
 * this process carries the session, 0 when it was a second channel that another process took
 * over and that has ended.
 */
int tsmc_session_accept(struct tsmc_session *session, const struct tsmc_log *log);
/* Both: waits until the second channel is there. */
int tsmc_session_join(struct tsmc_session *session, const struct tsmc_log *log);
void tsmc_session_close(struct tsmc_session *session);
/* Removes what a process that was killed has left of a session. */
void tsmc_session_forget(const uint8_t *id);

#endif /* TSMC_SESSION_H */
