/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP sockets: names of their ends, and how a link that is gone is noticed.
 */
#ifndef TSMC_TCP_H
#define TSMC_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "xen_glue.h"

/* Where xend took guests in; no other daemon of a Xen host has it. */
#define TSMC_TCP_PORT 8002

/* A host that answers nothing for so long is gone. */
#define TSMC_TCP_SILENCE_MS 10000

/* Room for a host's name, as in a URL at most. */
#define TSMC_TCP_HOST_LEN 256

/* Room for what tsmc_tcp_peer() and tsmc_tcp_local() write. */
#define TSMC_TCP_NAME_LEN 64

/**
 * struct tsmc_endpoint - what an operator calls HOST[:PORT]
 * @host: name or address, without brackets
 * @port: number
 */
struct tsmc_endpoint {
	char host[TSMC_TCP_HOST_LEN];
	uint16_t port;
};

/* HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT; an IPv6 address also alone. -EINVAL for anything else. */
int tsmc_endpoint_parse(const char *text, struct tsmc_endpoint *endpoint);
/* A number from 1 to 65535, or -EINVAL. */
int tsmc_port_parse(const char *text, uint16_t *port);
/* A connected, tuned socket, or negative errno; logged. */
int tsmc_tcp_connect(const struct tsmc_endpoint *endpoint, const struct tsmc_log *log);
/* A listening, non-blocking socket, or negative errno; logged. @address NULL: all of this host's. */
int tsmc_tcp_listen(const char *address, uint16_t port, const struct tsmc_log *log);
/* No delay for small records; a silent link is noticed while nothing is sent. */
void tsmc_tcp_tune(int fd);
/* Whether the other host has left unanswered what was sent for TSMC_TCP_SILENCE_MS. */
bool tsmc_tcp_lost(int fd);
/* Address and port of an end of a socket, for messages. */
void tsmc_tcp_peer(int fd, char name[TSMC_TCP_NAME_LEN]);
void tsmc_tcp_local(int fd, char name[TSMC_TCP_NAME_LEN]);

#endif /* TSMC_TCP_H */
