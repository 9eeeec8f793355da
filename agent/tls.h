/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of a TLS connection: TLS 1.3, with the certificates of both hosts.
 */
#ifndef TSMC_TLS_H
#define TSMC_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "xen_glue.h"

struct tsmc_tls;

enum tsmc_tls_role {
	TSMC_TLS_SOURCE,	/* connects; the target's certificate must be for the name it was called by */
	TSMC_TLS_TARGET,	/* is connected to; the source needs any certificate of the CA */
};

/* Reads ca.pem, cert.pem and key.pem in @dir. 0 or negative errno; logged. */
int tsmc_tls_new(struct tsmc_tls **tls, enum tsmc_tls_role role, const char *dir, const struct tsmc_log *log);
/* @peer names the other host: the source expects it in its certificate, the target in messages only. */
int tsmc_tls_handshake(struct tsmc_tls *tls, int fd, const char *peer);
/* Bytes taken, -EAGAIN, or negative errno; logged. The same bytes must be offered again after -EAGAIN. */
ssize_t tsmc_tls_send(struct tsmc_tls *tls, const void *data, size_t len);
/* Bytes read, 0 at the end that the peer has announced, -EAGAIN, or negative errno; logged. */
ssize_t tsmc_tls_receive(struct tsmc_tls *tls, void *room, size_t len);
/* Whether there is something to receive that poll() on the socket does not know of. */
bool tsmc_tls_pending(const struct tsmc_tls *tls);
/* Announces that nothing more is sent. 0, -EAGAIN, or negative errno. */
int tsmc_tls_end(struct tsmc_tls *tls);
/* NULL is allowed. The socket stays open. */
void tsmc_tls_free(struct tsmc_tls *tls);

#endif /* TSMC_TLS_H */
