// SPDX-License-Identifier: GPL-2.0-only
/*
 * What every page is, read from struct page and the allocator's own lists.
 *
 * A scan runs beside the guest and is a little wrong about pages that change
 * meanwhile, except that a page it calls free was free at some moment after
 * the scan began. Settling runs while nothing else does, and is exact for
 * every page that may be missing at resume: it looks again at all pages but
 * those that the table holds to be the kernel's or executable. These cannot
 * wait, whatever they have become since, and that is always safe to say.
 */
#include <linux/hugetlb.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/nmi.h>
#include <linux/nodemask.h>
#include <linux/page-flags.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "classify.h"
#include "clean_cache.h"
#include "hint_table.h"
#include "page_class.h"

/* A word of table bytes that settling leaves alone. */
#define KERNEL_WORD (0x0101010101010101ULL * TSMC_CLASS_KERNEL)

/**
 * struct look - one pass over the pages, or what it saw last
 * @table: where the pass writes
 * @settle: the rest of the guest stands still
 * @free: what to call pages that the buddy allocator holds free
 * @cache: page cache that the disk has too is a class of its own
 * @exec: a bit for each executable page, or NULL if that comes later
 * @class: what the page looked at is
 * @warmth: its heat as far as the LRU lists know, in table form
 * @unmapped: no process maps it, so nothing else knows
 */
struct look {
	struct tsmc_hint_table *table;
	bool settle;
	enum tsmc_class free;
	bool cache;
	const unsigned long *exec;
	enum tsmc_class class;
	unsigned int warmth;
	bool unmapped;
};

/* A page whose content poisoning has to preserve is not free of content. */
static enum tsmc_class free_class(void)
{
	return tsmc_classify_free_known() ? TSMC_CLASS_FREE :
					    TSMC_CLASS_KERNEL;
}

/*
 * Length of the free block that starts at @page, or 0. Beside a running
 * guest only the zone's lock makes the order of a free block readable.
 */
static unsigned long free_block(const struct look *look, struct page *page)
{
	unsigned long flags = 0, order, nr = 0;
	struct zone *zone;

	if (look->settle) {
		order = page_private(page);
		return order < MAX_ORDER ? 1UL << order : 0;
	}

	zone = page_zone(page);
	spin_lock_irqsave(&zone->lock, flags);
	if (PageBuddy(page)) {
		order = page_private(page);
		if (order < MAX_ORDER)
			nr = 1UL << order;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	return nr;
}

/*
 * Page table entries that map any part of a large folio. A huge mapping and
 * mappings of parts together are marked by the double map flag, and for file
 * pages the parts count the huge mappings too.
 */
static long large_maps(struct page *head, long parts, bool anon, bool hugetlb)
{
	long whole = atomic_read(compound_mapcount_ptr(head)) + 1;
	bool both = PageDoubleMap(head);
	long maps = whole, i;

	if (hugetlb || (anon && whole > 0 && !both))
		return whole;
	for (i = 0; i < parts; i++)
		maps += atomic_read(&head[i]._mapcount) + 1;
	if (!anon)
		return maps - whole * parts;
	return both ? maps - parts : maps;
}

static enum tsmc_class typed_class(struct page *page)
{
	/* The balloon driver gave the memory behind an offline page back. */
	return PageOffline(page) ? TSMC_CLASS_NOPAGE : TSMC_CLASS_KERNEL;
}

/*
 * What a page of page cache belongs to can be looked at only while nothing
 * changes. A scan takes the page's word for it, since the settling looks again.
 */
static bool is_cache(const struct look *look, struct page *page)
{
	return look->cache && (!look->settle || tsmc_clean_cache(page));
}

static void describe(struct look *look, struct page *page,
		     const struct tsmc_page_facts *facts)
{
	look->class = tsmc_page_class(facts);
	if (look->class == TSMC_CLASS_CACHE && !is_cache(look, page))
		look->class = TSMC_CLASS_FILE;
	look->warmth = tsmc_page_heat(facts->flags);
	look->unmapped = !facts->maps;
}

/* Describes the rest of a compound page, from @page on. */
static unsigned long look_compound(struct look *look, struct page *page)
{
	struct page *head = compound_head(page);
	unsigned int order = compound_order(head);
	struct tsmc_page_facts facts = { };
	unsigned long nr;

	/* Beside a running guest it may be coming apart under our eyes. */
	look->class = TSMC_CLASS_UNKNOWN;
	if (order > PUD_SHIFT - PAGE_SHIFT)
		return 1;
	nr = 1UL << order;
	if (page < head || page >= head + nr)
		return 1;
	nr -= page - head;

	if (!page_ref_count(head))
		return nr;
	if (PageSlab(head)) {
		look->class = TSMC_CLASS_KERNEL;
		return nr;
	}
	if (page_has_type(head)) {
		look->class = typed_class(head);
		return nr;
	}
	facts.flags = READ_ONCE(head->flags);
	facts.mapping = (unsigned long)READ_ONCE(head->mapping);
	facts.refs = page_ref_count(head);
	facts.parts = 1L << order;
	if (facts.mapping) {
		facts.hugetlb = PageHuge(head);
		facts.maps = large_maps(head, facts.parts,
					facts.mapping & PAGE_MAPPING_ANON,
					facts.hugetlb);
	}
	describe(look, head, &facts);
	return nr;
}

/* Describes @page in @look; returns for how many pages this holds. */
static unsigned long look_at(struct look *look, struct page *page)
{
	struct tsmc_page_facts facts = { .parts = 1 };
	unsigned long nr;

	if (PageBuddy(page)) {
		nr = free_block(look, page);
		look->class = nr ? look->free : TSMC_CLASS_UNKNOWN;
		return max(nr, 1UL);
	}
	facts.flags = READ_ONCE(page->flags);
	if (facts.flags & TSMC_PG(reserved)) {
		look->class = TSMC_CLASS_KERNEL;
		return 1;
	}
	if (PageCompound(page))
		return look_compound(look, page);
	if (page_has_type(page)) {
		look->class = typed_class(page);
		return 1;
	}
	facts.refs = page_ref_count(page);
	if (!facts.refs) {
		/* On a per-CPU free list, or inside a block of the kernel. */
		look->class = TSMC_CLASS_UNKNOWN;
		return 1;
	}
	facts.mapping = (unsigned long)READ_ONCE(page->mapping);
	facts.maps = atomic_read(&page->_mapcount) + 1;
	describe(look, page, &facts);
	return 1;
}

/* A page that was in use before keeps the heat that samples gave it. */
static void put_used(const struct look *look, unsigned long pfn)
{
	u8 old = look->table->bytes[pfn];
	enum tsmc_class class = look->class;
	unsigned int heat = look->warmth;

	if (look->exec && tsmc_class_may_wait(class) &&
	    test_bit(pfn, look->exec))
		class = TSMC_CLASS_EXEC;
	if (!look->unmapped && tsmc_class_has_heat(TSMC_HINT_CLASS(old)))
		heat = TSMC_HINT_HEAT(old);
	tsmc_hint_put(look->table, pfn, 1, TSMC_HINT_BYTE(class, heat));
}

static void put_looked_at(const struct look *look, unsigned long pfn,
			  unsigned long nr)
{
	struct tsmc_hint_table *table = look->table;

	if (!tsmc_class_has_heat(look->class)) {
		tsmc_hint_put(table, pfn, nr, TSMC_HINT_BYTE(look->class, 0));
		return;
	}
	for (nr = min(nr, table->nr_pfns - pfn); nr--; pfn++)
		put_used(look, pfn);
}

/* Pfns from @pfn on, none beyond @end, that settling need not look at. */
static unsigned long settled_already(const struct tsmc_hint_table *table,
				     unsigned long pfn, unsigned long end)
{
	const u8 *byte = table->bytes + pfn;
	enum tsmc_class class = TSMC_HINT_CLASS(*byte);

	if (class != TSMC_CLASS_KERNEL && class != TSMC_CLASS_EXEC)
		return 0;
	if (pfn % 8 == 0 && pfn + 8 <= end && *(const u64 *)byte == KERNEL_WORD)
		return 8;
	return 1;
}

/*
 * Describes a subsection: the unit in which memory is there or not. Returns
 * the pfn to go on with, which lies beyond it if a free block does.
 */
static unsigned long look_through(struct look *look, unsigned long pfn,
				  unsigned long end)
{
	struct page *first = pfn_to_online_page(pfn);
	const unsigned long start = pfn;
	unsigned long nr;

	if (!first) {
		tsmc_hint_put(look->table, pfn, end - pfn, TSMC_CLASS_NOPAGE);
		return end;
	}
	while (pfn < end) {
		if (look->settle) {
			nr = settled_already(look->table, pfn, end);
			if (nr) {
				pfn += nr;
				continue;
			}
		}
		nr = look_at(look, first + (pfn - start));
		put_looked_at(look, pfn, nr);
		pfn += nr;
	}
	return pfn;
}

static unsigned long subsection_end(const struct tsmc_hint_table *table,
				    unsigned long pfn)
{
	return min(ALIGN(pfn + 1, PAGES_PER_SUBSECTION), table->nr_pfns);
}

/**
 * tsmc_classify_nr_pfns - how many pfns a table has to describe
 *
 * Return: the first pfn behind the guest's last page of RAM.
 */
unsigned long tsmc_classify_nr_pfns(void)
{
	unsigned long end = 0;
	int nid, i;

	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &NODE_DATA(nid)->node_zones[i];

			if (!zone_is_zone_device(zone) && populated_zone(zone))
				end = max(end, zone_end_pfn(zone));
		}
	}
	return end;
}

/**
 * tsmc_classify_free_known - may free pages be reported as free?
 *
 * Page poisoning and page allocation debugging keep something in free pages
 * that must survive. Zeroing on free does not: a page that arrives as free is
 * zero at the target.
 */
bool tsmc_classify_free_known(void)
{
	return !page_poisoning_enabled_static() &&
	       !debug_pagealloc_enabled_static();
}

/**
 * tsmc_classify_scan - describe all pages of a running guest
 * @table: where to describe them
 * @exec: a bit for each executable page, or NULL if not known
 * @cache: whether TSMC_CLASS_CACHE was asked for
 * @stop: ends the scan early once true
 *
 * Context: process context, may sleep.
 * Return: whether the scan saw all pages.
 */
bool tsmc_classify_scan(struct tsmc_hint_table *table,
			const unsigned long *exec, bool cache,
			const bool *stop)
{
	struct look look = {
		.table = table,
		.free = free_class(),
		.cache = cache,
		.exec = exec,
	};
	unsigned long pfn = 0;

	while (pfn < table->nr_pfns) {
		if (READ_ONCE(*stop))
			return false;
		mutex_lock(&table->bytes_lock);
		pfn = look_through(&look, pfn, subsection_end(table, pfn));
		mutex_unlock(&table->bytes_lock);
		cond_resched();
	}
	return true;
}

/*
 * Pages on the free lists of CPUs. The list of this CPU is left out: what
 * still runs here before the guest stops would take its pages from there.
 */
static void settle_cpu_lists(struct look *look, struct zone *zone)
{
	struct per_cpu_pages *pcp;
	unsigned int order;
	struct page *page;
	int cpu, i, left;

	for_each_online_cpu(cpu) {
		if (cpu == smp_processor_id())
			continue;
		pcp = per_cpu_ptr(zone->per_cpu_pageset, cpu);
		left = pcp->count;
		for (i = 0; i < NR_PCP_LISTS; i++) {
			order = i / MIGRATE_PCPTYPES;
			if (order > PAGE_ALLOC_COSTLY_ORDER)
				order = pageblock_order;
			list_for_each_entry(page, &pcp->lists[i], pcp_list) {
				left -= 1 << order;
				if (left < 0 ||
				    page_to_pfn(page) >= look->table->nr_pfns)
					break;
				tsmc_hint_put(look->table, page_to_pfn(page),
					      1UL << order, look->free);
			}
		}
	}
}

/**
 * tsmc_classify_settle - make the table exact for this instant
 * @table: the table
 * @cache: whether TSMC_CLASS_CACHE was asked for
 *
 * Every byte that allows its page to be missing at resume is true when this
 * returns, but for what page tables and threads know: see user_mappings.h.
 *
 * Context: one CPU runs this with interrupts off, all others are stopped.
 */
void tsmc_classify_settle(struct tsmc_hint_table *table, bool cache)
{
	struct look look = {
		.table = table,
		.settle = true,
		.free = free_class(),
		.cache = cache,
	};
	unsigned long pfn = 0;
	int nid, i;

	while (pfn < table->nr_pfns) {
		if (pfn % PAGES_PER_SECTION == 0)
			touch_nmi_watchdog();
		pfn = look_through(&look, pfn, subsection_end(table, pfn));
	}
	for_each_online_node(nid) {
		for (i = 0; i < MAX_NR_ZONES; i++) {
			struct zone *zone = &NODE_DATA(nid)->node_zones[i];

			if (populated_zone(zone))
				settle_cpu_lists(&look, zone);
		}
	}
}
