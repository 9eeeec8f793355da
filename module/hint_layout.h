/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where each field of the shared table lies, as Documentation/hint-abi.md says:
 * compiled into the module and into the tests of the agent's reader, so that
 * neither side can move one. Needs static_assert() and offsetof().
 */
#ifndef TSMC_HINT_LAYOUT_H
#define TSMC_HINT_LAYOUT_H

#include <linux/tsmc_hint.h>

#define TSMC_HINT_AT(field, offset, size)				\
	static_assert(offsetof(struct tsmc_hint_header, field) == (offset) && \
		      sizeof(((struct tsmc_hint_header *)0)->field) == (size), \
		      "field " #field " of the hint header has moved")

TSMC_HINT_AT(magic, 0, 8);
TSMC_HINT_AT(abi_version, 8, 4);
TSMC_HINT_AT(header_size, 12, 4);
TSMC_HINT_AT(features, 16, 8);
TSMC_HINT_AT(nr_pfns, 24, 8);
TSMC_HINT_AT(sequence, 32, 4);
TSMC_HINT_AT(state, 36, 4);
TSMC_HINT_AT(epoch, 40, 8);
TSMC_HINT_AT(generation, 48, 8);
TSMC_HINT_AT(prepared, 56, 8);
TSMC_HINT_AT(settle_ns, 64, 8);
TSMC_HINT_AT(guard_touches, 72, 8);
TSMC_HINT_AT(nr_dirs, 80, 4);
TSMC_HINT_AT(dir_gfn, 88, 8 * 384);
TSMC_HINT_AT(spaces_gfn, 3160, 8);
TSMC_HINT_AT(nr_spaces, 3168, 4);
TSMC_HINT_AT(drop_gfn, 3176, 8);
static_assert(sizeof(struct tsmc_hint_header) == 3184,
	      "the hint header has grown");
static_assert(sizeof(struct tsmc_hint_space) == 16 &&
	      offsetof(struct tsmc_hint_space, weight) == 8 &&
	      offsetof(struct tsmc_hint_space, levels) == 12,
	      "an address space of the hint table has changed");
static_assert(sizeof(struct tsmc_hint_drop) == TSMC_HINT_PAGE_SIZE &&
	      offsetof(struct tsmc_hint_drop, answered) == 8 &&
	      offsetof(struct tsmc_hint_drop, count) == 16 &&
	      offsetof(struct tsmc_hint_drop, dropped) == 24 &&
	      offsetof(struct tsmc_hint_drop, pfn) == 88 &&
	      TSMC_HINT_DROP_MAX == 501,
	      "a portion of pages to drop has changed");
static_assert(TSMC_HINT_BYTE(TSMC_CLASS_SHMEM, 15) == 0xf9 &&
	      TSMC_HINT_CLASS(0xf9) == TSMC_CLASS_SHMEM &&
	      TSMC_HINT_HEAT(0xf9) == 15,
	      "the halves of a hint byte have changed");
static_assert(TSMC_CLASS_UNKNOWN == 0 && TSMC_CLASS_NOPAGE == 1 &&
	      TSMC_CLASS_FREE == 2 && TSMC_CLASS_KERNEL == 3 &&
	      TSMC_CLASS_EXEC == 4 && TSMC_CLASS_STACK == 5 &&
	      TSMC_CLASS_PINNED == 6 && TSMC_CLASS_ANON == 7 &&
	      TSMC_CLASS_FILE == 8 && TSMC_CLASS_SHMEM == 9 &&
	      TSMC_CLASS_CACHE == 10,
	      "a class has another number");

#endif /* TSMC_HINT_LAYOUT_H */
