// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <linux/tsmc_netlink.h>

#include "names.h"
#include "show.h"
#include "verbs.h"

static const unsigned int settings[] = {
	TSMC_A_INTERVAL_MS, TSMC_A_BACKGROUND_MS, TSMC_A_BUDGET_PERMILLE,
};

static unsigned int find_setting(const char *name)
{
	for (unsigned int i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if (!strcmp(tsmc_attr_name(settings[i]), name))
			return settings[i];
	}
	return TSMC_A_UNSPEC;
}

/* The limits are the module's: it says so itself when they are not kept. */
static bool check_set(const struct tsmc_args *args, char *why, size_t size)
{
	uint64_t value;

	for (unsigned int i = 0; i < args->nr_operands; i += 2) {
		if (find_setting(args->operands[i]) == TSMC_A_UNSPEC) {
			snprintf(why, size, "there is no setting '%s'", args->operands[i]);
			return false;
		}
		if (i + 1 == args->nr_operands) {
			snprintf(why, size, "%s needs a value", args->operands[i]);
			return false;
		}
		if (!tsmc_number(args->operands[i + 1], UINT32_MAX, &value)) {
			snprintf(why, size, "'%s' after %s is not a number", args->operands[i + 1],
				 args->operands[i]);
			return false;
		}
		for (unsigned int j = 0; j < i; j += 2) {
			if (!strcmp(args->operands[i], args->operands[j])) {
				snprintf(why, size, "%s is there twice", args->operands[i]);
				return false;
			}
		}
	}
	return true;
}

static int change(struct tsmc_netlink *netlink, const struct tsmc_args *args)
{
	struct nl_msg *request = tsmc_netlink_request(netlink, TSMC_CMD_SETTINGS_SET, false);

	for (unsigned int i = 0; request && i < args->nr_operands; i += 2) {
		uint64_t value = 0;

		tsmc_number(args->operands[i + 1], UINT32_MAX, &value);
		if (nla_put_u32(request, find_setting(args->operands[i]), value) < 0) {
			nlmsg_free(request);
			return -ENOMEM;
		}
	}
	return tsmc_netlink_ask(netlink, request, NULL, NULL);
}

static int take_settings(struct nlmsghdr *message, void *opaque)
{
	return tsmc_settings_read(opaque, message);
}

static int show(struct tsmc_netlink *netlink, bool machine)
{
	struct tsmc_json json = { .out = stdout };
	struct tsmc_settings now = { 0 };
	int rc;

	rc = tsmc_netlink_ask(netlink, tsmc_netlink_request(netlink, TSMC_CMD_SETTINGS_GET, false),
			      take_settings, &now);
	if (rc)
		return rc;
	if (machine) {
		tsmc_settings_json(&now, &json);
		putchar('\n');
	} else {
		tsmc_settings_text(&now, stdout);
	}
	return 0;
}

static int run_set(struct tsmc_netlink *netlink, const struct tsmc_args *args)
{
	int rc = args->nr_operands ? change(netlink, args) : 0;

	if (rc || (args->nr_operands && !args->json))
		return rc;
	return show(netlink, args->json);
}

const struct tsmc_verb tsmc_verb_set = {
	.name = "set",
	.words = " [KEY VALUE]...",
	.summary = "change settings of the tracker, or show them",
	.help = "  interval-ms      from sample to sample while a migration is near, 20 to 60000\n"
		"  background-ms    the same at other times, 1000 to 3600000; 0: asleep\n"
		"  budget-permille  of one CPU's time for all samples, 1 to 500\n\n"
		"Without KEY shows the settings, which anybody may. To change them needs root;\n"
		"all change or none. With --json shows what holds afterwards.\n",
	.most = TSMC_OPERANDS_MAX,
	.check = check_set,
	.run = run_set,
};
