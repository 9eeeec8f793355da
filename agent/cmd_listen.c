// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "listener.h"
#include "tcp.h"
#include "tls.h"

static const char help[] =
"usage: tsmc-agent listen [options]\n"
"\n"
"Lets `tsmc-agent migrate --tls` of other hosts bring guests here, until it is\n"
"stopped by SIGINT or SIGTERM. Migrations that are under way then go on.\n"
"\n"
"  --tls           with TLS (default): who has a certificate of our CA may come\n"
"  --tls-dir DIR   DIR has ca.pem, cert.pem and key.pem (default /etc/tsmc)\n"
"  --insecure      without TLS, for `migrate --insecure`: whoever reaches the port can\n"
"                  put guests here, and who is on the way can read them\n"
"  --address A     listen at this address of the host (default: at all)\n"
"  --port N        listen at this TCP port (default 8002)\n";

/* First descriptor that systemd hands over. */
#define LISTEN_FDS_START 3

enum { OPT_TLS = 256, OPT_TLS_DIR, OPT_INSECURE, OPT_ADDRESS, OPT_PORT, OPT_HELP };

static const struct option long_options[] = {
	{ "tls", no_argument, NULL, OPT_TLS },
	{ "tls-dir", required_argument, NULL, OPT_TLS_DIR },
	{ "insecure", no_argument, NULL, OPT_INSECURE },
	{ "address", required_argument, NULL, OPT_ADDRESS },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/**
 * struct wish - what was asked for
 * @tls: with TLS, said explicitly
 * @tls_dir: where its files are; NULL: not said
 * @insecure: without
 * @address: to listen at; NULL: all
 * @port: to listen at; 0: not said
 */
struct wish {
	bool tls;
	const char *tls_dir;
	bool insecure;
	const char *address;
	uint16_t port;
};

static int check(const struct wish *wish)
{
	if (!wish->insecure || (!wish->tls && !wish->tls_dir))
		return 0;
	fprintf(stderr, "tsmc-agent listen: --insecure is without TLS\n");
	return -1;
}

/* 0 to go on, 1 when help was asked for, -1 on bad usage. */
static int parse(struct wish *wish, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case OPT_TLS:
			wish->tls = true;
			break;
		case OPT_TLS_DIR:
			wish->tls_dir = optarg;
			break;
		case OPT_INSECURE:
			wish->insecure = true;
			break;
		case OPT_ADDRESS:
			wish->address = optarg;
			break;
		case OPT_PORT:
			if (!tsmc_port_parse(optarg, &wish->port))
				break;
			fprintf(stderr, "tsmc-agent listen: --port takes a number from 1 to 65535, not '%s'\n", optarg);
			return -1;
		case OPT_HELP:
			return 1;
		default:
			return -1;
		}
	}
	return check(wish);
}

/* The socket of a systemd unit, as sd_listen_fds(3) has it; -ENOENT when there is none. */
static int inherited_socket(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

	if (!pid || !count || atol(pid) != getpid())
		return -ENOENT;
	if (strcmp(count, "1"))
		return -E2BIG;
	if (fcntl(LISTEN_FDS_START, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(LISTEN_FDS_START, F_SETFL, fcntl(LISTEN_FDS_START, F_GETFL) | O_NONBLOCK) < 0)
		return -errno;
	return LISTEN_FDS_START;
}

static int get_socket(const struct wish *wish, const struct tsmc_log *log)
{
	int fd = inherited_socket();

	if (fd == -ENOENT)
		return tsmc_tcp_listen(wish->address, wish->port ? wish->port : TSMC_TCP_PORT, log);
	if (fd >= 0 && (wish->address || wish->port))
		fd = -EINVAL;
	if (fd < 0)
		tsmc_log(log, TSMC_LOG_ERROR, "cannot use the socket that was handed over: %s",
			 fd == -E2BIG ? "there are several" :
			 fd == -EINVAL ? "--address and --port name another" : strerror(-fd));
	return fd;
}

/* What each connection will need. */
static int try_files(const char *dir, const struct tsmc_log *log)
{
	struct tsmc_tls *tls;
	int rc = tsmc_tls_new(&tls, TSMC_TLS_TARGET, dir, log);

	tsmc_tls_free(tls);
	return rc;
}

/**
 * tsmc_cmd_listen - the verb listen: let guests in without ssh
 * @agent: without handles
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_listen(struct tsmc_agent *agent, int argc, char **argv)
{
	struct wish wish = { 0 };
	int rc = parse(&wish, argc, argv);
	char name[TSMC_TCP_NAME_LEN];
	int fd;

	if (rc == 1) {
		fputs(help, stdout);
		return TSMC_EXIT_OK;
	}
	if (rc || argc != optind) {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	if (!wish.tls_dir && !wish.insecure)
		wish.tls_dir = TSMC_TLS_DIR;
	if (wish.tls_dir && try_files(wish.tls_dir, &agent->log))
		return TSMC_EXIT_FAILED;
	fd = get_socket(&wish, &agent->log);
	if (fd < 0)
		return TSMC_EXIT_FAILED;
	tsmc_tcp_local(fd, name);
	tsmc_log(&agent->log, wish.tls_dir ? TSMC_LOG_INFO : TSMC_LOG_WARN, "listening at %s, %s", name,
		 wish.tls_dir ? "with TLS" : "without TLS: whoever reaches this port can put guests here");
	return tsmc_listener_serve(agent, fd, wish.tls_dir) ? TSMC_EXIT_FAILED : TSMC_EXIT_OK;
}
