/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instructions that touch memory in every way an emulator has to know, on
 * pages that are holes for the guest. The test executes the same code on
 * memory of its own: both must see and leave the same.
 */
#ifndef TSMC_HOLES_STEPS_H
#define TSMC_HOLES_STEPS_H

#include <stdint.h>

#define HOLES_PAGE	4096
/* Pages from 0 on are holes at first, the last four never are. */
#define HOLES_PAGES	76
#define HOLES_RAM	(HOLES_PAGES - 4)
/* Behind them, pages of counters for both vCPUs; holes as well. */
#define HOLES_COUNTERS	48
#define HOLES_ALL	(HOLES_PAGES + HOLES_COUNTERS)
#define HOLES_VALUES	64
#define HOLES_VCPUS	2
#define HOLES_ROUNDS	3

/* Where the guest has them; they are mapped at HOLES_VIRTUAL. */
#define HOLES_SHARED_GFN	0x400
#define HOLES_PAGES_GFN		0x800
#define HOLES_VIRTUAL		0x40000000
/* A frame that there is none of, mapped one to one. */
#define HOLES_NOWHERE_GFN	0x2800

/* No two pages that follow one another lie side by side in memory. */
static inline unsigned int holes_gfn(unsigned int page)
{
	return HOLES_PAGES_GFN + (page * 37 + 11) % 128;
}

/**
 * struct holes_shared - what the guest tells
 * @magic: HOLES_MAGIC once it runs
 * @nr_values: used entries of @value, set when all steps are done
 * @done: by vCPU, set when its counting is done
 * @nowhere: what it read from HOLES_NOWHERE_GFN after it had written there
 * @value: what it read
 */
struct holes_shared {
	uint64_t magic;
	uint64_t nr_values;
	uint64_t done[HOLES_VCPUS];
	uint64_t nowhere;
	uint64_t value[HOLES_VALUES];
};

#define HOLES_MAGIC	0x736d63686f6c6573

/* What a byte of the pages is at first. */
static inline uint8_t holes_byte(unsigned int page, unsigned int offset)
{
	return page * 131 + offset * 7 + (offset >> 8) * 13;
}

/* rep movsb, movsw and movsq; backwards with std. */
#define HOLES_COPY(suffix, to, from, count, flag)				\
	do {									\
		uint64_t to_ = (uint64_t)(to), from_ = (uint64_t)(from);	\
		uint64_t count_ = (count);					\
										\
		asm volatile(flag "\n\trep movs" suffix "\n\tcld"		\
			     : "+D" (to_), "+S" (from_), "+c" (count_)		\
			     : : "memory", "cc");				\
	} while (0)

#define HOLES_FILL(suffix, to, what, count)					\
	do {									\
		uint64_t to_ = (uint64_t)(to), count_ = (count);		\
										\
		asm volatile("rep stos" suffix					\
			     : "+D" (to_), "+c" (count_)			\
			     : "a" (what) : "memory");				\
	} while (0)

#define HOLES_LOAD(instruction, value, at)					\
	asm volatile(instruction " %1, %0" : "=r" (value) : "m" (*(const char (*)[16])(at)))

#define HOLES_STORE(instruction, at, value)					\
	asm volatile(instruction " %1, %0" : "=m" (*(char (*)[16])(at)) : "r" (value))

/* Reads of all sizes, aligned or not, across a page boundary, sign-extended. */
static inline unsigned int holes_loads(uint8_t *pages, uint64_t *value)
{
	uint8_t *p = pages;
	uint8_t byte;
	uint16_t word;
	uint32_t dword;

	HOLES_LOAD("movb", byte, p + 5);
	value[0] = byte;
	p += HOLES_PAGE;
	HOLES_LOAD("movw", word, p + 6);
	value[1] = word;
	p += HOLES_PAGE;
	HOLES_LOAD("movl", dword, p + 8);
	value[2] = dword;
	p += HOLES_PAGE;
	HOLES_LOAD("movq", value[3], p + 16);
	p += HOLES_PAGE;
	HOLES_LOAD("movq", value[4], p + HOLES_PAGE - 3);
	p += 2 * HOLES_PAGE;
	HOLES_LOAD("movsbq", value[5], p + 200);
	p += HOLES_PAGE;
	HOLES_LOAD("movslq", value[6], p + 1001);
	p += HOLES_PAGE;
	asm volatile("cmpq %1, %2\n\tsetne %b0" : "=q" (byte) : "m" (*(uint64_t *)p), "r" (1UL) : "cc");
	value[7] = byte;
	return 8;
}

static inline unsigned int holes_stores(uint8_t *pages, uint64_t *value)
{
	const uint64_t what = 0x1122334455667788;
	uint8_t *p = pages + 10 * HOLES_PAGE;

	HOLES_STORE("movb", p + 7, (uint8_t)what);
	p += HOLES_PAGE;
	HOLES_STORE("movw", p + 4094, (uint16_t)what);
	p += HOLES_PAGE;
	HOLES_STORE("movl", p, (uint32_t)what);
	p += HOLES_PAGE;
	HOLES_STORE("movq", p + 8, what);
	p += HOLES_PAGE;
	HOLES_STORE("movq", p + HOLES_PAGE - 5, what);
	p += 2 * HOLES_PAGE;
	asm volatile("movl $0x7654321, %0" : "=m" (*(uint32_t *)(p + 100)));
	HOLES_LOAD("movq", value[0], p + 97);
	return 1;
}

static inline unsigned int holes_strings(uint8_t *pages, uint64_t *value)
{
	uint8_t *ram = pages + HOLES_RAM * HOLES_PAGE;
	uint8_t *p = pages + 20 * HOLES_PAGE;
	uint64_t rdi, rcx;

	HOLES_COPY("b", ram, p + 1, HOLES_PAGE - 1, "cld");			/* hole to RAM */
	p += HOLES_PAGE;
	HOLES_COPY("q", p, ram, HOLES_PAGE / 8, "cld");				/* RAM to hole */
	p += HOLES_PAGE;
	HOLES_COPY("q", p + HOLES_PAGE, p, HOLES_PAGE / 8, "cld");		/* hole to hole */
	p += 2 * HOLES_PAGE;
	HOLES_COPY("b", ram + 2 * HOLES_PAGE - 1, p + HOLES_PAGE - 1, HOLES_PAGE, "std");
	p += HOLES_PAGE;
	HOLES_COPY("w", p + 2 * HOLES_PAGE - 2, ram + 2 * HOLES_PAGE - 2, HOLES_PAGE, "std");
	p += 2 * HOLES_PAGE;
	HOLES_COPY("q", ram + 2 * HOLES_PAGE + 4, p + 2044, 600, "cld");	/* across pages */
	p += 2 * HOLES_PAGE;
	HOLES_FILL("q", p, 0xa5a55a5a12345678, HOLES_PAGE / 8);
	p += HOLES_PAGE;
	HOLES_FILL("b", p + 2048, 0x77, HOLES_PAGE);
	p += 2 * HOLES_PAGE;

	rdi = (uint64_t)p;
	rcx = 2 * HOLES_PAGE;
	asm volatile("repne scasb" : "+D" (rdi), "+c" (rcx) : "a" (p[0] + 1) : "cc", "memory");
	value[0] = rcx;
	rdi = (uint64_t)(p + 2 * HOLES_PAGE);
	rcx = 16;
	asm volatile("repe cmpsb" : "+D" (rdi), "+c" (rcx), "+S" (p) : : "cc", "memory");
	value[1] = rcx;
	return 2;
}

static inline unsigned int holes_locked(uint8_t *pages, uint64_t *value)
{
	uint8_t *p = pages + 40 * HOLES_PAGE;
	uint8_t equal;

	value[0] = 1000;
	asm volatile("lock xaddq %0, %1" : "+r" (value[0]), "+m" (*(uint64_t *)(p + 64)) : : "cc");
	p += HOLES_PAGE;
	value[1] = 0;
	asm volatile("lock cmpxchgq %2, %1" : "+a" (value[1]), "+m" (*(uint64_t *)p) : "r" (7UL) : "cc");
	asm volatile("lock cmpxchgq %3, %1\n\tsete %2"
		     : "+a" (value[1]), "+m" (*(uint64_t *)p), "=q" (equal) : "r" (9UL) : "cc");
	value[2] = equal;
	p += HOLES_PAGE;
	value[3] = 0x1234;
	asm volatile("xchgl %k0, %1" : "+r" (value[3]), "+m" (*(uint32_t *)(p + 12)));
	p += HOLES_PAGE;
	asm volatile("lock btsl $3, %0\n\tsetc %b1" : "+m" (*(uint32_t *)(p + 20)), "=q" (equal) : : "cc");
	value[4] = equal;
	p += HOLES_PAGE;
	asm volatile("lock incl %0" : "+m" (*(uint32_t *)(p + HOLES_PAGE - 4)) : : "cc");
	p += HOLES_PAGE;
	asm volatile("orq %1, %0" : "+m" (*(uint64_t *)(p + 8)) : "r" (0xf0fUL) : "cc");
	return 5;
}

/* The vector unit, and a stack that is a hole. */
static inline unsigned int holes_others(uint8_t *pages, uint64_t *value)
{
	uint8_t *p = pages + 50 * HOLES_PAGE;
	uint64_t stack;

	asm volatile("movdqu %1, %%xmm0\n\tmovq %%xmm0, %0" : "=r" (value[0]) : "m" (*(char (*)[16])(p + 33)) : "xmm0");
	asm volatile("movdqu %%xmm0, %0" : "=m" (*(char (*)[16])(p + HOLES_PAGE + 64)) : : "xmm0");
	asm volatile("movdqu %1, %%xmm1\n\tmovq %%xmm1, %0" : "=r" (value[1])
		     : "m" (*(char (*)[16])(p + 3 * HOLES_PAGE - 8)) : "xmm1");
	p += 4 * HOLES_PAGE;
	stack = (uint64_t)(p + 512);
	asm volatile("xchgq %%rsp, %0\n\tpushq %2\n\tpushq $77\n\tpopq %1\n\txchgq %%rsp, %0"
		     : "+&r" (stack), "=&r" (value[2]) : "r" (0x5151UL) : "memory");
	value[3] = stack - (uint64_t)p;
	return 4;
}

/**
 * struct holes_counters - a page that both vCPUs count in
 * @sum: counted up with each kind of locked instruction
 * @own: by vCPU, counted up without a lock
 * @copied: by vCPU, copied from the page seven further on
 * @pattern: what is copied
 */
struct holes_counters {
	uint64_t sum[4];
	uint64_t own[HOLES_VCPUS];
	uint8_t copied[HOLES_VCPUS][64];
	uint8_t pattern[64];
};

static inline void holes_count(uint8_t *pages, unsigned int vcpu)
{
	unsigned int round, i;

	for (round = 0; round < HOLES_ROUNDS; round++) {
		for (i = 0; i < HOLES_COUNTERS; i++) {
			unsigned int page = vcpu ? HOLES_COUNTERS - 1 - i : i;
			struct holes_counters *c = (void *)(pages + page * HOLES_PAGE);
			struct holes_counters *from =
				(void *)(pages + (page + 7) % HOLES_COUNTERS * HOLES_PAGE);
			uint64_t one = 1;

			asm volatile("lock incq %0" : "+m" (c->sum[0]) : : "cc");
			asm volatile("lock xaddq %1, %0" : "+m" (c->sum[1]), "+r" (one) : : "cc");
			__atomic_fetch_xor(&c->sum[2], 1, __ATOMIC_SEQ_CST);
			__atomic_fetch_add(&c->sum[3], 2, __ATOMIC_SEQ_CST);
			c->own[vcpu]++;
			HOLES_COPY("b", c->copied[vcpu], from->pattern, sizeof(from->pattern), "cld");
		}
	}
}

/* What Xen's emulator gets wrong or refuses if it has to go on after its first access. */
static inline unsigned int holes_across(uint8_t *pages, uint64_t *value)
{
	uint8_t *ram = pages + HOLES_RAM * HOLES_PAGE;
	uint8_t *p = pages + 56 * HOLES_PAGE;

	/* An element across the end of the page comes first. */
	HOLES_COPY("q", ram + 64, p + HOLES_PAGE - 3, 20, "cld");
	p += 2 * HOLES_PAGE;
	HOLES_COPY("q", p + HOLES_PAGE - 5, ram + 1024, 20, "cld");
	p += 2 * HOLES_PAGE;
	HOLES_FILL("q", p + HOLES_PAGE - 2, 0x123456789abcdef0, 20);
	p += 2 * HOLES_PAGE;
	/* Read and written in two places each. */
	asm volatile("addq %1, %0" : "+m" (*(uint64_t *)(p + HOLES_PAGE - 3)) : "r" (0x0101010101010101UL) : "cc");
	p += 2 * HOLES_PAGE;
	value[0] = 0x55aa55aa55aa55aa;
	asm volatile("xchgq %0, %1" : "+r" (value[0]), "+m" (*(uint64_t *)(p + HOLES_PAGE - 4)));
	p += 2 * HOLES_PAGE;
	asm volatile("movsq" : "=&D" (value[1]), "=&S" (value[2])
		     : "0" (p + 3 * HOLES_PAGE - 5), "1" (p + HOLES_PAGE - 3) : "memory");
	value[1] -= (uint64_t)pages;
	value[2] -= (uint64_t)pages;
	p += 4 * HOLES_PAGE;
	/* Popped once, though Xen's emulator does so, too, before it has stored anything. */
	asm volatile("fninit\n\tfld1\n\tfldpi\n\tfstpt %0\n\tfstpl %1"
		     : "=m" (*(char (*)[10])(p + HOLES_PAGE - 4)), "=m" (value[3]));
	return 4;
}

static inline unsigned int holes_run(uint8_t *pages, uint64_t *value)
{
	unsigned int n = 0;

	n += holes_loads(pages, value + n);
	n += holes_stores(pages, value + n);
	n += holes_strings(pages, value + n);
	n += holes_locked(pages, value + n);
	n += holes_others(pages, value + n);
	n += holes_across(pages, value + n);
	return n;
}

#endif /* TSMC_HOLES_STEPS_H */
