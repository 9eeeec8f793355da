// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Instructions on the x87 unit, and those that save and load whole states.
 */
#include "hard.h"
#include "report.h"

/* Nothing but what is done here is in any register. */
#define CLEAN									\
	"fninit; fldz; fldz; fldz; fldz; fldz; fldz; fldz; fldz; fninit\n\t"	\
	".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"			\
	"pxor %%xmm\\n, %%xmm\\n\n\t"						\
	".endr\n\t"

#define VECTORS									\
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",	\
	"xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

/* An instruction at (%[p]) with xmm0, xmm1 and the top of the x87 stack as they come. */
#define STATE(id, text)								\
static void id(uint8_t *p, uint64_t *out)					\
{										\
	asm volatile(CLEAN							\
		     "fildq 32(%[r]); movdqu (%[r]), %%xmm0; movdqu 16(%[r]), %%xmm1\n\t"	\
		     text "\n\t"						\
		     "fistpq 32(%[r]); movdqu %%xmm0, (%[r]); movdqu %%xmm1, 16(%[r]); fninit"	\
		     : : [p] "r" (p), [r] "r" (out), "a" (7), "d" (0)		\
		     : "memory", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)",	\
		       "st(7)", VECTORS);					\
}

/* What a state is loaded from: saved by the same kind of instruction. */
#define IMAGE(id, text)								\
static void id##_image(uint8_t *p)						\
{										\
	static const uint64_t seed[] = { 1, 0x1122334455667788, 3, 0x99aabbccddeeff00, 12345678901234567 };	\
										\
	memset(p, 0, 1024);							\
	asm volatile(CLEAN							\
		     "fildq 32(%[r]); movdqu (%[r]), %%xmm0; movdqu 16(%[r]), %%xmm1\n\t"	\
		     text "\n\tfninit"						\
		     : : [p] "r" (p), [r] "r" (seed), "a" (7), "d" (0)		\
		     : "memory", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)",	\
		       "st(7)", VECTORS);					\
}

/*
 * Where the last instruction was is not compared: Xen does not keep that when it looks at one.
 * XSAVE reads a part of what it writes over. The word that says what was in use is cleared
 * afterwards: the processor may think of it one way or the other.
 */
static void zeroes(uint8_t *p)
{
	memset(p, 0, 1024);
}

static void number(uint8_t *p)
{
	const double value = 1234.75;

	memcpy(p, &value, sizeof(value));
	memset(p + sizeof(value), 0, 24);
}

static void decimal(uint8_t *p)
{
	memcpy(p, "\x12\x34\x56\x78\x90\x12\x34\x56\x00\x80", 10);
}

static void word(uint8_t *p)
{
	memcpy(p, "\x7f\x03", 2);
}

STATE(fld, "fldl (%[p]); faddp; fadds 16(%[p]); fld1; fstpl 8(%[p])")
STATE(fld_long, "fldl (%[p]); fstpt 16(%[p]); fldt 16(%[p]); faddp")
STATE(fild, "fildl (%[p]); faddp; fildq 8(%[p]); fistpq 16(%[p]); fisubs 24(%[p]); fistl 30(%[p])")
STATE(fisttp, "fldpi; fisttpq (%[p])")
STATE(fbld, "fbld (%[p]); fbstp 16(%[p])")
STATE(fcontrol, "fnstcw 16(%[p]); fldcw (%[p]); fnstsw 32(%[p])")
STATE(fnstenv, "fnstenv (%[p]); movl $0, 12(%[p]); movq $0, 16(%[p]); movl $0, 24(%[p])")
STATE(fldenv, "fldenv (%[p])")
STATE(fnsave, "fnsave (%[p]); movl $0, 12(%[p]); movq $0, 16(%[p]); movl $0, 24(%[p]); fildq 32(%[r])")
STATE(frstor, "frstor (%[p])")
STATE(fxsave, "fxsaveq (%[p])")
STATE(fxrstor, "fxrstorq (%[p])")
STATE(xsave, "xsaveq (%[p]); movq $0, 512(%[p])")
STATE(xsave_32, "xsave (%[p]); movq $0, 512(%[p])")
STATE(xsaveopt, "xsaveoptq (%[p]); movq $0, 512(%[p])")
STATE(xsavec, "xsavec64 (%[p]); movq $0, 512(%[p])")
STATE(xrstor, "xrstorq (%[p])")
STATE(xrstor_32, "xrstor (%[p])")

IMAGE(fldenv, "fnstenv (%[p])")
IMAGE(frstor, "fnsave (%[p])")
IMAGE(fxrstor, "fxsaveq (%[p])")
IMAGE(xrstor, "xsaveq (%[p])")

static const struct hard_kind kinds[] = {
	{ "fld", fld, number, HARD_IN, NULL, false },
	{ "fld across", fld, number, HARD_ACROSS, NULL, false },
	{ "fld, long", fld_long, number, HARD_IN, NULL, false },
	{ "fld, long, across", fld_long, number, HARD_ACROSS - 16, NULL, false },
	{ "fild", fild, number, HARD_IN, NULL, false },
	{ "fild across", fild, number, HARD_ACROSS, NULL, false },
	{ "fisttp across", fisttp, NULL, HARD_ACROSS, "pni", false },
	{ "fbld", fbld, decimal, HARD_IN, NULL, false },
	{ "fbld across", fbld, decimal, HARD_ACROSS, NULL, false },
	{ "fldcw, fnstcw, fnstsw", fcontrol, word, HARD_IN, NULL, false },
	{ "fldcw, fnstcw, fnstsw across", fcontrol, word, 2 * HARD_PAGE - 1, NULL, false },
	{ "fnstenv", fnstenv, NULL, HARD_IN, NULL, false },
	{ "fnstenv across", fnstenv, NULL, HARD_ACROSS, NULL, false },
	{ "fldenv", fldenv, fldenv_image, HARD_IN, NULL, false },
	{ "fldenv across", fldenv, fldenv_image, HARD_ACROSS, NULL, false },
	{ "fnsave", fnsave, NULL, HARD_IN, NULL, false },
	{ "fnsave across", fnsave, NULL, HARD_ACROSS, NULL, false },
	{ "frstor", frstor, frstor_image, HARD_IN, NULL, false },
	{ "frstor across", frstor, frstor_image, HARD_ACROSS, NULL, false },
	{ "fxsave", fxsave, NULL, HARD_IN, "fxsr", false },
	{ "fxsave across", fxsave, NULL, 2 * HARD_PAGE - 256, "fxsr", false },
	{ "fxrstor", fxrstor, fxrstor_image, HARD_IN, "fxsr", false },
	{ "fxrstor across", fxrstor, fxrstor_image, 2 * HARD_PAGE - 256, "fxsr", false },
	{ "xsave", xsave, zeroes, HARD_IN, "xsave", false },
	{ "xsave across", xsave, zeroes, 2 * HARD_PAGE - 512, "xsave", false },
	{ "xsave, 32 bits", xsave_32, zeroes, 2 * HARD_PAGE - 64, "xsave", false },
	{ "xsaveopt", xsaveopt, zeroes, HARD_IN, "xsaveopt", false },
	{ "xsaveopt across", xsaveopt, zeroes, 2 * HARD_PAGE - 576, "xsaveopt", false },
	{ "xsavec", xsavec, zeroes, HARD_IN, "xsavec", false },
	{ "xsavec across", xsavec, zeroes, 2 * HARD_PAGE - 576, "xsavec", false },
	{ "xrstor", xrstor, xrstor_image, HARD_IN, "xsave", false },
	{ "xrstor across", xrstor, xrstor_image, 2 * HARD_PAGE - 512, "xsave", false },
	{ "xrstor, 32 bits", xrstor_32, xrstor_image, 2 * HARD_PAGE - 576, "xsave", false },
};

const struct hard_set tsmc_hard_state = { kinds, ARRAY_SIZE(kinds) };
