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
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <asm/processor.h>

#include "hint_table.h"
#include "page_class.h"
#include "user_mappings.h"

/* What a signal frame with all its vector registers may take. */
#define SIGNAL_FRAME_MAX	(4 * PAGE_SIZE)
/* The x86-64 ABI lets a function use this much below its stack pointer. */
#define RED_ZONE		128

/**
 * struct walk - marking of mapped pages
 * @exec: where a scan marks, a bit per page; or NULL
 * @table: where settling marks, or NULL
 * @nr_pfns: pages there
 * @class: as what settling marks them
 */
struct walk {
	unsigned long *exec;
	struct tsmc_hint_table *table;
	unsigned long nr_pfns;
	enum tsmc_class class;
};

static void mark_in_table(const struct walk *walk, unsigned long pfn)
{
	u8 byte = walk->table->bytes[pfn];
	enum tsmc_class class = TSMC_HINT_CLASS(byte);

	if (class == TSMC_CLASS_UNKNOWN || tsmc_class_may_wait(class))
		tsmc_hint_put(walk->table, pfn, 1,
			      TSMC_HINT_BYTE(walk->class, TSMC_HINT_HEAT(byte)));
}

static void mark(const struct walk *walk, unsigned long pfn, unsigned long nr,
		 unsigned long prot)
{
	if (walk->class == TSMC_CLASS_EXEC && prot & _PAGE_NX)
		return;
	for (; nr && pfn < walk->nr_pfns; nr--, pfn++) {
		if (walk->exec)
			__set_bit(pfn, walk->exec);
		else
			mark_in_table(walk, pfn);
	}
}

static void walk_ptes(const struct walk *walk, pmd_t pmd, unsigned long addr,
		      unsigned long end)
{
	pte_t *entry = pte_offset_kernel(&pmd, addr), pte;

	for (; addr < end; addr += PAGE_SIZE, entry++) {
		pte = READ_ONCE(*entry);
		if (pte_present(pte))
			mark(walk, pte_pfn(pte), 1, pte_flags(pte));
	}
}

static void walk_pmds(const struct walk *walk, pud_t pud, unsigned long addr,
		      unsigned long end)
{
	pmd_t *entry = pmd_offset(&pud, addr), pmd;
	unsigned long next;

	for (; addr < end; addr = next, entry++) {
		next = pmd_addr_end(addr, end);
		pmd = READ_ONCE(*entry);
		if (pmd_none(pmd) || !pmd_present(pmd))
			continue;
		if (pmd_leaf(pmd))
			mark(walk, pmd_pfn(pmd) +
			     ((addr & ~PMD_MASK) >> PAGE_SHIFT),
			     (next - addr) >> PAGE_SHIFT, pmd_flags(pmd));
		else if (!pmd_bad(pmd))
			walk_ptes(walk, pmd, addr, next);
	}
}

static void walk_puds(const struct walk *walk, p4d_t p4d, unsigned long addr,
		      unsigned long end)
{
	pud_t *entry = pud_offset(&p4d, addr), pud;
	unsigned long next;

	for (; addr < end; addr = next, entry++) {
		next = pud_addr_end(addr, end);
		pud = READ_ONCE(*entry);
		if (pud_none(pud) || !pud_present(pud))
			continue;
		if (pud_leaf(pud))
			mark(walk, pud_pfn(pud) +
			     ((addr & ~PUD_MASK) >> PAGE_SHIFT),
			     (next - addr) >> PAGE_SHIFT, pud_flags(pud));
		else if (!pud_bad(pud))
			walk_pmds(walk, pud, addr, next);
	}
}

/*
 * Reads page tables without their locks: either the caller holds the mmap
 * lock and walks a mapped area, so that no table goes away, or nothing runs.
 */
static void walk_range(const struct walk *walk, struct mm_struct *mm,
		       unsigned long addr, unsigned long end)
{
	unsigned long next, stop;
	pgd_t *pgd;
	p4d_t *p4d;

	for (; addr < end; addr = next) {
		next = pgd_addr_end(addr, end);
		pgd = pgd_offset(mm, addr);
		if (pgd_none(*pgd) || pgd_bad(*pgd))
			continue;
		p4d = p4d_offset(pgd, addr);
		for (; addr < next; addr = stop, p4d++) {
			stop = p4d_addr_end(addr, next);
			if (!p4d_none(*p4d) && !p4d_bad(*p4d))
				walk_puds(walk, *p4d, addr, stop);
		}
	}
}

/* Returns false if the areas of @mm are being changed. */
static bool walk_executable(const struct walk *walk, struct mm_struct *mm)
{
	struct vm_area_struct *vma;

	VMA_ITERATOR(iter, mm, 0);

	if (!mmap_read_trylock(mm))
		return false;
	for_each_vma(iter, vma)
		if (vma->vm_flags & VM_EXEC)
			walk_range(walk, mm, vma->vm_start, vma->vm_end);
	mmap_read_unlock(mm);
	return true;
}

/* A thread of the process that still has its memory. */
static struct task_struct *thread_with_mm(struct task_struct *process)
{
	struct task_struct *thread;

	if (process->flags & PF_KTHREAD)
		return NULL;
	for_each_thread(process, thread)
		if (READ_ONCE(thread->mm))
			return thread;
	return NULL;
}

/* Collects one thread per process, with a reference each. */
static unsigned int get_processes(struct task_struct ***threads)
{
	struct task_struct *process, *thread, **list;
	unsigned int max = 0, nr = 0;

	rcu_read_lock();
	for_each_process(process)
		max++;
	rcu_read_unlock();

	list = kvmalloc_array(max, sizeof(*list), GFP_KERNEL | __GFP_NOWARN);
	*threads = list;
	if (!list)
		return 0;

	rcu_read_lock();
	for_each_process(process) {
		if (nr == max)
			break;
		thread = thread_with_mm(process);
		if (thread)
			list[nr++] = get_task_struct(thread);
	}
	rcu_read_unlock();
	return nr;
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
	const struct walk walk = {
		.exec = exec,
		.nr_pfns = nr_pfns,
		.class = TSMC_CLASS_EXEC,
	};
	struct task_struct **threads;
	struct mm_struct *mm;
	unsigned int nr, i;

	nr = get_processes(&threads);
	for (i = 0; i < nr; i++) {
		mm = READ_ONCE(*stop) ? NULL : get_task_mm(threads[i]);
		if (mm) {
			walk_executable(&walk, mm);
			mmput_async(mm);
		}
		put_task_struct(threads[i]);
		cond_resched();
	}
	kvfree(threads);
}

static void settle_range(const struct walk *walk, struct mm_struct *mm,
			 unsigned long start, unsigned long end)
{
	if (start < end && end <= TASK_SIZE_MAX)
		walk_range(walk, mm, start & PAGE_MASK, PAGE_ALIGN(end));
}

static void settle_stack(const struct walk *walk, struct task_struct *thread,
			 struct mm_struct *mm)
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
	const struct walk code = {
		.table = table,
		.nr_pfns = table->nr_pfns,
		.class = TSMC_CLASS_EXEC,
	};
	const struct walk stack = {
		.table = table,
		.nr_pfns = table->nr_pfns,
		.class = TSMC_CLASS_STACK,
	};
	struct task_struct *process, *thread;
	struct mm_struct *mm;

	rcu_read_lock();
	for_each_process(process) {
		thread = thread_with_mm(process);
		if (!thread)
			continue;
		mm = thread->mm;
		if (!walk_executable(&code, mm))
			walk_range(&code, mm, 0, TASK_SIZE_MAX);
	}
	for_each_process_thread(process, thread) {
		mm = READ_ONCE(thread->mm);
		if (mm && !(thread->flags & PF_KTHREAD))
			settle_stack(&stack, thread, mm);
	}
	rcu_read_unlock();
}
