// SPDX-License-Identifier: GPL-2.0-only
/*
 * Touching pages before they are granted: the two functions of the kernel
 * through which every frontend grants.
 */
#define pr_fmt(fmt) "tsmc: " fmt

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <xen/grant_table.h>
#include <xen/page.h>

#include "grant_guard.h"

/* The hooks take their arguments from registers: they had better be these. */
static_assert(__same_type(gnttab_grant_foreign_access_ref,
			  void (grant_ref_t, domid_t, unsigned long, int)));
static_assert(__same_type(gnttab_grant_foreign_access,
			  int (domid_t, unsigned long, int)));

static void touch_granted(struct tsmc_guard *guard, unsigned long gfn)
{
	/* Guest frame numbers are pfns where Xen translates them. */
	if (tsmc_guard_touch(gfn))
		atomic64_inc(&guard->grant_touches);
}

static void before_grant_ref(struct tsmc_guard *guard, struct pt_regs *regs)
{
	touch_granted(guard, regs_get_kernel_argument(regs, 2));
}

static void before_grant(struct tsmc_guard *guard, struct pt_regs *regs)
{
	touch_granted(guard, regs_get_kernel_argument(regs, 1));
}

const struct tsmc_guard_point tsmc_grant_guard_points[2] = {
	{ "gnttab_grant_foreign_access_ref", before_grant_ref },
	{ "gnttab_grant_foreign_access", before_grant },
};

/**
 * tsmc_grant_guard_check - prove that grants are guarded
 * @guard: an armed guard
 *
 * Grants a page of ours to Dom0, in each of the ways there are, for as long as
 * it takes to see that it was touched first.
 *
 * Context: process context, may sleep.
 * Return: 0, or a negative error if grants are not seen.
 */
int tsmc_grant_guard_check(struct tsmc_guard *guard)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	grant_ref_t head;
	int ref, ret;
	s64 before;

	if (!page)
		return -ENOMEM;
	ret = gnttab_alloc_grant_references(1, &head);
	if (ret)
		goto out;
	before = atomic64_read(&guard->grant_touches);
	ref = gnttab_claim_grant_reference(&head);
	gnttab_grant_foreign_access_ref(ref, 0, xen_page_to_gfn(page), 1);
	gnttab_try_end_foreign_access(ref);
	if (atomic64_read(&guard->grant_touches) == before)
		ret = -ENXIO;

	before = atomic64_read(&guard->grant_touches);
	ref = gnttab_grant_foreign_access(0, xen_page_to_gfn(page), 1);
	if (ref >= 0)
		gnttab_try_end_foreign_access(ref);
	else
		ret = ref;
	if (atomic64_read(&guard->grant_touches) == before)
		ret = -ENXIO;
out:
	__free_page(page);
	if (ret)
		pr_err("the guard does not see grants: error %d\n", ret);
	return ret;
}
