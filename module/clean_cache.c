// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page cache that the guest's disk has too: what a page's file has to say of it,
 * when the page itself says that it is clean.
 */
#include <linux/buffer_head.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "clean_cache.h"

/**
 * tsmc_cache_has_disk - can what is in this cache be read again from a disk?
 * @mapping: the cache of a file
 *
 * The file is a regular one, its file system is on a block device and lets a
 * page be taken out of the cache when memory fails, and no write of it has
 * ever failed: after such a failure a page is clean though the disk lacks it.
 *
 * Context: @mapping cannot go away.
 */
bool tsmc_cache_has_disk(const struct address_space *mapping)
{
	const struct inode *inode = mapping->host;

	return mapping->a_ops->error_remove_page == generic_error_remove_page &&
	       inode && S_ISREG(inode->i_mode) && inode->i_sb->s_bdev &&
	       !test_bit(AS_UNEVICTABLE, &mapping->flags) &&
	       !READ_ONCE(mapping->wb_err);
}

/* Whether a page with private data of its file system can be rid of it. */
static bool private_is_idle(struct page *page,
			    const struct address_space *mapping)
{
	struct buffer_head *head, *buffer;

	/* Only then it is known what the private data is. */
	if (mapping->a_ops->is_partially_uptodate !=
	    block_is_partially_uptodate)
		return false;
	head = page_buffers(page);
	buffer = head;
	do {
		if (atomic_read(&buffer->b_count) || buffer_dirty(buffer) ||
		    buffer_locked(buffer))
			return false;
		buffer = buffer->b_this_page;
	} while (buffer != head);
	return true;
}

/**
 * tsmc_clean_cache - has the disk what is in a page?
 * @page: of which tsmc_page_class() says TSMC_CLASS_CACHE
 *
 * A page that is not locked and has a mapping is in its cache, so the mapping
 * is there.
 *
 * Context: one CPU runs this with interrupts off, all others are stopped.
 */
bool tsmc_clean_cache(struct page *page)
{
	const struct address_space *mapping = page->mapping;

	return tsmc_cache_has_disk(mapping) &&
	       (!page_has_private(page) || private_is_idle(page, mapping));
}
