/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shared table: its memory, its header and its bytes.
 */
#ifndef TSMC_HINT_TABLE_H
#define TSMC_HINT_TABLE_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/tsmc_hint.h>

/**
 * struct tsmc_hint_table - the table and the pages that carry it
 * @header: the header page
 * @dirs: directory pages, contiguous in virtual space only
 * @bytes: table pages, contiguous in virtual space only; one byte per pfn
 * @nr_pfns: pfns described, from 0
 * @spaces: page of address spaces
 * @bytes_lock: serialises changes of bytes while the guest runs
 * @lock: serialises changes of the header; held with interrupts off, so that
 *	the header is never half changed while the guest is suspended
 */
struct tsmc_hint_table {
	struct tsmc_hint_header *header;
	u64 *dirs;
	u8 *bytes;
	unsigned long nr_pfns;
	struct tsmc_hint_space *spaces;
	struct mutex bytes_lock;
	spinlock_t lock;
};

int tsmc_hint_table_create(struct tsmc_hint_table *table,
			   unsigned long nr_pfns, u64 features);
void tsmc_hint_table_destroy(struct tsmc_hint_table *table);
unsigned long tsmc_hint_table_gfn(const struct tsmc_hint_table *table);
unsigned long tsmc_hint_header_begin(struct tsmc_hint_table *table);
void tsmc_hint_header_end(struct tsmc_hint_table *table, unsigned long flags);

/**
 * tsmc_hint_put - describe pfns that share one description
 * @table: the table
 * @pfn: the first pfn
 * @nr: how many; what lies beyond the table is left out
 * @byte: their description
 *
 * Bytes are compared first: while Xen logs dirty pages the first write to
 * each table page costs an exit to the hypervisor.
 */
static inline void tsmc_hint_put(struct tsmc_hint_table *table,
				 unsigned long pfn, unsigned long nr, u8 byte)
{
	u8 *at = table->bytes + pfn;

	if (nr > table->nr_pfns - pfn)
		nr = table->nr_pfns - pfn;
	if (nr == 1) {
		if (READ_ONCE(*at) != byte)
			WRITE_ONCE(*at, byte);
	} else if (memchr_inv(at, byte, nr)) {
		memset(at, byte, nr);
	}
}

#endif /* TSMC_HINT_TABLE_H */
