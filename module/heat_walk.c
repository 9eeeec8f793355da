// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processor sets the accessed bit of an entry when it loads it to
 * translate an address. Taking the bit and looking for it again later tells
 * whether the page was touched meanwhile. Entries of the level above have one,
 * too: where it is not set nothing below was touched, and 512 entries need not
 * be looked at.
 *
 * Reclaim lives on the same bits. What is taken is remembered, and given back:
 * then reclaim finds each bit as it would have been without us.
 *
 * Dirty bits are read and never cleared: one that got lost would be lost data.
 */
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <asm/invpcid.h>
#include <asm/special_insns.h>

#include "heat_walk.h"

/* A huge entry has one bit for all its pages. */
static void take_entry(struct tsmc_heat_walk *walk, unsigned long *entry,
		       unsigned long pfn, unsigned long nr)
{
	bool dirty = READ_ONCE(*entry) & _PAGE_DIRTY;

	if (pfn >= walk->nr_pfns ||
	    !test_and_clear_bit(_PAGE_BIT_ACCESSED, entry))
		return;
	nr = min(nr, walk->nr_pfns - pfn);
	bitmap_set(walk->seen, pfn, nr);
	bitmap_set(walk->owed, pfn, nr);
	if (dirty)
		bitmap_set(walk->written, pfn, nr);
}

static bool give_entry(struct tsmc_heat_walk *walk, unsigned long *entry,
		       unsigned long pfn)
{
	if (pfn >= walk->nr_pfns || !test_bit(pfn, walk->owed))
		return false;
	if (!test_and_set_bit(_PAGE_BIT_ACCESSED, entry))
		walk->given++;
	return true;
}

/* Returns whether an entry was given its bit back. */
static bool walk_ptes(struct tsmc_heat_walk *walk, struct mm_struct *mm,
		      pmd_t *pmd, unsigned long addr, unsigned long end,
		      bool give)
{
	bool given = false;
	spinlock_t *lock;
	pte_t *first, *entry, pte;

	first = pte_offset_map_lock(mm, pmd, addr, &lock);
	for (entry = first; addr < end; addr += PAGE_SIZE, entry++) {
		pte = READ_ONCE(*entry);
		if (!pte_present(pte) || pte_special(pte))
			continue;
		if (give)
			given |= give_entry(walk, (unsigned long *)&entry->pte,
					    pte_pfn(pte));
		else
			take_entry(walk, (unsigned long *)&entry->pte,
				   pte_pfn(pte), 1);
	}
	pte_unmap_unlock(first, lock);
	return given;
}

static void walk_huge(struct tsmc_heat_walk *walk, struct mm_struct *mm,
		      pmd_t *entry, bool give)
{
	spinlock_t *lock = pmd_lock(mm, entry);
	pmd_t pmd = READ_ONCE(*entry);

	/* It may have been split while the lock was not held. */
	if (pmd_present(pmd) && pmd_leaf(pmd)) {
		if (give)
			give_entry(walk, (unsigned long *)&entry->pmd,
				   pmd_pfn(pmd));
		else
			take_entry(walk, (unsigned long *)&entry->pmd,
				   pmd_pfn(pmd), PTRS_PER_PTE);
	}
	spin_unlock(lock);
}

static void walk_table(struct tsmc_heat_walk *walk, struct mm_struct *mm,
		       pmd_t *entry, unsigned long addr, unsigned long end,
		       bool give)
{
	unsigned long *bits = (unsigned long *)&entry->pmd;

	/*
	 * The bit of the table goes first: what is touched while the table is
	 * read sets it again. An area that covers only a part of the table must
	 * not hide the rest.
	 */
	if (!give && arch_has_hw_nonleaf_pmd_young()) {
		if (!test_bit(_PAGE_BIT_ACCESSED, bits))
			return;
		if (end - addr == PMD_SIZE)
			clear_bit(_PAGE_BIT_ACCESSED, bits);
	}
	if (walk_ptes(walk, mm, entry, addr, end, give))
		set_bit(_PAGE_BIT_ACCESSED, bits);
}

static void walk_pmds(struct tsmc_heat_walk *walk, struct mm_struct *mm,
		      pud_t *pud, unsigned long addr, unsigned long end,
		      bool give)
{
	pmd_t *entry = pmd_offset(pud, addr), pmd;
	unsigned long next;

	for (; addr < end; addr = next, entry++) {
		next = pmd_addr_end(addr, end);
		pmd = READ_ONCE(*entry);
		if (!pmd_present(pmd))
			continue;
		if (pmd_leaf(pmd))
			walk_huge(walk, mm, entry, give);
		else if (!pmd_bad(pmd))
			walk_table(walk, mm, entry, addr, next, give);
		cond_resched();
	}
}

static void walk_area(struct tsmc_heat_walk *walk, struct mm_struct *mm,
		      unsigned long addr, unsigned long end, bool give)
{
	unsigned long next;
	pgd_t *pgd;
	p4d_t *p4d;
	pud_t *pud;

	for (; addr < end; addr = next) {
		next = pud_addr_end(addr, end);
		pgd = pgd_offset(mm, addr);
		if (pgd_none(*pgd) || pgd_bad(*pgd))
			continue;
		p4d = p4d_offset(pgd, addr);
		if (p4d_none(*p4d) || p4d_bad(*p4d))
			continue;
		pud = pud_offset(p4d, addr);
		/* Pages of 1 GiB say nothing of use about any of their parts. */
		if (pud_present(*pud) && !pud_leaf(*pud) && !pud_bad(*pud))
			walk_pmds(walk, mm, pud, addr, next, give);
	}
}

/* A process whose areas are being changed is left to the next walk. */
static void walk_mm(struct tsmc_heat_walk *walk, struct mm_struct *mm, bool give)
{
	struct vm_area_struct *vma;

	VMA_ITERATOR(iter, mm, 0);

	if (!mmap_read_trylock(mm))
		return;
	for_each_vma(iter, vma)
		if (!(vma->vm_flags & (VM_PFNMAP | VM_IO)))
			walk_area(walk, mm, vma->vm_start, vma->vm_end, give);
	mmap_read_unlock(mm);
}

/**
 * tsmc_heat_walk_take - take the accessed bits of a process
 * @mm: its memory
 * @walk: struct tsmc_heat_walk
 *
 * Context: process context, may sleep.
 */
void tsmc_heat_walk_take(struct mm_struct *mm, void *walk)
{
	walk_mm(walk, mm, false);
}

/**
 * tsmc_heat_walk_give - give back the accessed bits that are owed to a process
 * @mm: its memory
 * @walk: struct tsmc_heat_walk
 *
 * Context: process context, may sleep.
 */
void tsmc_heat_walk_give(struct mm_struct *mm, void *walk)
{
	walk_mm(walk, mm, true);
}

static void flush_translations(void *unused)
{
	if (this_cpu_has(X86_FEATURE_INVPCID))
		invpcid_flush_all_nonglobals();
	else
		native_write_cr3(__native_read_cr3());
}

/**
 * tsmc_heat_walk_flush - make processors load entries anew
 *
 * One that has an entry at hand still does not set its accessed bit.
 *
 * Context: process context, may sleep.
 */
void tsmc_heat_walk_flush(void)
{
	on_each_cpu(flush_translations, NULL, true);
}
