// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <unistd.h>

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <linux/tsmc_netlink.h>

#include "json.h"
#include "names.h"
#include "verbs.h"

/**
 * struct hint - what is said of a range
 * @start: address
 * @length: bytes
 * @advice: enum tsmc_advice_kind
 */
struct hint {
	uint64_t start;
	uint64_t length;
	uint32_t advice;
};

static bool read_hint(struct hint *hint, const struct tsmc_args *args, char *why, size_t size)
{
	if (!tsmc_number(args->operands[0], UINT64_MAX, &hint->start)) {
		snprintf(why, size, "'%s' is not an address", args->operands[0]);
		return false;
	}
	if (!tsmc_number(args->operands[1], UINT64_MAX, &hint->length)) {
		snprintf(why, size, "'%s' is not a number of bytes", args->operands[1]);
		return false;
	}
	if (!tsmc_advice_find(args->operands[2], &hint->advice)) {
		snprintf(why, size, "'%s' is not one of hot, cold, discardable, none", args->operands[2]);
		return false;
	}
	return true;
}

static bool check_hint(const struct tsmc_args *args, char *why, size_t size)
{
	struct hint hint;

	return read_hint(&hint, args, why, size);
}

static int put(struct nl_msg *request, const struct hint *hint, const struct tsmc_args *args)
{
	if (nla_put_u64(request, TSMC_A_START, hint->start) < 0 ||
	    nla_put_u64(request, TSMC_A_LENGTH, hint->length) < 0 ||
	    nla_put_u32(request, TSMC_A_ADVICE, hint->advice) < 0)
		return -ENOMEM;
	if (args->given & TSMC_OPT_PID && nla_put_u32(request, TSMC_A_PID, args->pid) < 0)
		return -ENOMEM;
	return 0;
}

static void show(const struct hint *hint, const struct tsmc_args *args)
{
	struct tsmc_json json = { .out = stdout };

	tsmc_json_open(&json, NULL, '{');
	tsmc_json_number(&json, "pid", args->given & TSMC_OPT_PID ? args->pid : (uint32_t)getpid());
	tsmc_json_number(&json, "start", hint->start);
	tsmc_json_number(&json, "length", hint->length);
	tsmc_json_string(&json, "advice", args->operands[2]);
	tsmc_json_close(&json, '}');
	putchar('\n');
}

static int run_hint(struct tsmc_netlink *netlink, const struct tsmc_args *args)
{
	struct nl_msg *request = tsmc_netlink_request(netlink, TSMC_CMD_HINT_SET, false);
	struct hint hint;
	char why[128];
	int rc;

	if (!read_hint(&hint, args, why, sizeof(why)) || (request && put(request, &hint, args))) {
		nlmsg_free(request);
		return -EINVAL;
	}
	rc = tsmc_netlink_ask(netlink, request, NULL, NULL);
	if (!rc && args->json)
		show(&hint, args);
	return rc;
}

const struct tsmc_verb tsmc_verb_hint = {
	.name = "hint",
	.words = " [--pid PID] START LENGTH hot|cold|discardable|none",
	.summary = "say how soon a range of memory will be needed",
	.help = "START is an address, LENGTH a number of bytes; both are whole pages, decimal, or\n"
		"hexadecimal with 0x. `tsmcctl mappings PID` shows what a process has.\n\n"
		"  hot          needed soon after a resume\n"
		"  cold         can come late\n"
		"  discardable  can come last of all\n"
		"  none         forget what was said\n\n"
		"  --pid PID    memory of this process, which needs root; without it the memory\n"
		"               of tsmcctl itself, which shows only whether hints are taken\n\n"
		"It holds until the range is unmapped. It changes the order, never the content.\n",
	.options = TSMC_OPT_PID,
	.least = 3,
	.most = 3,
	.check = check_hint,
	.run = run_hint,
};
