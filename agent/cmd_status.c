// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "agent_life.h"
#include "privileges.h"
#include "status_view.h"

static const char help[] =
"usage: tsmc-agent status [--json] [GUEST]\n"
"\n"
"Shows the migrations of this host that are on or were interrupted: how far each is,\n"
"whose the guest is, whether an agent deals with it, and what is to be done next.\n"
"\n"
"  --json   show one JSON object, for programs\n"
"\n"
"Exit status: 0 shown, also when there is none; 1 the records cannot be read;\n"
"2 bad usage.\n";

enum { OPT_JSON = 256, OPT_HELP };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/**
 * struct wish - what was asked for
 * @name: of the guest; NULL: all
 * @json: for programs
 * @shown: so many so far
 */
struct wish {
	const char *name;
	bool json;
	unsigned int shown;
};

static int show_one(const struct tsmc_journal *journal, void *opaque)
{
	struct wish *wish = opaque;
	bool alive;

	if (wish->name && strcmp(wish->name, journal->name))
		return 0;
	alive = tsmc_agent_lives(journal);
	if (wish->json) {
		printf("%s\n  ", wish->shown ? "," : "");
		tsmc_status_json(journal, alive, stdout);
	} else {
		printf("%s", wish->shown ? "\n" : "");
		tsmc_status_text(journal, alive, stdout);
	}
	wish->shown++;
	return 0;
}

static void show(struct wish *wish)
{
	if (wish->json)
		printf("{\"migrations\": [");
	tsmc_journal_each(show_one, wish);
	if (wish->json)
		printf("%s]}\n", wish->shown ? "\n" : "");
	else if (!wish->shown && wish->name)
		printf("no migration of %s is on or interrupted here\n", wish->name);
	else if (!wish->shown)
		printf("no migration is on or interrupted here\n");
}

/**
 * tsmc_cmd_status - the verb status: what migrations are on, and how they stand
 * @agent: not used but for its log: Xen is not needed
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_status(struct tsmc_agent *agent, int argc, char **argv)
{
	struct wish wish = { 0 };
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option != OPT_JSON) {
			fputs(help, option == OPT_HELP ? stdout : stderr);
			return option == OPT_HELP ? TSMC_EXIT_OK : TSMC_EXIT_USAGE;
		}
		wish.json = true;
	}
	if (argc - optind > 1) {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	wish.name = argv[optind];
	tsmc_privileges_drop(&agent->log);
	if (!tsmc_journal_readable(&agent->log))
		return TSMC_EXIT_FAILED;
	show(&wish);
	return TSMC_EXIT_OK;
}
