// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent.h"
#include "domain_watch.h"
#include "estimate_view.h"
#include "privileges.h"

static const char help[] =
"usage: tsmc-agent estimate [options] DOMAIN\n"
"\n"
"Watches DOMAIN and tells what migrating it would be like, in each mode. Nothing\n"
"is sent anywhere, and DOMAIN is as before afterwards.\n"
"\n"
"  --rate MIB     the link to the other host carries so many MiB a second, such as\n"
"                 112 or 9.5 (default 100)\n"
"  --seconds N    watch for so long, 2 to 600 (default 10); best for as long as the\n"
"                 migration will take\n"
"  --json FILE    write the estimate to FILE too, as JSON\n";

#define RATE_MIN	0.01
#define RATE_MAX	1e6

enum { OPT_RATE = 256, OPT_SECONDS, OPT_JSON, OPT_HELP };

static const struct option long_options[] = {
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/**
 * struct wish - what was asked for
 * @rate_mib: MiB/s of the link
 * @seconds: to watch
 * @json: file to write to; NULL: none
 */
struct wish {
	double rate_mib;
	double seconds;
	const char *json;
};

static int parse_number(const char *option, const char *text, double least, double most, double *value)
{
	char *end;
	double number = strtod(text, &end);

	/* What is no number at all compares as false. */
	if (end == text || *end || !(number >= least && number <= most)) {
		fprintf(stderr, "tsmc-agent estimate: --%s takes a number from %g to %g, not '%s'\n",
			option, least, most, text);
		return -1;
	}
	*value = number;
	return 0;
}

/* 0 to go on, 1 when help was asked for, -1 on bad usage. */
static int parse(struct wish *wish, int argc, char **argv)
{
	int option, rc = 0;

	while (!rc && (option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case OPT_RATE:
			rc = parse_number("rate", optarg, RATE_MIN, RATE_MAX, &wish->rate_mib);
			break;
		case OPT_SECONDS:
			rc = parse_number("seconds", optarg, TSMC_WATCH_MIN_S, TSMC_WATCH_MAX_S, &wish->seconds);
			break;
		case OPT_JSON:
			wish->json = optarg;
			break;
		case OPT_HELP:
			return 1;
		default:
			return -1;
		}
	}
	return rc;
}

static int show(const struct wish *wish, const struct tsmc_domain_watch *watch)
{
	FILE *file;

	tsmc_estimate_text(watch, wish->rate_mib, stdout);
	if (!wish->json)
		return 0;
	file = fopen(wish->json, "we");
	if (file)
		tsmc_estimate_json(watch, wish->rate_mib, file);
	if (file && !fclose(file))
		return 0;
	fprintf(stderr, "tsmc-agent estimate: cannot write the estimate to %s: %m\n", wish->json);
	return -EIO;
}

/**
 * tsmc_cmd_estimate - the verb estimate: what a migration would be like
 * @agent: without handles yet
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_estimate(struct tsmc_agent *agent, int argc, char **argv)
{
	struct wish wish = { .rate_mib = 100, .seconds = 10 };
	struct tsmc_domain_watch watch;
	int rc = parse(&wish, argc, argv);

	if (rc == 1) {
		fputs(help, stdout);
		return TSMC_EXIT_OK;
	}
	if (rc || argc - optind != 1) {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	tsmc_privileges_drop(&agent->log);
	if (tsmc_xen_open(&agent->xen, &agent->log))
		return TSMC_EXIT_FAILED;
	rc = tsmc_domain_watch(agent, argv[optind], wish.seconds, &watch);
	if (!rc)
		rc = show(&wish, &watch);
	tsmc_domain_watch_destroy(&watch);
	tsmc_xen_close(agent->xen);
	return rc ? TSMC_EXIT_FAILED : TSMC_EXIT_OK;
}
