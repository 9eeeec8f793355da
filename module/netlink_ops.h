/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The family's commands, and what they share.
 */
#ifndef TSMC_NETLINK_OPS_H
#define TSMC_NETLINK_OPS_H

#include <linux/types.h>

struct genl_info;
struct mm_struct;
struct netlink_callback;
struct netlink_ext_ack;
struct sk_buff;
struct tsmc_netlink;
struct tsmc_page_counts;

/* netlink.c */
const struct tsmc_netlink *tsmc_netlink_shown(void);
int tsmc_netlink_admin(struct sk_buff *skb, struct netlink_ext_ack *extack);
int tsmc_netlink_dump_start(struct netlink_callback *cb);
struct sk_buff *tsmc_netlink_answer_begin(struct genl_info *info,
					  void **header);
int tsmc_netlink_answer_end(struct sk_buff *skb, struct genl_info *info,
			    void *header, int ret);
void *tsmc_netlink_dump_begin(struct sk_buff *skb, struct netlink_callback *cb);
int tsmc_netlink_put_u64(struct sk_buff *skb, int attr, u64 value);

/* netlink_show.c */
int tsmc_netlink_status_get(struct sk_buff *skb, struct genl_info *info);
int tsmc_netlink_classes_get(struct sk_buff *skb, struct genl_info *info);
int tsmc_netlink_settings_get(struct sk_buff *skb, struct genl_info *info);
int tsmc_netlink_put_classes(struct sk_buff *skb,
			     const struct tsmc_page_counts *counts);

/* netlink_change.c */
int tsmc_netlink_settings_set(struct sk_buff *skb, struct genl_info *info);
int tsmc_netlink_hint_set(struct sk_buff *skb, struct genl_info *info);

/* netlink_hot.c */
int tsmc_netlink_hot_start(struct netlink_callback *cb);
int tsmc_netlink_hot_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* netlink_process.c */
struct mm_struct *tsmc_netlink_mm(u32 pid);
int tsmc_netlink_process_start(struct netlink_callback *cb);
int tsmc_netlink_process_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tsmc_netlink_mapping_start(struct netlink_callback *cb);
int tsmc_netlink_mapping_dump(struct sk_buff *skb, struct netlink_callback *cb);
int tsmc_netlink_mapping_done(struct netlink_callback *cb);

#endif /* TSMC_NETLINK_OPS_H */
