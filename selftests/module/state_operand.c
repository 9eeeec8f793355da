// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What module/state_operand.h finds in instructions that Xen refuses.
 */
#include <string.h>

#include <kselftest.h>

#include "state_operand.h"

#define IP	0x400000
#define FS	0x10000000
#define GS	0x20000000
/* Each register has a value of its own. */
#define REG(number)	(0x1000ULL * ((number) + 1) + (number))

enum { AX, CX, DX, BX, SP, BP, SI, DI, R12 = 12, R13, R14, R15 };

static const struct {
	const char *what;
	uint8_t bytes[TSMC_INSN_MAX];
	bool narrow;		/* code of 32 bits */
	bool found;
	struct tsmc_operand operand;
} cases[] = {
	{ "fxsave (%rdi)", { 0x0f, 0xae, 0x07 }, false, true, { REG(DI), TSMC_FXSAVE_LEN } },
	{ "fxrstor64 (%rsi)", { 0x48, 0x0f, 0xae, 0x0e }, false, true, { REG(SI), TSMC_FXSAVE_LEN } },
	{ "xrstor64 0x70(%r13)", { 0x49, 0x0f, 0xae, 0x6d, 0x70 }, false, true, { REG(R13) + 0x70, 0 } },
	{ "xsaveopt -0x10(%rdx)", { 0x0f, 0xae, 0x72, 0xf0 }, false, true, { REG(DX) - 0x10, 0 } },
	{ "xsavec -0x110(%rdx)", { 0x0f, 0xc7, 0xa2, 0xf0, 0xfe, 0xff, 0xff }, false, true,
	  { REG(DX) - 0x110, 0 } },
	{ "xsavec64 0x40(%rsp)", { 0x48, 0x0f, 0xc7, 0x64, 0x24, 0x40 }, false, true, { REG(SP) + 0x40, 0 } },
	{ "xsave64 0x40(%rsp,%r14,4)", { 0x4a, 0x0f, 0xae, 0x64, 0xb4, 0x40 }, false, true,
	  { REG(SP) + 4 * REG(R14) + 0x40, 0 } },
	{ "xsave 0x40(%r12,%r15,4)", { 0x43, 0x0f, 0xae, 0x64, 0xbc, 0x40 }, false, true,
	  { REG(R12) + 4 * REG(R15) + 0x40, 0 } },
	{ "xrstor 0x100(%rip)", { 0x0f, 0xae, 0x2d, 0, 1, 0, 0 }, false, true, { IP + 7 + 0x100, 0 } },
	{ "xrstor 0x1000", { 0x0f, 0xae, 0x2c, 0x25, 0, 0x10, 0, 0 }, false, true, { 0x1000, 0 } },
	{ "xrstor %fs:0x1000", { 0x64, 0x0f, 0xae, 0x2c, 0x25, 0, 0x10, 0, 0 }, false, true, { FS + 0x1000, 0 } },
	{ "fnsave %gs:(%rbx)", { 0x65, 0xdd, 0x33 }, false, true, { GS + REG(BX), TSMC_FNSAVE_LEN } },
	{ "frstor (%rax)", { 0xdd, 0x20 }, false, true, { REG(AX), TSMC_FNSAVE_LEN } },
	{ "fnstenv (%rax)", { 0xd9, 0x30 }, false, true, { REG(AX), TSMC_FNSTENV_LEN } },
	{ "fldenv (%eax)", { 0x67, 0xd9, 0x20 }, false, true, { REG(AX), TSMC_FNSTENV_LEN } },
	{ "iretq", { 0x48, 0xcf }, false, true, { REG(SP), TSMC_IRET_LEN } },
	{ "fxsave 0x1000, 32 bits", { 0x0f, 0xae, 0x05, 0, 0x10, 0, 0 }, true, true, { 0x1000, TSMC_FXSAVE_LEN } },
	{ "fxsave -16(%eax), 32 bits", { 0x0f, 0xae, 0x40, 0xf0 }, true, true, { REG(AX) - 16, TSMC_FXSAVE_LEN } },
	{ "lfence", { 0x0f, 0xae, 0xe8 }, false, false, { 0 } },
	{ "clflush (%rax)", { 0x0f, 0xae, 0x38 }, false, false, { 0 } },
	{ "ldmxcsr (%rax)", { 0x0f, 0xae, 0x10 }, false, false, { 0 } },
	{ "cmpxchg8b (%rax)", { 0x0f, 0xc7, 0x08 }, false, false, { 0 } },
	{ "fldcw (%rax)", { 0xd9, 0x28 }, false, false, { 0 } },
	{ "mov (%rax), %rbx", { 0x48, 0x8b, 0x18 }, false, false, { 0 } },
	{ "ud2", { 0x0f, 0x0b }, false, false, { 0 } },
	{ "nothing but prefixes", { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
				    0x66, 0x66 }, false, false, { 0 } },
	{ "an end amid an address", { 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x0f, 0xae,
				      0x80, 0x66 }, false, false, { 0 } },
};

static const struct {
	uint64_t address;
	unsigned int length;
	unsigned int pages;
} extents[] = {
	{ 0x1000, 1, 1 },
	{ 0x1000, 4096, 1 },
	{ 0x1001, 4096, 2 },
	{ 0x1fff, 1, 1 },
	{ 0x1fff, 2, 2 },
	{ 0x1e00, TSMC_FXSAVE_LEN, 1 },
	{ 0x1e01, TSMC_FXSAVE_LEN, 2 },
	{ 0x1ff0, 4112, 2 },
	{ 0x1ff0, 4113, 3 },
	{ 0xfffffffffffff008, TSMC_FXSAVE_LEN, 1 },
	{ 0xfffffffffffffff8, TSMC_FXSAVE_LEN, 2 },
};

static void test_extents(void)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < ARRAY_SIZE(extents); i++)
		wrong += tsmc_operand_pages(extents[i].address, extents[i].length) !=
			 extents[i].pages;
	ksft_test_result(!wrong, "operands lie on as many pages as they do\n");
}

int main(void)
{
	struct tsmc_cpu_state cpu = { .ip = IP, .fs = FS, .gs = GS };
	struct tsmc_operand operand;
	unsigned int i;

	for (i = 0; i < 16; i++)
		cpu.reg[i] = REG(i);
	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(cases) + 1);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bool found;

		memset(&operand, 0, sizeof(operand));
		cpu.long_mode = !cases[i].narrow;
		found = tsmc_state_operand(cases[i].bytes, &cpu, &operand);
		ksft_test_result(found == cases[i].found &&
				 (!found || (operand.address == cases[i].operand.address &&
					     operand.length == cases[i].operand.length)),
				 "%s\n", cases[i].what);
	}
	test_extents();
	ksft_finished();
}
