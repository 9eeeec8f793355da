// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page cache that is given up so that it need not cross: see
 * Documentation/residue.md.
 *
 * A page is taken out of its cache only if nobody but the cache has it, and
 * then it is ours. We keep it, so that it is not used for anything else, until
 * Dom0 has filled the hole that it is: it says so when it asks for the next
 * portion, or that the migration is over. No content is touched.
 */
#define pr_fmt(fmt) "tsmc: " fmt

#include <linux/bitmap.h>
#include <linux/build_bug.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <asm/barrier.h>
#include <xen/page.h>

#include "clean_cache.h"
#include "drop.h"
#include "page_class.h"

static_assert(sizeof(struct tsmc_hint_drop) == PAGE_SIZE);

/* A page that we have locked and have a reference on. */
static bool is_cache(struct page *page)
{
	struct tsmc_page_facts facts = {
		.flags = READ_ONCE(page->flags) & ~TSMC_PG(locked),
		.mapping = (unsigned long)READ_ONCE(page->mapping),
		.refs = page_ref_count(page) - 1,
		.maps = atomic_read(&page->_mapcount) + 1,
		.parts = 1,
	};

	return tsmc_page_class(&facts) == TSMC_CLASS_CACHE &&
	       tsmc_cache_has_disk(page->mapping);
}

/*
 * Takes it out of its cache. Whoever looked it up before has a reference, and
 * may be reading it; nobody finds it any more when it is out. So it is ours if
 * then the one reference is.
 *
 * Its file cannot go away while one of its pages is locked and in its cache, as
 * in reclaim, and inodes are freed by RCU. A reference on the file would be in
 * the way of who unmounts the file system. Nothing sleeps where no process has
 * the page mapped, and no buffers are left.
 */
static bool take_out(struct page *page, struct address_space *mapping)
{
	bool ours;

	if (page_has_private(page) && !filemap_release_folio(page_folio(page), 0))
		return false;
	/* The cache's and ours. */
	if (PageDirty(page) || page_ref_count(page) != 2)
		return false;
	rcu_read_lock();
	ours = !generic_error_remove_page(mapping, page) &&
	       page_ref_count(page) == 1;
	rcu_read_unlock();
	return ours;
}

static bool seize_locked(struct page *page)
{
	bool ours;

	if (!trylock_page(page))
		return false;
	ours = is_cache(page) && take_out(page, page->mapping);
	unlock_page(page);
	return ours;
}

/* The page, if it was clean page cache and is ours now. */
static struct page *seize(u64 pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	/* Only pages on LRU lists can be taken a reference of without harm. */
	if (!page || !PageLRU(page) || PageCompound(page) ||
	    !get_page_unless_zero(page))
		return NULL;
	if (PageLRU(page) && !PageCompound(page) && seize_locked(page))
		return page;
	put_page(page);
	return NULL;
}

static void release_locked(struct tsmc_drop *drop)
{
	while (drop->nr_held)
		put_page(drop->held[--drop->nr_held]);
}

static void answer(struct tsmc_drop *drop, u64 asked)
{
	DECLARE_BITMAP(dropped, TSMC_HINT_DROP_BITS);
	struct tsmc_hint_drop *area = drop->area;
	u32 count = min_t(u32, READ_ONCE(area->count), TSMC_HINT_DROP_MAX), i;
	struct page *page;

	bitmap_zero(dropped, TSMC_HINT_DROP_BITS);
	for (i = 0; i < count; i++) {
		page = seize(READ_ONCE(area->pfn[i]));
		if (page) {
			drop->held[drop->nr_held++] = page;
			__set_bit(i, dropped);
		}
		cond_resched();
	}
	memcpy(area->dropped, dropped, sizeof(area->dropped));
	/* What is dropped, before that it is said. */
	virt_wmb();
	WRITE_ONCE(area->answered, asked);
}

static void drop_portion(struct work_struct *work)
{
	struct tsmc_drop *drop = container_of(work, struct tsmc_drop, work);
	u64 asked = READ_ONCE(drop->area->asked);

	/* Pairs with Dom0's: what is asked for was written before. */
	virt_rmb();
	if (asked == READ_ONCE(drop->area->answered))
		return;
	mutex_lock(&drop->lock);
	/* Dom0 is done with those. */
	release_locked(drop);
	answer(drop, asked);
	mutex_unlock(&drop->lock);
}

/**
 * tsmc_drop_init - be ready to be asked
 * @drop: to set up
 *
 * Return: 0 or -ENOMEM.
 */
int tsmc_drop_init(struct tsmc_drop *drop)
{
	INIT_WORK(&drop->work, drop_portion);
	mutex_init(&drop->lock);
	drop->nr_held = 0;
	drop->held = kcalloc(TSMC_HINT_DROP_MAX, sizeof(*drop->held), GFP_KERNEL);
	drop->area = (void *)get_zeroed_page(GFP_KERNEL);
	if (drop->held && drop->area)
		return 0;
	pr_err("no memory for what Dom0 wants to be dropped\n");
	tsmc_drop_exit(drop);
	return -ENOMEM;
}

/**
 * tsmc_drop_exit - undo tsmc_drop_init()
 * @drop: of which nothing is asked any more
 */
void tsmc_drop_exit(struct tsmc_drop *drop)
{
	tsmc_drop_release(drop);
	free_page((unsigned long)drop->area);
	kfree(drop->held);
}

/**
 * tsmc_drop_gfn - where Dom0 asks
 * @drop: set up
 *
 * Return: guest frame number of a struct tsmc_hint_drop.
 */
unsigned long tsmc_drop_gfn(const struct tsmc_drop *drop)
{
	return xen_page_to_gfn(virt_to_page(drop->area));
}

/**
 * tsmc_drop_asked - Dom0 may have asked for a portion
 * @drop: set up; a migration is announced
 *
 * Context: any.
 */
void tsmc_drop_asked(struct tsmc_drop *drop)
{
	queue_work(system_unbound_wq, &drop->work);
}

/**
 * tsmc_drop_stop - wait until no portion is dealt with
 * @drop: set up
 *
 * Context: process context, may sleep.
 */
void tsmc_drop_stop(struct tsmc_drop *drop)
{
	cancel_work_sync(&drop->work);
}

/**
 * tsmc_drop_release - nothing is asked any more, and no page is missing
 * @drop: set up
 *
 * Context: process context, may sleep.
 */
void tsmc_drop_release(struct tsmc_drop *drop)
{
	tsmc_drop_stop(drop);
	mutex_lock(&drop->lock);
	release_locked(drop);
	/* What was asked for and not dealt with is not to be in the next migration. */
	if (drop->area)
		WRITE_ONCE(drop->area->answered, READ_ONCE(drop->area->asked));
	mutex_unlock(&drop->lock);
}
