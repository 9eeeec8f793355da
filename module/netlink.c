// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: its commands, what each accepts, and events.
 *
 * What needs a privilege needs CAP_SYS_ADMIN, since it is about other people's
 * memory. The flags by which the core checks privileges mean CAP_NET_ADMIN,
 * which has nothing to do with it, so the check is ours. The guest's memory is
 * one, whatever namespaces there are: the family is there in the first network
 * namespace only, and numbers of processes are those of the first one, too.
 *
 * Commands run beside each other: some wait for a sample to end or for a
 * process's areas, and other families must not have to wait for that.
 */
#define pr_fmt(fmt) "tsmc: " fmt

#include <linux/capability.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/threads.h>
#include <net/genetlink.h>

#include "hint_table.h"
#include "netlink.h"
#include "netlink_ops.h"

#define BACKGROUND_MS_MIN	1000
#define BACKGROUND_MS_MAX	3600000

/* What the family is about; the core hands nothing on to a command. */
static struct tsmc_netlink shown;

/* Held while an event is sent, which must not be once the family is gone. */
static DEFINE_MUTEX(events_lock);
static bool events_open;

static int check_start(const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	if (PAGE_ALIGNED(nla_get_u64(attr)))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "a range starts at a page: give a multiple of 4096");
	return -EINVAL;
}

static int check_length(const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	u64 length = nla_get_u64(attr);

	if (length && PAGE_ALIGNED(length))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "a range has whole pages: give a multiple of 4096 above 0");
	return -EINVAL;
}

static int check_background(const struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	u32 ms = nla_get_u32(attr);

	if (!ms || (ms >= BACKGROUND_MS_MIN && ms <= BACKGROUND_MS_MAX))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    "give 0 to sleep, or 1000 to 3600000 ms");
	return -ERANGE;
}

static struct netlink_range_validation pid_range = {
	.min = 1, .max = PID_MAX_LIMIT,
};

static struct netlink_range_validation interval_range = {
	.min = 20, .max = 60000,
};

static const struct nla_policy hot_policy[] = {
	[TSMC_A_CLASS] = NLA_POLICY_MAX(NLA_U8, TSMC_CLASS_NR - 1),
	[TSMC_A_HEAT_MIN] = NLA_POLICY_MAX(NLA_U8, TSMC_HINT_HEAT_MAX),
};

static const struct nla_policy mapping_policy[] = {
	[TSMC_A_PID] = NLA_POLICY_FULL_RANGE(NLA_U32, &pid_range),
};

static const struct nla_policy settings_policy[] = {
	[TSMC_A_INTERVAL_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &interval_range),
	[TSMC_A_BACKGROUND_MS] = NLA_POLICY_VALIDATE_FN(NLA_U32,
							check_background),
	[TSMC_A_BUDGET_PERMILLE] = NLA_POLICY_RANGE(NLA_U32, 1, 500),
};

static const struct nla_policy hint_policy[] = {
	[TSMC_A_PID] = NLA_POLICY_FULL_RANGE(NLA_U32, &pid_range),
	[TSMC_A_START] = NLA_POLICY_VALIDATE_FN(NLA_U64, check_start),
	[TSMC_A_LENGTH] = NLA_POLICY_VALIDATE_FN(NLA_U64, check_length),
	[TSMC_A_ADVICE] = NLA_POLICY_MAX(NLA_U32, TSMC_ADVICE_MAX),
};

/* One without a policy accepts no attribute at all. */
static const struct genl_ops ops[] = {
	{
		.cmd = TSMC_CMD_STATUS_GET,
		.doit = tsmc_netlink_status_get,
	}, {
		.cmd = TSMC_CMD_CLASSES_GET,
		.doit = tsmc_netlink_classes_get,
	}, {
		.cmd = TSMC_CMD_HOT_GET,
		.start = tsmc_netlink_hot_start,
		.dumpit = tsmc_netlink_hot_dump,
		.policy = hot_policy,
		.maxattr = ARRAY_SIZE(hot_policy) - 1,
	}, {
		.cmd = TSMC_CMD_PROCESS_GET,
		.start = tsmc_netlink_process_start,
		.dumpit = tsmc_netlink_process_dump,
	}, {
		.cmd = TSMC_CMD_MAPPING_GET,
		.start = tsmc_netlink_mapping_start,
		.dumpit = tsmc_netlink_mapping_dump,
		.done = tsmc_netlink_mapping_done,
		.policy = mapping_policy,
		.maxattr = ARRAY_SIZE(mapping_policy) - 1,
	}, {
		.cmd = TSMC_CMD_SETTINGS_GET,
		.doit = tsmc_netlink_settings_get,
	}, {
		.cmd = TSMC_CMD_SETTINGS_SET,
		.doit = tsmc_netlink_settings_set,
		.policy = settings_policy,
		.maxattr = ARRAY_SIZE(settings_policy) - 1,
	}, {
		.cmd = TSMC_CMD_HINT_SET,
		.doit = tsmc_netlink_hint_set,
		.policy = hint_policy,
		.maxattr = ARRAY_SIZE(hint_policy) - 1,
	},
};

static const struct genl_multicast_group groups[] = {
	{ .name = TSMC_GENL_EVENTS },
};

static struct genl_family family = {
	.name = TSMC_GENL_NAME,
	.version = TSMC_GENL_VERSION,
	.parallel_ops = true,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.module = THIS_MODULE,
};

/**
 * tsmc_netlink_shown - what commands show and change
 */
const struct tsmc_netlink *tsmc_netlink_shown(void)
{
	return &shown;
}

/**
 * tsmc_netlink_admin - may the sender see and change what is others'?
 * @skb: what was sent
 * @extack: gets a message if not; may be NULL
 *
 * Return: 0 or -EPERM.
 */
int tsmc_netlink_admin(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack,
		       "needs CAP_SYS_ADMIN: ask for it as root, outside of containers");
	return -EPERM;
}

/**
 * tsmc_netlink_dump_start - may the sender have a dump?
 * @cb: the dump
 *
 * A dump goes on for as long as its reader likes, with a reference on the
 * module. A loading that fails does not wait for references, so there is none
 * before the module is loaded.
 *
 * Return: 0, -EPERM or -EAGAIN.
 */
int tsmc_netlink_dump_start(struct netlink_callback *cb)
{
	if (READ_ONCE(THIS_MODULE->state) != MODULE_STATE_LIVE)
		return -EAGAIN;
	return tsmc_netlink_admin(cb->skb, cb->extack);
}

/**
 * tsmc_netlink_answer_begin - begin the answer to a command
 * @info: the command
 * @header: what tsmc_netlink_answer_end() takes
 *
 * Return: the message, or NULL if there is no memory for it.
 */
struct sk_buff *tsmc_netlink_answer_begin(struct genl_info *info,
					  void **header)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*header = genlmsg_put_reply(skb, info, &family, 0, info->genlhdr->cmd);
	if (!*header) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/**
 * tsmc_netlink_answer_end - send the answer, or throw it away
 * @skb: what tsmc_netlink_answer_begin() returned
 * @info: the command
 * @header: what tsmc_netlink_answer_begin() left there
 * @ret: an error if it could not be filled, or 0
 *
 * Return: @ret, or an error of sending.
 */
int tsmc_netlink_answer_end(struct sk_buff *skb, struct genl_info *info,
			    void *header, int ret)
{
	if (ret) {
		nlmsg_free(skb);
		return ret;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/**
 * tsmc_netlink_dump_begin - begin a message of a dump
 * @skb: where
 * @cb: the dump
 *
 * Return: what genlmsg_end() takes, or NULL if there is no room.
 */
void *tsmc_netlink_dump_begin(struct sk_buff *skb, struct netlink_callback *cb)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &family, NLM_F_MULTI,
			   genl_dumpit_info(cb)->op.cmd);
}

/**
 * tsmc_netlink_put_u64 - add an attribute of 64 bits
 * @skb: where
 * @attr: its type
 * @value: its value
 *
 * Return: 0 or -EMSGSIZE.
 */
int tsmc_netlink_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, TSMC_A_PAD);
}

static struct sk_buff *event_message(enum tsmc_cmd event, u64 request, u64 epoch)
{
	struct sk_buff *skb;
	void *header;

	/* Sent where disks may be waiting for this thread to bring them back. */
	skb = genlmsg_new(2 * nla_total_size_64bit(sizeof(u64)), GFP_NOIO);
	if (!skb)
		return NULL;
	header = genlmsg_put(skb, 0, 0, &family, 0, event);
	if (!header || tsmc_netlink_put_u64(skb, TSMC_A_REQUEST, request) ||
	    tsmc_netlink_put_u64(skb, TSMC_A_EPOCH, epoch)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, header);
	return skb;
}

/**
 * tsmc_netlink_event - tell whoever listens
 * @event: TSMC_EVENT_*
 * @request: number of the migration that it is about
 *
 * Does nothing while the family is not registered. An event that there is no
 * memory for is lost.
 *
 * Context: process context, may sleep; also while the guest suspends.
 */
void tsmc_netlink_event(enum tsmc_cmd event, u64 request)
{
	struct sk_buff *skb;

	mutex_lock(&events_lock);
	if (events_open) {
		skb = event_message(event, request,
				    READ_ONCE(shown.table->header->epoch));
		if (skb)
			genlmsg_multicast(&family, skb, 0, 0, GFP_NOIO);
	}
	mutex_unlock(&events_lock);
}

/**
 * tsmc_netlink_init - register the family
 * @netlink: what it is about; copied. What it refers to stays until
 *	tsmc_netlink_exit()
 *
 * From here on commands come.
 *
 * Return: 0 or a negative error, after a message.
 */
int tsmc_netlink_init(const struct tsmc_netlink *netlink)
{
	int ret;

	shown = *netlink;
	ret = genl_register_family(&family);
	if (ret) {
		pr_err("cannot register the generic netlink family \"%s\": error %d\n",
		       TSMC_GENL_NAME, ret);
		return ret;
	}
	mutex_lock(&events_lock);
	events_open = true;
	mutex_unlock(&events_lock);
	return 0;
}

/**
 * tsmc_netlink_exit - unregister the family
 *
 * When it returns no command runs any more, and none comes.
 */
void tsmc_netlink_exit(void)
{
	mutex_lock(&events_lock);
	events_open = false;
	mutex_unlock(&events_lock);
	genl_unregister_family(&family);
}
