// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that cannot wait because of how a process uses them.
 *
 * Executable pages are found in the page tables below executable areas: this
 * finds code that a process wrote itself, too. Stacks are found from each
 * thread's saved registers: the next signal frame or exception is pushed
 * below its stack pointer with instructions that Xen cannot emulate.
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <asm/processor.h>

#include "hint_table.h"
#include "page_class.h"
#include "page_walk.h"
#include "processes.h"
#include "user_mappings.h"

/* What a signal frame with all its vector registers may take. */
#define SIGNAL_FRAME_MAX	(4 * PAGE_SIZE)
/* The x86-64 ABI lets a function use this much below its stack pointer. */
#define RED_ZONE		128

/**
 * struct exec_walk - finding executable pages beside a running guest
 * @walk: the walk
 * @exec: a bit per page, set for these
 * @nr_pfns: bits there
 */
struct exec_walk {
	struct tsmc_page_walk walk;
	unsigned long *exec;
	unsigned long nr_pfns;
};

/**
 * struct table_walk - marking of pages in the table
 * @walk: the walk
 * @table: the table
 * @class: what pages are marked as if they could have waited
 */
struct table_walk {
	struct tsmc_page_walk walk;
	struct tsmc_hint_table *table;
	enum tsmc_class class;
};

static void set_exec(const struct tsmc_page_walk *walk, unsigned long pfn,
		     unsigned long nr, unsigned long prot)
{
	const struct exec_walk *to = container_of(walk, struct exec_walk, walk);

	if (prot & _PAGE_NX)
		return;
	for (; nr && pfn < to->nr_pfns; nr--, pfn++)
		__set_bit(pfn, to->exec);
}

static void mark(const struct tsmc_page_walk *walk, unsigned long pfn,
		 unsigned long nr, unsigned long prot)
{
	const struct table_walk *to =
		container_of(walk, struct table_walk, walk);
	struct tsmc_hint_table *table = to->table;
	enum tsmc_class class;
	u8 byte;

	if (to->class == TSMC_CLASS_EXEC && prot & _PAGE_NX)
		return;
	for (; nr && pfn < table->nr_pfns; nr--, pfn++) {
		byte = table->bytes[pfn];
		class = TSMC_HINT_CLASS(byte);
		if (class == TSMC_CLASS_UNKNOWN || tsmc_class_may_wait(class))
			tsmc_hint_put(table, pfn, 1,
				      TSMC_HINT_BYTE(to->class,
						     TSMC_HINT_HEAT(byte)));
	}
}

/* Returns false if the areas of @mm are being changed. */
static bool walk_executable(const struct tsmc_page_walk *walk,
			    struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	VMA_ITERATOR(iter, mm, 0);

	if (!mmap_read_trylock(mm))
		return false;
	for_each_vma(iter, vma)
		if (vma->vm_flags & VM_EXEC)
			tsmc_page_walk(walk, mm, vma->vm_start, vma->vm_end);
	mmap_read_unlock(mm);
	return true;
}

static void scan_executable(struct mm_struct *mm, void *code)
{
	const struct exec_walk *to = code;

	walk_executable(&to->walk, mm);
}

/**
 * tsmc_user_mappings_scan - find the executable pages of a running guest
 * @exec: a bit per page, set for these
 * @nr_pfns: bits there
 * @stop: ends the scan early once true
 *
 * A process whose areas are being changed, or that was born meanwhile, is
 * left to the next scan or to tsmc_user_mappings_settle().
 *
 * Context: process context, may sleep.
 */
void tsmc_user_mappings_scan(unsigned long *exec, unsigned long nr_pfns,
			     const bool *stop)
{
	struct exec_walk code = {
		.walk.found = set_exec,
		.exec = exec,
		.nr_pfns = nr_pfns,
	};

	tsmc_visit_each_mm(scan_executable, &code, stop);
}

static void settle_range(const struct tsmc_page_walk *walk, struct mm_struct *mm,
			 unsigned long start, unsigned long end)
{
	if (start < end && end <= TASK_SIZE_MAX)
		tsmc_page_walk(walk, mm, start & PAGE_MASK, PAGE_ALIGN(end));
}

static void settle_stack(const struct tsmc_page_walk *walk,
			 struct task_struct *thread, struct mm_struct *mm)
{
	unsigned long sp = task_pt_regs(thread)->sp;
	unsigned long below = RED_ZONE + SIGNAL_FRAME_MAX;
	unsigned long alt = thread->sas_ss_sp, size = thread->sas_ss_size;

	if (sp > below)
		settle_range(walk, mm, sp - below,
			     (sp & PAGE_MASK) + 2 * PAGE_SIZE);
	if (alt && size && alt + size > alt)
		settle_range(walk, mm, alt + size - min(size, SIGNAL_FRAME_MAX),
			     alt + size);
}

/**
 * tsmc_user_mappings_settle - mark executable pages and stacks, exactly
 * @table: a table that tsmc_classify_settle() has been through
 *
 * Where a process was stopped while it changed its areas, these cannot be
 * relied on: then all its page tables are walked and the entries believed.
 *
 * Context: one CPU runs this with interrupts off, all others are stopped.
 */
void tsmc_user_mappings_settle(struct tsmc_hint_table *table)
{
	const struct table_walk code = {
		.walk.found = mark,
		.table = table,
		.class = TSMC_CLASS_EXEC,
	};
	const struct table_walk stack = {
		.walk.found = mark,
		.table = table,
		.class = TSMC_CLASS_STACK,
	};
	struct task_struct *process, *thread;
	struct mm_struct *mm;

	rcu_read_lock();
	for_each_process(process) {
		thread = tsmc_thread_with_mm(process);
		if (!thread)
			continue;
		mm = thread->mm;
		if (!walk_executable(&code.walk, mm))
			tsmc_page_walk(&code.walk, mm, 0, TASK_SIZE_MAX);
	}
	for_each_process_thread(process, thread) {
		mm = READ_ONCE(thread->mm);
		if (mm && !(thread->flags & PF_KTHREAD))
			settle_stack(&stack.walk, thread, mm);
	}
	rcu_read_unlock();
}
