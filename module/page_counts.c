// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting pages for people who ask: never in a hurry, never for long with a
 * lock held, and no longer than whoever asks lives.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "heat_step.h"
#include "hint_table.h"
#include "page_counts.h"
#include "page_walk.h"

/* Pfns, and addresses, between two moments in which others may run. */
#define TABLE_STRIDE	(64UL << 10)
#define MAPPED_STRIDE	(32UL << 20)

/**
 * struct count_walk - counting of what is mapped
 * @walk: the walk
 * @table: what pages are
 * @counts: where they are counted
 */
struct count_walk {
	struct tsmc_page_walk walk;
	const struct tsmc_hint_table *table;
	struct tsmc_page_counts *counts;
};

static void count(struct tsmc_page_counts *counts, u8 byte)
{
	enum tsmc_class class = TSMC_HINT_CLASS(byte);

	if (class >= TSMC_CLASS_NR)
		class = TSMC_CLASS_UNKNOWN;
	counts->pages[class]++;
	if (TSMC_HINT_HEAT(byte) >= TSMC_HEAT_HOT)
		counts->hot[class]++;
}

/**
 * tsmc_count_table - count all pages
 * @counts: added to
 * @table: what they are
 *
 * Context: process context, may sleep.
 * Return: 0, or -EINTR if the task is being killed.
 */
int tsmc_count_table(struct tsmc_page_counts *counts,
		     const struct tsmc_hint_table *table)
{
	unsigned long pfn = 0, end;

	while (pfn < table->nr_pfns) {
		if (fatal_signal_pending(current))
			return -EINTR;
		end = min(table->nr_pfns, pfn + TABLE_STRIDE);
		for (; pfn < end; pfn++)
			count(counts, READ_ONCE(table->bytes[pfn]));
		cond_resched();
	}
	return 0;
}

/* What the table does not describe is none of the guest's memory. */
static void count_found(const struct tsmc_page_walk *walk, unsigned long pfn,
			unsigned long nr, unsigned long prot)
{
	const struct count_walk *to =
		container_of(walk, struct count_walk, walk);

	for (; nr && pfn < to->table->nr_pfns; nr--, pfn++) {
		count(to->counts, READ_ONCE(to->table->bytes[pfn]));
		if (prot & _PAGE_DIRTY)
			to->counts->written++;
	}
}

/**
 * tsmc_count_mapped - count the pages that a process has mapped
 * @counts: added to
 * @table: what they are
 * @mm: its memory, with a user's reference
 * @start: first address
 * @end: address behind the last
 *
 * A page that is mapped twice counts twice. The mmap lock is given up now and
 * then; what is mapped anew meanwhile may be counted or not.
 *
 * Context: process context, may sleep.
 * Return: 0, or -EINTR if the task is being killed.
 */
int tsmc_count_mapped(struct tsmc_page_counts *counts,
		      const struct tsmc_hint_table *table, struct mm_struct *mm,
		      unsigned long start, unsigned long end)
{
	const struct count_walk to = {
		.walk.found = count_found,
		.table = table,
		.counts = counts,
	};
	struct vm_area_struct *vma;
	unsigned long stop;

	while (start < end) {
		if (fatal_signal_pending(current) ||
		    mmap_read_lock_killable(mm))
			return -EINTR;
		vma = find_vma(mm, start);
		if (!vma || vma->vm_start >= end) {
			mmap_read_unlock(mm);
			break;
		}
		start = max(start, vma->vm_start);
		stop = min3(end, vma->vm_end, start + MAPPED_STRIDE);
		if (!(vma->vm_flags & (VM_PFNMAP | VM_IO)))
			tsmc_page_walk(&to.walk, mm, start, stop);
		mmap_read_unlock(mm);
		start = stop;
		cond_resched();
	}
	return 0;
}

static u64 sum(const u64 *of_class)
{
	u64 all = 0;
	int class;

	for (class = 0; class < TSMC_CLASS_NR; class++)
		all += of_class[class];
	return all;
}

/**
 * tsmc_count_pages - pages of all classes
 * @counts: as counted
 */
u64 tsmc_count_pages(const struct tsmc_page_counts *counts)
{
	return sum(counts->pages);
}

/**
 * tsmc_count_hot - hot pages of all classes
 * @counts: as counted
 */
u64 tsmc_count_hot(const struct tsmc_page_counts *counts)
{
	return sum(counts->hot);
}
