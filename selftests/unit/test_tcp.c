// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of hosts, and which silence of a TCP connection means that its link is gone.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "own_network.h"
#include "tcp.h"
#include "silent.h"
#include "unit.h"

static void endpoints(void)
{
	static const struct {
		const char *text, *host;
		unsigned int port;
	} good[] = {
		{ "hostb", "hostb", 8002 },
		{ "hostb:1", "hostb", 1 },
		{ "hostb.example.org:65535", "hostb.example.org", 65535 },
		{ "192.0.2.2", "192.0.2.2", 8002 },
		{ "192.0.2.2:7000", "192.0.2.2", 7000 },
		{ "2001:db8::2", "2001:db8::2", 8002 },
		{ "::1", "::1", 8002 },
		{ "[2001:db8::2]", "2001:db8::2", 8002 },
		{ "[2001:db8::2]:7000", "2001:db8::2", 7000 },
	};
	static const char *const bad[] = {
		"", ":1", "hostb:", "hostb:0", "hostb:65536", "hostb:99999999999999999999", "hostb:-1", "hostb: 1",
		"hostb:1x", "hostb:x", "[::1", "[]", "[]:1", "[::1]x", "[::1]:", "[::1]:0",
	};
	char name[TSMC_TCP_HOST_LEN + 1];
	struct tsmc_endpoint endpoint;

	for (unsigned int i = 0; i < sizeof(good) / sizeof(*good); i++) {
		EXPECT(!tsmc_endpoint_parse(good[i].text, &endpoint));
		EXPECT(!strcmp(endpoint.host, good[i].host) && endpoint.port == good[i].port);
	}
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT(tsmc_endpoint_parse(bad[i], &endpoint) == -EINVAL);
	memset(name, 'a', sizeof(name));
	name[TSMC_TCP_HOST_LEN] = 0;
	EXPECT(tsmc_endpoint_parse(name, &endpoint) == -EINVAL);
	name[TSMC_TCP_HOST_LEN - 1] = 0;
	EXPECT(!tsmc_endpoint_parse(name, &endpoint) && !strcmp(endpoint.host, name));
}

static const struct tsmc_log silent;

/* Two ends of a connection to @host. */
static void connect_pair(const char *host, int ends[2])
{
	struct tsmc_endpoint endpoint = { .port = 8002 };
	struct pollfd poller;
	int listener = tsmc_tcp_listen(NULL, endpoint.port, &silent);

	EXPECT(listener >= 0);
	strcpy(endpoint.host, host);
	ends[0] = tsmc_tcp_connect(&endpoint, &silent);
	EXPECT(ends[0] >= 0);
	poller = (struct pollfd){ .fd = listener, .events = POLLIN };
	EXPECT(poll(&poller, 1, 1000) == 1);
	ends[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	EXPECT(ends[1] >= 0);
	tsmc_tcp_tune(ends[1]);
	close(listener);
}

static void names_of_ends(void)
{
	char name[TSMC_TCP_NAME_LEN];
	int ends[2];

	connect_pair("127.0.0.1", ends);
	tsmc_tcp_peer(ends[0], name);
	EXPECT(!strcmp(name, "127.0.0.1:8002"));
	tsmc_tcp_local(ends[1], name);
	EXPECT(!strcmp(name, "127.0.0.1:8002"));
	close(ends[0]);
	close(ends[1]);
	connect_pair("::1", ends);
	tsmc_tcp_peer(ends[0], name);
	EXPECT(!strcmp(name, "[::1]:8002"));
	close(ends[0]);
	close(ends[1]);
}

/* Writes until the other end's host takes no more. */
static void fill(int fd)
{
	static const char zeros[65536];
	struct pollfd poller = { .fd = fd, .events = POLLOUT };

	while (poll(&poller, 1, 500) == 1)
		EXPECT(write(fd, zeros, sizeof(zeros)) > 0);
}

/* Seconds until the connection is lost, or -1 after @limit_s. */
static double lost_after(int fd, double limit_s)
{
	const struct timespec look = { .tv_nsec = 50000000 };
	uint64_t began = tsmc_now_ns();
	double age = 0;

	for (; age < limit_s; age = (tsmc_now_ns() - began) / 1e9) {
		if (tsmc_tcp_lost(fd))
			return age;
		nanosleep(&look, NULL);
	}
	return -1;
}

static void stalled_is_not_lost(void)
{
	int ends[2];

	connect_pair("127.0.0.1", ends);
	fill(ends[0]);
	EXPECT(lost_after(ends[0], 13) < 0);
	EXPECT(!tsmc_tcp_lost(ends[1]));
	close(ends[0]);
	close(ends[1]);
}

static void cut_is_lost(void)
{
	struct pollfd poller = { .events = POLLIN };
	char byte = 1;
	double age;
	int ends[2];

	connect_pair("127.0.0.1", ends);
	own_network_link(false);
	EXPECT(write(ends[0], &byte, 1) == 1);
	age = lost_after(ends[0], 20);
	ksft_print_msg("an unanswered byte: lost after %.1f s\n", age);
	EXPECT(age > 8 && age < 16);
	/* The end that has nothing to send sees an error of its own. */
	poller.fd = ends[1];
	EXPECT(poll(&poller, 1, 10000) == 1);
	EXPECT(read(ends[1], &byte, 1) < 0 && errno == ETIMEDOUT);
	own_network_link(true);
	close(ends[0]);
	close(ends[1]);
}

static void others_are_not_lost(void)
{
	int ends[2];

	EXPECT(!pipe(ends));
	EXPECT(!tsmc_tcp_lost(ends[0]) && !tsmc_tcp_lost(-1));
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "HOST[:PORT] is taken apart, and nothing else", endpoints },
		{ "ends of a connection have readable names", names_of_ends },
		{ "what is no TCP connection is never lost", others_are_not_lost },
		{ "a peer that takes nothing, but answers, is not lost", stalled_is_not_lost },
		{ "a cut link is noticed in some 10 s by both ends", cut_is_lost },
	};

	own_network_enter();
	unit_run(tests, sizeof(tests) / sizeof(*tests));
}
