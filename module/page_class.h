/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what a struct page says to what the page is: pure decisions.
 *
 * Nothing here looks anything up or has a side effect, so that the rules can be
 * compiled and tested outside the kernel. The PG_* and PAGE_MAPPING_* names
 * come from <linux/page-flags.h>, or from the test that includes this.
 */
#ifndef TSMC_PAGE_CLASS_H
#define TSMC_PAGE_CLASS_H

#include <linux/tsmc_hint.h>

#include "heat_step.h"

#define TSMC_PG(name) (1UL << PG_##name)

/**
 * struct tsmc_page_facts - what is read from a page in use
 * @flags: page flags; of the head page if compound
 * @mapping: the mapping word with its low bits
 * @refs: references
 * @maps: page table entries that map it, over all its parts if compound
 * @parts: pages that it consists of
 * @hugetlb: belongs to hugetlbfs, hence is on no LRU list
 */
struct tsmc_page_facts {
	unsigned long flags;
	unsigned long mapping;
	long refs;
	long maps;
	long parts;
	bool hugetlb;
};

/**
 * tsmc_page_is_clean - is a page of a file's cache as its disk has it?
 * @facts: what was read from it
 *
 * As far as the page itself tells: whether there is a disk is for its file
 * to say. Large folios are left alone, as are pages that somebody maps.
 */
static inline bool tsmc_page_is_clean(const struct tsmc_page_facts *facts)
{
	return facts->flags & TSMC_PG(uptodate) && facts->parts == 1 &&
	       !facts->maps &&
	       !(facts->flags & (TSMC_PG(dirty) | TSMC_PG(error) |
				 TSMC_PG(mlocked) | TSMC_PG(unevictable) |
				 TSMC_PG(private_2)));
}

/**
 * tsmc_page_class - class of a page that is neither free nor a typed page
 * @facts: what was read from it
 *
 * A page may wait only if every reference to it is accounted for by the page
 * tables, the page cache, private file system data or the per-CPU batch of
 * an anonymous page that is about to be put on its LRU list. Any other
 * reference may be a device's, so the page counts as pinned. Memory that
 * mlock() or SHM_LOCK keeps from being swapped out may wait like any other:
 * that is a promise about time, and the guest has just stood still.
 *
 * Return: its class.
 */
static inline enum tsmc_class
tsmc_page_class(const struct tsmc_page_facts *facts)
{
	const unsigned long flags = facts->flags;
	const bool anon = facts->mapping & PAGE_MAPPING_ANON;
	long expected = facts->maps;

	if (flags & (TSMC_PG(reserved) | TSMC_PG(slab) | TSMC_PG(hwpoison)))
		return TSMC_CLASS_KERNEL;
	if (!anon && (!facts->mapping ||
		      facts->mapping & PAGE_MAPPING_MOVABLE))
		return TSMC_CLASS_KERNEL;
	if (flags & (TSMC_PG(locked) | TSMC_PG(writeback)))
		return TSMC_CLASS_PINNED;

	if (anon) {
		if (flags & TSMC_PG(swapcache))
			return TSMC_CLASS_PINNED;
		if (!(flags & TSMC_PG(lru)) && !facts->hugetlb)
			expected++;
	} else {
		if (!(flags & TSMC_PG(lru)) && !facts->hugetlb)
			return TSMC_CLASS_PINNED;
		expected += facts->hugetlb ? 1 : facts->parts;
	}
	if (flags & (TSMC_PG(private) | TSMC_PG(private_2)))
		expected++;
	if (facts->refs != expected)
		return TSMC_CLASS_PINNED;

	if (anon)
		return TSMC_CLASS_ANON;
	if (flags & TSMC_PG(swapbacked) || facts->hugetlb)
		return TSMC_CLASS_SHMEM;
	return tsmc_page_is_clean(facts) ? TSMC_CLASS_CACHE : TSMC_CLASS_FILE;
}

/**
 * tsmc_page_heat - coarse heat from the state that the LRU lists keep
 * @flags: page flags; of the head page if compound
 *
 * For pages that nothing better is known of: those that no process maps, and
 * those that no sample has seen yet. It tells warm from cold, and never calls
 * a page hot.
 *
 * Return: TSMC_HEAT_COLD to TSMC_HEAT_HOT - 1.
 */
static inline unsigned int tsmc_page_heat(unsigned long flags)
{
	unsigned int heat = TSMC_HEAT_COLD;

	if (flags & TSMC_PG(active))
		heat += 3;
	if (flags & TSMC_PG(referenced))
		heat += 2;
	if (flags & TSMC_PG(workingset))
		heat += 1;
	return heat;
}

/**
 * tsmc_class_may_wait - may the guest resume while such a page is missing?
 * @class: what the page is
 */
static inline bool tsmc_class_may_wait(enum tsmc_class class)
{
	return class == TSMC_CLASS_FREE || class == TSMC_CLASS_ANON ||
	       class == TSMC_CLASS_FILE || class == TSMC_CLASS_SHMEM ||
	       class == TSMC_CLASS_CACHE;
}

#endif /* TSMC_PAGE_CLASS_H */
