/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's names that module/page_class.h uses, for programs outside it.
 * The values are the test's own: the rules do not depend on them.
 */
#ifndef PAGE_FLAGS_H
#define PAGE_FLAGS_H

#include <stdbool.h>

enum {
	PG_locked,
	PG_referenced,
	PG_lru,
	PG_active,
	PG_workingset,
	PG_slab,
	PG_swapcache,
	PG_reserved,
	PG_private,
	PG_private_2,
	PG_writeback,
	PG_head,
	PG_swapbacked,
	PG_unevictable,
	PG_mlocked,
	PG_hwpoison,
	PG_uptodate,
	PG_dirty,
	PG_error,
};

#define PAGE_MAPPING_ANON	0x1UL
#define PAGE_MAPPING_MOVABLE	0x2UL

#include <page_class.h>

#endif /* PAGE_FLAGS_H */
