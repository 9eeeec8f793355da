// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "journal.h"
#include "tcp.h"

#define CAPABILITIES	(TSMC_CAP_POSTCOPY | TSMC_CAP_VERIFY | TSMC_CAP_PACKED | TSMC_CAP_RESIDUE)

/* Long enough for ssh to ask for a password. */
#define CONNECT_TIMEOUT_MS 120000

/* Whoever has reached us by now, TLS handshake included, has nothing to ask anybody. */
#define HELLO_TIMEOUT_MS 20000

static int send_hello(struct tsmc_channel *channel, unsigned int kind, const uint8_t *id)
{
	struct tsmc_wire_hello hello = {
		.magic = TSMC_WIRE_MAGIC,
		.version = TSMC_WIRE_VERSION,
		.channel = kind,
		.capabilities = CAPABILITIES,
	};

	memcpy(hello.session, id, sizeof(hello.session));
	return tsmc_channel_send_one(channel, TSMC_REC_HELLO, &hello, sizeof(hello));
}

/* Checks everything but the session and the kind of channel. */
static int receive_hello(struct tsmc_channel *channel, struct tsmc_wire_hello *hello, int timeout_ms)
{
	struct tsmc_record record;
	int rc;

	rc = tsmc_channel_expect(channel, TSMC_REC_HELLO, &record, timeout_ms);
	if (rc)
		return rc;
	rc = tsmc_wire_get_hello(&record, hello);
	if (rc)
		tsmc_log(channel->log, TSMC_LOG_ERROR, "what answers is not a tsmc-agent");
	if (!rc && hello->version != TSMC_WIRE_VERSION) {
		tsmc_log(channel->log, TSMC_LOG_ERROR,
			 "the other host's tsmc-agent speaks version %u, this one version %u: install the same on both",
			 hello->version, TSMC_WIRE_VERSION);
		rc = -EPROTONOSUPPORT;
	}
	return rc;
}

/* As xl: with an empty -s the host is the command itself. */
static int host_command(const char *ssh, const char *host, char *command, size_t len)
{
	int used = *ssh ? snprintf(command, len, "exec %s %s tsmc-agent receive", ssh, host) :
			  snprintf(command, len, "%s", host);

	return used < 0 || (size_t)used >= len ? -E2BIG : 0;
}

/**
 * struct call - how a source makes one connection
 * @route: by what
 * @host: as the operator named it
 * @endpoint: the same for TCP
 * @command: the same for a shell
 */
struct call {
	const struct tsmc_route *route;
	const char *host;
	struct tsmc_endpoint endpoint;
	char command[1024];
};

static int prepare(struct call *call, const struct tsmc_route *route, const char *host, const struct tsmc_log *log)
{
	int rc;

	call->route = route;
	call->host = host;
	if (route->carrier == TSMC_CARRIER_COMMAND) {
		rc = host_command(route->ssh, host, call->command, sizeof(call->command));
		if (rc)
			tsmc_log(log, TSMC_LOG_ERROR, "the command to reach %s is too long", host);
		return rc;
	}
	rc = tsmc_endpoint_parse(host, &call->endpoint);
	if (rc)
		tsmc_log(log, TSMC_LOG_ERROR, "'%s' is not HOST or HOST:PORT", host);
	return rc;
}

/* TLS is a program of its own: a stranger's bytes are decoded where there is nothing to be had. */
static int dial(const struct call *call, struct tsmc_channel *channel, const char *name, const struct tsmc_log *log)
{
	const char *const shell[] = { "/bin/sh", "-c", call->command, NULL };
	const char *const relay[] = { "/proc/self/exe", "connect", "--tls-dir", call->route->tls_dir, "--",
				      call->host, NULL };
	int rc;

	if (call->route->carrier == TSMC_CARRIER_COMMAND)
		return tsmc_channel_spawn(channel, name, shell, log);
	if (call->route->carrier == TSMC_CARRIER_TLS)
		return tsmc_channel_spawn(channel, name, relay, log);
	rc = tsmc_tcp_connect(&call->endpoint, log);
	return rc < 0 ? rc : tsmc_channel_adopt(channel, name, rc, rc, log);
}

static int greet(struct tsmc_session *session, struct tsmc_channel *channel, const char *name,
		 unsigned int kind, const struct call *call, const struct tsmc_log *log)
{
	int rc = dial(call, channel, name, log);

	return rc ? rc : send_hello(channel, kind, session->id);
}

static int await_answer(struct tsmc_session *session, struct tsmc_channel *channel, unsigned int kind)
{
	struct tsmc_wire_hello hello;
	int rc = receive_hello(channel, &hello, CONNECT_TIMEOUT_MS);

	if (!rc && (hello.channel != kind || memcmp(hello.session, session->id, sizeof(hello.session))))
		rc = -EPROTO;
	if (!rc)
		session->capabilities = CAPABILITIES & hello.capabilities;
	return rc;
}

static void tell_unreached(const struct call *call, const struct tsmc_log *log)
{
	if (call->route->carrier == TSMC_CARRIER_COMMAND)
		tsmc_log(log, TSMC_LOG_ERROR,
			 "cannot reach a tsmc-agent with '%s'; is the host up, and tsmc-agent installed there?",
			 call->command);
	else
		tsmc_log(log, TSMC_LOG_ERROR, "cannot reach a tsmc-agent at %s port %u %s", call->endpoint.host,
			 call->endpoint.port,
			 call->route->carrier == TSMC_CARRIER_TLS ? "with TLS" :
			 "without TLS; does `tsmc-agent listen --insecure` run there?");
}

/**
 * tsmc_session_connect - reach the other host's agent
 * @session: filled in; tsmc_session_close() ends it, also after a failure
 * @route: by what
 * @host: name for @route
 * @log: where troubles are told
 *
 * The second channel is called only when the first has answered: a command may ask
 * for a password. tsmc_session_join() before it is used.
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_session_connect(struct tsmc_session *session, const struct tsmc_route *route, const char *host,
			 const struct tsmc_log *log)
{
	struct call call;
	int rc;

	*session = (struct tsmc_session){ 0 };
	if (getrandom(session->id, sizeof(session->id), 0) != sizeof(session->id))
		return -EIO;
	rc = prepare(&call, route, host, log);
	if (rc)
		return rc;
	rc = greet(session, &session->bulk, "bulk", TSMC_CHANNEL_BULK, &call, log);
	if (!rc)
		rc = await_answer(session, &session->bulk, TSMC_CHANNEL_BULK);
	if (!rc)
		rc = greet(session, &session->urgent, "urgent", TSMC_CHANNEL_URGENT, &call, log);
	if (rc)
		tell_unreached(&call, log);
	return rc;
}

static void socket_address(const uint8_t *id, struct sockaddr_un *address)
{
	char hex[2 * TSMC_WIRE_SESSION_LEN + 1];

	for (unsigned int i = 0; i < TSMC_WIRE_SESSION_LEN; i++)
		sprintf(hex + 2 * i, "%02x", id[i]);
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path), TSMC_RUN_DIR "/%s", hex);
}

/* The second channel: hands its descriptors to the process that carries the session. */
static int hand_over(const uint8_t *id, const struct tsmc_log *log)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	char byte = 0;
	struct iovec piece = { &byte, 1 };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1,
				  .msg_control = &control, .msg_controllen = sizeof(control.room) };
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
	const int ends[2] = { 0, 1 };
	struct sockaddr_un address;
	int fd, rc = 0;

	*cmsg = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(ends)),
				  .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(cmsg), ends, sizeof(ends));
	socket_address(id, &address);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    sendmsg(fd, &message, MSG_NOSIGNAL) < 0) {
		rc = -errno;
		tsmc_log(log, TSMC_LOG_ERROR, "there is no such session here to join: %s", strerror(errno));
	} else {
		/* What carries our standard input and output may end with us: stay until the session ends. */
		while (read(fd, &byte, 1) < 0 && errno == EINTR)
			;
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

static int listen_for_second(const uint8_t *id)
{
	struct sockaddr_un address;
	int fd, rc = tsmc_run_dir();

	if (rc)
		return rc;
	socket_address(id, &address);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 1) < 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	return fd;
}

/* Receives the second channel's descriptors; the connection stays open as long as this process lives. */
static int accept_second(int listener, int ends[2])
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} control = { 0 };
	char byte;
	struct iovec piece = { &byte, 1 };
	struct msghdr message = { .msg_iov = &piece, .msg_iovlen = 1,
				  .msg_control = &control, .msg_controllen = sizeof(control.room) };
	struct pollfd poller = { .fd = listener, .events = POLLIN };
	struct cmsghdr *cmsg;
	int fd, rc;

	do {
		rc = poll(&poller, 1, CONNECT_TIMEOUT_MS);
	} while (rc < 0 && errno == EINTR);
	if (rc <= 0)
		return rc ? -errno : -ETIMEDOUT;
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) != 1)
		goto broken;
	cmsg = CMSG_FIRSTHDR(&message);
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS || cmsg->cmsg_len != CMSG_LEN(2 * sizeof(int)))
		goto broken;
	memcpy(ends, CMSG_DATA(cmsg), 2 * sizeof(int));
	return 0;

broken:
	close(fd);
	return -EPROTO;
}

static int accept_urgent(struct tsmc_session *session, int listener, const struct tsmc_log *log)
{
	int ends[2];
	int rc;

	rc = accept_second(listener, ends);
	if (rc) {
		tsmc_log(log, TSMC_LOG_ERROR, "the second channel did not come: %s", strerror(-rc));
		return rc;
	}
	rc = tsmc_channel_adopt(&session->urgent, "urgent", ends[0], ends[1], log);
	if (!rc)
		rc = send_hello(&session->urgent, TSMC_CHANNEL_URGENT, session->id);
	return rc;
}

static void stop_listening(struct tsmc_session *session)
{
	struct sockaddr_un address;

	if (!session->listening)
		return;
	socket_address(session->id, &address);
	unlink(address.sun_path);
	close(session->listener);
	session->listening = false;
}

/* Listens before it answers: the second channel comes as soon as the first is there. */
static int accept_session(struct tsmc_session *session, const struct tsmc_log *log)
{
	int rc = listen_for_second(session->id);

	if (rc < 0) {
		tsmc_log(log, TSMC_LOG_ERROR, "cannot listen in " TSMC_RUN_DIR ": %s", strerror(-rc));
		return rc;
	}
	session->listener = rc;
	session->listening = true;
	return send_hello(&session->bulk, TSMC_CHANNEL_BULK, session->id);
}

/**
 * tsmc_session_join - wait for the second channel
 * @session: connected or accepted
 * @log: where troubles are told
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_session_join(struct tsmc_session *session, const struct tsmc_log *log)
{
	int rc;

	if (!session->listening) {
		rc = await_answer(session, &session->urgent, TSMC_CHANNEL_URGENT);
		if (rc)
			tsmc_log(log, TSMC_LOG_ERROR, "the second connection to the other host's tsmc-agent failed");
		return rc;
	}
	rc = accept_urgent(session, session->listener, log);
	stop_listening(session);
	return rc;
}

/**
 * tsmc_session_accept - answer a source on standard input and output
 * @session: filled in; tsmc_session_close() ends it, also after a failure
 * @log: where troubles are told
 *
 * The session has one channel until tsmc_session_join().
 *
 * Return: 1 with a session; 0 when this was the second channel of a session
 * that another process carries, and it has ended; negative errno, logged.
 */
int tsmc_session_accept(struct tsmc_session *session, const struct tsmc_log *log)
{
	struct tsmc_wire_hello hello;
	int rc;

	*session = (struct tsmc_session){ 0 };
	rc = tsmc_channel_adopt(&session->bulk, "bulk", 0, 1, log);
	if (rc)
		return rc;
	rc = receive_hello(&session->bulk, &hello, HELLO_TIMEOUT_MS);
	if (rc == -EPROTONOSUPPORT)
		send_hello(&session->bulk, TSMC_CHANNEL_BULK, hello.session);
	if (rc)
		return rc;
	session->capabilities = CAPABILITIES & hello.capabilities;
	memcpy(session->id, hello.session, sizeof(session->id));
	if (hello.channel != TSMC_CHANNEL_BULK && hello.channel != TSMC_CHANNEL_URGENT)
		return -EPROTO;
	if (hello.channel == TSMC_CHANNEL_URGENT)
		return hand_over(session->id, log);
	rc = accept_session(session, log);
	return rc ? rc : 1;
}

/**
 * tsmc_session_close - end both channels
 * @session: zeroed, connected or accepted, wholly or in part
 */
void tsmc_session_close(struct tsmc_session *session)
{
	stop_listening(session);
	/* Both first: what carries one may wait at the other host for the end of the other. */
	tsmc_channel_disconnect(&session->urgent);
	tsmc_channel_disconnect(&session->bulk);
	tsmc_channel_close(&session->urgent);
	tsmc_channel_close(&session->bulk);
}

/**
 * tsmc_session_forget - remove what a process that was killed has left of a session
 * @id: of the session; it may have left nothing
 */
void tsmc_session_forget(const uint8_t *id)
{
	struct sockaddr_un address;

	socket_address(id, &address);
	unlink(address.sun_path);
}
