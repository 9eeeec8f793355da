// SPDX-License-Identifier: GPL-2.0-or-later
#include "transport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "interrupt.h"
#include "tcp.h"

/* How often a wait looks whether the other host still answers. */
#define LOOK_NS 1000000000ULL

/* A command whose channel was closed gets 5 s to end by itself. */
#define REAP_LOOKS 500

static int set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

/**
 * tsmc_channel_adopt - make a channel of open descriptors
 * @channel: filled in; owns the descriptors from here on, also on failure
 * @name: for messages; not copied
 * @rfd: readable end
 * @wfd: writable end, may equal @rfd
 * @log: where troubles are told
 *
 * Return: 0 or negative errno.
 */
int tsmc_channel_adopt(struct tsmc_channel *channel, const char *name, int rfd, int wfd,
		       const struct tsmc_log *log)
{
	int rc;

	*channel = (struct tsmc_channel){ .name = name, .rfd = rfd, .wfd = wfd, .log = log };
	channel->reader = tsmc_wire_reader_new();
	rc = channel->reader ? set_nonblocking(rfd) : -ENOMEM;
	if (!rc)
		rc = set_nonblocking(wfd);
	if (rc) {
		tsmc_log(log, TSMC_LOG_ERROR, "cannot set up the %s channel: %s", name, strerror(-rc));
		tsmc_channel_close(channel);
	}
	return rc;
}

/**
 * tsmc_channel_spawn - start a program and talk to it
 * @channel: filled in
 * @name: for messages; not copied
 * @argv: path and arguments; its standard input and output carry the records
 * @log: where troubles are told
 *
 * Return: 0 or negative errno. A program that cannot be run shows as the end of
 * the stream on the first receive.
 */
int tsmc_channel_spawn(struct tsmc_channel *channel, const char *name, const char *const argv[],
		       const struct tsmc_log *log)
{
	int ends[2];
	pid_t child;
	int rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		rc = -errno;
		tsmc_log(log, TSMC_LOG_ERROR, "cannot make a socket pair for the %s channel: %s", name, strerror(-rc));
		return rc;
	}
	child = fork();
	if (child < 0) {
		rc = -errno;
		tsmc_log(log, TSMC_LOG_ERROR, "cannot fork for the %s channel: %s", name, strerror(-rc));
		close(ends[0]);
		close(ends[1]);
		return rc;
	}
	if (!child) {
		signal(SIGPIPE, SIG_DFL);
		/* Ctrl-C is for us: the command must live to tell the other host. */
		signal(SIGINT, SIG_IGN);
		if (dup2(ends[1], 0) < 0 || dup2(ends[1], 1) < 0)
			_exit(126);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(ends[1]);
	rc = tsmc_channel_adopt(channel, name, ends[0], ends[0], log);
	if (rc) {
		waitpid(child, NULL, 0);
		return rc;
	}
	channel->child = child;
	return 0;
}

/**
 * tsmc_channel_disconnect - close the descriptors
 * @channel: zeroed, adopted, spawned or already closed
 *
 * The other side sees the end of the stream; nothing can be sent any more.
 */
void tsmc_channel_disconnect(struct tsmc_channel *channel)
{
	if (!channel->name)
		return;
	if (channel->wfd >= 0 && channel->wfd != channel->rfd)
		close(channel->wfd);
	if (channel->rfd >= 0)
		close(channel->rfd);
	channel->rfd = -1;
	channel->wfd = -1;
}

/* It has seen the end of its input; one that asks for a password has not. */
static void reap(pid_t child)
{
	const struct timespec look = { .tv_nsec = 10000000 };

	for (int i = 0; i < REAP_LOOKS; i++) {
		if (waitpid(child, NULL, WNOHANG))
			return;
		nanosleep(&look, NULL);
	}
	kill(child, SIGTERM);
	waitpid(child, NULL, 0);
}

/**
 * tsmc_channel_close - end a channel
 * @channel: zeroed, adopted, spawned or already closed
 *
 * A command that carries it is waited for: it has seen the end of its input.
 */
void tsmc_channel_close(struct tsmc_channel *channel)
{
	if (!channel->name)
		return;
	tsmc_channel_disconnect(channel);
	tsmc_wire_reader_free(channel->reader);
	if (channel->child)
		reap(channel->child);
	*channel = (struct tsmc_channel){ .rfd = -1, .wfd = -1 };
}

/*
 * 1 when ready, 0 after timeout_ms (-1: never), negative errno: -ECANCELED when the operator stops us,
 * -ETIMEDOUT when the other host answers no more.
 */
static int wait_ready(int fd, short events, int timeout_ms)
{
	const uint64_t limit = timeout_ms < 0 ? UINT64_MAX : tsmc_now_ns() + timeout_ms * 1000000ULL;
	struct pollfd poller = { .fd = fd, .events = events };
	uint64_t now;
	int rc;

	do {
		if (tsmc_interrupted())
			return -ECANCELED;
		now = tsmc_now_ns();
		if (now >= limit)
			return 0;
		rc = poll(&poller, 1, limit - now < LOOK_NS ? (limit - now) / 1000000 + 1 : LOOK_NS / 1000000);
		if (!rc && tsmc_tcp_lost(fd))
			return -ETIMEDOUT;
	} while (!rc || (rc < 0 && errno == EINTR));
	return rc < 0 ? -errno : rc;
}

static int send_failed(struct tsmc_channel *channel, int rc)
{
	if (rc == -ECANCELED)
		return rc;
	tsmc_log(channel->log, TSMC_LOG_ERROR, "cannot send on the %s channel: %s", channel->name,
		 rc == -ETIMEDOUT ? "nothing was taken any more, the link or the other host is gone"
				  : strerror(-rc));
	return rc;
}

/**
 * struct fullness - an instant at which a channel took no more
 * @since: when, ns; 0: there was none
 * @bytes_sent: until then
 */
struct fullness {
	uint64_t since;
	uint64_t bytes_sent;
};

/* The channel takes no more: waits until it does, and counts what the link took since the last such instant. */
static int wait_full(struct tsmc_channel *channel, struct fullness *last)
{
	uint64_t now = tsmc_now_ns();
	int rc;

	if (last->since) {
		channel->full_bytes += channel->bytes_sent - last->bytes_sent;
		channel->full_ns += now - last->since;
	}
	*last = (struct fullness){ now, channel->bytes_sent };
	rc = wait_ready(channel->wfd, POLLOUT, TSMC_LINK_TIMEOUT_MS);
	channel->waited_ns += tsmc_now_ns() - now;
	return rc;
}

static int write_all(struct tsmc_channel *channel, struct iovec *iov, unsigned int nr)
{
	struct fullness last = { 0 };
	unsigned int at = 0;

	if (tsmc_interrupted())
		return -ECANCELED;
	while (at < nr) {
		ssize_t done = writev(channel->wfd, iov + at, nr - at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EAGAIN) {
			int rc = wait_full(channel, &last);

			if (rc <= 0)
				return rc ? rc : -ETIMEDOUT;
			continue;
		}
		if (done < 0)
			return -errno;
		channel->bytes_sent += done;
		for (; at < nr && (size_t)done >= iov[at].iov_len; at++)
			done -= iov[at].iov_len;
		if (done) {
			iov[at].iov_base = (char *)iov[at].iov_base + done;
			iov[at].iov_len -= done;
		}
	}
	return 0;
}

/* -ECANCELED when the operator stops us meanwhile. */
static int keep_pace(struct tsmc_channel *channel, size_t bytes)
{
	uint64_t now = tsmc_now_ns(), due;

	if (!channel->pace)
		return 0;
	due = now + tsmc_pace_take(channel->pace, bytes, now);
	while (channel->held && (now = tsmc_now_ns()) < due) {
		poll(NULL, 0, (due - now) / 1000000 + 1);
		if (tsmc_interrupted())
			return -ECANCELED;
	}
	return 0;
}

/**
 * tsmc_channel_send - send one record
 * @channel: where; one sender at a time
 * @type: enum tsmc_wire_type
 * @pieces: payload in order; not changed
 * @nr_pieces: at most TSMC_SEND_PIECES - 1
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_channel_send(struct tsmc_channel *channel, unsigned int type,
		      const struct iovec *pieces, unsigned int nr_pieces)
{
	struct tsmc_wire_header header = { .type = type };
	struct iovec iov[TSMC_SEND_PIECES] = { { &header, sizeof(header) } };
	int rc;

	for (unsigned int i = 0; i < nr_pieces; i++) {
		iov[i + 1] = pieces[i];
		header.length += pieces[i].iov_len;
	}
	rc = keep_pace(channel, sizeof(header) + header.length);
	if (!rc)
		rc = write_all(channel, iov, nr_pieces + 1);
	return rc ? send_failed(channel, rc) : 0;
}

/**
 * tsmc_channel_send_one - send one record with a payload in one piece
 * @channel: where
 * @type: enum tsmc_wire_type
 * @payload: may be NULL when @len is 0
 * @len: bytes
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_channel_send_one(struct tsmc_channel *channel, unsigned int type,
			  const void *payload, size_t len)
{
	struct iovec piece = { (void *)payload, len };

	return tsmc_channel_send(channel, type, &piece, len ? 1 : 0);
}

/**
 * tsmc_channel_send_error - tell the peer why we give up
 * @channel: where; may be closed
 * @text: one sentence
 */
void tsmc_channel_send_error(struct tsmc_channel *channel, const char *text)
{
	struct tsmc_wire_header header = { .type = TSMC_REC_ERROR, .length = strlen(text) };
	struct iovec iov[2] = { { &header, sizeof(header) }, { (void *)text, header.length } };

	if (channel->name && channel->wfd >= 0)
		write_all(channel, iov, 2);
}

/* 1: record complete; 0: nothing to read now; negative errno. */
static int read_some(struct tsmc_channel *channel, struct tsmc_record *record)
{
	for (;;) {
		size_t room;
		void *space = tsmc_wire_reader_space(channel->reader, &room);
		ssize_t got;
		int rc;

		if (!space)
			return -ENOMEM;
		got = room ? read(channel->rfd, space, room) : 0;
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (!got && room)
			return -EPIPE;
		channel->bytes_received += got;
		rc = tsmc_wire_reader_advance(channel->reader, got, record);
		if (rc)
			return rc;
	}
}

/* Likewise, and waits: for each piece of it, and until then for all of it, ns; 0: no limit. */
static int receive(struct tsmc_channel *channel, struct tsmc_record *record, int timeout_ms, uint64_t limit)
{
	for (;;) {
		int rc = read_some(channel, record);

		if (rc == 1 && record->type == TSMC_REC_ERROR) {
			char text[512];

			tsmc_wire_get_error(record, text, sizeof(text));
			tsmc_log(channel->log, TSMC_LOG_ERROR, "the other host gave up: %s", text);
			return -EREMOTEIO;
		}
		if (rc < 0 && rc != -EPIPE)
			tsmc_log(channel->log, TSMC_LOG_ERROR, "cannot read from the %s channel: %s",
				 channel->name, rc == -EPROTO ? "the data is corrupt" : strerror(-rc));
		if (rc || !timeout_ms || (limit && tsmc_now_ns() >= limit))
			return rc;
		rc = wait_ready(channel->rfd, POLLIN, timeout_ms);
		if (rc == -ETIMEDOUT)
			tsmc_log(channel->log, TSMC_LOG_ERROR, "the other host does not answer on the %s channel any more",
				 channel->name);
		if (rc <= 0)
			return rc;
	}
}

/**
 * tsmc_channel_receive - next record
 * @channel: from where; one receiver at a time
 * @record: valid until the next receive on this channel
 * @timeout_ms: 0 takes only what is there, -1 waits for ever; else how long nothing may come
 *
 * Return: 1 with a record, 0 when none came in time, negative errno: -EPIPE at the end of the
 * stream, -EREMOTEIO when the peer gave up (its words are logged), -EPROTO.
 */
int tsmc_channel_receive(struct tsmc_channel *channel, struct tsmc_record *record, int timeout_ms)
{
	return receive(channel, record, timeout_ms, 0);
}

/* What is to be said of what came, when only one type may come. */
static int judge(struct tsmc_channel *channel, unsigned int type, const struct tsmc_record *record,
		 int rc, int timeout_ms)
{
	if (rc == 1 && record->type == type)
		return 0;
	if (rc == 1) {
		tsmc_log(channel->log, TSMC_LOG_ERROR, "expected %s on the %s channel, got %s",
			 tsmc_wire_type_name(type), channel->name, tsmc_wire_type_name(record->type));
		return -EPROTO;
	}
	if (!rc) {
		tsmc_log(channel->log, TSMC_LOG_ERROR, "waited %d s for %s on the %s channel",
			 timeout_ms / 1000, tsmc_wire_type_name(type), channel->name);
		return -ETIMEDOUT;
	}
	if (rc == -EPIPE)
		tsmc_log(channel->log, TSMC_LOG_ERROR, "the other side closed the %s channel before %s",
			 channel->name, tsmc_wire_type_name(type));
	return rc;
}

/**
 * tsmc_channel_expect - next record, of a known type
 * @channel: from where
 * @type: the only one that may come
 * @record: valid until the next receive on this channel
 * @timeout_ms: how long to wait for it; it must be whole by then
 *
 * A guest may be suspended meanwhile: a peer that sends a byte now and then must not keep it so.
 *
 * Return: 0, or negative errno; logged.
 */
int tsmc_channel_expect(struct tsmc_channel *channel, unsigned int type,
			struct tsmc_record *record, int timeout_ms)
{
	int rc = receive(channel, record, timeout_ms, tsmc_now_ns() + timeout_ms * 1000000ULL);

	return judge(channel, type, record, rc, timeout_ms);
}

/**
 * tsmc_channel_await - as tsmc_channel_expect(), of a peer that says WORKING until it is so far
 * @channel: from where
 * @type: the only other one that may come
 * @record: valid until the next receive on this channel
 * @timeout_ms: how long to wait for it in all; WORKING must come every TSMC_WORKING_TIMEOUT_MS
 *
 * Return: 0, or negative errno; logged.
 */
int tsmc_channel_await(struct tsmc_channel *channel, unsigned int type,
		       struct tsmc_record *record, int timeout_ms)
{
	uint64_t limit = tsmc_now_ns() + timeout_ms * 1000000ULL;
	int rc;

	do {
		rc = receive(channel, record, TSMC_WORKING_TIMEOUT_MS,
			     tsmc_now_ns() + TSMC_WORKING_TIMEOUT_MS * 1000000ULL);
		if (!rc)
			timeout_ms = TSMC_WORKING_TIMEOUT_MS;
	} while (rc == 1 && record->type == TSMC_REC_WORKING && tsmc_now_ns() < limit);
	if (rc == 1 && record->type == TSMC_REC_WORKING)
		rc = 0;
	return judge(channel, type, record, rc, timeout_ms);
}
