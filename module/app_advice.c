// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ranges of addresses, and what their process says of them.
 *
 * A range stays what it is when mappings come and go below it: advice is of
 * addresses, and looked up in the page tables each time it is applied. It
 * ends with the memory of its process: when that exits, or executes another
 * program. A child does not inherit it.
 *
 * A range keeps the address space's structure from being reused, so that it
 * cannot be taken for another's, but not the memory itself.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "app_advice.h"
#include "heat_step.h"
#include "page_walk.h"

#define RANGES_MAX_PROCESS	64
#define RANGES_MAX		1024

/* Addresses between two looks at whether to stop. */
#define STRIDE			(32UL << 20)

/**
 * struct advised_range - what is said of a range
 * @list: in tsmc_app_advice.ranges
 * @mm: whose memory, with a reference on the structure
 * @start: first address
 * @end: address behind the last
 * @kind: never TSMC_ADVICE_NONE
 */
struct advised_range {
	struct list_head list;
	struct mm_struct *mm;
	unsigned long start;
	unsigned long end;
	enum tsmc_advice_kind kind;
};

/**
 * struct heat_walk - giving pages the heat that was asked for
 * @walk: the walk
 * @table: where heat is kept
 * @heat: the heat
 */
struct heat_walk {
	struct tsmc_page_walk walk;
	struct tsmc_hint_table *table;
	unsigned int heat;
};

static unsigned int kind_heat(enum tsmc_advice_kind kind)
{
	switch (kind) {
	case TSMC_ADVICE_HOT:
		return TSMC_HINT_HEAT_MAX;
	case TSMC_ADVICE_DISCARDABLE:
		return 0;
	default:
		return TSMC_HEAT_COLD;
	}
}

static void insert_range(struct tsmc_app_advice *advice, struct advised_range *range,
		      struct mm_struct *mm, unsigned long start,
		      unsigned long end, enum tsmc_advice_kind kind)
{
	mmgrab(mm);
	range->mm = mm;
	range->start = start;
	range->end = end;
	range->kind = kind;
	list_add(&range->list, &advice->ranges);
	advice->nr_ranges++;
}

static void drop_range(struct tsmc_app_advice *advice, struct advised_range *range)
{
	list_del(&range->list);
	advice->nr_ranges--;
	mmdrop(range->mm);
	kfree(range);
}

/* Memory that nobody uses any more never gets a user again. */
static void drop_dead(struct tsmc_app_advice *advice)
{
	struct advised_range *range, *next;

	list_for_each_entry_safe(range, next, &advice->ranges, list)
		if (!atomic_read(&range->mm->mm_users))
			drop_range(advice, range);
}

/*
 * Extends @new over those ranges of its kind that it overlaps or touches, so
 * that one range takes their place. One pass is enough: these do not touch
 * others of their kind, or they would have been joined before.
 */
static void absorb_equal(const struct tsmc_app_advice *advice,
			 struct advised_range *new)
{
	unsigned long start = new->start, end = new->end;
	const struct advised_range *range;

	list_for_each_entry(range, &advice->ranges, list) {
		if (range->mm != new->mm || range->kind != new->kind ||
		    range->end < start || range->start > end)
			continue;
		new->start = min(new->start, range->start);
		new->end = max(new->end, range->end);
	}
}

/* Whether @new can take its place without there being too many. */
static bool has_room(const struct tsmc_app_advice *advice,
		     const struct advised_range *new)
{
	int added = new->kind != TSMC_ADVICE_NONE;
	const struct advised_range *range;
	int of_process = 0;

	list_for_each_entry(range, &advice->ranges, list) {
		if (range->mm != new->mm)
			continue;
		of_process++;
		if (range->start >= new->start && range->end <= new->end)
			added--;
		else if (range->start < new->start && range->end > new->end)
			added++;
	}
	/* What makes it less is fine at any number. */
	return added <= 0 || (of_process + added <= RANGES_MAX_PROCESS &&
			      advice->nr_ranges + added <= RANGES_MAX);
}

/* Makes room for @new. Returns whether @rest was used: it is, at most once. */
static bool carve(struct tsmc_app_advice *advice, const struct advised_range *new,
		  struct advised_range *rest)
{
	struct advised_range *range, *next;
	bool used = false;

	list_for_each_entry_safe(range, next, &advice->ranges, list) {
		if (range->mm != new->mm || range->end <= new->start ||
		    range->start >= new->end)
			continue;
		if (range->start < new->start && range->end > new->end) {
			insert_range(advice, rest, range->mm, new->end,
				  range->end, range->kind);
			range->end = new->start;
			used = true;
		} else if (range->start < new->start) {
			range->end = new->start;
		} else if (range->end > new->end) {
			range->start = new->end;
		} else {
			drop_range(advice, range);
		}
	}
	return used;
}

/**
 * tsmc_app_advice_set - say something of a range; what is said last holds
 * @advice: all ranges
 * @mm: whose memory, with a user's reference
 * @start: first address, on a page
 * @end: address behind the last, on a page, above @start
 * @kind: what is said; TSMC_ADVICE_NONE forgets what was
 *
 * Context: process context, may sleep.
 * Return: 0, -ENOMEM, -EINTR if the task is being killed, or -ENOSPC if there
 * are too many ranges: then nothing has changed.
 */
int tsmc_app_advice_set(struct tsmc_app_advice *advice, struct mm_struct *mm,
			unsigned long start, unsigned long end,
			enum tsmc_advice_kind kind)
{
	struct advised_range *new, *rest;
	int ret = -ENOMEM;

	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	rest = kzalloc(sizeof(*rest), GFP_KERNEL_ACCOUNT);
	if (!new || !rest)
		goto free;
	new->mm = mm;
	new->start = start;
	new->end = end;
	new->kind = kind;

	ret = mutex_lock_killable(&advice->lock);
	if (ret)
		goto free;
	drop_dead(advice);
	absorb_equal(advice, new);
	if (!has_room(advice, new)) {
		ret = -ENOSPC;
		goto unlock;
	}
	if (carve(advice, new, rest))
		rest = NULL;
	if (kind != TSMC_ADVICE_NONE) {
		insert_range(advice, new, mm, new->start, new->end, kind);
		new = NULL;
	}
unlock:
	mutex_unlock(&advice->lock);
free:
	kfree(rest);
	kfree(new);
	return ret;
}

static void put_heat(const struct tsmc_page_walk *walk, unsigned long pfn,
		     unsigned long nr, unsigned long prot)
{
	const struct heat_walk *to = container_of(walk, struct heat_walk, walk);
	struct tsmc_hint_table *table = to->table;
	enum tsmc_class class;

	for (; nr && pfn < table->nr_pfns; nr--, pfn++) {
		class = TSMC_HINT_CLASS(table->bytes[pfn]);
		if (tsmc_class_has_heat(class))
			tsmc_hint_put(table, pfn, 1,
				      TSMC_HINT_BYTE(class, to->heat));
	}
}

/*
 * Walks what is mapped of @range. Where the mappings are being changed it is
 * left to the next time. The lock is given up now and then: a big range must
 * not keep its process from mapping memory.
 */
static void apply_range(const struct heat_walk *to, const struct advised_range *range,
			const bool *stop)
{
	unsigned long addr = range->start, end;
	struct vm_area_struct *vma;

	while (addr < range->end && !READ_ONCE(*stop)) {
		if (!mmap_read_trylock(range->mm))
			return;
		vma = find_vma(range->mm, addr);
		if (!vma || vma->vm_start >= range->end) {
			mmap_read_unlock(range->mm);
			return;
		}
		addr = max(addr, vma->vm_start);
		end = min3(range->end, vma->vm_end, addr + STRIDE);
		if (!(vma->vm_flags & (VM_PFNMAP | VM_IO)))
			tsmc_page_walk(&to->walk, range->mm, addr, end);
		mmap_read_unlock(range->mm);
		addr = end;
		cond_resched();
	}
}

/**
 * tsmc_app_advice_apply - give the pages in all ranges the heat asked for
 * @advice: all ranges
 * @table: where heat is kept
 * @stop: ends it early once true
 *
 * Context: process context, may sleep; table->bytes_lock held.
 */
void tsmc_app_advice_apply(struct tsmc_app_advice *advice,
			   struct tsmc_hint_table *table, const bool *stop)
{
	struct heat_walk to = {
		.walk.found = put_heat,
		.table = table,
	};
	struct advised_range *range;

	mutex_lock(&advice->lock);
	drop_dead(advice);
	list_for_each_entry(range, &advice->ranges, list) {
		if (READ_ONCE(*stop))
			break;
		if (!mmget_not_zero(range->mm))
			continue;
		to.heat = kind_heat(range->kind);
		apply_range(&to, range, stop);
		/* If it was the last user, tearing down is not for us. */
		mmput_async(range->mm);
	}
	mutex_unlock(&advice->lock);
}

/**
 * tsmc_app_advice_count - how many ranges there are, of processes that live
 * @advice: all ranges
 *
 * Context: process context, may sleep.
 */
unsigned int tsmc_app_advice_count(struct tsmc_app_advice *advice)
{
	unsigned int nr;

	mutex_lock(&advice->lock);
	drop_dead(advice);
	nr = advice->nr_ranges;
	mutex_unlock(&advice->lock);
	return nr;
}

/**
 * tsmc_app_advice_init - start with nothing said
 * @advice: to set up
 */
void tsmc_app_advice_init(struct tsmc_app_advice *advice)
{
	mutex_init(&advice->lock);
	INIT_LIST_HEAD(&advice->ranges);
	advice->nr_ranges = 0;
}

/**
 * tsmc_app_advice_exit - forget all that was said
 * @advice: nobody uses it any more
 */
void tsmc_app_advice_exit(struct tsmc_app_advice *advice)
{
	struct advised_range *range, *next;

	list_for_each_entry_safe(range, next, &advice->ranges, list)
		drop_range(advice, range);
	mutex_destroy(&advice->lock);
}
