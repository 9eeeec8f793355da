/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages are touched before they are used in a way that cannot wait for them.
 */
#ifndef TSMC_GUARD_H
#define TSMC_GUARD_H

#include <linux/atomic.h>
#include <linux/ftrace.h>
#include <linux/kconfig.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct pt_regs;
struct tsmc_guard;

/**
 * struct tsmc_guard_point - a function that puts pages to such a use
 * @symbol: its name
 * @before: touches the pages, called at its entry with its arguments
 * @instead: decides whether the function is run at all; if it returns true it is
 *	not, and then returns true itself
 *
 * A point has one of both.
 */
struct tsmc_guard_point {
	const char *symbol;
	void (*before)(struct tsmc_guard *guard, struct pt_regs *regs);
	bool (*instead)(struct tsmc_guard *guard, struct pt_regs *regs);
};

/**
 * struct tsmc_guard_hook - the hook at a guarded function
 * @guard: the guard that it belongs to
 * @point: what is guarded
 * @ops: the function tracer's part
 * @hooked: @ops is registered
 */
struct tsmc_guard_hook {
	struct tsmc_guard *guard;
	const struct tsmc_guard_point *point;
	struct ftrace_ops ops;
	bool hooked;
};

#define TSMC_GUARD_HOOKS (7 + IS_ENABLED(CONFIG_SOFTLOCKUP_DETECTOR))
#define TSMC_GUARD_TRIED_BITS 6

/**
 * struct tsmc_guard - all that is guarded
 * @hooks: one for each function
 * @grant_touches: pages touched because they were granted
 * @exec_touches: pages touched because they were to be executed
 * @state_retries: instructions that were run again because Xen may have refused them
 * @tried: the last of them and when that was, hashed
 * @incomplete: pages of the guest may be missing
 * @armed: pages are touched
 * @lock: serialises arming and disarming
 */
struct tsmc_guard {
	struct tsmc_guard_hook hooks[TSMC_GUARD_HOOKS];
	atomic64_t grant_touches;
	atomic64_t exec_touches;
	atomic64_t state_retries;
	u64 tried[1 << TSMC_GUARD_TRIED_BITS];
	bool incomplete;
	bool armed;
	struct mutex lock;
};

int tsmc_guard_init(struct tsmc_guard *guard);
void tsmc_guard_exit(struct tsmc_guard *guard);
int tsmc_guard_arm(struct tsmc_guard *guard);
void tsmc_guard_disarm(struct tsmc_guard *guard);
bool tsmc_guard_touch(unsigned long pfn);

#endif /* TSMC_GUARD_H */
