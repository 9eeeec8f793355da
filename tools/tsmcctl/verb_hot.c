// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdlib.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <linux/tsmc_netlink.h>

#include "show.h"
#include "verbs.h"

#define LIMIT_DEFAULT	50

/**
 * tsmc_hot_request - the request for runs of pages that are hot enough
 * @netlink: open
 * @args: heat and class
 *
 * Return: for tsmc_netlink_ask(), also if NULL.
 */
struct nl_msg *tsmc_hot_request(struct tsmc_netlink *netlink, const struct tsmc_args *args)
{
	struct nl_msg *request = tsmc_netlink_request(netlink, TSMC_CMD_HOT_GET, true);
	unsigned int min = args->given & TSMC_OPT_MIN ? args->min : TSMC_HOT_LEAST;

	if (!request)
		return NULL;
	if (nla_put_u8(request, TSMC_A_HEAT_MIN, min) < 0 ||
	    (args->given & TSMC_OPT_CLASS && nla_put_u8(request, TSMC_A_CLASS, args->class) < 0)) {
		nlmsg_free(request);
		return NULL;
	}
	return request;
}

/**
 * struct hottest - what is shown of a dump, whose hottest pages come first
 * @runs: struct tsmc_run
 * @limit: of these
 * @left: runs beyond
 * @left_pages: in these
 */
struct hottest {
	struct tsmc_list runs;
	uint64_t limit;
	uint64_t left;
	uint64_t left_pages;
};

static int take_run(struct nlmsghdr *message, void *opaque)
{
	struct hottest *hottest = opaque;
	struct tsmc_run run;
	int rc = tsmc_run_read(&run, message);

	if (rc)
		return rc;
	if (hottest->runs.count < hottest->limit)
		return tsmc_list_add(&hottest->runs, &run);
	hottest->left++;
	hottest->left_pages += run.pages;
	return 0;
}

static void show_text(const struct hottest *hottest)
{
	const struct tsmc_run *runs = hottest->runs.items;

	tsmc_run_heading(stdout);
	for (size_t i = 0; i < hottest->runs.count; i++)
		tsmc_run_text(&runs[i], stdout);
	if (hottest->left)
		printf("and %" PRIu64 " more runs with %" PRIu64 " pages; --limit 0 shows all\n",
		       hottest->left, hottest->left_pages);
}

static void show_json(const struct hottest *hottest)
{
	const struct tsmc_run *runs = hottest->runs.items;
	struct tsmc_json json = { .out = stdout };

	tsmc_json_open(&json, NULL, '{');
	tsmc_json_open(&json, "runs", '[');
	for (size_t i = 0; i < hottest->runs.count; i++)
		tsmc_run_json(&runs[i], &json);
	tsmc_json_close(&json, ']');
	tsmc_json_open(&json, "left_out", '{');
	tsmc_json_number(&json, "runs", hottest->left);
	tsmc_json_number(&json, "pages", hottest->left_pages);
	tsmc_json_close(&json, '}');
	tsmc_json_close(&json, '}');
	putchar('\n');
}

static int run_hot(struct tsmc_netlink *netlink, const struct tsmc_args *args)
{
	struct hottest hottest = {
		.runs = { .size = sizeof(struct tsmc_run) },
		.limit = args->given & TSMC_OPT_LIMIT ? args->limit : LIMIT_DEFAULT,
	};
	int rc;

	if (args->given & TSMC_OPT_WATCH)
		return tsmc_watch(netlink, args);
	if (!hottest.limit)
		hottest.limit = UINT64_MAX;
	rc = tsmc_netlink_ask(netlink, tsmc_hot_request(netlink, args), take_run, &hottest);
	if (!rc)
		(args->json ? show_json : show_text)(&hottest);
	free(hottest.runs.items);
	return rc;
}

const struct tsmc_verb tsmc_verb_hot = {
	.name = "hot",
	.words = " [--watch [SECONDS]] [--min HEAT] [--class CLASS] [--limit N]",
	.summary = "the hottest pages; with --watch a live view",
	.help = "Lists pages by heat, the hottest first; pages that follow one another and are\n"
		"alike are one line.\n\n"
		"  --watch [SECONDS]  show the hottest processes and how many pages have which\n"
		"                     heat, again every 2 or SECONDS seconds; q or Ctrl-C ends,\n"
		"                     any other key shows it anew at once\n"
		"  --min HEAT         only pages at least so hot, 0 to 15; 8 if not given\n"
		"  --class CLASS      only pages of a class: see `tsmcctl classes`\n"
		"  --limit N          at most N lines, 50 if not given, or processes with\n"
		"                     --watch; 0 means all\n\n"
		"Needs root. With --json and --watch each line of output is a whole object.\n",
	.options = TSMC_OPT_MIN | TSMC_OPT_CLASS | TSMC_OPT_LIMIT | TSMC_OPT_WATCH,
	.run = run_hot,
};
