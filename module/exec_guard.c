// SPDX-License-Identifier: GPL-2.0-only
/*
 * Touching pages before they can be executed.
 *
 * Pages that are mapped executable when the guest suspends never are missing.
 * Others may become executable later, without anybody reading them first: a
 * page of a file is mapped by a fault, or a mapped page is made executable by
 * mprotect. Xen cannot fetch an instruction from a missing page.
 */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/nmi.h>
#include <linux/ptrace.h>
#include <linux/rmap.h>

#include "exec_guard.h"
#include "page_walk.h"

/* The hooks take their arguments from registers: they had better be these. */
static_assert(__same_type(page_add_file_rmap,
			  void (struct page *, struct vm_area_struct *, bool)));
static_assert(__same_type(mprotect_fixup,
			  int (struct mmu_gather *, struct vm_area_struct *,
			       struct vm_area_struct **, unsigned long,
			       unsigned long, unsigned long)));

/**
 * struct touch_walk - touching of all that is mapped in a range
 * @walk: the walk
 * @guard: counts what was touched
 */
struct touch_walk {
	struct tsmc_page_walk walk;
	struct tsmc_guard *guard;
};

static void touch_executable(struct tsmc_guard *guard, unsigned long pfn,
			     unsigned long nr)
{
	for (; nr; nr--, pfn++)
		if (tsmc_guard_touch(pfn))
			atomic64_inc(&guard->exec_touches);
}

/* page_add_file_rmap(page, vma, compound): the entry is not set yet. */
static void before_file_mapping(struct tsmc_guard *guard, struct pt_regs *regs)
{
	struct page *page = (void *)regs_get_kernel_argument(regs, 0);
	struct vm_area_struct *vma = (void *)regs_get_kernel_argument(regs, 1);
	bool compound = (bool)regs_get_kernel_argument(regs, 2);

	if (vma->vm_flags & VM_EXEC)
		touch_executable(guard, page_to_pfn(page),
				 compound ? compound_nr(page) : 1);
}

static void touch_found(const struct tsmc_page_walk *walk, unsigned long pfn,
			unsigned long nr, unsigned long prot)
{
	const struct touch_walk *to =
		container_of(walk, struct touch_walk, walk);

	touch_executable(to->guard, pfn, nr);
	/* Each page may have to come from another machine. */
	touch_nmi_watchdog();
}

/* mprotect_fixup(tlb, vma, pprev, start, end, flags): mmap lock held. */
static void before_protection(struct tsmc_guard *guard, struct pt_regs *regs)
{
	struct vm_area_struct *vma = (void *)regs_get_kernel_argument(regs, 1);
	const struct touch_walk to = {
		.walk.found = touch_found,
		.guard = guard,
	};

	if (regs_get_kernel_argument(regs, 5) & VM_EXEC &&
	    !(vma->vm_flags & VM_EXEC))
		tsmc_page_walk(&to.walk, vma->vm_mm,
			       regs_get_kernel_argument(regs, 3),
			       regs_get_kernel_argument(regs, 4));
}

const struct tsmc_guard_point tsmc_exec_guard_points[2] = {
	{ "page_add_file_rmap", before_file_mapping },
	{ "mprotect_fixup", before_protection },
};
