/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The hint table: what a guest tells Dom0 about its own pages.
 *
 * One table per guest, in the guest's own pages, read by Dom0 through foreign
 * mappings. The header page is found through the guest's xenstore node
 * data/tsmc/header-gfn. All fields are little-endian, naturally aligned.
 *
 * header page --> directory pages --> table pages
 *                 (512 gfns each)     (one byte per pfn, 4096 pfns each)
 *
 * Pfn P is described by byte P % 4096 of table page P / 4096. A gfn in a
 * header or directory slot is a guest frame number in units of 4 KiB.
 *
 * Beside them one page may list address spaces, by the frames of their page
 * tables: neighbours there are used together though their pfns are not.
 *
 * The header is written under a sequence count: `sequence` is odd while the
 * guest changes any header field. The table bytes are not covered by it: a
 * byte is always one whole, valid description, and it is exact for the instant
 * of suspend when `state` is TSMC_HINT_SETTLED.
 *
 * A reader copies, then checks, then uses. Nothing here can be trusted beyond
 * the memory of the guest that published it.
 */
#ifndef _UAPI_LINUX_TSMC_HINT_H
#define _UAPI_LINUX_TSMC_HINT_H

#include <linux/types.h>

#define TSMC_HINT_MAGIC		0x544e4948434d5354ULL	/* "TSMCHINT" */
#define TSMC_HINT_ABI_VERSION	1

#define TSMC_HINT_PAGE_SIZE	4096
#define TSMC_HINT_DIR_SLOTS	(TSMC_HINT_PAGE_SIZE / 8)	/* gfns per directory page */
#define TSMC_HINT_HEADER_SLOTS	384	/* directory gfns in the header: 3 TiB of guest */
#define TSMC_HINT_SPACES_MAX	(TSMC_HINT_PAGE_SIZE / 16) /* spaces in their page */
#define TSMC_HINT_DROP_BITS	512	/* bits in tsmc_hint_drop.dropped */
#define TSMC_HINT_DROP_MAX	((TSMC_HINT_PAGE_SIZE - 24 - 64) / 8) /* pfns in a portion */
/* Bytes of the header when ABI version 1 began: up to dir_gfn, that included. */
#define TSMC_HINT_HEADER_SIZE_MIN	(88 + 8 * TSMC_HINT_HEADER_SLOTS)

/* Names below the guest's own xenstore directory. */
#define TSMC_XS_DIR		"data/tsmc"
#define TSMC_XS_HEADER_GFN	"header-gfn"	/* guest writes: decimal gfn */
/* Dom0 writes: "prepare N", "prepare N cache" or "finish" */
#define TSMC_XS_REQUEST		"request"
#define TSMC_XS_MISSING		"missing"	/* Dom0: while pages may be, the guest does not suspend */
/* Dom0 writes when it has asked in struct tsmc_hint_drop: any value */
#define TSMC_XS_DROP		"drop"

/**
 * enum tsmc_hint_state - what the guest is doing for a migration
 * @TSMC_HINT_IDLE: no migration announced; the table may be old
 * @TSMC_HINT_PREPARED: announced; the grant guard is armed, scans are run
 * @TSMC_HINT_SETTLED: the guest is suspended and every byte is exact
 */
enum tsmc_hint_state {
	TSMC_HINT_IDLE		= 0,
	TSMC_HINT_PREPARED	= 1,
	TSMC_HINT_SETTLED	= 2,
};

/* Feature bits of tsmc_hint_header.features. */
#define TSMC_HINT_F_FREE	(1ULL << 0)	/* TSMC_CLASS_FREE is reported */
#define TSMC_HINT_F_GUARD	(1ULL << 1)	/* grants touch their page first */
#define TSMC_HINT_F_HEAT	(1ULL << 2)	/* the heat half of each byte is meant */
#define TSMC_HINT_F_SPACES	(1ULL << 3)	/* address spaces are listed */
#define TSMC_HINT_F_CACHE	(1ULL << 4)	/* "prepare N cache" is understood */
#define TSMC_HINT_F_DROP	(1ULL << 5)	/* page cache can be dropped */

/**
 * enum tsmc_class - what a page is to its guest
 * @TSMC_CLASS_UNKNOWN: not classified; must be treated as cannot wait
 * @TSMC_CLASS_NOPAGE: the guest has no memory at this pfn
 * @TSMC_CLASS_FREE: held free by the buddy allocator: no content to lose
 * @TSMC_CLASS_KERNEL: kernel memory of any kind; cannot wait
 * @TSMC_CLASS_EXEC: mapped executable by some process; cannot wait
 * @TSMC_CLASS_STACK: around a thread's user stack pointer; cannot wait
 * @TSMC_CLASS_PINNED: locked, under writeback or otherwise pinned; cannot wait
 * @TSMC_CLASS_ANON: anonymous memory
 * @TSMC_CLASS_FILE: page cache of a file
 * @TSMC_CLASS_SHMEM: shared memory and tmpfs
 * @TSMC_CLASS_CACHE: page cache of a file that its disk has too, and that no
 *	process maps; TSMC_CLASS_FILE unless it was asked for
 * @TSMC_CLASS_NR: how many there are
 *
 * Only FREE, ANON, FILE, SHMEM and CACHE may be absent when the guest resumes.
 */
enum tsmc_class {
	TSMC_CLASS_UNKNOWN	= 0,
	TSMC_CLASS_NOPAGE	= 1,
	TSMC_CLASS_FREE		= 2,
	TSMC_CLASS_KERNEL	= 3,
	TSMC_CLASS_EXEC		= 4,
	TSMC_CLASS_STACK	= 5,
	TSMC_CLASS_PINNED	= 6,
	TSMC_CLASS_ANON		= 7,
	TSMC_CLASS_FILE		= 8,
	TSMC_CLASS_SHMEM	= 9,
	TSMC_CLASS_CACHE	= 10,
	TSMC_CLASS_NR		= 11,
};

/* A table byte: class in the low half, heat (0 cold .. 15 hot) in the high. */
#define TSMC_HINT_CLASS(byte)		((byte) & 0x0f)
#define TSMC_HINT_HEAT(byte)		(((byte) >> 4) & 0x0f)
#define TSMC_HINT_BYTE(class, heat)	((__u8)((class) | ((heat) << 4)))
#define TSMC_HINT_HEAT_MAX		15

/**
 * struct tsmc_hint_space - an address space of user processes
 * @root_gfn: its top-level page table, of which the lower half is the user's
 * @weight: its share of the CPU time of late, per mille: 0..1000
 * @levels: of its page tables: 4 or 5
 */
struct tsmc_hint_space {
	__u64 root_gfn;
	__u32 weight;
	__u32 levels;
};

/**
 * struct tsmc_hint_drop - a portion of page cache that Dom0 wants to be dropped
 * @asked: Dom0 writes: number of the portion, never used before; written last
 * @answered: guest writes: the portion that it has dealt with; written last
 * @count: Dom0 writes: pfns in the portion, at most TSMC_HINT_DROP_MAX
 * @reserved: zero
 * @dropped: guest writes: bit i % 64 of word i / 64: what was in page i of the
 *	portion matters to nobody, until the next portion is asked for
 * @pfn: Dom0 writes: the pages
 */
struct tsmc_hint_drop {
	__u64 asked;
	__u64 answered;
	__u32 count;
	__u32 reserved;
	__u64 dropped[TSMC_HINT_DROP_BITS / 64];
	__u64 pfn[TSMC_HINT_DROP_MAX];
};

/**
 * struct tsmc_hint_header - first page of the hint table
 * @magic: TSMC_HINT_MAGIC
 * @abi_version: TSMC_HINT_ABI_VERSION; a reader refuses any other
 * @header_size: bytes of this structure that the guest knows
 * @features: TSMC_HINT_F_* bits
 * @nr_pfns: pfns described, from 0
 * @sequence: odd while the guest changes the header
 * @state: enum tsmc_hint_state
 * @epoch: how often this guest has resumed in a new domain
 * @generation: scans completed since the module was loaded
 * @prepared: the N of the newest "prepare N" whose scan is complete; that
 *	scan began after the request was seen. 0 while there is none. Dom0
 *	chooses an N that it never used for this guest, and not 0
 * @settle_ns: time the last settling took while the guest was suspended
 * @guard_touches: pages touched by the grant guard since the module was loaded,
 *	counted up with each scan and at the end of a migration
 * @nr_dirs: directory pages in use
 * @reserved: zero
 * @dir_gfn: gfns of the directory pages
 * @spaces_gfn: page of struct tsmc_hint_space, with TSMC_HINT_F_SPACES; exact
 *	while the state is TSMC_HINT_SETTLED
 * @nr_spaces: entries in it, at most TSMC_HINT_SPACES_MAX
 * @reserved2: zero
 * @drop_gfn: page with a struct tsmc_hint_drop, with TSMC_HINT_F_DROP
 *
 * The fields behind @dir_gfn were added later: they are there only as far as
 * @header_size says.
 */
struct tsmc_hint_header {
	__u64 magic;
	__u32 abi_version;
	__u32 header_size;
	__u64 features;
	__u64 nr_pfns;
	__u32 sequence;
	__u32 state;
	__u64 epoch;
	__u64 generation;
	__u64 prepared;
	__u64 settle_ns;
	__u64 guard_touches;
	__u32 nr_dirs;
	__u32 reserved;
	__u64 dir_gfn[TSMC_HINT_HEADER_SLOTS];
	__u64 spaces_gfn;
	__u32 nr_spaces;
	__u32 reserved2;
	__u64 drop_gfn;
};

#endif /* _UAPI_LINUX_TSMC_HINT_H */
