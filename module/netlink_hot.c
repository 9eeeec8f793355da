// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dump of hot pages: runs of pfns of equal class and heat, hottest first.
 *
 * It goes through the table once for each heat that is there, and remembers
 * where it was; the table may change meanwhile. A page is then listed twice
 * or not at all, as its heat falls or rises, but a dump always ends.
 */
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <net/genetlink.h>

#include "heat_step.h"
#include "hint_table.h"
#include "netlink.h"
#include "netlink_ops.h"

/* Pfns between two moments in which others may run, and for one message. */
#define STRIDE		(64UL << 10)
#define MESSAGE_PFNS	(16UL << 20)

#define ANY_CLASS	TSMC_CLASS_NR

/**
 * struct hot_dump - how far a dump is
 * @pfn: where to go on
 * @heats: a bit for each heat that the dump still has to list; the highest
 *	is being listed
 * @class: the only one that is listed, or ANY_CLASS
 */
struct hot_dump {
	unsigned long pfn;
	unsigned int heats;
	unsigned int class;
};

static_assert(sizeof(struct hot_dump) <=
	      sizeof_field(struct netlink_callback, ctx));

static bool is_listed(const struct hot_dump *dump, u8 byte)
{
	return TSMC_HINT_HEAT(byte) == __fls(dump->heats) &&
	       (dump->class == ANY_CLASS ||
		TSMC_HINT_CLASS(byte) == dump->class);
}

/* In the course of a long walk through the table others may run. */
static unsigned long next_pfn(unsigned long pfn)
{
	if (!(++pfn % STRIDE))
		cond_resched();
	return pfn;
}

/* Heats that pages of the table have. */
static unsigned int heats_of(const struct tsmc_hint_table *table)
{
	unsigned int heats = 0;
	unsigned long pfn;

	for (pfn = 0; pfn < table->nr_pfns; pfn = next_pfn(pfn))
		heats |= BIT(TSMC_HINT_HEAT(READ_ONCE(table->bytes[pfn])));
	return heats;
}

/* Moves on to the next run; returns its length, or 0 if there is none. */
static unsigned long next_run(struct hot_dump *dump,
			      const struct tsmc_hint_table *table, u8 *byte)
{
	unsigned long pfn;

	for (pfn = dump->pfn; pfn < table->nr_pfns; pfn = next_pfn(pfn)) {
		*byte = READ_ONCE(table->bytes[pfn]);
		if (is_listed(dump, *byte))
			break;
	}
	dump->pfn = pfn;
	while (pfn < table->nr_pfns && READ_ONCE(table->bytes[pfn]) == *byte)
		pfn = next_pfn(pfn);
	return pfn - dump->pfn;
}

static int put_run(struct sk_buff *skb, struct netlink_callback *cb,
		   unsigned long pfn, unsigned long nr, u8 byte)
{
	void *header = tsmc_netlink_dump_begin(skb, cb);

	if (!header)
		return -EMSGSIZE;
	if (tsmc_netlink_put_u64(skb, TSMC_A_PFN, pfn) ||
	    tsmc_netlink_put_u64(skb, TSMC_A_PAGES, nr) ||
	    nla_put_u8(skb, TSMC_A_CLASS, TSMC_HINT_CLASS(byte)) ||
	    nla_put_u8(skb, TSMC_A_HEAT, TSMC_HINT_HEAT(byte))) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/**
 * tsmc_netlink_hot_start - TSMC_CMD_HOT_GET: what is asked for
 * @cb: the dump
 *
 * Return: 0 or a negative error.
 */
int tsmc_netlink_hot_start(struct netlink_callback *cb)
{
	struct nlattr **attrs = genl_dumpit_info(cb)->attrs;
	struct hot_dump *dump = (void *)cb->ctx;
	unsigned int heat_min = TSMC_HEAT_HOT;
	int ret;

	ret = tsmc_netlink_dump_start(cb);
	if (ret)
		return ret;
	if (attrs[TSMC_A_HEAT_MIN])
		heat_min = nla_get_u8(attrs[TSMC_A_HEAT_MIN]);
	dump->class = ANY_CLASS;
	if (attrs[TSMC_A_CLASS])
		dump->class = nla_get_u8(attrs[TSMC_A_CLASS]);
	dump->heats = heats_of(tsmc_netlink_shown()->table) &
		      GENMASK(TSMC_HINT_HEAT_MAX, heat_min);
	return 0;
}

/**
 * tsmc_netlink_hot_dump - TSMC_CMD_HOT_GET: as much as a message holds
 * @skb: the message
 * @cb: the dump
 *
 * Return: its length, 0 at the end, or a negative error.
 */
int tsmc_netlink_hot_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct tsmc_hint_table *table = tsmc_netlink_shown()->table;
	struct hot_dump *dump = (void *)cb->ctx;
	unsigned long began, nr, passed = 0;
	u8 byte = 0;

	while (dump->heats) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (skb->len && passed > MESSAGE_PFNS)
			break;
		began = dump->pfn;
		nr = next_run(dump, table, &byte);
		if (nr && put_run(skb, cb, dump->pfn, nr, byte))
			break;
		dump->pfn += nr;
		passed += dump->pfn - began;
		if (dump->pfn >= table->nr_pfns) {
			dump->heats &= ~BIT(__fls(dump->heats));
			dump->pfn = 0;
		}
	}
	return skb->len;
}
