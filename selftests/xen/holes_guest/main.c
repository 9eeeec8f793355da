// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's part: run the steps and tell what they saw, then count on both
 * vCPUs.
 */
#include "../holes_steps.h"

#include <xen/xen.h>
#include <xen/vcpu.h>
#include <xen/hvm/hvm_vcpu.h>

#define PRESENT_WRITABLE	3
#define XEN_LEAVES		0x40000000
#define RFLAGS_RESERVED		2
#define EFER_LME_LMA		0x500

#define SHARED	((struct holes_shared *)((uint64_t)HOLES_SHARED_GFN * HOLES_PAGE))
#define PAGES	((uint8_t *)HOLES_VIRTUAL)
#define NOWHERE	((uint8_t *)((uint64_t)HOLES_NOWHERE_GFN * HOLES_PAGE))

static uint64_t directory[512] __attribute__((aligned(HOLES_PAGE)));
static uint64_t table[512] __attribute__((aligned(HOLES_PAGE)));
static uint8_t hypercalls[HOLES_PAGE] __attribute__((aligned(HOLES_PAGE)));
static uint8_t stack[HOLES_PAGE] __attribute__((aligned(HOLES_PAGE)));

static void map_pages(uint64_t *pdpt)
{
	unsigned int page;

	for (page = 0; page < HOLES_ALL; page++)
		table[page] = (uint64_t)holes_gfn(page) * HOLES_PAGE | PRESENT_WRITABLE;
	directory[0] = (uint64_t)table | PRESENT_WRITABLE;
	pdpt[HOLES_VIRTUAL >> 30] = (uint64_t)directory | PRESENT_WRITABLE;
}

static void find_hypercalls(void)
{
	uint32_t a = XEN_LEAVES + 2, b, c = 0, d;
	uint64_t at = (uint64_t)hypercalls;

	asm volatile("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	asm volatile("wrmsr" : : "c" (b), "a" ((uint32_t)at), "d" ((uint32_t)(at >> 32)) : "memory");
}

static long vcpu_op(long op, long vcpu, void *arg)
{
	long ret;

	asm volatile("call *%[entry]"
		     : "=a" (ret), "+D" (op), "+S" (vcpu), "+d" (arg)
		     : [entry] "r" (hypercalls + __HYPERVISOR_vcpu_op * 32) : "memory", "cc");
	return ret;
}

static void second_main(void)
{
	holes_count(PAGES + HOLES_PAGES * HOLES_PAGE, 1);
	__atomic_store_n(&SHARED->done[1], 1, __ATOMIC_RELEASE);
	for (;;)
		asm volatile("pause");
}

static void start_second(void)
{
	static struct vcpu_hvm_context context = { .mode = VCPU_HVM_MODE_64B };
	struct vcpu_hvm_x86_64 *regs = &context.cpu_regs.x86_64;

	regs->rip = (uint64_t)second_main;
	regs->rsp = (uint64_t)(stack + sizeof(stack) - 8);
	regs->rflags = RFLAGS_RESERVED;
	regs->efer = EFER_LME_LMA;
	asm("mov %%cr0, %0" : "=r" (regs->cr0));
	asm("mov %%cr3, %0" : "=r" (regs->cr3));
	asm("mov %%cr4, %0" : "=r" (regs->cr4));
	if (!vcpu_op(VCPUOP_initialise, 1, &context))
		vcpu_op(VCPUOP_up, 1, 0);
}

/* From start.S, with the page table that maps one GiB with each entry. */
void guest_main(uint64_t *pdpt)
{
	unsigned int n;

	map_pages(pdpt);
	__atomic_store_n(&SHARED->magic, HOLES_MAGIC, __ATOMIC_RELEASE);
	HOLES_STORE("movq", NOWHERE + 8, 0UL);
	HOLES_LOAD("movq", SHARED->nowhere, NOWHERE + 8);
	n = holes_run(PAGES, SHARED->value);
	__atomic_store_n(&SHARED->nr_values, n, __ATOMIC_RELEASE);

	find_hypercalls();
	start_second();
	holes_count(PAGES + HOLES_PAGES * HOLES_PAGE, 0);
	__atomic_store_n(&SHARED->done[0], 1, __ATOMIC_RELEASE);
}
