// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IPv4 addresses as the network workloads take them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "endpoint.h"
#include "report.h"

/**
 * tsmc_endpoint_parse() - read [ADDRESS:]PORT
 * @option: name of the option, for the message
 * @arg: its text; without an address every local one is meant
 *
 * Numbers only: a static program cannot look names up.
 *
 * Return: the address; does not return when @arg is not one.
 */
struct sockaddr_in tsmc_endpoint_parse(const char *option, const char *arg)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	const char *colon = strrchr(arg, ':');
	char host[INET_ADDRSTRLEN] = "0.0.0.0";

	if (colon && (size_t)(colon - arg) >= sizeof(host))
		tsmc_die("--%s %s: expected [ADDRESS:]PORT", option, arg);
	if (colon)
		snprintf(host, sizeof(host), "%.*s", (int)(colon - arg), arg);
	if (inet_pton(AF_INET, host, &sin.sin_addr) != 1)
		tsmc_die("--%s %s: %s is not an IPv4 address", option, arg,
			 host);
	sin.sin_port = htons(tsmc_parse_number(option,
					       colon ? colon + 1 : arg, 0,
					       UINT16_MAX));
	return sin;
}

/**
 * tsmc_endpoint_bind() - make a socket at an address
 * @type: SOCK_STREAM or SOCK_DGRAM
 * @address: where; port 0 takes a free one
 *
 * Return: the socket; does not return on failure.
 */
int tsmc_endpoint_bind(int type, const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	int one = 1;

	if (fd < 0)
		tsmc_die("cannot make a socket: %s", strerror(errno));
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)))
		tsmc_die("cannot bind to %s:%u: %s",
			 inet_ntoa(address->sin_addr),
			 ntohs(address->sin_port), strerror(errno));
	return fd;
}

/**
 * tsmc_endpoint_name() - the local address of a socket
 * @fd: the socket
 * @text: where its name goes, as ADDRESS:PORT
 */
void tsmc_endpoint_name(int fd, char text[TSMC_ENDPOINT_TEXT])
{
	struct sockaddr_in sin = { 0 };
	socklen_t len = sizeof(sin);

	getsockname(fd, (struct sockaddr *)&sin, &len);
	snprintf(text, TSMC_ENDPOINT_TEXT, "%s:%u", inet_ntoa(sin.sin_addr),
		 ntohs(sin.sin_port));
}
