// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Watch a guest from outside: a station on the segment that sends a UDP echo
 * probe every few milliseconds and notes when answers come. It runs beside the
 * emulated hosts, on the real clock, so no migration slows it down.
 *
 * usage: observer [--interval MS] [--gap MS] [--seconds N] SOCKET ADDRESS PORT
 *
 * Until SIGTERM, SIGINT or N seconds; then prints, as JSON, the number of
 * probes and answers and every gap longer than --gap between two answers that
 * arrived one after the other, with start and end in CLOCK_REALTIME
 * nanoseconds. The time since the last answer counts as a gap, too.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include "observer_frame.h"

#define NSEC_PER_SEC	1000000000LL
#define NSEC_PER_MSEC	1000000LL
#define SEGMENT_FRAME	(68 * 1024)
#define GAPS_MAX	10000
#define ARP_EVERY	20	/* probes between requests while unanswered */

struct gap {
	int64_t start;		/* CLOCK_MONOTONIC */
	int64_t end;
};

struct observer {
	int fd;
	struct station self;
	struct station guest;
	bool resolved;
	uint64_t probes;
	uint64_t answers;
	int64_t last;		/* when the last answer came; 0 before any */
	int64_t longest;
	int64_t threshold;
	struct gap gap[GAPS_MAX];
	unsigned int gaps;
	size_t have;
	uint8_t in[2 * (4 + SEGMENT_FRAME)];
};

static int64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "observer: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void send_frame(struct observer *o, const uint8_t *frame, size_t len)
{
	uint8_t out[4 + OBSERVER_FRAME_MAX];
	uint32_t be_len = htonl(len);

	memcpy(out, &be_len, sizeof(be_len));
	memcpy(out + sizeof(be_len), frame, len);
	if (send(o->fd, out, sizeof(be_len) + len, MSG_NOSIGNAL) < 0)
		die("cannot send to the segment");
}

static void probe(struct observer *o)
{
	uint8_t frame[OBSERVER_FRAME_MAX];

	if (!o->resolved) {
		if (o->probes++ % ARP_EVERY == 0)
			send_frame(o, frame, tsmc_frame_arp(frame, false,
							    &o->self,
							    &o->guest));
		return;
	}
	send_frame(o, frame, tsmc_frame_probe(frame, &o->self, &o->guest,
					      o->probes++));
}

static void note_gap(struct observer *o, int64_t start, int64_t end)
{
	if (end - start > o->longest)
		o->longest = end - start;
	if (end - start > o->threshold && o->gaps < GAPS_MAX)
		o->gap[o->gaps++] = (struct gap){ start, end };
}

static void frame_in(struct observer *o, const uint8_t *frame, size_t len)
{
	uint8_t out[OBSERVER_FRAME_MAX];
	int64_t now = now_ns(CLOCK_MONOTONIC);
	struct in_addr wanted;
	struct station peer;
	uint64_t seq;
	bool reply;

	if (tsmc_frame_is_arp(frame, len, &reply, &peer, &wanted)) {
		if (peer.ip.s_addr == o->guest.ip.s_addr) {
			memcpy(o->guest.mac, peer.mac, ETH_ALEN);
			o->resolved = true;
		}
		if (!reply && wanted.s_addr == o->self.ip.s_addr)
			send_frame(o, out, tsmc_frame_arp(out, true, &o->self,
							  &peer));
	} else if (tsmc_frame_is_echo(frame, len, &o->guest, &o->self, &seq)) {
		if (o->last)
			note_gap(o, o->last, now);
		o->last = now;
		o->answers++;
	}
}

static void receive(struct observer *o)
{
	size_t at = 0;
	ssize_t n = recv(o->fd, o->in + o->have, sizeof(o->in) - o->have, 0);

	if (n == 0) {
		errno = ECONNRESET;
		die("the segment is gone");
	}
	if (n < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return;
		die("cannot receive from the segment");
	}
	o->have += n;
	for (;;) {
		uint32_t len;

		if (o->have - at < sizeof(len))
			break;
		memcpy(&len, o->in + at, sizeof(len));
		len = ntohl(len);
		if (len > SEGMENT_FRAME) {
			errno = EPROTO;
			die("the segment breaks the framing");
		}
		if (o->have - at < sizeof(len) + len)
			break;
		frame_in(o, o->in + at + sizeof(len), len);
		at += sizeof(len) + len;
	}
	o->have -= at;
	memmove(o->in, o->in + at, o->have);
}

static void report(struct observer *o)
{
	int64_t to_real = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_MONOTONIC);

	if (o->last)
		note_gap(o, o->last, now_ns(CLOCK_MONOTONIC));
	printf("{\"probes\": %llu, \"answers\": %llu, \"longest_gap_ns\": %lld,\n \"gaps\": [",
	       (unsigned long long)o->probes, (unsigned long long)o->answers,
	       (long long)o->longest);
	for (unsigned int i = 0; i < o->gaps; i++)
		printf("%s\n  {\"start_ns\": %lld, \"end_ns\": %lld}",
		       i ? "," : "", (long long)(o->gap[i].start + to_real),
		       (long long)(o->gap[i].end + to_real));
	printf("]}\n");
}

static int connect_segment(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(sa.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	strcpy(sa.sun_path, path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		die(path);
	return fd;
}

static int ticker(int64_t interval_ns)
{
	struct timespec ts = { interval_ns / NSEC_PER_SEC,
			       interval_ns % NSEC_PER_SEC };
	struct itimerspec its = { ts, ts };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, 0, &its, NULL))
		die("timer");
	return fd;
}

static int end_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		die("signalfd");
	return fd;
}

/* Ahead of the emulators; where that is not allowed, as nice as can be. */
static void hurry(void)
{
	struct sched_param prio = { .sched_priority = 50 };

	if (sched_setscheduler(0, SCHED_RR, &prio))
		setpriority(PRIO_PROCESS, 0, -15);
}

static void watch(struct observer *o, int64_t interval, int64_t end)
{
	struct pollfd pfd[] = {
		{ o->fd, POLLIN, 0 },
		{ ticker(interval), POLLIN, 0 },
		{ end_signals(), POLLIN, 0 },
	};

	while (!end || now_ns(CLOCK_MONOTONIC) < end) {
		uint64_t ticks;

		if (poll(pfd, 3, -1) < 0)
			continue;
		if (pfd[2].revents)
			return;
		if (pfd[0].revents)
			receive(o);
		if (pfd[1].revents && read(pfd[1].fd, &ticks, sizeof(ticks)) > 0)
			probe(o);
	}
}

static int usage(void)
{
	fprintf(stderr, "usage: observer [--interval MS] [--gap MS] [--seconds N] SOCKET ADDRESS PORT\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "interval", required_argument, NULL, 'i' },
		{ "gap", required_argument, NULL, 'g' },
		{ "seconds", required_argument, NULL, 's' },
		{ 0 }
	};
	static struct observer o = {
		.self = { .mac = { 0x52, 0x54, 0, 0, 2, 1 }, .port = 4007 },
		.threshold = 50 * NSEC_PER_MSEC,
	};
	int64_t interval = 5 * NSEC_PER_MSEC, end = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		double value = optarg ? atof(optarg) : 0;

		if (value <= 0)
			return usage();
		if (c == 'i')
			interval = value * NSEC_PER_MSEC;
		else if (c == 'g')
			o.threshold = value * NSEC_PER_MSEC;
		else if (c == 's')
			end = now_ns(CLOCK_MONOTONIC) + value * NSEC_PER_SEC;
		else
			return usage();
	}
	if (argc - optind != 3 || !inet_aton(argv[optind + 1], &o.guest.ip))
		return usage();
	inet_aton("192.0.2.200", &o.self.ip);
	o.guest.port = atoi(argv[optind + 2]);
	o.fd = connect_segment(argv[optind]);
	hurry();
	watch(&o, interval, end);
	report(&o);
	return 0;
}
