// SPDX-License-Identifier: GPL-2.0-or-later
#include "listener.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "confine.h"
#include "relay.h"
#include "tcp.h"

/* Before it is tried again to accept when that has failed for want of anything. */
#define RETRY_MS 100

/**
 * struct listener - the process that accepts
 * @agent: without handles
 * @fd: listens
 * @tls_dir: certificates and key; NULL: without TLS
 * @signals: tells of ended children, and of the operator
 * @usual: signal mask of everybody else
 * @children: connections that are being served
 */
struct listener {
	struct tsmc_agent *agent;
	int fd;
	const char *tls_dir;
	int signals;
	sigset_t usual;
	unsigned int children;
};

/**
 * struct caller - whose messages are whose
 * @log: where they go
 * @name: address of the other host
 */
struct caller {
	const struct tsmc_log *log;
	char name[TSMC_TCP_NAME_LEN];
};

static void emit_for_caller(void *opaque, enum tsmc_log_level level, const char *fmt, va_list args)
{
	const struct caller *caller = opaque;
	char line[1024];

	vsnprintf(line, sizeof(line), fmt, args);
	tsmc_log(caller->log, level, "%s: %s", caller->name, line);
}

/* The process that speaks TLS: has the key, the two sockets, and gives up all else before the first byte. */
static int relay(const char *tls_dir, int tcp, int inside, const struct tsmc_log *log)
{
	struct tsmc_relay relay = { .tcp = tcp, .in = inside, .out = inside, .peer = "the other host", .log = log };
	int rc;

	signal(SIGTERM, SIG_DFL);
	rc = tsmc_tls_new(&relay.tls, TSMC_TLS_TARGET, tls_dir, log);
	if (!rc)
		rc = tsmc_confine(log);
	if (!rc)
		rc = tsmc_tls_handshake(relay.tls, tcp, relay.peer);
	return rc ? rc : tsmc_relay_run(&relay);
}

/* Puts a process that speaks TLS before a socket; returns the end that has plain bytes. */
static int put_relay_before(const char *tls_dir, int tcp, pid_t *child, const struct tsmc_log *log)
{
	int ends[2];
	int rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	*child = fork();
	if (*child < 0) {
		rc = -errno;
		close(ends[0]);
		close(ends[1]);
		return rc;
	}
	if (!*child) {
		close(ends[0]);
		_exit(relay(tls_dir, tcp, ends[1], log) ? TSMC_EXIT_FAILED : TSMC_EXIT_OK);
	}
	close(ends[1]);
	close(tcp);
	return ends[0];
}

static int receive_from(int fd, struct tsmc_agent *agent)
{
	int rc;

	if (dup2(fd, 0) < 0 || dup2(fd, 1) < 0) {
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "cannot serve the connection: %s", strerror(errno));
		return TSMC_EXIT_FAILED;
	}
	close(fd);
	rc = tsmc_cmd_receive(agent, 1, (char *[]){ "receive", NULL });
	/* A relay ends when nobody is at its other end any more. */
	close(0);
	close(1);
	return rc;
}

/* The end of the listener, or of its terminal, is not the end of a migration. */
static void leave_terminal(const struct listener *listener)
{
	const struct timespec at_once = { 0 };
	sigset_t interrupt;

	setsid();
	/* What was sent to the listener's group until then. */
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigtimedwait(&interrupt, NULL, &at_once);
	sigprocmask(SIG_SETMASK, &listener->usual, NULL);
}

/* In a process of its own: `receive`, on this connection. */
static int serve(struct listener *listener, int fd)
{
	struct caller caller = { .log = &listener->agent->log };
	struct tsmc_agent own = { .log = { .emit = emit_for_caller, .opaque = &caller } };
	pid_t relay = 0;
	int rc;

	close(listener->fd);
	close(listener->signals);
	leave_terminal(listener);
	tsmc_tcp_peer(fd, caller.name);
	tsmc_tcp_tune(fd);
	if (listener->tls_dir)
		fd = put_relay_before(listener->tls_dir, fd, &relay, &own.log);
	if (fd < 0) {
		tsmc_log(&own.log, TSMC_LOG_ERROR, "cannot serve the connection: %s", strerror(-fd));
		return TSMC_EXIT_FAILED;
	}
	rc = receive_from(fd, &own);
	if (relay)
		waitpid(relay, NULL, 0);
	return rc;
}

static void take_connection(struct listener *listener)
{
	const struct tsmc_log *log = &listener->agent->log;
	int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	pid_t child;

	if (fd < 0) {
		if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
			return;
		tsmc_log(log, TSMC_LOG_ERROR, "cannot take a connection: %s", strerror(errno));
		poll(NULL, 0, RETRY_MS);
		return;
	}
	child = fork();
	if (!child)
		exit(serve(listener, fd));
	if (child > 0)
		listener->children++;
	else
		tsmc_log(log, TSMC_LOG_ERROR, "cannot fork for a connection: %s", strerror(errno));
	close(fd);
}

/* True when the operator asks to stop. */
static bool take_signal(struct listener *listener)
{
	struct signalfd_siginfo info;

	if (read(listener->signals, &info, sizeof(info)) != sizeof(info))
		return false;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		listener->children--;
	return info.ssi_signo != SIGCHLD;
}

static int watch_signals(struct listener *listener)
{
	sigset_t watched;

	sigemptyset(&watched);
	sigaddset(&watched, SIGCHLD);
	sigaddset(&watched, SIGINT);
	sigaddset(&watched, SIGTERM);
	sigprocmask(SIG_BLOCK, &watched, &listener->usual);
	listener->signals = signalfd(-1, &watched, SFD_CLOEXEC);
	return listener->signals < 0 ? -errno : 0;
}

/**
 * tsmc_listener_serve - let other hosts' agents in
 * @agent: for its log
 * @fd: a listening socket that does not block
 * @tls_dir: directory of ca.pem, cert.pem and key.pem, read anew for each connection; NULL: without TLS
 *
 * When TSMC_CONNECTIONS_MAX are served, others wait until one has ended. Migrations that
 * are under way when the operator stops the listener go on.
 *
 * Return: 0 when it was stopped, or negative errno; logged.
 */
int tsmc_listener_serve(struct tsmc_agent *agent, int fd, const char *tls_dir)
{
	struct listener listener = { .agent = agent, .fd = fd, .tls_dir = tls_dir };
	bool stopped = false;
	int rc = watch_signals(&listener);

	while (!rc && !stopped) {
		struct pollfd pollers[2] = {
			{ .fd = listener.signals, .events = POLLIN },
			{ .fd = listener.children < TSMC_CONNECTIONS_MAX ? fd : -1, .events = POLLIN },
		};

		if (poll(pollers, 2, -1) < 0 && errno != EINTR)
			rc = -errno;
		if (pollers[0].revents)
			stopped = take_signal(&listener);
		else if (pollers[1].revents)
			take_connection(&listener);
	}
	if (rc)
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "cannot listen any more: %s", strerror(-rc));
	return rc;
}
