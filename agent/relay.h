/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves bytes between a TLS connection and two descriptors.
 */
#ifndef TSMC_RELAY_H
#define TSMC_RELAY_H

#include "tls.h"

/**
 * struct tsmc_relay - what is joined
 * @tls: after the handshake
 * @tcp: its socket
 * @in: read from here and sent to the peer
 * @out: what the peer sends is written here; may equal @in
 * @peer: names the other host in messages
 * @log: where troubles are told
 */
struct tsmc_relay {
	struct tsmc_tls *tls;
	int tcp;
	int in, out;
	const char *peer;
	const struct tsmc_log *log;
};

/* Until both directions have ended: 0. Negative errno when the connection broke; logged. */
int tsmc_relay_run(const struct tsmc_relay *relay);

#endif /* TSMC_RELAY_H */
