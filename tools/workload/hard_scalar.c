// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Instructions on general registers, strings and the stack.
 */
#include "hard.h"
#include "report.h"

/* An instruction at (%[p]) with rax, rbx, rcx and rdx as they come. */
#define SCALAR(id, text)							\
static void id(uint8_t *p, uint64_t *out)					\
{										\
	bool carry, zero;							\
										\
	asm volatile(text							\
		     : "+a" (out[0]), "+b" (out[1]), "+c" (out[2]), "+d" (out[3]),	\
		       "=@ccc" (carry), "=@ccz" (zero)				\
		     : [p] "r" (p) : "memory");					\
	out[4] = carry | zero << 1;						\
}

/* A string instruction from p + from to p + to. */
#define STRING(id, text, to, from, count)					\
static void id(uint8_t *p, uint64_t *out)					\
{										\
	uint64_t di = (uint64_t)p + (to), si = (uint64_t)p + (from), n = (count);	\
										\
	asm volatile(text							\
		     : "+D" (di), "+S" (si), "+c" (n), "+a" (out[0])		\
		     : : "memory", "cc");					\
	out[1] = di - (uint64_t)p;						\
	out[2] = si - (uint64_t)p;						\
	out[3] = n;								\
}

/* Instructions with the stack at p. */
#define STACK(id, text)								\
static void id(uint8_t *p, uint64_t *out)					\
{										\
	uint64_t at = (uint64_t)p;						\
										\
	asm volatile("xchgq %%rsp, %[at]\n\t" text "\n\txchgq %%rsp, %[at]"	\
		     : [at] "+&r" (at), "+a" (out[0]), "+b" (out[1]) : : "memory", "cc");	\
	out[2] = at - (uint64_t)p;						\
}

SCALAR(loads, "movzbl (%[p]), %%eax; movswq 2(%[p]), %%rbx; movslq 9(%[p]), %%rcx; movq 17(%[p]), %%rdx")
SCALAR(stores, "movb %%al, (%[p]); movw %%bx, 2(%[p]); movl %%ecx, 9(%[p]); movq %%rdx, 17(%[p])")
SCALAR(add, "addq %%rax, (%[p]); adcl %%ebx, 8(%[p]); sbbq 16(%[p]), %%rcx")
SCALAR(lock_add, "lock addq %%rax, (%[p])")
SCALAR(lock_sub, "lock subl %%eax, (%[p])")
SCALAR(lock_logic, "lock orq %%rax, (%[p]); lock andw %%bx, 8(%[p]); lock xorb %%cl, 10(%[p])")
SCALAR(lock_unary, "lock incq (%[p]); lock decl 8(%[p]); lock negw 12(%[p]); lock notb 14(%[p])")
SCALAR(unary, "incq (%[p])")
SCALAR(shifts, "shlq $3, (%[p]); rorl %%cl, 8(%[p]); rclw $1, 12(%[p])")
SCALAR(double_shift, "shldq $5, %%rax, (%[p]); shrdl %%cl, %%ebx, 8(%[p])")
SCALAR(multiply, "imulq (%[p]), %%rbx; mulq 8(%[p])")
SCALAR(divide, "xorl %%edx, %%edx; orq $255, (%[p]); divq (%[p])")
SCALAR(compare, "cmpq %%rax, (%[p])")
SCALAR(test, "testl $0x01020304, (%[p])")
SCALAR(set, "sete (%[p]); cmovnzq 8(%[p]), %%rbx")
SCALAR(swap, "xchgq %%rax, (%[p]); xchgb %%bl, 8(%[p])")
SCALAR(xadd_8, "lock xaddb %%al, (%[p])")
SCALAR(xadd_32, "lock xaddl %%eax, (%[p])")
SCALAR(xadd_64, "lock xaddq %%rax, (%[p])")
SCALAR(bits, "lock btsl $3, (%[p]); btrq $9, (%[p]); btcw $2, 8(%[p]); btq $1, (%[p])")
SCALAR(far_bits, "movq $9999, %%rax; lock btsq %%rax, (%[p]); movq $-9001, %%rbx; btrq %%rbx, (%[p])")
SCALAR(cmpxchg_8, "lock cmpxchgb %%bl, (%[p])")
SCALAR(cmpxchg_32, "lock cmpxchgl %%ebx, (%[p])")
SCALAR(cmpxchg_64, "lock cmpxchgq %%rbx, (%[p])")
SCALAR(cmpxchg_hit, "movq (%[p]), %%rax; lock cmpxchgq %%rbx, (%[p])")
SCALAR(cmpxchg_plain, "movl (%[p]), %%eax; cmpxchgl %%ebx, (%[p])")
SCALAR(cmpxchg8b, "lock cmpxchg8b (%[p])")
SCALAR(cmpxchg8b_hit, "movl (%[p]), %%eax; movl 4(%[p]), %%edx; lock cmpxchg8b (%[p])")
SCALAR(cmpxchg16b, "lock cmpxchg16b (%[p])")
SCALAR(cmpxchg16b_first, "xorl %%eax, %%eax; xorl %%edx, %%edx; lock cmpxchg16b (%[p]); lock cmpxchg16b (%[p])")
SCALAR(movbe, "movbeq (%[p]), %%rax; movbel %%ebx, 8(%[p])")
SCALAR(crc, "crc32q (%[p]), %%rax; crc32b 8(%[p]), %%ebx")
SCALAR(counts, "popcntq (%[p]), %%rax; bsfq 8(%[p]), %%rbx; bsrl 16(%[p]), %%ecx")
SCALAR(bmi, "andnq (%[p]), %%rax, %%rbx; bextrq %%rcx, 8(%[p]), %%rax; blsrq 16(%[p]), %%rcx")
SCALAR(bmi2, "pextq (%[p]), %%rax, %%rbx; pdepq 8(%[p]), %%rax, %%rcx; rorxq $7, 16(%[p]), %%rax")
SCALAR(store_direct, "movntiq %%rax, (%[p]); movntil %%ebx, 8(%[p]); sfence")
SCALAR(hints, "prefetcht0 (%[p]); prefetchnta (%[p]); prefetchw (%[p])")
SCALAR(flush, "clflush (%[p]); movq (%[p]), %%rax")
SCALAR(flush_opt, "clflushopt (%[p]); sfence; movq (%[p]), %%rax")
SCALAR(translate, "movq %[p], %%rbx; movzbl %%al, %%eax; xlatb; xorl %%ebx, %%ebx")
SCALAR(push_memory, "subq $128, %%rsp; pushq (%[p]); popq 8(%[p]); addq $128, %%rsp")
SCALAR(call_memory, "leaq 1f(%%rip), %%rax; movq %%rax, (%[p]); subq $128, %%rsp; call *(%[p]); addq $128, %%rsp; jmp 2f; 1: incq %%rbx; ret; 2: xorl %%eax, %%eax; movq %%rax, (%[p])")
SCALAR(jump_memory, "leaq 1f(%%rip), %%rax; movq %%rax, (%[p]); jmp *(%[p]); 1: xorl %%eax, %%eax; movq %%rax, (%[p])")

STRING(movsb, "rep movsb", HARD_PAGE, 0, 3000)
STRING(movsw_down, "std; rep movsw; cld", 0, -1024, 500)
STRING(movsq, "rep movsq", HARD_PAGE, 0, 300)
STRING(movsq_long, "rep movsq", HARD_PAGE + 5, 3, 350)
STRING(movsq_overlap, "rep movsq", 8, 0, 200)
STRING(movsl_one, "movsl", HARD_PAGE, 0, 1)
STRING(stosb, "rep stosb", 0, 0, 5000)
STRING(stosq, "rep stosq", 0, 0, 700)
STRING(stosl_down, "std; rep stosl; cld", 0, 0, 200)
STRING(lodsq, "rep lodsq", 0, 0, 700)
STRING(scasb, "movb $0x5a, %%al; repne scasb", 0, 0, 5000)
STRING(cmpsw, "repe cmpsw", HARD_PAGE, 0, 500)

STACK(push_pop, "pushq %%rax; pushw %%bx; popw %%ax; popq %%rbx")
STACK(push_flags, "pushfq; popq %%rax; andl $0x8d5, %%eax")
STACK(enter_leave, "movq %%rbp, %%rbx; enter $64, $0; leave; xorl %%ebx, %%ebx")
STACK(enter_nested, "movq %%rbp, %%rbx; movq %%rsp, %%rbp; addq $256, %%rbp; enter $32, $4; movq %%rbx, %%rbp; addq $64, %%rsp; xorl %%ebx, %%ebx")
STACK(call_return, "call 1f; jmp 2f; 1: popq %%rax; pushq %%rax; ret $0; 2: xorl %%eax, %%eax; movq %%rax, -8(%%rsp)")

/* Frame pointers that are saved differ by the place. */
static const struct hard_kind kinds[] = {
#define BOTH(id, needs)	\
	{ #id, id, NULL, HARD_IN, needs, false }, { #id " across", id, NULL, HARD_ACROSS, needs, false }
	BOTH(loads, NULL), BOTH(stores, NULL), BOTH(add, NULL), BOTH(lock_add, NULL),
	BOTH(lock_sub, NULL), BOTH(lock_logic, NULL), BOTH(lock_unary, NULL), BOTH(unary, NULL),
	BOTH(shifts, NULL), BOTH(double_shift, NULL), BOTH(multiply, NULL), BOTH(divide, NULL),
	BOTH(compare, NULL), BOTH(test, NULL), BOTH(set, NULL), BOTH(swap, NULL), BOTH(xadd_8, NULL),
	BOTH(xadd_32, NULL), BOTH(xadd_64, NULL), BOTH(bits, NULL), BOTH(far_bits, NULL),
	BOTH(cmpxchg_8, NULL), BOTH(cmpxchg_32, NULL), BOTH(cmpxchg_64, NULL), BOTH(cmpxchg_hit, NULL),
	BOTH(cmpxchg_plain, NULL), BOTH(cmpxchg8b, "cx8"), BOTH(cmpxchg8b_hit, "cx8"),
	BOTH(movbe, "movbe"), BOTH(crc, "sse4_2"), BOTH(counts, "popcnt"), BOTH(bmi, "bmi1"),
	BOTH(bmi2, "bmi2"), BOTH(store_direct, NULL), BOTH(hints, NULL), BOTH(flush, "clflush"),
	BOTH(flush_opt, "clflushopt"), BOTH(translate, NULL), BOTH(push_memory, NULL),
	BOTH(call_memory, NULL), BOTH(jump_memory, NULL),
	BOTH(movsb, NULL), BOTH(movsw_down, NULL), BOTH(movsq, NULL), BOTH(movsq_long, NULL),
	BOTH(movsq_overlap, NULL), BOTH(movsl_one, NULL), BOTH(stosb, NULL), BOTH(stosq, NULL),
	BOTH(stosl_down, NULL), BOTH(lodsq, NULL), BOTH(scasb, NULL), BOTH(cmpsw, NULL),
	BOTH(push_pop, NULL), BOTH(push_flags, NULL),
#undef BOTH
	{ "cmpxchg16b", cmpxchg16b, NULL, HARD_IN, "cx16", false },
	{ "cmpxchg16b, end of page", cmpxchg16b, NULL, HARD_ACROSS_16, "cx16", false },
	{ "cmpxchg16b, twice", cmpxchg16b_first, NULL, HARD_IN, "cx16", false },
	{ "enter and leave", enter_leave, NULL, HARD_IN, NULL, true },
	{ "enter and leave across", enter_leave, NULL, 2 * HARD_PAGE + 4, NULL, true },
	{ "enter, nested", enter_nested, NULL, 2 * HARD_PAGE + 8, NULL, true },
	{ "call and return", call_return, NULL, 2 * HARD_PAGE, NULL, false },
	{ "call and return across", call_return, NULL, 2 * HARD_PAGE + 4, NULL, false },
};

const struct hard_set tsmc_hard_scalar = { kinds, ARRAY_SIZE(kinds) };
