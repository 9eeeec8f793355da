// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walking page tables by hand: the kernel's own walkers are not for modules.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>

#include "page_walk.h"

static void walk_ptes(const struct tsmc_page_walk *walk, pmd_t pmd,
		      unsigned long addr, unsigned long end)
{
	pte_t *entry = pte_offset_kernel(&pmd, addr), pte;

	for (; addr < end; addr += PAGE_SIZE, entry++) {
		pte = READ_ONCE(*entry);
		if (pte_present(pte))
			walk->found(walk, pte_pfn(pte), 1, pte_flags(pte));
	}
}

static void walk_pmds(const struct tsmc_page_walk *walk, pud_t pud,
		      unsigned long addr, unsigned long end)
{
	pmd_t *entry = pmd_offset(&pud, addr), pmd;
	unsigned long next;

	for (; addr < end; addr = next, entry++) {
		next = pmd_addr_end(addr, end);
		pmd = READ_ONCE(*entry);
		if (pmd_none(pmd) || !pmd_present(pmd))
			continue;
		if (pmd_leaf(pmd))
			walk->found(walk, pmd_pfn(pmd) +
				    ((addr & ~PMD_MASK) >> PAGE_SHIFT),
				    (next - addr) >> PAGE_SHIFT,
				    pmd_flags(pmd));
		else if (!pmd_bad(pmd))
			walk_ptes(walk, pmd, addr, next);
	}
}

static void walk_puds(const struct tsmc_page_walk *walk, p4d_t p4d,
		      unsigned long addr, unsigned long end)
{
	pud_t *entry = pud_offset(&p4d, addr), pud;
	unsigned long next;

	for (; addr < end; addr = next, entry++) {
		next = pud_addr_end(addr, end);
		pud = READ_ONCE(*entry);
		if (pud_none(pud) || !pud_present(pud))
			continue;
		if (pud_leaf(pud))
			walk->found(walk, pud_pfn(pud) +
				    ((addr & ~PUD_MASK) >> PAGE_SHIFT),
				    (next - addr) >> PAGE_SHIFT,
				    pud_flags(pud));
		else if (!pud_bad(pud))
			walk_pmds(walk, pud, addr, next);
	}
}

/**
 * tsmc_page_walk - visit what is mapped in a range of addresses
 * @walk: what to do with it
 * @mm: the process's memory
 * @addr: the first address, on a page
 * @end: the address behind the last, on a page
 *
 * Page tables are read without their locks: either the caller holds the mmap
 * lock and walks a mapped area, so that no table goes away, or nothing runs.
 *
 * Context: any.
 */
void tsmc_page_walk(const struct tsmc_page_walk *walk, struct mm_struct *mm,
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
