// SPDX-License-Identifier: GPL-2.0-or-later
#include "tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "interrupt.h"

/* An idle connection is probed after 4 s, every 2 s, 3 times: TSMC_TCP_SILENCE_MS in all. */
#define KEEPALIVE_IDLE_S	4
#define KEEPALIVE_INTERVAL_S	2
#define KEEPALIVE_COUNT		3

/**
 * tsmc_port_parse - a port number from the command line
 * @text: decimal
 * @port: result
 *
 * Return: 0 or -EINVAL.
 */
int tsmc_port_parse(const char *text, uint16_t *port)
{
	char *end;
	unsigned long number;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	number = strtoul(text, &end, 10);
	if (*end || !number || number > UINT16_MAX)
		return -EINVAL;
	*port = number;
	return 0;
}

/**
 * tsmc_endpoint_parse - take HOST[:PORT] apart
 * @text: HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT; several colons without brackets: an address alone
 * @endpoint: result; the default port when none is given
 *
 * Return: 0 or -EINVAL.
 */
int tsmc_endpoint_parse(const char *text, struct tsmc_endpoint *endpoint)
{
	const char *end, *colon;
	size_t len;

	endpoint->port = TSMC_TCP_PORT;
	if (*text == '[') {
		end = strchr(++text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return -EINVAL;
		colon = end[1] ? end + 1 : NULL;
	} else {
		colon = strchr(text, ':');
		if (colon && strchr(colon + 1, ':'))
			colon = NULL;
		end = colon ? colon : text + strlen(text);
	}
	len = end - text;
	if (!len || len >= sizeof(endpoint->host))
		return -EINVAL;
	memcpy(endpoint->host, text, len);
	endpoint->host[len] = 0;
	return colon ? tsmc_port_parse(colon + 1, &endpoint->port) : 0;
}

static int resolve(const char *host, uint16_t port, int flags, struct addrinfo **found,
		   const struct tsmc_log *log)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_NUMERICSERV | flags };
	char service[8];
	int rc;

	snprintf(service, sizeof(service), "%u", port);
	rc = getaddrinfo(host, service, &hints, found);
	if (!rc)
		return 0;
	tsmc_log(log, TSMC_LOG_ERROR, "there is no address of %s: %s", host, gai_strerror(rc));
	return -EHOSTUNREACH;
}

/* Waits for the outcome of a connection that was begun. */
static int await_connection(int fd)
{
	uint64_t deadline = tsmc_now_ns() + TSMC_TCP_SILENCE_MS * 1000000ULL, now;
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	do {
		now = tsmc_now_ns();
		if (tsmc_interrupted())
			return -ECANCELED;
		if (now >= deadline)
			return -ETIMEDOUT;
	} while (poll(&poller, 1, (deadline - now) / 1000000 + 1) <= 0);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	return -error;
}

static int connect_to(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, address->ai_addr, address->ai_addrlen) < 0)
		rc = errno == EINPROGRESS ? await_connection(fd) : -errno;
	if (rc) {
		close(fd);
		return rc;
	}
	tsmc_tcp_tune(fd);
	return fd;
}

/**
 * tsmc_tcp_connect - connect to a listening agent
 * @endpoint: where
 * @log: where troubles are told
 *
 * Each address of the host gets TSMC_TCP_SILENCE_MS to answer.
 *
 * Return: a non-blocking socket, or negative errno; logged.
 */
int tsmc_tcp_connect(const struct tsmc_endpoint *endpoint, const struct tsmc_log *log)
{
	struct addrinfo *found, *address;
	int rc = resolve(endpoint->host, endpoint->port, 0, &found, log);

	if (rc)
		return rc;
	rc = -EHOSTUNREACH;
	for (address = found; address && rc < 0 && rc != -ECANCELED; address = address->ai_next)
		rc = connect_to(address);
	freeaddrinfo(found);
	if (rc < 0)
		tsmc_log(log, TSMC_LOG_ERROR, "cannot connect to %s port %u: %s; does `tsmc-agent listen` run there?",
			 endpoint->host, endpoint->port, strerror(-rc));
	return rc;
}

static int listen_at(const struct addrinfo *address)
{
	const int on = 1, off = 0;
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (!bind(fd, address->ai_addr, address->ai_addrlen) && !listen(fd, SOMAXCONN))
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

/**
 * tsmc_tcp_listen - listen for the agents of other hosts
 * @address: name or address of this host; NULL: all addresses, IPv4 and IPv6
 * @port: number
 * @log: where troubles are told
 *
 * Return: a non-blocking socket, or negative errno; logged.
 */
int tsmc_tcp_listen(const char *address, uint16_t port, const struct tsmc_log *log)
{
	struct addrinfo *found;
	int rc = -EAFNOSUPPORT;

	/* One socket for both families; a host without IPv6 has 0.0.0.0 only. */
	for (int i = 0; i < 2 && (rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL); i++) {
		const char *name = address ? address : i ? "0.0.0.0" : "::";
		int no_address = resolve(name, port, AI_PASSIVE, &found, log);

		if (no_address)
			return no_address;
		rc = listen_at(found);
		freeaddrinfo(found);
	}
	if (rc < 0)
		tsmc_log(log, TSMC_LOG_ERROR, "cannot listen at %s port %u: %s",
			 address ? address : "all addresses,", port, strerror(-rc));
	return rc;
}

/**
 * tsmc_tcp_tune - make a socket fit for a migration
 * @fd: connected; others are left alone
 */
void tsmc_tcp_tune(int fd)
{
	const int on = 1, idle = KEEPALIVE_IDLE_S, interval = KEEPALIVE_INTERVAL_S, count = KEEPALIVE_COUNT;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

/**
 * tsmc_tcp_lost - is the other host gone?
 * @fd: any descriptor; what is no TCP socket is never lost
 *
 * TCP itself would send again for a quarter of an hour. TCP_USER_TIMEOUT is no help: it also ends the
 * connection to a host that answers but takes nothing more for a while.
 *
 * Return: true when what was sent has been unanswered for TSMC_TCP_SILENCE_MS.
 */
bool tsmc_tcp_lost(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return false;
	return (info.tcpi_retransmits || info.tcpi_probes) && info.tcpi_last_ack_recv >= TSMC_TCP_SILENCE_MS &&
	       info.tcpi_last_data_recv >= TSMC_TCP_SILENCE_MS;
}

static void show_address(const struct sockaddr_storage *address, socklen_t len, char name[TSMC_TCP_NAME_LEN])
{
	const bool v6 = address->ss_family == AF_INET6;
	char host[INET6_ADDRSTRLEN], port[8];

	if (getnameinfo((const struct sockaddr *)address, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV))
		snprintf(name, TSMC_TCP_NAME_LEN, "somewhere");
	else if (v6 && !strncmp(host, "::ffff:", 7))
		snprintf(name, TSMC_TCP_NAME_LEN, "%s:%s", host + 7, port);
	else
		snprintf(name, TSMC_TCP_NAME_LEN, v6 ? "[%s]:%s" : "%s:%s", host, port);
}

/**
 * tsmc_tcp_peer - the other end of a socket
 * @fd: connected
 * @name: result
 */
void tsmc_tcp_peer(int fd, char name[TSMC_TCP_NAME_LEN])
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);

	getpeername(fd, (struct sockaddr *)&address, &len);
	show_address(&address, len, name);
}

/**
 * tsmc_tcp_local - this end of a socket
 * @fd: connected or listening
 * @name: result
 */
void tsmc_tcp_local(int fd, char name[TSMC_TCP_NAME_LEN])
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);

	getsockname(fd, (struct sockaddr *)&address, &len);
	show_address(&address, len, name);
}
