/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family "tsmc": see <linux/tsmc_netlink.h>.
 */
#ifndef TSMC_NETLINK_H
#define TSMC_NETLINK_H

#include <linux/types.h>
#include <linux/tsmc_netlink.h>

struct tsmc_guard;
struct tsmc_heat;
struct tsmc_hint_table;

/**
 * struct tsmc_netlink - what the family shows and changes
 * @table: header and bytes
 * @guard: counts what was touched
 * @heat: the tracker, with what applications advise
 * @request: number of the migration announced, 0: none
 */
struct tsmc_netlink {
	struct tsmc_hint_table *table;
	struct tsmc_guard *guard;
	struct tsmc_heat *heat;
	const u64 *request;
};

int tsmc_netlink_init(const struct tsmc_netlink *netlink);
void tsmc_netlink_exit(void);
void tsmc_netlink_event(enum tsmc_cmd event, u64 request);

#endif /* TSMC_NETLINK_H */
