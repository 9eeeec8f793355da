// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An Ethernet segment for test hosts: a learning switch over unix stream
 * sockets, framed as QEMU's "-netdev stream" does (4 bytes of length, big
 * endian, then the frame).
 *
 * usage: segment DIR HOST HOST
 *
 * Listens on DIR/HOST.sock for each of the two hosts, on DIR/observer.sock for
 * stations that watch from outside, and on DIR/link.sock for commands, one a
 * line, each answered by one line:
 *
 *   rate BYTES	bytes per second between the two hosts; 0 is unlimited
 *   delay US	microseconds each frame between the hosts takes
 *   cut, mend	lose, or no longer lose, every frame between the hosts
 *   stats	counters, as JSON
 *
 * Rate and delay hold for frames that go from one host to the other; what an
 * observer sends or receives is never queued behind those.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "segment_link.h"
#include "segment_port.h"

#define NSEC_PER_SEC	1000000000ULL
#define HOSTS		2
#define OBSERVERS	6
#define PORTS		(HOSTS + OBSERVERS)
#define CONTROLS	8
#define LISTENERS	(HOSTS + 2)
#define MACS		256
#define ETH_ALEN	6
#define ETH_HLEN	14

enum { LISTEN_OBSERVER = HOSTS, LISTEN_CONTROL };

struct control {
	int fd;
	size_t have;
	char line[128];
};

struct mac_entry {
	uint8_t mac[ETH_ALEN];
	int port;
};

struct segment {
	int listener[LISTENERS];
	struct port port[PORTS];
	struct link link[HOSTS];	/* link[i] leads away from host i */
	struct control control[CONTROLS];
	struct mac_entry mac[MACS];
	unsigned int macs;
	unsigned int next_mac;		/* the entry to reuse when all are taken */
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "segment: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int listen_on(const char *dir, const char *name)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int n, fd;

	n = snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/%s.sock", dir, name);
	if (n >= (int)sizeof(sa.sun_path)) {
		errno = ENAMETOOLONG;
		die(dir);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		die("socket");
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || listen(fd, 8))
		die(sa.sun_path);
	return fd;
}

static struct mac_entry *mac_find(struct segment *seg, const uint8_t *mac)
{
	for (unsigned int i = 0; i < seg->macs; i++)
		if (!memcmp(seg->mac[i].mac, mac, ETH_ALEN))
			return &seg->mac[i];
	return NULL;
}

static void mac_learn(struct segment *seg, const uint8_t *mac, int port)
{
	struct mac_entry *e;

	if (mac[0] & 1)
		return;
	e = mac_find(seg, mac);
	if (!e) {
		if (seg->macs < MACS)
			e = &seg->mac[seg->macs++];
		else
			e = &seg->mac[seg->next_mac++ % MACS];
		memcpy(e->mac, mac, ETH_ALEN);
	}
	e->port = port;
}

static void deliver(struct segment *seg, int from, int to,
		    const uint8_t *frame, size_t len)
{
	if (seg->port[to].fd < 0 || from == to)
		return;
	if (from < HOSTS && to < HOSTS)
		tsmc_link_enqueue(&seg->link[from], frame, len, now_ns());
	else
		tsmc_port_send(&seg->port[to], frame, len);
}

static void switch_frame(void *ctx, int from, const uint8_t *frame, size_t len)
{
	struct segment *seg = ctx;
	struct mac_entry *e;

	if (len < ETH_HLEN)
		return;
	mac_learn(seg, frame + ETH_ALEN, from);
	e = frame[0] & 1 ? NULL : mac_find(seg, frame);
	if (e && seg->port[e->port].fd >= 0) {
		deliver(seg, from, e->port, frame, len);
		return;
	}
	for (int to = 0; to < PORTS; to++)
		deliver(seg, from, to, frame, len);
}

/* Frames whose time on the link is over go to the host at its other end. */
static void links_run(struct segment *seg)
{
	uint64_t now = now_ns();
	struct frame *f;

	for (int i = 0; i < HOSTS; i++) {
		while ((f = tsmc_link_dequeue(&seg->link[i], now))) {
			struct port *to = &seg->port[!i];

			if (to->fd >= 0)
				tsmc_port_send(to, f->data, f->len);
			free(f);
		}
	}
}

static void command_stats(struct segment *seg, char *reply, size_t size)
{
	const struct link *l = seg->link;

	snprintf(reply, size,
		 "{\"rate\": %llu, \"delay_us\": %llu, \"cut\": %s, "
		 "\"frames\": [%llu, %llu], \"bytes\": [%llu, %llu], "
		 "\"dropped\": [%llu, %llu], \"lost_to_cut\": [%llu, %llu], "
		 "\"overrun\": [%llu, %llu]}",
		 (unsigned long long)l->rate,
		 (unsigned long long)l->delay_ns / 1000,
		 l->cut ? "true" : "false",
		 (unsigned long long)l[0].frames,
		 (unsigned long long)l[1].frames,
		 (unsigned long long)l[0].bytes,
		 (unsigned long long)l[1].bytes,
		 (unsigned long long)l[0].dropped,
		 (unsigned long long)l[1].dropped,
		 (unsigned long long)l[0].lost_to_cut,
		 (unsigned long long)l[1].lost_to_cut,
		 (unsigned long long)seg->port[0].overrun,
		 (unsigned long long)seg->port[1].overrun);
}

static void command(struct segment *seg, const char *line, char *reply,
		    size_t size)
{
	unsigned long long value;
	char extra;

	snprintf(reply, size, "ok");
	if (sscanf(line, "rate %llu%c", &value, &extra) == 1) {
		for (int i = 0; i < HOSTS; i++)
			seg->link[i].rate = value;
	} else if (sscanf(line, "delay %llu%c", &value, &extra) == 1) {
		for (int i = 0; i < HOSTS; i++)
			seg->link[i].delay_ns = value * 1000;
	} else if (!strcmp(line, "cut")) {
		for (int i = 0; i < HOSTS; i++)
			tsmc_link_cut(&seg->link[i]);
	} else if (!strcmp(line, "mend")) {
		for (int i = 0; i < HOSTS; i++)
			seg->link[i].cut = false;
	} else if (!strcmp(line, "stats")) {
		command_stats(seg, reply, size);
	} else {
		snprintf(reply, size, "error: unknown command");
	}
}

static void control_close(struct control *c)
{
	close(c->fd);
	c->fd = -1;
	c->have = 0;
}

static void control_read(struct segment *seg, struct control *c)
{
	char reply[640], *end;
	ssize_t n;

	n = read(c->fd, c->line + c->have, sizeof(c->line) - 1 - c->have);
	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			control_close(c);
		return;
	}
	c->have += n;
	c->line[c->have] = '\0';
	while ((end = strchr(c->line, '\n'))) {
		size_t len;

		*end = '\0';
		command(seg, c->line, reply, sizeof(reply) - 1);
		len = strlen(reply);
		reply[len++] = '\n';
		if (send(c->fd, reply, len, MSG_NOSIGNAL) != (ssize_t)len) {
			control_close(c);
			return;
		}
		c->have -= end + 1 - c->line;
		memmove(c->line, end + 1, c->have + 1);
	}
	if (c->have == sizeof(c->line) - 1)
		control_close(c);
}

static void accept_control(struct segment *seg, int fd)
{
	for (int i = 0; i < CONTROLS; i++) {
		if (seg->control[i].fd < 0) {
			seg->control[i].fd = fd;
			return;
		}
	}
	close(fd);
}

static void accept_on(struct segment *seg, int listener)
{
	int fd = accept4(seg->listener[listener], NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (listener == LISTEN_CONTROL) {
		accept_control(seg, fd);
		return;
	}
	if (listener < HOSTS) {
		tsmc_port_close(&seg->port[listener]);
		tsmc_port_open(&seg->port[listener], listener, fd);
		return;
	}
	for (int i = HOSTS; i < PORTS; i++) {
		if (seg->port[i].fd < 0) {
			tsmc_port_open(&seg->port[i], i, fd);
			return;
		}
	}
	close(fd);
}

/* How long poll may sleep: until the first frame on a link is due. */
static struct timespec *next_due(struct segment *seg, struct timespec *ts)
{
	uint64_t due = UINT64_MAX, now = now_ns();

	for (int i = 0; i < HOSTS; i++)
		if (seg->link[i].head && seg->link[i].head->due < due)
			due = seg->link[i].head->due;
	if (due == UINT64_MAX)
		return NULL;
	due = due > now ? due - now : 0;
	ts->tv_sec = due / NSEC_PER_SEC;
	ts->tv_nsec = due % NSEC_PER_SEC;
	return ts;
}

static void handle(struct segment *seg, const struct pollfd *pfd)
{
	for (int i = 0; i < LISTENERS; i++, pfd++)
		if (pfd->revents & POLLIN)
			accept_on(seg, i);
	for (int i = 0; i < PORTS; i++, pfd++) {
		if (seg->port[i].fd < 0 || seg->port[i].fd != pfd->fd)
			continue;
		if (pfd->revents & POLLOUT)
			tsmc_port_flush(&seg->port[i]);
		if (pfd->revents & (POLLIN | POLLHUP | POLLERR))
			tsmc_port_receive(&seg->port[i], switch_frame, seg);
	}
	for (int i = 0; i < CONTROLS; i++, pfd++)
		if (seg->control[i].fd >= 0 && seg->control[i].fd == pfd->fd &&
		    pfd->revents)
			control_read(seg, &seg->control[i]);
}

static void run(struct segment *seg)
{
	struct pollfd pfd[LISTENERS + PORTS + CONTROLS];
	struct timespec ts;

	for (;;) {
		struct pollfd *p = pfd;

		for (int i = 0; i < LISTENERS; i++)
			*p++ = (struct pollfd){ seg->listener[i], POLLIN, 0 };
		for (int i = 0; i < PORTS; i++) {
			short events = POLLIN;

			if (seg->port[i].head)
				events |= POLLOUT;
			*p++ = (struct pollfd){ seg->port[i].fd, events, 0 };
		}
		for (int i = 0; i < CONTROLS; i++)
			*p++ = (struct pollfd){ seg->control[i].fd, POLLIN, 0 };
		if (ppoll(pfd, p - pfd, next_due(seg, &ts), NULL) < 0) {
			if (errno == EINTR)
				continue;
			die("ppoll");
		}
		handle(seg, pfd);
		links_run(seg);
	}
}

int main(int argc, char **argv)
{
	static struct segment seg;

	if (argc != 2 + HOSTS) {
		fprintf(stderr, "usage: segment DIR HOST HOST\n");
		return 2;
	}
	for (int i = 0; i < HOSTS; i++)
		seg.listener[i] = listen_on(argv[1], argv[2 + i]);
	seg.listener[LISTEN_OBSERVER] = listen_on(argv[1], "observer");
	seg.listener[LISTEN_CONTROL] = listen_on(argv[1], "link");
	for (int i = 0; i < PORTS; i++)
		seg.port[i].fd = -1;
	for (int i = 0; i < CONTROLS; i++)
		seg.control[i].fd = -1;
	/* A wire does not wait for a processor; where refused, no harm done. */
	setpriority(PRIO_PROCESS, 0, -15);
	run(&seg);
	return 0;
}
