/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's side of data/tsmc in xenstore.
 */
#ifndef TSMC_SHARE_H
#define TSMC_SHARE_H

#include <linux/types.h>
#include <xen/xenbus.h>

struct tsmc_share;

/**
 * struct tsmc_share_ops - who acts on what Dom0 asks for
 * @prepare: a migration was announced, with Dom0's number for it, never 0, and
 *	whether Dom0 knows TSMC_CLASS_CACHE
 * @finish: the migration is over
 * @drop: Dom0 may have asked for page cache to be dropped
 *
 * They run in the thread that delivers xenstore watches, the same that
 * suspends the guest: they never run while the guest suspends.
 */
struct tsmc_share_ops {
	void (*prepare)(struct tsmc_share *share, u64 number, bool cache);
	void (*finish)(struct tsmc_share *share);
	void (*drop)(struct tsmc_share *share);
};

/**
 * struct tsmc_share - presence in xenstore
 * @ops: who acts on requests
 * @watch: watch on the node that Dom0 writes its requests to
 * @drop_watch: likewise, when it wants page cache to be dropped
 */
struct tsmc_share {
	const struct tsmc_share_ops *ops;
	struct xenbus_watch watch;
	struct xenbus_watch drop_watch;
};

int tsmc_share_start(struct tsmc_share *share, const struct tsmc_share_ops *ops,
		     unsigned long gfn);
void tsmc_share_stop(struct tsmc_share *share);
int tsmc_share_publish(unsigned long gfn);
bool tsmc_share_missing(void);

#endif /* TSMC_SHARE_H */
