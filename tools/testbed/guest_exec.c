// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Run a command in a test guest, over its network.
 *
 * usage: guest_exec serve
 *        guest_exec run LIMIT_S ADDRESS COMMAND
 *
 * "run" connects, trying again until LIMIT_S seconds are over, prints what
 * the command prints (both its streams) and exits with its status; 124 says
 * that the guest could not be reached, 125 that the connection broke. When the
 * client goes away, the command is killed.
 *
 * The wire: the client sends a length and a command; the server sends chunks,
 * each a length and bytes, then END and the status. All numbers are 32 bits,
 * big endian. A connection lives on when its guest migrates.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define PORT		7010
#define END		0xffffffffU
#define COMMAND_MAX	65536
#define CHUNK_MAX	16384
#define RETRY_MS	200
#define UNREACHABLE	124
#define BROKEN		125

static bool read_all(int fd, void *buf, size_t len)
{
	while (len) {
		ssize_t n = read(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		buf = (char *)buf + n;
		len -= n;
	}
	return true;
}

static bool write_all(int fd, const void *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		buf = (const char *)buf + n;
		len -= n;
	}
	return true;
}

static bool read_u32(int fd, uint32_t *value)
{
	if (!read_all(fd, value, sizeof(*value)))
		return false;
	*value = ntohl(*value);
	return true;
}

static bool write_u32(int fd, uint32_t value)
{
	value = htonl(value);
	return write_all(fd, &value, sizeof(value));
}

static pid_t start(const char *command, int out)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	setsid();
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execl("/bin/sh", "sh", "-c", command, NULL);
	_exit(127);
}

/* Pass the command's output on; false when the client is gone. */
static bool relay(int client, int out)
{
	struct pollfd pfd[] = { { out, POLLIN, 0 }, { client, POLLIN, 0 } };
	char chunk[CHUNK_MAX];

	for (;;) {
		if (poll(pfd, 2, -1) < 0 && errno != EINTR)
			return false;
		if (pfd[0].revents) {
			ssize_t n = read(out, chunk, sizeof(chunk));

			if (n <= 0)
				return true;
			if (!write_u32(client, n) ||
			    !write_all(client, chunk, n))
				return false;
		}
		if (pfd[1].revents)
			return false;
	}
}

static int serve_client(int client)
{
	int pipefd[2], status;
	uint32_t len;
	char *command;
	pid_t pid;

	if (!read_u32(client, &len) || len > COMMAND_MAX)
		return 1;
	command = calloc(1, len + 1);
	if (!command || !read_all(client, command, len))
		return 1;
	if (pipe2(pipefd, O_CLOEXEC))
		return 1;
	pid = start(command, pipefd[1]);
	close(pipefd[1]);
	if (pid < 0)
		return 1;
	if (!relay(client, pipefd[0])) {
		kill(-pid, SIGKILL);
		return 1;
	}
	if (waitpid(pid, &status, 0) != pid)
		return 1;
	status = WIFEXITED(status) ? WEXITSTATUS(status)
				   : 128 + WTERMSIG(status);
	return !(write_u32(client, END) && write_u32(client, status));
}

static int serve(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) || listen(fd, 32)) {
		perror("guest_exec: cannot listen");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (client < 0)
			continue;
		if (!fork()) {
			signal(SIGCHLD, SIG_DFL);
			_exit(serve_client(client));
		}
		close(client);
	}
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static int connect_within(const struct sockaddr_in *sa, int limit_ms)
{
	struct pollfd pfd = { .events = POLLOUT };
	socklen_t len = sizeof(int);
	int error = 0;

	pfd.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (pfd.fd < 0)
		return -1;
	if (connect(pfd.fd, (const struct sockaddr *)sa, sizeof(*sa)) &&
	    errno != EINPROGRESS)
		error = errno;
	else if (poll(&pfd, 1, limit_ms) != 1)
		error = ETIMEDOUT;
	else
		getsockopt(pfd.fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error) {
		close(pfd.fd);
		errno = error;
		return -1;
	}
	fcntl(pfd.fd, F_SETFL, 0);
	return pfd.fd;
}

static int run(int limit_s, const char *address, const char *command)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	int64_t deadline = now_ms() + limit_s * 1000LL;
	char chunk[CHUNK_MAX];
	uint32_t len, status;
	int fd;

	if (!inet_aton(address, &sa.sin_addr)) {
		fprintf(stderr, "guest_exec: bad address %s\n", address);
		return 2;
	}
	while ((fd = connect_within(&sa, 2000)) < 0) {
		if (now_ms() > deadline) {
			fprintf(stderr, "guest_exec: no answer from %s in %d s: %s\n",
				address, limit_s, strerror(errno));
			return UNREACHABLE;
		}
		poll(NULL, 0, RETRY_MS);
	}
	if (write_u32(fd, strlen(command)) &&
	    write_all(fd, command, strlen(command))) {
		while (read_u32(fd, &len)) {
			if (len == END && read_u32(fd, &status))
				return status;
			if (len > sizeof(chunk) || !read_all(fd, chunk, len) ||
			    !write_all(STDOUT_FILENO, chunk, len))
				break;
		}
	}
	fprintf(stderr, "guest_exec: lost the connection to %s\n", address);
	return BROKEN;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && !strcmp(argv[1], "serve"))
		return serve();
	if (argc == 5 && !strcmp(argv[1], "run"))
		return run(atoi(argv[2]), argv[3], argv[4]);
	fprintf(stderr, "usage: guest_exec serve\n"
			"       guest_exec run LIMIT_S ADDRESS COMMAND\n");
	return 2;
}
