/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No page is granted to a backend while it may be missing.
 */
#ifndef TSMC_GRANT_GUARD_H
#define TSMC_GRANT_GUARD_H

#include <linux/atomic.h>
#include <linux/ftrace.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct tsmc_grant_guard;

/**
 * struct tsmc_guard_hook - one function that grants pages
 * @guard: the guard that it belongs to
 * @ops: the hook at its entry
 * @symbol: its name
 * @frame_arg: which of its arguments is the frame granted
 * @hooked: @ops is registered
 */
struct tsmc_guard_hook {
	struct tsmc_grant_guard *guard;
	struct ftrace_ops ops;
	const char *symbol;
	unsigned int frame_arg;
	bool hooked;
};

#define TSMC_GUARD_HOOKS 2

/**
 * struct tsmc_grant_guard - touches pages before they are granted
 * @hooks: every function of the kernel that grants a page
 * @touches: pages touched since the guard was set up
 * @armed: pages are touched
 * @lock: serialises hooking and unhooking
 * @unhook_work: takes the hooks away after disarming
 */
struct tsmc_grant_guard {
	struct tsmc_guard_hook hooks[TSMC_GUARD_HOOKS];
	atomic64_t touches;
	bool armed;
	struct mutex lock;
	struct work_struct unhook_work;
};

int tsmc_grant_guard_init(struct tsmc_grant_guard *guard);
void tsmc_grant_guard_exit(struct tsmc_grant_guard *guard);
int tsmc_grant_guard_arm(struct tsmc_grant_guard *guard);
void tsmc_grant_guard_disarm(struct tsmc_grant_guard *guard);

/**
 * tsmc_grant_guard_touches - how many pages the guard has touched
 * @guard: the guard
 */
static inline u64 tsmc_grant_guard_touches(const struct tsmc_grant_guard *guard)
{
	return atomic64_read(&guard->touches);
}

#endif /* TSMC_GRANT_GUARD_H */
