// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that show the state of the whole, which anybody may see.
 */
#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <net/genetlink.h>

#include "guard.h"
#include "heat.h"
#include "hint_table.h"
#include "netlink.h"
#include "netlink_ops.h"
#include "page_counts.h"

static int put_header_fields(struct sk_buff *skb,
			     const struct tsmc_netlink *shown)
{
	struct tsmc_hint_table *table = shown->table;
	const struct tsmc_hint_header *header = table->header;
	u64 epoch, generation, settle_ns;
	unsigned long flags;
	u32 state;

	spin_lock_irqsave(&table->lock, flags);
	state = header->state;
	epoch = header->epoch;
	generation = header->generation;
	settle_ns = header->settle_ns;
	spin_unlock_irqrestore(&table->lock, flags);

	return nla_put_u32(skb, TSMC_A_STATE, state) ?:
	       tsmc_netlink_put_u64(skb, TSMC_A_EPOCH, epoch) ?:
	       tsmc_netlink_put_u64(skb, TSMC_A_GENERATION, generation) ?:
	       tsmc_netlink_put_u64(skb, TSMC_A_REQUEST,
				    READ_ONCE(*shown->request)) ?:
	       tsmc_netlink_put_u64(skb, TSMC_A_SETTLE_NS, settle_ns) ?:
	       tsmc_netlink_put_u64(skb, TSMC_A_NR_PFNS, table->nr_pfns);
}

static int put_guard(struct sk_buff *skb, const struct tsmc_guard *guard)
{
	return tsmc_netlink_put_u64(skb, TSMC_A_GUARD_TOUCHES,
				    atomic64_read(&guard->grant_touches)) ?:
	       tsmc_netlink_put_u64(skb, TSMC_A_EXEC_TOUCHES,
				    atomic64_read(&guard->exec_touches));
}

static int put_heat(struct sk_buff *skb, struct tsmc_heat *heat)
{
	struct tsmc_heat_settings settings;
	struct tsmc_heat_stats stats;

	tsmc_heat_get(heat, &settings, &stats);
	return tsmc_netlink_put_u64(skb, TSMC_A_SAMPLES, stats.samples) ?:
	       tsmc_netlink_put_u64(skb, TSMC_A_SAMPLE_NS, stats.sample_ns) ?:
	       tsmc_netlink_put_u64(skb, TSMC_A_SAMPLE_PAGES,
				    stats.sample_pages) ?:
	       nla_put_u32(skb, TSMC_A_INTERVAL_NOW_MS,
			   stats.interval_now_ms) ?:
	       tsmc_netlink_put_u64(skb, TSMC_A_PUT_BACK, stats.put_back) ?:
	       tsmc_netlink_put_u64(skb, TSMC_A_YIELDS, stats.yields) ?:
	       nla_put_u32(skb, TSMC_A_ADVICE_RANGES,
			   tsmc_app_advice_count(&heat->advice));
}

/**
 * tsmc_netlink_status_get - TSMC_CMD_STATUS_GET
 * @skb: what was sent
 * @info: and what is in it
 *
 * Return: 0 or a negative error.
 */
int tsmc_netlink_status_get(struct sk_buff *skb, struct genl_info *info)
{
	const struct tsmc_netlink *shown = tsmc_netlink_shown();
	struct sk_buff *answer;
	void *header;
	int ret;

	answer = tsmc_netlink_answer_begin(info, &header);
	if (!answer)
		return -ENOMEM;
	ret = put_header_fields(answer, shown) ?:
	      put_guard(answer, shown->guard) ?:
	      put_heat(answer, shown->heat);
	return tsmc_netlink_answer_end(answer, info, header, ret);
}

static int put_class(struct sk_buff *skb, u8 class, u64 pages, u64 hot)
{
	struct nlattr *nest = nla_nest_start(skb, TSMC_A_CLASS_ENTRY);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u8(skb, TSMC_A_CLASS, class) ||
	    tsmc_netlink_put_u64(skb, TSMC_A_PAGES, pages) ||
	    tsmc_netlink_put_u64(skb, TSMC_A_HOT, hot)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * tsmc_netlink_put_classes - add an entry for each class that has pages
 * @skb: where
 * @counts: the pages
 *
 * Return: 0 or -EMSGSIZE.
 */
int tsmc_netlink_put_classes(struct sk_buff *skb,
			     const struct tsmc_page_counts *counts)
{
	int class, ret = 0;

	for (class = 0; class < TSMC_CLASS_NR && !ret; class++)
		if (counts->pages[class])
			ret = put_class(skb, class, counts->pages[class],
					counts->hot[class]);
	return ret;
}

/**
 * tsmc_netlink_classes_get - TSMC_CMD_CLASSES_GET
 * @skb: what was sent
 * @info: and what is in it
 *
 * Return: 0 or a negative error.
 */
int tsmc_netlink_classes_get(struct sk_buff *skb, struct genl_info *info)
{
	struct tsmc_page_counts counts = { };
	struct sk_buff *answer;
	void *header;
	int ret;

	ret = tsmc_count_table(&counts, tsmc_netlink_shown()->table);
	if (ret)
		return ret;
	answer = tsmc_netlink_answer_begin(info, &header);
	if (!answer)
		return -ENOMEM;
	ret = tsmc_netlink_put_classes(answer, &counts);
	return tsmc_netlink_answer_end(answer, info, header, ret);
}

/**
 * tsmc_netlink_settings_get - TSMC_CMD_SETTINGS_GET
 * @skb: what was sent
 * @info: and what is in it
 *
 * Return: 0 or a negative error.
 */
int tsmc_netlink_settings_get(struct sk_buff *skb, struct genl_info *info)
{
	struct tsmc_heat_settings settings;
	struct tsmc_heat_stats stats;
	struct sk_buff *answer;
	void *header;
	int ret;

	answer = tsmc_netlink_answer_begin(info, &header);
	if (!answer)
		return -ENOMEM;
	tsmc_heat_get(tsmc_netlink_shown()->heat, &settings, &stats);
	ret = nla_put_u32(answer, TSMC_A_INTERVAL_MS, settings.interval_ms) ?:
	      nla_put_u32(answer, TSMC_A_BACKGROUND_MS,
			  settings.background_ms) ?:
	      nla_put_u32(answer, TSMC_A_BUDGET_PERMILLE,
			  settings.budget_permille);
	return tsmc_netlink_answer_end(answer, info, header, ret);
}
