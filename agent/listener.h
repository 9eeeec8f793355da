/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes connections of other hosts' agents, each in a process of its own.
 */
#ifndef TSMC_LISTENER_H
#define TSMC_LISTENER_H

#include "agent.h"

/* Connections at a time; a migration has two. */
#define TSMC_CONNECTIONS_MAX 64

/*
 * Serves connections until the operator stops it, then returns 0; negative errno, logged. @fd listens
 * and does not block. @tls_dir NULL: without TLS.
 */
int tsmc_listener_serve(struct tsmc_agent *agent, int fd, const char *tls_dir);

#endif /* TSMC_LISTENER_H */
