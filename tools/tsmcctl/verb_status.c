// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/tsmc_netlink.h>

#include "show.h"
#include "verbs.h"

static int take_status(struct nlmsghdr *message, void *opaque)
{
	return tsmc_status_read(opaque, message);
}

/**
 * tsmc_get_status - ask for the status
 * @netlink: open
 * @status: filled in
 *
 * Return: 0 or a negative errno.
 */
int tsmc_get_status(struct tsmc_netlink *netlink, struct tsmc_status *status)
{
	*status = (struct tsmc_status){ 0 };
	return tsmc_netlink_ask(netlink, tsmc_netlink_request(netlink, TSMC_CMD_STATUS_GET, false),
				take_status, status);
}

static int run_status(struct tsmc_netlink *netlink, const struct tsmc_args *args)
{
	struct tsmc_json json = { .out = stdout };
	struct tsmc_status status;
	int rc = tsmc_get_status(netlink, &status);

	if (rc)
		return rc;
	if (args->json) {
		tsmc_status_json(&status, &json, NULL);
		putchar('\n');
	} else {
		tsmc_status_text(&status, stdout);
	}
	return 0;
}

const struct tsmc_verb tsmc_verb_status = {
	.name = "status",
	.words = "",
	.summary = "what the module does, and what it did so far",
	.help = "Shows whether a migration is announced, and the counters of table, guards and\n"
		"tracker. Anybody may ask.\n",
	.run = run_status,
};

static int take_classes(struct nlmsghdr *message, void *opaque)
{
	return tsmc_classes_read(opaque, message);
}

static int run_classes(struct tsmc_netlink *netlink, const struct tsmc_args *args)
{
	struct tsmc_class_counts classes = { 0 };
	struct tsmc_json json = { .out = stdout };
	int rc;

	rc = tsmc_netlink_ask(netlink, tsmc_netlink_request(netlink, TSMC_CMD_CLASSES_GET, false),
			      take_classes, &classes);
	if (rc)
		return rc;
	if (args->json) {
		tsmc_json_open(&json, NULL, '{');
		tsmc_classes_json(&classes, &json);
		tsmc_json_close(&json, '}');
		putchar('\n');
	} else {
		tsmc_classes_text(&classes, stdout);
	}
	return 0;
}

const struct tsmc_verb tsmc_verb_classes = {
	.name = "classes",
	.words = "",
	.summary = "how many pages there are of each class, and how many are hot",
	.help = "Counts the pages of the whole guest. A page is hot from heat 8 on. Anybody may\n"
		"ask.\n",
	.run = run_classes,
};
