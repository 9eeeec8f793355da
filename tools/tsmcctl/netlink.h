/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to the module: its family of generic netlink.
 */
#ifndef TSMC_NETLINK_H
#define TSMC_NETLINK_H

#include <stdbool.h>

struct nl_msg;
struct nl_sock;
struct nlmsghdr;

/**
 * struct tsmc_netlink - a connection with the module
 * @socket: libnl's
 * @family: number of the family; it changes when the module is loaded again
 * @said: what the kernel or libnl said of the newest error
 */
struct tsmc_netlink {
	struct nl_sock *socket;
	int family;
	char said[256];
};

/* Takes a message of an answer; 0, or a negative errno that ends it all. */
typedef int (*tsmc_message_fn)(struct nlmsghdr *message, void *opaque);

int tsmc_netlink_open(struct tsmc_netlink *netlink);
void tsmc_netlink_close(struct tsmc_netlink *netlink);
struct nl_msg *tsmc_netlink_request(struct tsmc_netlink *netlink, int command, bool dump);
int tsmc_netlink_ask(struct tsmc_netlink *netlink, struct nl_msg *request,
		     tsmc_message_fn take, void *opaque);
int tsmc_netlink_listen(struct tsmc_netlink *netlink);
int tsmc_netlink_hear(struct tsmc_netlink *netlink, tsmc_message_fn take, void *opaque);
void tsmc_netlink_complain(const struct tsmc_netlink *netlink, const char *verb, int error);

#endif /* TSMC_NETLINK_H */
