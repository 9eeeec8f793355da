// SPDX-License-Identifier: GPL-2.0-only
/*
 * Touching pages before they are used in a way that cannot wait for them.
 *
 * After a migration a page may be missing at first. The guest cannot notice
 * when it reads or writes it: the access waits in Xen until the page has come.
 * Who is granted a missing page gets an error instead, and who executes one is
 * killed. So, while a migration may be under way, pages are read once before.
 * Where that cannot be known before, see state_guard.c.
 *
 * The hooks are function tracer callbacks, not kprobes: a kprobe whose handler
 * is interrupted misses all that the interrupt does, and the touch of a missing
 * page is just where interrupts pile up. The tracer's check for recursion knows
 * task, softirq and interrupt apart.
 */
#define pr_fmt(fmt) "tsmc: " fmt

#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "exec_guard.h"
#include "grant_guard.h"
#include "guard.h"
#include "state_guard.h"
#include "suspend_guard.h"
#include "watchdog_guard.h"

static const struct tsmc_guard_point * const points[TSMC_GUARD_HOOKS] = {
	&tsmc_grant_guard_points[0],
	&tsmc_grant_guard_points[1],
	&tsmc_exec_guard_points[0],
	&tsmc_exec_guard_points[1],
	&tsmc_state_guard_points[0],
	&tsmc_state_guard_points[1],
	&tsmc_suspend_guard_point,
#ifdef CONFIG_SOFTLOCKUP_DETECTOR
	&tsmc_watchdog_guard_point,
#endif
};

/**
 * tsmc_guard_touch - have a page there before anything else is done with it
 * @pfn: the page; of what is no memory of the guest nothing is touched
 *
 * Context: any.
 * Return: whether there was a page to touch.
 */
bool tsmc_guard_touch(unsigned long pfn)
{
	struct page *page = pfn_to_online_page(pfn);
	unsigned long word;

	return page && !PageOffline(page) &&
	       !copy_from_kernel_nofault(&word, page_address(page),
					 sizeof(word));
}

/* In place of a function that is not run. */
static notrace long done_with(void)
{
	return true;
}

static void hooked(unsigned long ip, unsigned long parent_ip,
		   struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct tsmc_guard_hook *hook =
		container_of(ops, struct tsmc_guard_hook, ops);
	struct pt_regs *regs = ftrace_get_regs(fregs);

	if (!regs || !READ_ONCE(hook->guard->armed))
		return;
	if (hook->point->before)
		hook->point->before(hook->guard, regs);
	else if (hook->point->instead(hook->guard, regs))
		ftrace_instruction_pointer_set(fregs,
					       (unsigned long)done_with);
}

static int hook_in(struct tsmc_guard_hook *hook)
{
	int ret;

	if (hook->hooked)
		return 0;
	ret = register_ftrace_function(&hook->ops);
	if (ret)
		pr_err("cannot hook %s: error %d; is kernel.ftrace_enabled off?\n",
		       hook->point->symbol, ret);
	hook->hooked = !ret;
	return ret;
}

static void unhook(struct tsmc_guard_hook *hook)
{
	if (hook->hooked)
		unregister_ftrace_function(&hook->ops);
	hook->hooked = false;
}

static int arm(struct tsmc_guard *guard)
{
	int ret, i;

	for (i = 0; i < TSMC_GUARD_HOOKS; i++) {
		ret = hook_in(&guard->hooks[i]);
		if (ret)
			return ret;
	}
	WRITE_ONCE(guard->armed, true);
	return tsmc_grant_guard_check(guard);
}

/**
 * tsmc_guard_arm - from now on touch pages before they are used
 * @guard: the guard; may be armed already
 *
 * Context: process context, may sleep.
 * Return: 0, or a negative error if pages cannot be guarded.
 */
int tsmc_guard_arm(struct tsmc_guard *guard)
{
	int ret = 0;

	mutex_lock(&guard->lock);
	if (!guard->armed) {
		ret = arm(guard);
		if (ret)
			WRITE_ONCE(guard->armed, false);
	}
	mutex_unlock(&guard->lock);
	return ret;
}

/**
 * tsmc_guard_disarm - stop touching pages
 * @guard: the guard
 *
 * The hooks stay: to take one away waits until each task of the guest has slept,
 * for many seconds in a busy guest, and who arms the guard meanwhile would wait,
 * too. Hooks that are not armed cost next to nothing.
 */
void tsmc_guard_disarm(struct tsmc_guard *guard)
{
	mutex_lock(&guard->lock);
	WRITE_ONCE(guard->armed, false);
	mutex_unlock(&guard->lock);
}

/**
 * tsmc_guard_init - find what has to be guarded, and prove that it can be
 * @guard: to set up; disarmed afterwards
 *
 * Return: 0, or a negative error if this kernel's pages cannot be guarded.
 */
int tsmc_guard_init(struct tsmc_guard *guard)
{
	int ret, i;

	mutex_init(&guard->lock);
	for (i = 0; i < TSMC_GUARD_HOOKS; i++) {
		struct tsmc_guard_hook *hook = &guard->hooks[i];
		const char *symbol = points[i]->symbol;

		hook->guard = guard;
		hook->point = points[i];
		hook->ops.func = hooked;
		hook->ops.flags = FTRACE_OPS_FL_SAVE_REGS |
				  FTRACE_OPS_FL_PERMANENT;
		if (points[i]->instead)
			hook->ops.flags |= FTRACE_OPS_FL_IPMODIFY;
		ret = ftrace_set_filter(&hook->ops, (unsigned char *)symbol,
					strlen(symbol), 1);
		if (ret) {
			pr_err("cannot guard pages: this kernel has no traceable %s\n",
			       symbol);
			goto fail;
		}
	}
	ret = tsmc_guard_arm(guard);
	if (ret)
		goto fail;
	tsmc_guard_disarm(guard);
	return 0;

fail:
	tsmc_guard_exit(guard);
	return ret;
}

/**
 * tsmc_guard_exit - take the hooks away for good
 * @guard: a disarmed guard
 */
void tsmc_guard_exit(struct tsmc_guard *guard)
{
	int i;

	for (i = 0; i < TSMC_GUARD_HOOKS; i++) {
		unhook(&guard->hooks[i]);
		ftrace_free_filter(&guard->hooks[i].ops);
	}
}
