// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent.h"
#include "confine.h"
#include "relay.h"
#include "tcp.h"

static const char help[] =
"usage: tsmc-agent connect [--tls-dir DIR] HOST[:PORT]\n"
"\n"
"Joins standard input and output to `tsmc-agent listen` at HOST with TLS. Started by\n"
"`tsmc-agent migrate --tls`; by hand, with </dev/null, it shows whether the two hosts\n"
"accept each other's certificates.\n"
"\n"
"  --tls-dir DIR   DIR has ca.pem, cert.pem and key.pem (default /etc/tsmc)\n";

enum { OPT_TLS_DIR = 256, OPT_HELP };

static const struct option long_options[] = {
	{ "tls-dir", required_argument, NULL, OPT_TLS_DIR },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/* 0 to go on, 1 when help was asked for, -1 on bad usage. */
static int parse(const char **tls_dir, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == OPT_TLS_DIR)
			*tls_dir = optarg;
		else
			return option == OPT_HELP ? 1 : -1;
	}
	return 0;
}

/* The files are read before privileges go, and those go before the first byte of a stranger comes. */
static int join(const struct tsmc_endpoint *endpoint, const char *tls_dir, const struct tsmc_log *log)
{
	struct tsmc_relay relay = { .in = 0, .out = 1, .peer = endpoint->host, .log = log };
	int rc;

	rc = tsmc_tls_new(&relay.tls, TSMC_TLS_SOURCE, tls_dir, log);
	if (rc)
		return rc;
	relay.tcp = tsmc_tcp_connect(endpoint, log);
	rc = relay.tcp < 0 ? relay.tcp : tsmc_confine(log);
	if (!rc)
		rc = tsmc_tls_handshake(relay.tls, relay.tcp, relay.peer);
	if (!rc)
		rc = tsmc_relay_run(&relay);
	tsmc_tls_free(relay.tls);
	return rc;
}

/**
 * tsmc_cmd_connect - the verb connect: TLS between two agents
 * @agent: without handles
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_connect(struct tsmc_agent *agent, int argc, char **argv)
{
	const char *tls_dir = TSMC_TLS_DIR;
	struct tsmc_endpoint endpoint;
	int rc = parse(&tls_dir, argc, argv);

	if (rc == 1) {
		fputs(help, stdout);
		return TSMC_EXIT_OK;
	}
	if (rc || argc - optind != 1) {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	if (tsmc_endpoint_parse(argv[optind], &endpoint)) {
		fprintf(stderr, "tsmc-agent connect: '%s' is not HOST or HOST:PORT\n", argv[optind]);
		return TSMC_EXIT_USAGE;
	}
	/* Run as /proc/self/exe it would be listed as "exe". */
	prctl(PR_SET_NAME, "tsmc-agent");
	/* Ctrl-C is for migrate, which still has something to tell the other host then. */
	signal(SIGINT, isatty(0) ? SIG_DFL : SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	return join(&endpoint, tls_dir, &agent->log) ? TSMC_EXIT_FAILED : TSMC_EXIT_OK;
}
