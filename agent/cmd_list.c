// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent.h"
#include "claim.h"
#include "guest_hints.h"
#include "list_view.h"
#include "privileges.h"
#include "subject.h"

static const char help[] =
"usage: tsmc-agent list [--json]\n"
"\n"
"Shows the guests of this host: memory, vCPUs, whether a guest's module publishes hints,\n"
"and how migrate would move it or why it would not.\n"
"\n"
"  --json   show one JSON object, for programs\n"
"\n"
"Exit status: 0 shown; 1 Xen does not tell; 2 bad usage.\n";

enum { OPT_JSON = 256, OPT_HELP };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static void look_at_hints(struct tsmc_agent *agent, struct tsmc_listed *guest)
{
	struct tsmc_guest_hints hints;

	if (!guest->info.hvm)
		snprintf(guest->no_hints, sizeof(guest->no_hints), "it is a PV guest");
	else if (guest->info.shutdown)
		snprintf(guest->no_hints, sizeof(guest->no_hints), "it is shut down or suspended");
	else
		guest->hints = !tsmc_guest_hints_open(&hints, agent->xen, &agent->log, guest->info.domid,
						      guest->no_hints, sizeof(guest->no_hints));
}

/* As migrate would find it. */
static void look_whether_movable(struct tsmc_agent *agent, struct tsmc_listed *guest)
{
	char *json;

	if (tsmc_toolstack_config(agent->xen, guest->info.domid, &json)) {
		snprintf(guest->why_not, sizeof(guest->why_not), "libxl does not tell its configuration");
		return;
	}
	guest->movable = !tsmc_subject_movable(agent, json, &guest->info, guest->why_not, sizeof(guest->why_not));
	free(json);
	if (guest->movable && tsmc_claimed(guest->info.domid)) {
		guest->movable = false;
		snprintf(guest->why_not, sizeof(guest->why_not), "a tsmc-agent of this host is busy with it");
	}
}

/* Those that have a name: the others came or went this moment. */
static unsigned int look(struct tsmc_agent *agent, const struct tsmc_domain_info *infos, unsigned int nr,
			 struct tsmc_listed *guests)
{
	unsigned int listed = 0;

	for (unsigned int i = 0; i < nr; i++) {
		struct tsmc_listed *guest = &guests[listed];

		guest->info = infos[i];
		if (tsmc_toolstack_name(agent->xen, guest->info.domid, &guest->name))
			continue;
		look_whether_movable(agent, guest);
		look_at_hints(agent, guest);
		listed++;
	}
	return listed;
}

static int list(struct tsmc_agent *agent, bool json)
{
	struct tsmc_domain_info *infos;
	struct tsmc_listed *guests;
	unsigned int nr;
	int rc;

	rc = tsmc_domain_list(agent->xen, &infos, &nr);
	if (rc)
		return rc;
	guests = calloc(nr ? nr : 1, sizeof(*guests));
	if (!guests) {
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "no memory to list %u guests", nr);
		free(infos);
		return -ENOMEM;
	}
	nr = look(agent, infos, nr, guests);
	(json ? tsmc_list_json : tsmc_list_text)(guests, nr, stdout);
	for (unsigned int i = 0; i < nr; i++)
		free(guests[i].name);
	free(infos);
	free(guests);
	return 0;
}

/**
 * tsmc_cmd_list - the verb list: the guests of this host
 * @agent: without handles yet
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_list(struct tsmc_agent *agent, int argc, char **argv)
{
	bool json = false;
	int option, rc;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option != OPT_JSON) {
			fputs(help, option == OPT_HELP ? stdout : stderr);
			return option == OPT_HELP ? TSMC_EXIT_OK : TSMC_EXIT_USAGE;
		}
		json = true;
	}
	if (argc != optind) {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	tsmc_privileges_drop(&agent->log);
	rc = tsmc_xen_open(&agent->xen, &agent->log);
	if (!rc)
		rc = list(agent, json);
	tsmc_xen_close(agent->xen);
	return rc ? TSMC_EXIT_FAILED : TSMC_EXIT_OK;
}
