// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Both ends of a checked TCP stream.
 */
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pattern.h"
#include "stream.h"

#define NSEC_PER_SEC	1000000000ULL
#define NSEC_PER_MSEC	1000000ULL

/* A client that is told to stop waits so long for what is still under way. */
#define DRAIN_NS	(30 * NSEC_PER_SEC)

/* How often the client looks whether it may send again, in ms. */
#define RATE_STEP_MS	5

/**
 * tsmc_stream_fill() - the bytes of a stream
 * @key: which stream
 * @offset: of the first byte
 * @bytes: where they go
 * @len: how many
 */
void tsmc_stream_fill(uint64_t key, uint64_t offset, uint8_t *bytes,
		      size_t len)
{
	while (len) {
		uint64_t word = tsmc_mix64(key + offset / 8 * TSMC_GOLDEN);
		size_t skip = offset % 8;
		size_t n = 8 - skip < len ? 8 - skip : len;

		memcpy(bytes, (uint8_t *)&word + skip, n);
		bytes += n;
		offset += n;
		len -= n;
	}
}

/**
 * tsmc_stream_change() - turn received bytes into the answer
 * @key: which stream
 * @offset: of the first byte
 * @bytes: the bytes, changed in place
 * @len: how many
 *
 * What was received is changed, not computed anew, so that an error on the
 * way to the server shows at the client as well.
 */
void tsmc_stream_change(uint64_t key, uint64_t offset, uint8_t *bytes,
			size_t len)
{
	uint8_t mask[TSMC_STREAM_CHUNK];
	size_t i;

	tsmc_stream_fill(~key, offset, mask, len);
	for (i = 0; i < len; i++)
		bytes[i] ^= mask[i];
}

/**
 * tsmc_stream_check() - compare received bytes
 * @s: where findings are counted
 * @who: the receiving side, for the message
 * @offset: of the first byte in the stream
 * @found: what was received
 * @expected: what should have been
 * @len: how many bytes
 */
void tsmc_stream_check(struct tsmc_stream *s, const char *who, uint64_t offset,
		       const uint8_t *found, const uint8_t *expected,
		       size_t len)
{
	size_t i;

	for (i = 0; i < len && found[i] == expected[i]; i++)
		continue;
	if (i < len)
		tsmc_report_fail(&s->report,
				 "%s received byte %llu: expected %#x found %#x",
				 who, (unsigned long long)(offset + i),
				 expected[i], found[i]);
	__atomic_fetch_add(&s->bytes, len, __ATOMIC_RELAXED);
	tsmc_report_checks(&s->report, 1);
}

/**
 * tsmc_stream_gap() - note the time since bytes came last
 * @s: where the longest is kept
 * @last_ns: when bytes came last, set to now
 */
void tsmc_stream_gap(struct tsmc_stream *s, uint64_t *last_ns)
{
	uint64_t now = tsmc_now_ns();
	uint64_t gap = now - *last_ns;
	uint64_t longest = __atomic_load_n(&s->longest_ns, __ATOMIC_RELAXED);

	*last_ns = now;
	while (gap > longest &&
	       !__atomic_compare_exchange_n(&s->longest_ns, &longest, gap,
					    false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED))
		continue;
}

static bool send_all(int fd, const void *bytes, size_t len)
{
	while (len) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = (const uint8_t *)bytes + n;
		len -= n;
	}
	return true;
}

/**
 * struct sender - the client's position in both directions
 * @c: what to send
 * @bytes: a piece that is being sent
 * @start: offset of @bytes in the stream
 * @filled: bytes in @bytes
 * @sent: bytes sent so far
 * @received: bytes received so far
 * @acknowledged: bytes that a sink has acknowledged, greeting included
 * @allowed: bytes that the rate permits now
 * @allowed_ns: when @allowed was computed
 * @last_ns: when bytes were received last
 */
struct sender {
	struct tsmc_stream_client *c;
	uint8_t bytes[TSMC_STREAM_CHUNK];
	uint64_t start;
	size_t filled;
	uint64_t sent;
	uint64_t received;
	uint64_t acknowledged;
	uint64_t allowed;
	uint64_t allowed_ns;
	uint64_t last_ns;
};

static void allow(struct sender *s)
{
	uint64_t now = tsmc_now_ns();
	uint64_t passed = now - s->allowed_ns;

	if (!s->c->rate) {
		s->allowed = sizeof(s->bytes);
		return;
	}
	/* In steps, so that segments are not tiny; pauses are not made up. */
	if (passed < RATE_STEP_MS * NSEC_PER_MSEC)
		return;
	if (passed > NSEC_PER_SEC)
		passed = NSEC_PER_SEC;
	s->allowed += passed * s->c->rate / NSEC_PER_SEC;
	if (s->allowed > s->c->rate / 4)
		s->allowed = s->c->rate / 4;
	s->allowed_ns = now;
}

static bool send_some(struct sender *s)
{
	uint64_t position = s->sent - s->start;
	size_t len;
	ssize_t n;

	if (position == s->filled) {
		s->start = s->sent;
		s->filled = sizeof(s->bytes);
		position = 0;
		tsmc_stream_fill(s->c->key, s->start, s->bytes, s->filled);
	}
	len = s->filled - position;
	if (len > s->allowed)
		len = s->allowed;
	n = send(s->c->fd, s->bytes + position, len,
		 MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	s->sent += n;
	s->allowed -= n;
	return true;
}

/* Return: 1 for bytes, 0 for the end of the stream, -1 for an error. */
static int receive_echo(struct sender *s)
{
	uint8_t found[TSMC_STREAM_CHUNK], expected[TSMC_STREAM_CHUNK];
	ssize_t n = recv(s->c->fd, found, sizeof(found), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : -1;
	if (!n)
		return 0;
	tsmc_stream_gap(s->c->stream, &s->last_ns);
	tsmc_stream_fill(s->c->key, s->received, expected, n);
	tsmc_stream_change(s->c->key, s->received, expected, n);
	tsmc_stream_check(s->c->stream, "client", s->received, found, expected,
			  n);
	s->received += n;
	return 1;
}

/* The only thing that a sink sends is, at the very end, its count. */
static int receive_count(struct sender *s)
{
	uint64_t count;
	ssize_t n = recv(s->c->fd, &count, sizeof(count), MSG_WAITALL);

	if (n < 0)
		return errno == EINTR ? 1 : -1;
	if (n == sizeof(count))
		s->received = count;
	tsmc_report_checks(&s->c->stream->report, 1);
	return 0;
}

static int receive_some(struct sender *s)
{
	return s->c->mode == TSMC_STREAM_ECHO ? receive_echo(s) :
						receive_count(s);
}

/* A sink answers nothing, but its acknowledgements tell how far it is. */
static void note_acknowledged(struct sender *s)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (s->c->mode != TSMC_STREAM_SINK ||
	    getsockopt(s->c->fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		return;
	if (info.tcpi_bytes_acked == s->acknowledged)
		return;
	s->acknowledged = info.tcpi_bytes_acked;
	tsmc_stream_gap(s->c->stream, &s->last_ns);
	__atomic_store_n(&s->c->stream->bytes, s->acknowledged,
			 __ATOMIC_RELAXED);
}

/* Until the server has closed; @stopped: all is sent, only receive. */
static int exchange(struct sender *s, bool stopped)
{
	struct pollfd pfd = { .fd = s->c->fd, .events = POLLIN };
	int timeout = RATE_STEP_MS;

	note_acknowledged(s);
	if (!stopped) {
		allow(s);
		if (s->allowed) {
			pfd.events |= POLLOUT;
			timeout = 100;
		}
	}
	if (poll(&pfd, 1, timeout) < 0)
		return errno == EINTR ? 1 : -1;
	if (pfd.revents & POLLOUT && !send_some(s))
		return -1;
	if (pfd.revents & (POLLIN | POLLHUP | POLLERR))
		return receive_some(s);
	return 1;
}

static void client_fail(struct sender *s, const char *what)
{
	tsmc_report_fail(&s->c->stream->report,
			 "client: %s after %llu bytes sent, %llu received",
			 what, (unsigned long long)s->sent,
			 (unsigned long long)s->received);
}

static void client_drain(struct sender *s)
{
	uint64_t end = tsmc_now_ns() + DRAIN_NS;
	int more = 1;

	shutdown(s->c->fd, SHUT_WR);
	while (more > 0 && tsmc_now_ns() < end)
		more = exchange(s, true);
	if (more < 0)
		client_fail(s, strerror(errno));
	else if (more)
		client_fail(s, "the rest did not arrive within 30 s");
	else if (s->received != s->sent)
		client_fail(s, "expected all bytes back, found the end");
}

/**
 * tsmc_stream_client() - thread: send and check until told to stop
 * @client: struct tsmc_stream_client
 *
 * Return: NULL.
 */
void *tsmc_stream_client(void *client)
{
	struct sender s = { .c = client };
	struct tsmc_stream_hello hello = {
		.magic = TSMC_STREAM_MAGIC,
		.key = s.c->key,
		.mode = s.c->mode,
	};
	int more = 1;

	s.last_ns = tsmc_now_ns();
	s.allowed_ns = s.last_ns;
	if (!send_all(s.c->fd, &hello, sizeof(hello)))
		more = -1;
	while (more > 0 && !tsmc_stop_requested())
		more = exchange(&s, false);
	if (more < 0)
		client_fail(&s, strerror(errno));
	else if (!more)
		client_fail(&s, "connection closed by the server");
	else
		client_drain(&s);
	close(s.c->fd);
	return NULL;
}

static void server_fail(struct tsmc_stream_server *s, const char *what,
			uint64_t received)
{
	tsmc_report_fail(&s->stream->report,
			 "server: %s after %llu bytes received", what,
			 (unsigned long long)received);
}

/* Return: false when the other side goes away without a word: a probe. */
static bool receive_hello(struct tsmc_stream_server *s,
			  struct tsmc_stream_hello *hello)
{
	ssize_t n = recv(s->fd, hello, sizeof(*hello), MSG_WAITALL);

	if (n <= 0)
		return false;
	if (n == sizeof(*hello) && hello->magic == TSMC_STREAM_MAGIC &&
	    (hello->mode == TSMC_STREAM_ECHO ||
	     hello->mode == TSMC_STREAM_SINK))
		return true;
	tsmc_report_fail(&s->stream->report,
			 "server: first %zd bytes are no greeting: expected %#llx found %#llx",
			 n, TSMC_STREAM_MAGIC,
			 (unsigned long long)hello->magic);
	return false;
}

static void serve(struct tsmc_stream_server *s)
{
	uint8_t found[TSMC_STREAM_CHUNK], expected[TSMC_STREAM_CHUNK];
	struct tsmc_stream_hello hello = { 0 };
	uint64_t received = 0, last_ns;

	if (!receive_hello(s, &hello))
		return;
	last_ns = tsmc_now_ns();
	for (;;) {
		ssize_t n = recv(s->fd, found, sizeof(found), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			server_fail(s, strerror(errno), received);
			return;
		}
		if (!n)
			break;
		tsmc_stream_gap(s->stream, &last_ns);
		tsmc_stream_fill(hello.key, received, expected, n);
		tsmc_stream_check(s->stream, "server", received, found,
				  expected, n);
		if (hello.mode == TSMC_STREAM_ECHO) {
			tsmc_stream_change(hello.key, received, found, n);
			if (!send_all(s->fd, found, n)) {
				server_fail(s, strerror(errno), received);
				return;
			}
		}
		received += n;
	}
	if (hello.mode == TSMC_STREAM_SINK &&
	    !send_all(s->fd, &received, sizeof(received)))
		server_fail(s, strerror(errno), received);
}

/**
 * tsmc_stream_server() - thread: serve one connection until it ends
 * @server: struct tsmc_stream_server, freed at the end
 *
 * Return: NULL.
 */
void *tsmc_stream_server(void *server)
{
	struct tsmc_stream_server *s = server;

	serve(s);
	close(s->fd);
	free(s);
	return NULL;
}
