// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tsmc-agent: live migration of running Xen guests in three stages.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "interrupt.h"

static const struct verb {
	const char *name;
	int (*run)(struct tsmc_agent *agent, int argc, char **argv);
	const char *summary;
} verbs[] = {
	{ "migrate", tsmc_cmd_migrate, "move a running guest to another host" },
	{ "abort", tsmc_cmd_abort, "stop a migration before the hand-over" },
	{ "recover", tsmc_cmd_recover, "go on with a migration whose agent or link was lost" },
	{ "list", tsmc_cmd_list, "show the guests of this host, and which can be migrated" },
	{ "status", tsmc_cmd_status, "show the migrations that are on or were interrupted" },
	{ "metrics", tsmc_cmd_metrics, "print counters of migrations for Prometheus" },
	{ "listen", tsmc_cmd_listen, "let other hosts' migrate in without ssh" },
	{ "receive", tsmc_cmd_receive, "take a guest in (started by migrate on the other host)" },
	{ "connect", tsmc_cmd_connect, "reach a listening host with TLS (started by migrate --tls)" },
	{ "hints", tsmc_cmd_hints, "show what a guest publishes about its pages" },
	{ "estimate", tsmc_cmd_estimate, "tell what migrating a guest would be like" },
	{ "monitor", tsmc_cmd_monitor, "wait for a guest's end and do what its configuration says" },
	{ "report", tsmc_cmd_report, "show what a migration was like as an HTML page" },
};

/**
 * struct printer - how messages are shown
 * @verbosity: most talkative level shown
 * @prefix: names the side, since both may share a terminal
 */
struct printer {
	enum tsmc_log_level verbosity;
	const char *prefix;
};

static void print_message(void *opaque, enum tsmc_log_level level, const char *fmt, va_list args)
{
	const struct printer *printer = opaque;
	char line[1024];

	if (level > printer->verbosity)
		return;
	vsnprintf(line, sizeof(line), fmt, args);
	fprintf(stderr, "%s%s%s\n", printer->prefix, level == TSMC_LOG_ERROR ? "error: " : "", line);
}

static int usage(FILE *out)
{
	fprintf(out, "usage: tsmc-agent [-v|-q] VERB ...\n\n");
	for (unsigned int i = 0; i < sizeof(verbs) / sizeof(*verbs); i++)
		fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
	fprintf(out, "\n  -v         also show debugging messages\n"
		"  -q         show warnings and errors only\n");
	fprintf(out, "\n`tsmc-agent VERB --help` tells more; see also tsmc-agent(8).\n");
	return out == stdout ? TSMC_EXIT_OK : TSMC_EXIT_USAGE;
}

static const struct verb *find_verb(const char *name)
{
	for (unsigned int i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct printer printer = { .verbosity = TSMC_LOG_INFO, .prefix = "" };
	struct tsmc_agent agent = { .log = { .emit = print_message, .opaque = &printer } };
	const struct verb *verb;
	int at = 1;

	for (; at < argc && argv[at][0] == '-'; at++) {
		if (!strcmp(argv[at], "-v"))
			printer.verbosity = TSMC_LOG_DEBUG;
		else if (!strcmp(argv[at], "-q"))
			printer.verbosity = TSMC_LOG_WARN;
		else
			return usage(!strcmp(argv[at], "--help") ? stdout : stderr);
	}
	if (at == argc)
		return usage(stderr);
	agent.quiet = printer.verbosity < TSMC_LOG_INFO;
	verb = find_verb(argv[at]);
	if (!verb) {
		fprintf(stderr, "tsmc-agent: there is no verb '%s'\n", argv[at]);
		return usage(stderr);
	}
	if (verb->run == tsmc_cmd_receive)
		printer.prefix = "target: ";
	signal(SIGPIPE, SIG_IGN);
	tsmc_interrupt_catch();
	return verb->run(&agent, argc - at, argv + at);
}
