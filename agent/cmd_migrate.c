// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "counters.h"
#include "guardian.h"
#include "onlooker.h"
#include "privileges.h"
#include "source.h"

static const char help[] =
"usage: tsmc-agent migrate [options] DOMAIN HOST\n"
"\n"
"Moves a running PVH guest to HOST in three stages.\n"
"\n"
"  -s COMMAND            reach HOST with COMMAND instead of ssh; if empty, HOST\n"
"                        is itself the command that talks to tsmc-agent receive\n"
"  --tls                 reach `tsmc-agent listen` at HOST[:PORT] with TLS, without\n"
"                        ssh\n"
"  --tls-dir DIR         DIR has ca.pem, cert.pem and key.pem (default /etc/tsmc)\n"
"  --insecure            as --tls, but without TLS: whoever is on the way can read\n"
"                        and change the guest's memory\n"
"  --mode MODE           tsmc, three stages (default); precopy, all memory before the\n"
"                        suspend, in iterations; or postcopy, all that may wait after it\n"
"  --verify              fill all holes before the unpause and compare every page\n"
"  --prepull PAGES       neighbours fetched with a demanded page (default 8)\n"
"  --push-batch PAGES    pages of one active push (default 64, at most 256)\n"
"  --push-interval MS    pause between two active pushes (default 0,\n"
"                        at most 5000)\n"
"  --order ORDER         which page is pushed first: hints, the one that the guest\n"
"                        will touch first (default), or for comparison address,\n"
"                        random, or recency, the one that changed last\n"
"  --max-downtime MS     suspend only when the guest will stand still no longer, or\n"
"                        leave it here\n"
"  --bwlimit MIB         send at most so many MiB a second while the guest runs\n"
"  --compress HOW        off (default); fast: pack pages with lz4; adaptive: leave\n"
"                        them, or take lz4 or zstd, whichever is soonest over\n"
"  --json FILE           write the report to FILE too, as JSON\n"
"  --events FILE         tell FILE, such as /dev/fd/3, what happens when it does, a\n"
"                        JSON object a line\n"
"\n"
"Exit status: 0 the guest runs at HOST and is gone here; 1 it runs on here;\n"
"2 bad usage; 3 it was handed over, but not completed: see the messages.\n";

enum {
	OPT_TLS = 256,
	OPT_TLS_DIR,
	OPT_INSECURE,
	OPT_MODE,
	OPT_VERIFY,
	OPT_PREPULL,
	OPT_BATCH,
	OPT_INTERVAL,
	OPT_ORDER,
	OPT_MAX_DOWNTIME,
	OPT_BWLIMIT,
	OPT_COMPRESS,
	OPT_JSON,
	OPT_EVENTS,
	OPT_HELP,
};

static const struct option long_options[] = {
	{ "tls", no_argument, NULL, OPT_TLS },
	{ "tls-dir", required_argument, NULL, OPT_TLS_DIR },
	{ "insecure", no_argument, NULL, OPT_INSECURE },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "verify", no_argument, NULL, OPT_VERIFY },
	{ "prepull", required_argument, NULL, OPT_PREPULL },
	{ "push-batch", required_argument, NULL, OPT_BATCH },
	{ "push-interval", required_argument, NULL, OPT_INTERVAL },
	{ "order", required_argument, NULL, OPT_ORDER },
	{ "max-downtime", required_argument, NULL, OPT_MAX_DOWNTIME },
	{ "bwlimit", required_argument, NULL, OPT_BWLIMIT },
	{ "compress", required_argument, NULL, OPT_COMPRESS },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "events", required_argument, NULL, OPT_EVENTS },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static int parse_number(const char *option, const char *text, unsigned int least,
			unsigned int most, unsigned int *value)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (end == text || *end || number < least || number > most) {
		fprintf(stderr, "tsmc-agent migrate: --%s takes a number from %u to %u, not '%s'\n",
			option, least, most, text);
		return -1;
	}
	*value = number;
	return 0;
}

static int parse_mode(const char *text, enum tsmc_mode *mode)
{
	for (enum tsmc_mode i = 0; i < TSMC_MODE_NR; i++) {
		if (!strcmp(text, tsmc_mode_name(i))) {
			*mode = i;
			return 0;
		}
	}
	fprintf(stderr, "tsmc-agent migrate: --mode takes tsmc, precopy or postcopy, not '%s'\n", text);
	return -1;
}

static int parse_order(const char *text, enum tsmc_order *order)
{
	for (enum tsmc_order i = 0; i < TSMC_ORDER_NR; i++) {
		if (!strcmp(text, tsmc_order_name(i))) {
			*order = i;
			return 0;
		}
	}
	fprintf(stderr, "tsmc-agent migrate: --order takes hints, address, random or recency, not '%s'\n", text);
	return -1;
}

static int parse_compress(const char *text, enum tsmc_compress *compress)
{
	for (enum tsmc_compress i = 0; i < TSMC_COMPRESS_NR; i++) {
		if (!strcmp(text, tsmc_compress_name(i))) {
			*compress = i;
			return 0;
		}
	}
	fprintf(stderr, "tsmc-agent migrate: --compress takes off, fast or adaptive, not '%s'\n", text);
	return -1;
}

static int choose(struct tsmc_route *route, enum tsmc_carrier carrier)
{
	if (route->carrier == TSMC_CARRIER_COMMAND || route->carrier == carrier) {
		route->carrier = carrier;
		return 0;
	}
	fprintf(stderr, "tsmc-agent migrate: --tls and --insecure exclude each other\n");
	return -1;
}

/* Nobody shall believe that a guest goes another way than it does. */
static int complete_route(struct tsmc_route *route)
{
	const char *wrong = NULL;

	if (route->ssh && route->carrier != TSMC_CARRIER_COMMAND)
		wrong = "-s names a command: neither --tls nor --insecure goes with it";
	if (route->tls_dir && route->carrier != TSMC_CARRIER_TLS)
		wrong = "--tls-dir needs --tls";
	if (wrong) {
		fprintf(stderr, "tsmc-agent migrate: %s\n", wrong);
		return -1;
	}
	route->ssh = route->ssh ? route->ssh : "ssh";
	route->tls_dir = route->tls_dir ? route->tls_dir : TSMC_TLS_DIR;
	return 0;
}

/* 0 to go on, 1 when help was asked for, -1 on bad usage. */
static int parse(struct tsmc_options *options, int argc, char **argv)
{
	int option, rc = 0;

	while (!rc && (option = getopt_long(argc, argv, "s:", long_options, NULL)) != -1) {
		switch (option) {
		case 's':
			options->route.ssh = optarg;
			break;
		case OPT_TLS:
			rc = choose(&options->route, TSMC_CARRIER_TLS);
			break;
		case OPT_TLS_DIR:
			options->route.tls_dir = optarg;
			break;
		case OPT_INSECURE:
			rc = choose(&options->route, TSMC_CARRIER_TCP);
			break;
		case OPT_MODE:
			rc = parse_mode(optarg, &options->mode);
			break;
		case OPT_VERIFY:
			options->verify = true;
			break;
		case OPT_PREPULL:
			rc = parse_number("prepull", optarg, 0, TSMC_PREPULL_MAX, &options->prepull);
			break;
		case OPT_BATCH:
			rc = parse_number("push-batch", optarg, 1, TSMC_PUSH_BATCH_MAX, &options->push_batch);
			break;
		case OPT_INTERVAL:
			rc = parse_number("push-interval", optarg, 0, TSMC_PUSH_INTERVAL_MAX, &options->push_interval_ms);
			break;
		case OPT_ORDER:
			rc = parse_order(optarg, &options->order);
			break;
		case OPT_MAX_DOWNTIME:
			rc = parse_number("max-downtime", optarg, 1, TSMC_MAX_DOWNTIME_MAX, &options->max_downtime_ms);
			break;
		case OPT_BWLIMIT:
			rc = parse_number("bwlimit", optarg, 1, TSMC_BWLIMIT_MAX, &options->bwlimit_mib);
			break;
		case OPT_COMPRESS:
			rc = parse_compress(optarg, &options->compress);
			break;
		case OPT_JSON:
			options->json = optarg;
			break;
		case OPT_EVENTS:
			options->events = optarg;
			break;
		case OPT_HELP:
			return 1;
		default:
			return -1;
		}
	}
	return rc ? rc : complete_route(&options->route);
}

static void show(const struct tsmc_options *options, const struct tsmc_report *report)
{
	FILE *file;
	bool bad;

	tsmc_report_text(report, stdout);
	if (!options->json)
		return;
	file = fopen(options->json, "we");
	if (file)
		tsmc_report_json(report, file);
	bad = !file || ferror(file);
	if ((file && fclose(file)) || bad)
		fprintf(stderr, "tsmc-agent migrate: cannot write the report to %s: %m\n", options->json);
}

/**
 * tsmc_cmd_migrate - the verb migrate
 * @agent: without handles yet
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_migrate(struct tsmc_agent *agent, int argc, char **argv)
{
	struct tsmc_guardian guardian;
	struct tsmc_onlooker onlooker;
	struct tsmc_report report = { 0 };
	int rc;

	agent->options = tsmc_options_default;
	rc = parse(&agent->options, argc, argv);
	if (rc == 1) {
		fputs(help, stdout);
		return TSMC_EXIT_OK;
	}
	if (rc || argc - optind != 2) {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	if (agent->options.route.carrier == TSMC_CARRIER_TCP)
		tsmc_log(&agent->log, TSMC_LOG_WARN, "--insecure: the guest's memory crosses unencrypted");
	tsmc_privileges_drop(&agent->log);
	tsmc_guardian_start(&guardian, agent);
	rc = tsmc_onlooker_start(&onlooker, agent, argv[optind], argv[optind + 1]) ||
	     tsmc_xen_open(&agent->xen, &agent->log) ? TSMC_EXIT_FAILED :
	     tsmc_source_migrate(agent, argv[optind], argv[optind + 1], &report);
	tsmc_onlooker_end(&onlooker, agent, rc);
	if (rc == TSMC_EXIT_OK)
		show(&agent->options, &report);
	tsmc_report_destroy(&report);
	tsmc_xen_close(agent->xen);
	tsmc_counters_count(&agent->ending, &agent->log);
	tsmc_guardian_end(&guardian);
	return rc;
}
