// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to suspend that come while pages of the guest may be missing.
 *
 * tsmc-agent makes none then. Whoever else asks, with "xl save" or "xl migrate",
 * would copy a guest with holes where the missing pages belong. A device that
 * does not want to be frozen would stop that, but not without trouble for the
 * other devices; so the request is dropped before it is acted upon.
 */
#define pr_fmt(fmt) "tsmc: " fmt

#include <linux/compiler.h>
#include <linux/printk.h>

#include "suspend_guard.h"

/* do_suspend(void) */
static bool refuse(struct tsmc_guard *guard, struct pt_regs *hooked)
{
	if (!READ_ONCE(guard->incomplete))
		return false;
	pr_warn("not suspending: pages of this guest are still missing after its migration\n");
	return true;
}

const struct tsmc_guard_point tsmc_suspend_guard_point = {
	.symbol = "do_suspend", .instead = refuse,
};
