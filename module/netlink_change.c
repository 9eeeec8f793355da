// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that change something: settings, and what is said of memory.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched/mm.h>
#include <net/genetlink.h>

#include "app_advice.h"
#include "heat.h"
#include "netlink.h"
#include "netlink_ops.h"

/* Held while settings are read and written as one. */
static DEFINE_MUTEX(settings_lock);

static void take_u32(struct genl_info *info, int attr, u32 *value)
{
	if (info->attrs[attr])
		*value = nla_get_u32(info->attrs[attr]);
}

/**
 * tsmc_netlink_settings_set - TSMC_CMD_SETTINGS_SET
 * @skb: what was sent
 * @info: and what is in it
 *
 * Return: 0 or a negative error.
 */
int tsmc_netlink_settings_set(struct sk_buff *skb, struct genl_info *info)
{
	struct tsmc_heat *heat = tsmc_netlink_shown()->heat;
	struct tsmc_heat_settings settings;
	struct tsmc_heat_stats stats;
	int ret;

	ret = tsmc_netlink_admin(skb, info->extack);
	if (ret)
		return ret;
	if (!info->attrs[TSMC_A_INTERVAL_MS] &&
	    !info->attrs[TSMC_A_BACKGROUND_MS] &&
	    !info->attrs[TSMC_A_BUDGET_PERMILLE]) {
		GENL_SET_ERR_MSG(info, "there is nothing to set: give a setting");
		return -EINVAL;
	}

	mutex_lock(&settings_lock);
	tsmc_heat_get(heat, &settings, &stats);
	take_u32(info, TSMC_A_INTERVAL_MS, &settings.interval_ms);
	take_u32(info, TSMC_A_BACKGROUND_MS, &settings.background_ms);
	take_u32(info, TSMC_A_BUDGET_PERMILLE, &settings.budget_permille);
	ret = tsmc_heat_set(heat, &settings);
	mutex_unlock(&settings_lock);
	return ret;
}

/* The memory that a hint is about, with a user's reference. */
static struct mm_struct *hint_mm(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *pid = info->attrs[TSMC_A_PID];
	struct mm_struct *mm;
	int ret;

	if (pid) {
		ret = tsmc_netlink_admin(skb, info->extack);
		if (ret)
			return ERR_PTR(ret);
		mm = tsmc_netlink_mm(nla_get_u32(pid));
	} else {
		/* Commands run in the task that sent them. */
		mm = get_task_mm(current);
	}
	if (mm)
		return mm;
	NL_SET_ERR_MSG_ATTR(info->extack, pid,
			    "there is no such process, or it has no memory of its own");
	return ERR_PTR(-ESRCH);
}

/**
 * tsmc_netlink_hint_set - TSMC_CMD_HINT_SET
 * @skb: what was sent
 * @info: and what is in it
 *
 * Return: 0 or a negative error.
 */
int tsmc_netlink_hint_set(struct sk_buff *skb, struct genl_info *info)
{
	struct mm_struct *mm;
	u64 start, length;
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, TSMC_A_START) ||
	    GENL_REQ_ATTR_CHECK(info, TSMC_A_LENGTH) ||
	    GENL_REQ_ATTR_CHECK(info, TSMC_A_ADVICE)) {
		GENL_SET_ERR_MSG(info, "a hint needs start, length and advice");
		return -EINVAL;
	}
	start = nla_get_u64(info->attrs[TSMC_A_START]);
	length = nla_get_u64(info->attrs[TSMC_A_LENGTH]);
	if (start >= TASK_SIZE_MAX || length > TASK_SIZE_MAX - start) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[TSMC_A_LENGTH],
				    "the range ends beyond a process's memory");
		return -ERANGE;
	}

	mm = hint_mm(skb, info);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	ret = tsmc_app_advice_set(&tsmc_netlink_shown()->heat->advice, mm,
				  start, start + length,
				  nla_get_u32(info->attrs[TSMC_A_ADVICE]));
	mmput(mm);
	if (ret == -ENOSPC)
		GENL_SET_ERR_MSG(info,
				 "64 ranges of a process and 1024 in all are kept: give larger ones, or forget some with advice none");
	return ret;
}
