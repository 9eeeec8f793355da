// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tsmcctl: what the guest's module knows, and what it is to do.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "verbs.h"

enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
};

static int usage(FILE *out)
{
	fprintf(out, "usage: tsmcctl VERB ...\n\n");
	tsmc_verb_list(out);
	fprintf(out, "\n`tsmcctl VERB --help` tells more; see also tsmcctl(8).\n");
	return out == stdout ? STATUS_OK : STATUS_USAGE;
}

static void verb_usage(const struct tsmc_verb *verb, FILE *out)
{
	fprintf(out, "usage: tsmcctl %s%s [--json]\n", verb->name, verb->words);
}

static int verb_help(const struct tsmc_verb *verb)
{
	verb_usage(verb, stdout);
	printf("\n%s", verb->help);
	return STATUS_OK;
}

/* A full disk under the output is a failure, too. */
static int written(const char *verb)
{
	if (!fflush(stdout) && !ferror(stdout))
		return STATUS_OK;
	fprintf(stderr, "tsmcctl %s: cannot write the output: %s\n", verb, strerror(errno));
	return STATUS_FAILED;
}

static int run(const struct tsmc_verb *verb, const struct tsmc_args *args)
{
	struct tsmc_netlink netlink;
	int rc;

	rc = tsmc_netlink_open(&netlink);
	if (!rc)
		rc = verb->run(&netlink, args);
	if (rc)
		tsmc_netlink_complain(&netlink, verb->name, rc);
	tsmc_netlink_close(&netlink);
	return rc ? STATUS_FAILED : written(verb->name);
}

int main(int argc, char **argv)
{
	const struct tsmc_verb *verb;
	struct tsmc_args args;
	char why[256];

	if (argc < 2)
		return usage(stderr);
	if (!strcmp(argv[1], "--help"))
		return usage(stdout);
	verb = tsmc_verb_find(argv[1]);
	if (!verb) {
		fprintf(stderr, "tsmcctl: there is no verb '%s'\n", argv[1]);
		return usage(stderr);
	}
	if (tsmc_args_parse(&args, verb->options, argc - 2, argv + 2, why, sizeof(why)) ||
	    (!args.help && !tsmc_verb_check(verb, &args, why, sizeof(why)))) {
		fprintf(stderr, "tsmcctl %s: %s\n", verb->name, why);
		verb_usage(verb, stderr);
		return STATUS_USAGE;
	}
	return args.help ? verb_help(verb) : run(verb, &args);
}
