// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two agents meet over TCP without TLS: both channels belong to one session, and to nobody else.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "own_network.h"
#include "session.h"
#include "tcp.h"
#include "unit.h"

#define PORT 8002

/* What was said last, for the tests. */
static char said[4096];

void tsmc_log(const struct tsmc_log *log, enum tsmc_log_level level, const char *fmt, ...)
{
	va_list args;

	(void)log;
	va_start(args, fmt);
	vsnprintf(said, sizeof(said), fmt, args);
	va_end(args);
	/* Standard output of a target is its channel. */
	fprintf(stderr, "# %d: %s\n", level, said);
}

static const struct tsmc_log log_to_test;

/* A record comes back as it went, on either channel. */
static int echo(struct tsmc_channel *channel)
{
	struct tsmc_record record;
	int rc = tsmc_channel_expect(channel, TSMC_REC_CREDIT, &record, 5000);

	return rc ? rc : tsmc_channel_send_one(channel, TSMC_REC_CREDIT, record.payload, record.length);
}

static int target(void)
{
	struct tsmc_session session;
	int rc = tsmc_session_accept(&session, &log_to_test);

	if (rc == 1)
		rc = tsmc_session_join(&session, &log_to_test);
	if (!rc && session.urgent.name)
		rc = echo(&session.bulk) ?: echo(&session.urgent);
	tsmc_session_close(&session);
	return rc;
}

/* Serves so many connections, each in a process; a process itself. */
static pid_t serve(int listener, unsigned int connections)
{
	pid_t server = fork();

	if (server)
		return server;
	while (connections--) {
		int fd = accept(listener, NULL, NULL);

		if (!fork()) {
			dup2(fd, 0);
			dup2(fd, 1);
			close(fd);
			_exit(target() ? 1 : 0);
		}
		close(fd);
	}
	for (int status, failed = 0;;) {
		if (wait(&status) < 0)
			_exit(failed);
		failed |= status != 0;
	}
}

static int listen_blocking(void)
{
	int fd = tsmc_tcp_listen("127.0.0.1", PORT, &log_to_test);

	EXPECT(fd >= 0);
	EXPECT(!fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK));
	return fd;
}

static const struct tsmc_route plain = { .carrier = TSMC_CARRIER_TCP };

static bool comes_back(struct tsmc_channel *channel, uint32_t pages)
{
	struct tsmc_wire_credit credit = { .pages = pages };
	struct tsmc_record record;
	uint32_t got;

	return !tsmc_channel_send_one(channel, TSMC_REC_CREDIT, &credit, sizeof(credit)) &&
	       !tsmc_channel_expect(channel, TSMC_REC_CREDIT, &record, 5000) &&
	       !tsmc_wire_get_credit(&record, &got) && got == pages;
}

static void both_channels(void)
{
	int listener = listen_blocking(), status;
	struct tsmc_session session;
	pid_t server = serve(listener, 2);

	EXPECT(!tsmc_session_connect(&session, &plain, "127.0.0.1", &log_to_test));
	EXPECT(!tsmc_session_join(&session, &log_to_test));
	EXPECT(session.capabilities);
	EXPECT(comes_back(&session.bulk, 5));
	EXPECT(comes_back(&session.urgent, 7));
	tsmc_session_close(&session);
	EXPECT(waitpid(server, &status, 0) == server && !status);
	close(listener);
}

static void cannot_be_joined_by_others(void)
{
	struct tsmc_wire_hello hello = { .magic = TSMC_WIRE_MAGIC, .version = TSMC_WIRE_VERSION,
					 .channel = TSMC_CHANNEL_URGENT };
	struct tsmc_endpoint endpoint;
	int listener = listen_blocking();
	pid_t server = serve(listener, 3);
	struct tsmc_channel stranger;
	struct tsmc_session session;
	struct tsmc_record record;

	/* Somebody else comes first, with an identifier that is wrong in its last bit. */
	EXPECT(!tsmc_endpoint_parse("127.0.0.1", &endpoint));
	EXPECT(!tsmc_session_connect(&session, &plain, "127.0.0.1", &log_to_test));
	memcpy(hello.session, session.id, sizeof(hello.session));
	hello.session[sizeof(hello.session) - 1] ^= 1;
	{
		int fd = tsmc_tcp_connect(&endpoint, &log_to_test);

		EXPECT(fd >= 0 && !tsmc_channel_adopt(&stranger, "strange", fd, fd, &log_to_test));
	}
	EXPECT(!tsmc_channel_send_one(&stranger, TSMC_REC_HELLO, &hello, sizeof(hello)));
	EXPECT(tsmc_channel_receive(&stranger, &record, 5000) == -EPIPE);
	tsmc_channel_close(&stranger);
	EXPECT(!tsmc_session_join(&session, &log_to_test));
	EXPECT(comes_back(&session.bulk, 1) && comes_back(&session.urgent, 2));
	tsmc_session_close(&session);
	waitpid(server, NULL, 0);
	close(listener);
}

static void nobody_there(void)
{
	struct tsmc_session session;

	EXPECT(tsmc_session_connect(&session, &plain, "127.0.0.1:9", &log_to_test) == -ECONNREFUSED);
	EXPECT(strstr(said, "cannot reach a tsmc-agent at 127.0.0.1 port 9 without TLS"));
	tsmc_session_close(&session);
	EXPECT(tsmc_session_connect(&session, &plain, "127.0.0.1:0", &log_to_test) == -EINVAL);
	EXPECT(strstr(said, "is not HOST or HOST:PORT"));
	tsmc_session_close(&session);
}

/* A channel that waits for ever for something does not wait for ever on a cut link. */
static void cut_while_waiting(void)
{
	int listener = listen_blocking(), other;
	struct tsmc_endpoint endpoint;
	struct tsmc_channel channel;
	struct tsmc_record record;
	int fd, rc;

	EXPECT(!tsmc_endpoint_parse("127.0.0.1", &endpoint));
	fd = tsmc_tcp_connect(&endpoint, &log_to_test);
	EXPECT(fd >= 0 && !tsmc_channel_adopt(&channel, "bulk", fd, fd, &log_to_test));
	other = accept(listener, NULL, NULL);
	own_network_link(false);
	EXPECT(!tsmc_channel_send_one(&channel, TSMC_REC_PLUG, NULL, 0));
	alarm(20);
	rc = tsmc_channel_receive(&channel, &record, -1);
	alarm(0);
	own_network_link(true);
	EXPECT(rc == -ETIMEDOUT);
	tsmc_channel_close(&channel);
	close(other);
	close(listener);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "both channels of a session come to be over TCP", both_channels },
		{ "who does not know the session cannot join, nor be in its way", cannot_be_joined_by_others },
		{ "where nobody listens, that is said", nobody_there },
		{ "waiting for a record ends when the link is cut", cut_while_waiting },
	};

	signal(SIGPIPE, SIG_IGN);
	own_network_enter();
	unit_run(tests, sizeof(tests) / sizeof(*tests));
}
