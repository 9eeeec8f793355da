// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processors that stand still while pages of the guest may be missing.
 *
 * One that comes to a missing page waits in Xen, for as long as the link takes;
 * when the link is lost the guest is paused, for as long as that takes. The
 * guest's clock goes on meanwhile. The watchdog looks at it when the processor
 * goes on, before anything else has run there, and would report a soft lockup
 * after 20 s of that, or panic where kernel.softlockup_panic is set.
 */
#include <linux/compiler.h>
#include <linux/nmi.h>

#include "watchdog_guard.h"

/* watchdog_timer_fn(struct hrtimer *), on each processor every 4 s */
static void excuse(struct tsmc_guard *guard, struct pt_regs *hooked)
{
	if (READ_ONCE(guard->incomplete))
		touch_softlockup_watchdog();
}

const struct tsmc_guard_point tsmc_watchdog_guard_point = {
	.symbol = "watchdog_timer_fn", .before = excuse,
};
