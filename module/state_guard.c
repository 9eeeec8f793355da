// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions that Xen refuses on a missing page are run again once it is there.
 *
 * Xen emulates the first access to a missing page, to learn which one it is. It
 * does not know those that save or load the processor's state, such as XSAVE,
 * and answers with an exception: #UD or #GP. Programs do such things on their
 * stacks, and the kernel does when it delivers signals. So before such an
 * exception does any harm the operand is read here, which waits until it has
 * come, and the instruction is tried once more.
 */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include <asm/extable.h>
#include <asm/msr.h>
#include <asm/trapnr.h>
#include <asm/vdso.h>

#include "state_guard.h"
#include "state_operand.h"

#define CPUID_XSTATE	0xd

/* From a try to the exception after it. */
#define TRIED_MS	100

/* The hooks take their arguments from registers: they had better be these. */
static_assert(__same_type(fixup_exception,
			  int (struct pt_regs *, int, unsigned long,
			       unsigned long)));
static_assert(__same_type(fixup_vdso_exception,
			  bool (struct pt_regs *, int, unsigned long,
				unsigned long)));

static void read_registers(struct pt_regs *regs,
			   struct tsmc_cpu_state *cpu)
{
	*cpu = (struct tsmc_cpu_state){
		.reg = { regs->ax, regs->cx, regs->dx, regs->bx, regs->sp,
			 regs->bp, regs->si, regs->di, regs->r8, regs->r9,
			 regs->r10, regs->r11, regs->r12, regs->r13, regs->r14,
			 regs->r15 },
		.ip = regs->ip,
		.long_mode = any_64bit_mode(regs),
	};
	if (!user_mode(regs))
		return;
	rdmsrl(MSR_FS_BASE, cpu->fs);
	/* In the kernel the other one is its own. */
	rdmsrl(MSR_KERNEL_GS_BASE, cpu->gs);
}

static bool copy_bytes(void *to, unsigned long from, size_t count, bool user)
{
	if (user)
		return !copy_from_user_nofault(to, (void __user *)from, count);
	return !copy_from_kernel_nofault(to, (void *)from, count);
}

/* What lies behind the end of a page need not be there. */
static bool fetch(struct pt_regs *regs, u8 bytes[TSMC_INSN_MAX])
{
	size_t first = min_t(size_t, TSMC_INSN_MAX,
			     PAGE_SIZE - offset_in_page(regs->ip));
	bool user = user_mode(regs);

	memset(bytes, 0, TSMC_INSN_MAX);
	if (!copy_bytes(bytes, regs->ip, first, user))
		return false;
	copy_bytes(bytes + first, regs->ip + first, TSMC_INSN_MAX - first, user);
	return true;
}

/* The address is the program's choice: it reads nothing here but its own memory. */
static void touch(const struct tsmc_operand *operand, bool user)
{
	unsigned int length = operand->length ? : cpuid_ebx(CPUID_XSTATE);
	unsigned int pages = tsmc_operand_pages(operand->address, length);
	unsigned long at = operand->address;
	u8 byte;

	for (; pages; pages--, at = (at & PAGE_MASK) + PAGE_SIZE)
		copy_bytes(&byte, at, sizeof(byte), user || at < TASK_SIZE_MAX);
}

/*
 * Who is it that tries what? A task may be where another was before. The lower
 * 16 bits are left for the time.
 */
static u64 key_of(const struct pt_regs *regs, const struct tsmc_operand *operand)
{
	u64 key = hash_64((unsigned long)current ^ current->start_boottime, 64) ^
		  hash_64(regs->ip, 64) * 3 ^ operand->address;

	return hash_64(key, 64) & ~0xffffULL;
}

static u64 *slot_of(struct tsmc_guard *guard, u64 key)
{
	return &guard->tried[key >> (64 - TSMC_GUARD_TRIED_BITS)];
}

/*
 * Whether this was tried just before: then the exception is the instruction's
 * own. Later the same place may be another page. Who is forgotten here, since
 * others came, or is so late, gets one more try.
 */
static bool was_tried(struct tsmc_guard *guard, u64 key)
{
	u64 last = READ_ONCE(*slot_of(guard, key));

	return (last & ~0xffffULL) == key &&
	       (u16)(jiffies - last) <= msecs_to_jiffies(TRIED_MS);
}

static void note_try(struct tsmc_guard *guard, u64 key)
{
	WRITE_ONCE(*slot_of(guard, key), key | (u16)jiffies);
}

/* fixup_exception(regs, trapnr, ...), and so the other: not zero to go on at regs. */
static bool try_again(struct tsmc_guard *guard, struct pt_regs *hooked)
{
	struct pt_regs *regs = (void *)regs_get_kernel_argument(hooked, 0);
	int trap = regs_get_kernel_argument(hooked, 1);
	struct tsmc_cpu_state cpu;
	struct tsmc_operand operand;
	u8 bytes[TSMC_INSN_MAX];
	u64 key;

	if (trap != X86_TRAP_UD && trap != X86_TRAP_GP)
		return false;
	if (!fetch(regs, bytes))
		return false;
	read_registers(regs, &cpu);
	if (!tsmc_state_operand(bytes, &cpu, &operand))
		return false;
	key = key_of(regs, &operand);
	if (was_tried(guard, key))
		return false;
	touch(&operand, user_mode(regs));
	note_try(guard, key);
	atomic64_inc(&guard->state_retries);
	return true;
}

const struct tsmc_guard_point tsmc_state_guard_points[2] = {
	{ .symbol = "fixup_exception", .instead = try_again },
	{ .symbol = "fixup_vdso_exception", .instead = try_again },
};
