// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "frame_bound.h"
#include "guest_hints.h"
#include "hint_view.h"
#include "interrupt.h"
#include "privileges.h"

static const char help[] =
"usage: tsmc-agent hints [--watch] DOMAIN\n"
"\n"
"Shows what the module in DOMAIN publishes about its pages.\n"
"\n"
"  --watch  show classes and heat every second, until Ctrl-C\n";

/* Time between two frames of the watch. */
static const struct timespec frame_time = { .tv_sec = 1 };

enum { OPT_WATCH = 256, OPT_HELP };

static const struct option long_options[] = {
	{ "watch", no_argument, NULL, OPT_WATCH },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/* One view of the guest, as text; why gets a sentence on failure. */
static int view(struct tsmc_guest_hints *guest, bool matrix, char **text, char *why, size_t why_len)
{
	struct tsmc_domain_info info;
	struct tsmc_hints hints;
	size_t size;
	FILE *out;
	int rc;

	rc = tsmc_domain_info(guest->xen, guest->domid, &info);
	if (rc)
		snprintf(why, why_len, "Xen does not tell how much memory it may have");
	if (!rc)
		rc = tsmc_guest_hints_refresh(guest, why, why_len);
	/* It says itself how long its table is, and could say 800 million. */
	if (!rc)
		rc = tsmc_guest_hints_read(guest, tsmc_frame_bound(info.max_pages), &hints, why, why_len);
	if (rc)
		return rc;
	*text = NULL;
	out = open_memstream(text, &size);
	if (out) {
		fprintf(out, "domain %u: header at gfn %#" PRIx64 ", ", guest->domid, guest->header_gfn);
		tsmc_hint_view_header(&guest->header, out);
		(matrix ? tsmc_hint_view_matrix : tsmc_hint_view_counts)(&hints, out);
	}
	tsmc_hints_destroy(&hints);
	if (out && !fclose(out))
		return 0;
	free(*text);
	snprintf(why, why_len, "no memory to show the table");
	return -ENOMEM;
}

/* On a terminal each frame takes the place of the one before, elsewhere it follows it. */
static int watch(struct tsmc_guest_hints *guest, char *why, size_t why_len)
{
	bool terminal = isatty(STDOUT_FILENO);
	char *text;
	int rc = 0;

	while (!tsmc_interrupted()) {
		rc = view(guest, true, &text, why, why_len);
		/* A guest amid a change of its header is looked at again. */
		if (rc && rc != -EBUSY)
			break;
		if (!rc) {
			printf(terminal ? "\033[H\033[J%s" : "%s\n", text);
			free(text);
			if (fflush(stdout))
				return 0;
		}
		nanosleep(&frame_time, NULL);
	}
	return tsmc_interrupted() ? 0 : rc;
}

static int show(struct tsmc_guest_hints *guest, char *why, size_t why_len)
{
	char *text;
	int rc = view(guest, false, &text, why, why_len);

	if (rc)
		return rc;
	fputs(text, stdout);
	free(text);
	return 0;
}

static int run(struct tsmc_agent *agent, const char *domain, bool watching)
{
	struct tsmc_guest_hints guest;
	char why[256] = "";
	uint32_t domid;
	int rc;

	rc = tsmc_toolstack_find(agent->xen, domain, &domid);
	if (rc)
		return rc;
	rc = tsmc_guest_hints_open(&guest, agent->xen, &agent->log, domid, why, sizeof(why));
	if (!rc)
		rc = (watching ? watch : show)(&guest, why, sizeof(why));
	if (rc)
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "domain %s: %s", domain, why);
	return rc;
}

/**
 * tsmc_cmd_hints - the verb hints: what a guest publishes
 * @agent: without handles yet
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_hints(struct tsmc_agent *agent, int argc, char **argv)
{
	bool watching = false, bad = false;
	int option, rc;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (option == OPT_HELP) {
			fputs(help, stdout);
			return TSMC_EXIT_OK;
		}
		watching = option == OPT_WATCH;
		bad = bad || option == '?';
	}
	if (bad || argc - optind != 1) {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	tsmc_privileges_drop(&agent->log);
	rc = tsmc_xen_open(&agent->xen, &agent->log);
	if (!rc)
		rc = run(agent, argv[optind], watching);
	tsmc_xen_close(agent->xen);
	return rc ? TSMC_EXIT_FAILED : TSMC_EXIT_OK;
}
