// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A TCP stream with every byte checked in both directions; server or client.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "endpoint.h"
#include "pattern.h"
#include "stream.h"

#define NSEC_PER_SEC	1000000000ULL
#define SAMPLES_PER_SEC	10

static const char help[] =
	"usage: tcpstream --listen [ADDRESS:]PORT [OPTION]...\n"
	"       tcpstream --connect ADDRESS:PORT [OPTION]...\n"
	"Send a seeded stream; the server checks it and sends it back changed,\n"
	"the client checks that.\n"
	"  --listen [ADDRESS:]PORT  be the server (port 0: any free one)\n"
	"  --connect ADDRESS:PORT   be the client\n"
	"  --mode echo|sink   client: both directions, or only towards the server\n"
	"                     (default echo)\n"
	"  --rate KIB         client: so much per second, 0: no limit (default 1024)\n"
	"  --seed N           client: of the stream (default 1)\n"
	"  --samples FILE     each 100 ms a line: monotonic seconds, total bytes\n"
	"                     checked (sink client: acknowledged)\n"
	TSMC_REPORT_HELP;

/**
 * struct tcpstream - what the command line asks for
 * @stream: counters
 * @listen: address of the server, or NULL
 * @connect: address to connect to, or NULL
 * @client: the client's settings
 * @listen_fd: socket that takes connections, or -1
 * @samples: file for samples, or NULL
 */
struct tcpstream {
	struct tsmc_stream stream;
	const char *listen;
	const char *connect;
	struct tsmc_stream_client client;
	int listen_fd;
	FILE *samples;
};

/* Signals are for the main thread. */
static pthread_t start_thread(void *(*run)(void *arg), void *arg)
{
	sigset_t all, old;
	pthread_t thread;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&thread, NULL, run, arg))
		tsmc_die("cannot start a thread");
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return thread;
}

static void accept_one(struct tcpstream *t)
{
	struct tsmc_stream_server *s;
	int fd = accept4(t->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	s = calloc(1, sizeof(*s));
	if (!s)
		tsmc_die("no memory");
	s->stream = &t->stream;
	s->fd = fd;
	pthread_detach(start_thread(tsmc_stream_server, s));
}

static void sample(struct tcpstream *t)
{
	uint64_t now = tsmc_now_ns();

	fprintf(t->samples, "%llu.%06llu %llu\n",
		(unsigned long long)(now / NSEC_PER_SEC),
		(unsigned long long)(now % NSEC_PER_SEC / 1000),
		(unsigned long long)__atomic_load_n(&t->stream.bytes,
						    __ATOMIC_RELAXED));
	fflush(t->samples);
}

/* Accept, sample and report until told to stop. */
static void supervise(struct tcpstream *t)
{
	struct pollfd pfd = { .fd = t->listen_fd, .events = POLLIN };
	const uint64_t period = NSEC_PER_SEC / SAMPLES_PER_SEC;
	uint64_t next = tsmc_now_ns();

	while (!tsmc_stop_requested()) {
		uint64_t now = tsmc_now_ns();
		int wait = now < next ? (next - now) / 1000000 + 1 : 0;

		if (poll(&pfd, 1, wait) > 0)
			accept_one(t);
		if (tsmc_now_ns() < next)
			continue;
		next += period;
		if (t->samples)
			sample(t);
		tsmc_report_tick(&t->stream.report,
				 "bytes=%llu longest_gap_ms=%llu",
				 (unsigned long long)__atomic_load_n(
					&t->stream.bytes, __ATOMIC_RELAXED),
				 (unsigned long long)__atomic_load_n(
					&t->stream.longest_ns,
					__ATOMIC_RELAXED) / 1000000);
	}
}

static void run_server(struct tcpstream *t)
{
	struct sockaddr_in address = tsmc_endpoint_parse("listen", t->listen);
	char name[TSMC_ENDPOINT_TEXT];

	t->listen_fd = tsmc_endpoint_bind(SOCK_STREAM, &address);
	if (listen(t->listen_fd, SOMAXCONN))
		tsmc_die("cannot listen: %s", strerror(errno));
	tsmc_endpoint_name(t->listen_fd, name);
	tsmc_report_ready(&t->stream.report, "listen=%s", name);
	supervise(t);
}

static void run_client(struct tcpstream *t)
{
	struct sockaddr_in address = tsmc_endpoint_parse("connect", t->connect);
	char name[TSMC_ENDPOINT_TEXT];
	pthread_t thread;

	t->client.stream = &t->stream;
	t->client.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (t->client.fd < 0 ||
	    connect(t->client.fd, (struct sockaddr *)&address,
		    sizeof(address)))
		tsmc_die("cannot connect to %s: %s", t->connect,
			 strerror(errno));
	tsmc_endpoint_name(t->client.fd, name);
	tsmc_report_ready(&t->stream.report, "connect=%s local=%s", t->connect,
			  name);
	thread = start_thread(tsmc_stream_client, &t->client);
	supervise(t);
	pthread_join(thread, NULL);
}

static enum tsmc_stream_mode parse_mode(const char *arg)
{
	if (!strcmp(arg, "sink"))
		return TSMC_STREAM_SINK;
	if (strcmp(arg, "echo"))
		tsmc_die("--mode %s: expected echo or sink", arg);
	return TSMC_STREAM_ECHO;
}

static void parse(struct tcpstream *t, int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "connect", required_argument, NULL, 'c' },
		{ "mode", required_argument, NULL, 'm' },
		{ "rate", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 'e' },
		{ "samples", required_argument, NULL, 'p' },
		TSMC_OPTION_REPORT,
		TSMC_OPTION_STATUS,
		TSMC_OPTION_HELP,
		{ }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (tsmc_report_option(&t->stream.report, opt, optarg, help))
			continue;
		switch (opt) {
		case 'l':
			t->listen = optarg;
			break;
		case 'c':
			t->connect = optarg;
			break;
		case 'm':
			t->client.mode = parse_mode(optarg);
			break;
		case 'r':
			t->client.rate = tsmc_parse_number("rate", optarg, 0,
							   1 << 20) << 10;
			break;
		case 'e':
			t->client.key = tsmc_parse_number("seed", optarg, 0,
							  UINT64_MAX);
			break;
		case 'p':
			t->samples = fopen(optarg, "we");
			if (!t->samples)
				tsmc_die("cannot write %s: %s", optarg,
					 strerror(errno));
			break;
		default:
			tsmc_die("try tcpstream --help");
		}
	}
	if (optind < argc || !t->listen == !t->connect)
		tsmc_die("expected one of --listen and --connect, try tcpstream --help");
}

int main(int argc, char **argv)
{
	static struct tcpstream t = {
		.stream.report = TSMC_REPORT_INIT("tcpstream"),
		.client = { .key = 1, .rate = 1 << 20 },
		.listen_fd = -1,
	};

	parse(&t, argc, argv);
	t.client.key = tsmc_mix64(t.client.key);
	tsmc_report_start(&t.stream.report);
	if (t.listen)
		run_server(&t);
	else
		run_client(&t);
	return tsmc_report_finish(&t.stream.report);
}
