// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shared table: allocation, and the sequence count of its header.
 *
 * Table and directory pages are vmalloc memory: ordinary kernel pages, which
 * the classification reports as kernel memory like any other.
 */
#define pr_fmt(fmt) "tsmc: " fmt

#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>
#include <asm/barrier.h>
#include <xen/page.h>

#include "hint_layout.h"
#include "hint_table.h"

static_assert(sizeof(struct tsmc_hint_header) <= TSMC_HINT_PAGE_SIZE);
static_assert(PAGE_SIZE == TSMC_HINT_PAGE_SIZE);

/* The most pfns that a header with all its slots in use can describe. */
#define MAX_PFNS ((unsigned long)TSMC_HINT_HEADER_SLOTS * \
		  TSMC_HINT_DIR_SLOTS * TSMC_HINT_PAGE_SIZE)

static void *pages_alloc(unsigned long nr_pages)
{
	return __vmalloc(nr_pages * PAGE_SIZE,
			 GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
}

static unsigned long page_gfn(const void *area, unsigned long index)
{
	return xen_page_to_gfn(vmalloc_to_page(area + index * PAGE_SIZE));
}

/**
 * tsmc_hint_table_create - allocate a table and fill in its directory
 * @table: the table to set up
 * @nr_pfns: pfns to describe; a guest with more has the rest undescribed
 * @features: TSMC_HINT_F_* bits
 *
 * All bytes start as TSMC_CLASS_UNKNOWN, the state as TSMC_HINT_IDLE.
 *
 * Return: 0 or -ENOMEM.
 */
int tsmc_hint_table_create(struct tsmc_hint_table *table,
			   unsigned long nr_pfns, u64 features)
{
	struct tsmc_hint_header *header;
	unsigned long nr_tables, nr_dirs, i;

	nr_pfns = min(nr_pfns, MAX_PFNS);
	nr_tables = DIV_ROUND_UP(nr_pfns, TSMC_HINT_PAGE_SIZE);
	nr_dirs = DIV_ROUND_UP(nr_tables, TSMC_HINT_DIR_SLOTS);

	mutex_init(&table->bytes_lock);
	spin_lock_init(&table->lock);
	table->nr_pfns = nr_pfns;
	table->header = (void *)get_zeroed_page(GFP_KERNEL);
	table->dirs = pages_alloc(nr_dirs);
	table->bytes = pages_alloc(nr_tables);
	table->spaces = (void *)get_zeroed_page(GFP_KERNEL);
	if (!table->header || !table->dirs || !table->bytes || !table->spaces) {
		pr_err("no memory for a table of %lu pages\n", nr_tables);
		tsmc_hint_table_destroy(table);
		return -ENOMEM;
	}

	for (i = 0; i < nr_tables; i++)
		table->dirs[i] = page_gfn(table->bytes, i);

	header = table->header;
	header->magic = TSMC_HINT_MAGIC;
	header->abi_version = TSMC_HINT_ABI_VERSION;
	header->header_size = sizeof(*header);
	header->features = features;
	header->nr_pfns = nr_pfns;
	header->state = TSMC_HINT_IDLE;
	header->nr_dirs = nr_dirs;
	header->spaces_gfn = xen_page_to_gfn(virt_to_page(table->spaces));
	for (i = 0; i < nr_dirs; i++)
		header->dir_gfn[i] = page_gfn(table->dirs, i);
	return 0;
}

/**
 * tsmc_hint_table_destroy - free a table that nobody uses any more
 * @table: the table, also one that was created in part
 */
void tsmc_hint_table_destroy(struct tsmc_hint_table *table)
{
	vfree(table->bytes);
	vfree(table->dirs);
	free_page((unsigned long)table->spaces);
	free_page((unsigned long)table->header);
	table->spaces = NULL;
	table->bytes = NULL;
	table->dirs = NULL;
	table->header = NULL;
}

/**
 * tsmc_hint_table_gfn - where Dom0 finds the header
 * @table: the table
 *
 * Return: the header's guest frame number.
 */
unsigned long tsmc_hint_table_gfn(const struct tsmc_hint_table *table)
{
	return xen_page_to_gfn(virt_to_page(table->header));
}

/**
 * tsmc_hint_header_begin - start a change of header fields
 * @table: the table
 *
 * Context: any; interrupts are off until tsmc_hint_header_end().
 * Return: what tsmc_hint_header_end() needs to restore interrupts.
 */
unsigned long tsmc_hint_header_begin(struct tsmc_hint_table *table)
	__acquires(&table->lock)
{
	struct tsmc_hint_header *header = table->header;
	unsigned long flags;

	spin_lock_irqsave(&table->lock, flags);
	WRITE_ONCE(header->sequence, header->sequence + 1);
	/* The reader is another domain: order the odd count even on UP. */
	virt_wmb();
	return flags;
}

/**
 * tsmc_hint_header_end - finish a change of header fields
 * @table: the table
 * @flags: what tsmc_hint_header_begin() returned
 */
void tsmc_hint_header_end(struct tsmc_hint_table *table, unsigned long flags)
	__releases(&table->lock)
{
	struct tsmc_hint_header *header = table->header;

	/* All fields before the even count. */
	virt_wmb();
	WRITE_ONCE(header->sequence, header->sequence + 1);
	spin_unlock_irqrestore(&table->lock, flags);
}
