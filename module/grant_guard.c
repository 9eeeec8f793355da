// SPDX-License-Identifier: GPL-2.0-only
/*
 * Touching pages before they are granted.
 *
 * After a migration a page may be missing at first. The guest itself cannot
 * notice: its access waits in Xen until the page has come. A backend that is
 * granted a missing page gets an error instead. So, while a migration may be
 * under way, each page is read once before it is granted.
 *
 * The hooks are function tracer callbacks, not kprobes: a kprobe whose handler
 * is interrupted misses every grant made in the interrupt, and the touch
 * of a missing page is just where interrupts pile up. The tracer's recursion
 * check knows task, softirq and interrupt apart.
 */
#define pr_fmt(fmt) "tsmc: " fmt

#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <xen/grant_table.h>
#include <xen/page.h>

#include "grant_guard.h"

/* Of a frame that is no memory of ours there is nothing to touch. */
static void touch_frame(struct tsmc_grant_guard *guard, unsigned long gfn)
{
	struct page *page = pfn_to_online_page(gfn);
	unsigned long word;

	if (!page || PageOffline(page))
		return;
	if (!copy_from_kernel_nofault(&word, page_address(page), sizeof(word)))
		atomic64_inc(&guard->touches);
}

static void before_grant(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct tsmc_guard_hook *hook =
		container_of(ops, struct tsmc_guard_hook, ops);
	struct pt_regs *regs = ftrace_get_regs(fregs);

	if (regs && READ_ONCE(hook->guard->armed))
		touch_frame(hook->guard,
			    regs_get_kernel_argument(regs, hook->frame_arg));
}

static void unhook(struct tsmc_guard_hook *hook)
{
	if (hook->hooked)
		unregister_ftrace_function(&hook->ops);
	hook->hooked = false;
}

static int hook_in(struct tsmc_guard_hook *hook)
{
	int ret;

	if (hook->hooked)
		return 0;
	ret = register_ftrace_function(&hook->ops);
	if (ret)
		pr_err("cannot hook %s: error %d; is kernel.ftrace_enabled off?\n",
		       hook->symbol, ret);
	hook->hooked = !ret;
	return ret;
}

/* Takes the hooks away, unless the guard was armed again meanwhile. */
static void unhook_all(struct work_struct *work)
{
	struct tsmc_grant_guard *guard =
		container_of(work, struct tsmc_grant_guard, unhook_work);
	int i;

	mutex_lock(&guard->lock);
	for (i = 0; i < TSMC_GUARD_HOOKS && !guard->armed; i++)
		unhook(&guard->hooks[i]);
	mutex_unlock(&guard->lock);
}

/*
 * Grants a page of ours to Dom0, in each of the ways there are, for as long as
 * it takes to see that the guard touched it first.
 */
static int check_hooks(struct tsmc_grant_guard *guard)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	grant_ref_t head;
	u64 before;
	int ref, ret;

	if (!page)
		return -ENOMEM;
	ret = gnttab_alloc_grant_references(1, &head);
	if (ret)
		goto out;
	before = tsmc_grant_guard_touches(guard);
	ref = gnttab_claim_grant_reference(&head);
	gnttab_grant_foreign_access_ref(ref, 0, xen_page_to_gfn(page), 1);
	gnttab_try_end_foreign_access(ref);
	if (tsmc_grant_guard_touches(guard) == before)
		ret = -ENXIO;

	before = tsmc_grant_guard_touches(guard);
	ref = gnttab_grant_foreign_access(0, xen_page_to_gfn(page), 1);
	if (ref >= 0)
		gnttab_try_end_foreign_access(ref);
	else
		ret = ref;
	if (tsmc_grant_guard_touches(guard) == before)
		ret = -ENXIO;
out:
	__free_page(page);
	if (ret)
		pr_err("the grant guard does not see grants: error %d\n", ret);
	return ret;
}

/**
 * tsmc_grant_guard_arm - from now on touch pages before they are granted
 * @guard: the guard; may be armed already
 *
 * Context: process context, may sleep.
 * Return: 0, or a negative error if pages cannot be guarded.
 */
int tsmc_grant_guard_arm(struct tsmc_grant_guard *guard)
{
	int ret = 0, i;

	mutex_lock(&guard->lock);
	if (!guard->armed) {
		for (i = 0; i < TSMC_GUARD_HOOKS && !ret; i++)
			ret = hook_in(&guard->hooks[i]);
		if (!ret) {
			WRITE_ONCE(guard->armed, true);
			ret = check_hooks(guard);
		}
		if (ret) {
			WRITE_ONCE(guard->armed, false);
			schedule_work(&guard->unhook_work);
		}
	}
	mutex_unlock(&guard->lock);
	return ret;
}

/**
 * tsmc_grant_guard_disarm - stop touching pages
 * @guard: the guard
 *
 * The hooks go a little later: that has to wait for every task of the guest,
 * and the caller may have other watches to attend to.
 */
void tsmc_grant_guard_disarm(struct tsmc_grant_guard *guard)
{
	mutex_lock(&guard->lock);
	WRITE_ONCE(guard->armed, false);
	mutex_unlock(&guard->lock);
	schedule_work(&guard->unhook_work);
}

/**
 * tsmc_grant_guard_init - find what has to be guarded, and prove that it can be
 * @guard: to set up; disarmed afterwards
 *
 * Return: 0, or a negative error if this kernel's grants cannot be guarded.
 */
int tsmc_grant_guard_init(struct tsmc_grant_guard *guard)
{
	static const struct {
		const char *symbol;
		unsigned int frame_arg;
	} grants[TSMC_GUARD_HOOKS] = {
		{ "gnttab_grant_foreign_access_ref", 2 },
		{ "gnttab_grant_foreign_access", 1 },
	};
	int ret, i;

	mutex_init(&guard->lock);
	INIT_WORK(&guard->unhook_work, unhook_all);
	for (i = 0; i < TSMC_GUARD_HOOKS; i++) {
		struct tsmc_guard_hook *hook = &guard->hooks[i];

		hook->guard = guard;
		hook->symbol = grants[i].symbol;
		hook->frame_arg = grants[i].frame_arg;
		hook->ops.func = before_grant;
		hook->ops.flags = FTRACE_OPS_FL_SAVE_REGS |
				  FTRACE_OPS_FL_PERMANENT;
		ret = ftrace_set_filter(&hook->ops,
					(unsigned char *)hook->symbol,
					strlen(hook->symbol), 1);
		if (ret) {
			pr_err("cannot guard grants: this kernel has no traceable %s\n",
			       hook->symbol);
			goto fail;
		}
	}
	ret = tsmc_grant_guard_arm(guard);
	if (ret)
		goto fail;
	tsmc_grant_guard_disarm(guard);
	return 0;

fail:
	tsmc_grant_guard_exit(guard);
	return ret;
}

/**
 * tsmc_grant_guard_exit - take the hooks away for good
 * @guard: a disarmed guard
 */
void tsmc_grant_guard_exit(struct tsmc_grant_guard *guard)
{
	int i;

	flush_work(&guard->unhook_work);
	for (i = 0; i < TSMC_GUARD_HOOKS; i++)
		ftrace_free_filter(&guard->hooks[i].ops);
}
