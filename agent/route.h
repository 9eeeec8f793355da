/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What carries the bytes between two agents.
 */
#ifndef TSMC_ROUTE_H
#define TSMC_ROUTE_H

/* Where certificates and key are unless the operator says otherwise. */
#define TSMC_TLS_DIR "/etc/tsmc"

enum tsmc_carrier {
	TSMC_CARRIER_COMMAND,	/* ssh, or what the operator puts in its place */
	TSMC_CARRIER_TLS,	/* `tsmc-agent connect` here, `tsmc-agent listen` there */
	TSMC_CARRIER_TCP,	/* the same without TLS: nothing is secret */
};

/**
 * struct tsmc_route - how the source reaches the other host
 * @carrier: by what
 * @ssh: command that runs a command on a host, as xl's -s; empty: the host names the command itself
 * @tls_dir: holds ca.pem, cert.pem and key.pem
 */
struct tsmc_route {
	enum tsmc_carrier carrier;
	const char *ssh;
	const char *tls_dir;
};

#endif /* TSMC_ROUTE_H */
