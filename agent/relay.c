// SPDX-License-Identifier: GPL-2.0-or-later
#include "relay.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "tcp.h"

#define FLOW_BYTES	(128 * 1024)
/* The longest record of TLS: with less room one would be left half inside the library. */
#define RECORD_BYTES	(16 * 1024)
/* How often it is looked whether the other host still answers. */
#define LOOK_MS		1000
/* After our own end the peer gets so long to end, too: it may have something left to say. */
#define LINGER_NS	5000000000ULL

/**
 * struct flow - one direction
 * @data: on its way
 * @at: what is before it has been delivered
 * @len: what is behind it is free
 * @ended: no more comes
 */
struct flow {
	char data[FLOW_BYTES];
	size_t at, len;
	bool ended;
};

/**
 * struct relaying - a relay at work
 * @relay: what it joins
 * @up: to the peer
 * @down: from the peer
 * @said_end: the peer knows that @up has ended
 * @linger_until: when to stop waiting for the peer's end, ns; 0: not yet
 */
struct relaying {
	const struct tsmc_relay *relay;
	struct flow up, down;
	bool said_end;
	uint64_t linger_until;
};

static bool empty(const struct flow *flow)
{
	return flow->at == flow->len;
}

static void delivered(struct flow *flow, size_t bytes)
{
	flow->at += bytes;
	if (empty(flow))
		flow->at = flow->len = 0;
}

static void read_up(struct relaying *work)
{
	ssize_t got = read(work->relay->in, work->up.data, FLOW_BYTES);

	if (got > 0)
		work->up.len = got;
	else if (!got || (errno != EAGAIN && errno != EINTR))
		work->up.ended = true;
}

static int send_up(struct relaying *work)
{
	struct flow *up = &work->up;

	while (!empty(up)) {
		ssize_t done = tsmc_tls_send(work->relay->tls, up->data + up->at, up->len - up->at);

		if (done < 0)
			return done == -EAGAIN ? 0 : done;
		delivered(up, done);
	}
	return 0;
}

/* All that has come, record by record: nothing stays inside the library while the socket is silent. */
static int receive_down(struct relaying *work)
{
	struct flow *down = &work->down;

	while (!down->ended && FLOW_BYTES - down->len >= RECORD_BYTES) {
		ssize_t got = tsmc_tls_receive(work->relay->tls, down->data + down->len, FLOW_BYTES - down->len);

		if (got == -EAGAIN)
			return 0;
		if (got < 0)
			return got;
		down->len += got;
		down->ended = !got;
	}
	return 0;
}

/* A full pipe must not hold up the other direction; by hand, standard output is no socket. */
static void write_down(struct relaying *work)
{
	struct flow *down = &work->down;
	ssize_t done = send(work->relay->out, down->data + down->at, down->len - down->at, MSG_DONTWAIT);

	if (done < 0 && errno == ENOTSOCK)
		done = write(work->relay->out, down->data + down->at, down->len - down->at);
	if (done > 0)
		delivered(down, done);
	else if (done < 0 && errno != EAGAIN && errno != EINTR)
		delivered(down, down->len - down->at);
}

/* What was read is sent: the peer learns that there is no more. */
static void say_end(struct relaying *work)
{
	if (!work->up.ended || !empty(&work->up) || work->said_end ||
	    tsmc_tls_end(work->relay->tls) == -EAGAIN)
		return;
	work->said_end = true;
	work->linger_until = tsmc_now_ns() + LINGER_NS;
	shutdown(work->relay->tcp, SHUT_WR);
}

static bool over(const struct relaying *work)
{
	if (work->linger_until && tsmc_now_ns() >= work->linger_until)
		return true;
	return work->down.ended && empty(&work->down);
}

/* A descriptor that is of no interest now would only say that it was hung up, again and again. */
static struct pollfd interest(int fd, bool in, bool out)
{
	return (struct pollfd){ .fd = in || out ? fd : -1, .events = (in ? POLLIN : 0) | (out ? POLLOUT : 0) };
}

/* One round: waits until something can move, and moves it. */
static int turn(struct relaying *work)
{
	const struct tsmc_relay *relay = work->relay;
	const bool may_receive = !work->down.ended && empty(&work->down);
	const bool must_send = !empty(&work->up) || (work->up.ended && !work->said_end);
	struct pollfd pollers[3] = {
		interest(relay->in, !work->up.ended && empty(&work->up), false),
		interest(relay->out, false, !empty(&work->down)),
		interest(relay->tcp, may_receive, must_send),
	};
	int ready, rc = 0;

	ready = poll(pollers, 3, may_receive && tsmc_tls_pending(relay->tls) ? 0 : LOOK_MS);
	if (ready < 0 && errno != EINTR)
		return -errno;
	if (!ready && tsmc_tcp_lost(relay->tcp)) {
		tsmc_log(relay->log, TSMC_LOG_ERROR, "nothing was heard from %s for %d s: the link or the host is gone",
			 relay->peer, TSMC_TCP_SILENCE_MS / 1000);
		return -ETIMEDOUT;
	}
	if (pollers[0].revents)
		read_up(work);
	if (pollers[1].revents)
		write_down(work);
	if (!empty(&work->up))
		rc = send_up(work);
	if (!rc && may_receive)
		rc = receive_down(work);
	if (!rc && !empty(&work->down))
		write_down(work);
	if (!rc)
		say_end(work);
	return rc;
}

/**
 * tsmc_relay_run - move bytes until both directions have ended
 * @relay: what is joined
 *
 * When @in ends the peer is told and has 5 s to end, too. When the peer ends so does the relay:
 * an agent that has closed its channel does not read it any more.
 *
 * Return: 0, or negative errno when the connection broke; logged.
 */
int tsmc_relay_run(const struct tsmc_relay *relay)
{
	struct relaying work = { .relay = relay };
	int rc = 0;

	while (!rc && !over(&work))
		rc = turn(&work);
	/* The peer can tell a connection that has ended from one that was cut. */
	if (!rc && !work.said_end)
		tsmc_tls_end(relay->tls);
	return rc;
}
