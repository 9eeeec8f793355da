// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <linux/tsmc_netlink.h>

#include "show.h"
#include "verbs.h"
#include "view.h"

static int take_process(struct nlmsghdr *message, void *opaque)
{
	struct tsmc_process process;
	int rc = tsmc_process_read(&process, message);

	return rc ? rc : tsmc_list_add(opaque, &process);
}

/**
 * tsmc_get_processes - ask for all processes
 * @netlink: open
 * @processes: list of struct tsmc_process, empty; freed by the caller
 *
 * Return: 0 or a negative errno.
 */
int tsmc_get_processes(struct tsmc_netlink *netlink, struct tsmc_list *processes)
{
	return tsmc_netlink_ask(netlink, tsmc_netlink_request(netlink, TSMC_CMD_PROCESS_GET, true),
				take_process, processes);
}

static void show_processes(const struct tsmc_process *processes, size_t count, bool machine)
{
	struct tsmc_json json = { .out = stdout };

	if (!machine) {
		tsmc_process_heading(stdout);
		for (size_t i = 0; i < count; i++)
			tsmc_process_text(&processes[i], stdout);
		return;
	}
	tsmc_json_open(&json, NULL, '{');
	tsmc_json_open(&json, "processes", '[');
	for (size_t i = 0; i < count; i++)
		tsmc_process_json(&processes[i], &json);
	tsmc_json_close(&json, ']');
	tsmc_json_close(&json, '}');
	putchar('\n');
}

static int run_processes(struct tsmc_netlink *netlink, const struct tsmc_args *args)
{
	struct tsmc_list list = { .size = sizeof(struct tsmc_process) };
	int rc = tsmc_get_processes(netlink, &list);

	if (!rc) {
		tsmc_processes_sort(list.items, list.count);
		show_processes(list.items, list.count, args->json);
	}
	free(list.items);
	return rc;
}

const struct tsmc_verb tsmc_verb_processes = {
	.name = "processes",
	.words = "",
	.summary = "pages of each process: hot, written, all",
	.help = "Lists the processes, the one with most hot pages first. A page that several\n"
		"processes map counts for each. With --json also the classes of the pages.\n"
		"Needs root.\n",
	.run = run_processes,
};

static int take_mapping(struct nlmsghdr *message, void *opaque)
{
	struct tsmc_mapping mapping;
	int rc = tsmc_mapping_read(&mapping, message);

	return rc ? rc : tsmc_list_add(opaque, &mapping);
}

static void show_mappings(const struct tsmc_mapping *mappings, size_t count, bool machine)
{
	struct tsmc_json json = { .out = stdout };

	if (!machine) {
		tsmc_mapping_heading(stdout);
		for (size_t i = 0; i < count; i++)
			tsmc_mapping_text(&mappings[i], stdout);
		return;
	}
	tsmc_json_open(&json, NULL, '{');
	tsmc_json_open(&json, "mappings", '[');
	for (size_t i = 0; i < count; i++)
		tsmc_mapping_json(&mappings[i], &json);
	tsmc_json_close(&json, ']');
	tsmc_json_close(&json, '}');
	putchar('\n');
}

static bool mappings_pid(const struct tsmc_args *args, uint64_t *pid)
{
	return tsmc_number(args->operands[0], INT32_MAX, pid) && *pid;
}

static bool check_mappings(const struct tsmc_args *args, char *why, size_t size)
{
	uint64_t pid;

	if (mappings_pid(args, &pid))
		return true;
	snprintf(why, size, "'%s' is not a process id", args->operands[0]);
	return false;
}

static int run_mappings(struct tsmc_netlink *netlink, const struct tsmc_args *args)
{
	struct nl_msg *request = tsmc_netlink_request(netlink, TSMC_CMD_MAPPING_GET, true);
	struct tsmc_list list = { .size = sizeof(struct tsmc_mapping) };
	uint64_t pid = 0;
	int rc;

	mappings_pid(args, &pid);
	if (request && nla_put_u32(request, TSMC_A_PID, pid) < 0) {
		nlmsg_free(request);
		return -ENOMEM;
	}
	rc = tsmc_netlink_ask(netlink, request, take_mapping, &list);
	if (!rc)
		show_mappings(list.items, list.count, args->json);
	free(list.items);
	return rc;
}

const struct tsmc_verb tsmc_verb_mappings = {
	.name = "mappings",
	.words = " PID",
	.summary = "pages of each mapping of a process: hot, written, all",
	.help = "Lists the mappings of process PID in the order of their addresses. With --json\n"
		"also the classes of the pages. Needs root.\n",
	.least = 1,
	.most = 1,
	.check = check_mappings,
	.run = run_mappings,
};
