// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Instructions on MMX, SSE and AVX registers.
 */
#include "hard.h"
#include "report.h"

/* An instruction at (%[p]) with mm0 or xmm0, xmm1 and xmm2 as they come. */
#define MMX(id, text)								\
static void id(uint8_t *p, uint64_t *out)					\
{										\
	asm volatile("movq (%[r]), %%mm0; movq 8(%[r]), %%mm1\n\t" text "\n\t"	\
		     "movq %%mm0, (%[r]); movq %%mm1, 8(%[r]); emms"		\
		     : : [p] "r" (p), [r] "r" (out) : "memory", "mm0", "mm1");	\
}

#define SSE(id, text)								\
static void id(uint8_t *p, uint64_t *out)					\
{										\
	asm volatile("movdqu (%[r]), %%xmm0; movdqu 16(%[r]), %%xmm1; movdqu 32(%[r]), %%xmm2\n\t"	\
		     text "\n\t"						\
		     "movdqu %%xmm0, (%[r]); movdqu %%xmm1, 16(%[r]); movdqu %%xmm2, 32(%[r])"	\
		     : : [p] "r" (p), [r] "r" (out)				\
		     : "memory", "cc", "rax", "rcx", "rdx", "rdi", "xmm0", "xmm1", "xmm2");	\
}

#define AVX(id, text)								\
static void id(uint8_t *p, uint64_t *out)					\
{										\
	asm volatile("vmovdqu (%[r]), %%ymm0; vmovdqu 32(%[r]), %%ymm1\n\t"	\
		     "vpxor %%xmm2, %%xmm2, %%xmm2\n\t" text "\n\t"		\
		     "vmovdqu %%ymm0, (%[r]); vmovdqu %%ymm1, 32(%[r]); vzeroupper"	\
		     : : [p] "r" (p), [r] "r" (out)				\
		     : "memory", "cc", "rax", "xmm0", "xmm1", "xmm2", "xmm3");	\
}

MMX(mmx_load, "movq (%[p]), %%mm0; paddb 8(%[p]), %%mm1")
MMX(mmx_store, "movq %%mm0, (%[p]); movd %%mm1, 8(%[p])")
MMX(mmx_direct, "movntq %%mm0, (%[p])")
MMX(mmx_mask, "movq %[p], %%rdi; maskmovq %%mm1, %%mm0")

SSE(movups, "movups (%[p]), %%xmm0; movups %%xmm1, 16(%[p])")
SSE(movaps, "movaps (%[p]), %%xmm0; movaps %%xmm1, 16(%[p])")
SSE(halves, "movlps (%[p]), %%xmm0; movhps 8(%[p]), %%xmm1; movlpd %%xmm0, 16(%[p]); movhpd %%xmm1, 24(%[p])")
SSE(scalars, "movss (%[p]), %%xmm0; movsd 4(%[p]), %%xmm1; movss %%xmm2, 16(%[p]); movq %%xmm2, 24(%[p]); movd %%xmm0, 32(%[p])")
SSE(integers, "paddd (%[p]), %%xmm0; pxor 16(%[p]), %%xmm1; pmaddwd 32(%[p]), %%xmm2")
SSE(floats, "addps (%[p]), %%xmm0; mulpd 16(%[p]), %%xmm1; cmpltps 32(%[p]), %%xmm2")
SSE(convert, "cvtsi2sdq (%[p]), %%xmm0; cvtdq2pd 8(%[p]), %%xmm1")
SSE(shuffle, "pshufb (%[p]), %%xmm0; palignr $5, 16(%[p]), %%xmm1")
SSE(insert, "pinsrq $1, (%[p]), %%xmm0; pextrb $3, %%xmm1, 8(%[p]); pextrd $2, %%xmm1, 9(%[p]); insertps $16, 16(%[p]), %%xmm2")
SSE(extend, "pmovzxbw (%[p]), %%xmm0; pmovsxdq 8(%[p]), %%xmm1")
SSE(direct, "movntps %%xmm0, (%[p]); movntdq %%xmm1, 16(%[p]); movntdqa 32(%[p]), %%xmm2; sfence")
SSE(lddqu, "lddqu (%[p]), %%xmm0; movddup 8(%[p]), %%xmm1; movshdup 16(%[p]), %%xmm2")
SSE(masked, "movq %[p], %%rdi; maskmovdqu %%xmm1, %%xmm0")
SSE(text, "movl $9, %%eax; movl $11, %%edx; pcmpestri $12, (%[p]), %%xmm0; pcmpistrm $8, 16(%[p]), %%xmm1; movd %%ecx, %%xmm2")
SSE(crypt, "aesenc (%[p]), %%xmm0; aesdeclast 16(%[p]), %%xmm1; aeskeygenassist $7, 32(%[p]), %%xmm2")
SSE(multiply, "pclmulqdq $1, (%[p]), %%xmm0")
SSE(hash, "sha1nexte (%[p]), %%xmm1; sha256msg1 16(%[p]), %%xmm2")
SSE(control, "stmxcsr (%[p]); ldmxcsr (%[p])")

AVX(vmovups, "vmovups (%[p]), %%ymm0; vmovups %%ymm1, 32(%[p])")
AVX(vmovdqa, "vmovdqa (%[p]), %%ymm0; vmovdqa %%ymm1, 32(%[p])")
AVX(vfloats, "vaddps (%[p]), %%ymm0, %%ymm0; vmulsd 32(%[p]), %%xmm1, %%xmm1; vtestps 32(%[p]), %%ymm0")
AVX(vintegers, "vpaddd (%[p]), %%ymm0, %%ymm0; vpermd 32(%[p]), %%ymm0, %%ymm1")
AVX(vbroadcast, "vbroadcastss (%[p]), %%ymm0; vpbroadcastq 8(%[p]), %%ymm1; vbroadcastf128 16(%[p]), %%ymm3")
AVX(vhalves, "vinsertf128 $1, (%[p]), %%ymm0, %%ymm0; vextractf128 $1, %%ymm1, 16(%[p])")
AVX(vdirect, "vmovntps %%ymm0, (%[p]); vmovntdqa 32(%[p]), %%ymm1; sfence")
AVX(vmasked, "vmaskmovps (%[p]), %%ymm0, %%ymm3; vmaskmovps %%ymm1, %%ymm0, 32(%[p]); vmovaps %%ymm3, %%ymm0")
AVX(vmasked_integers, "vpmaskmovd (%[p]), %%ymm0, %%ymm3; vpmaskmovq %%ymm1, %%ymm0, 32(%[p]); vmovaps %%ymm3, %%ymm0")
AVX(vfused, "vfmadd231ps (%[p]), %%ymm0, %%ymm1")
AVX(vhalf_floats, "vcvtph2ps (%[p]), %%ymm0; vcvtps2ph $0, %%ymm1, 16(%[p])")
AVX(vcontrol, "vstmxcsr (%[p]); vldmxcsr (%[p])")
/* Eight and four places, over three pages. */
AVX(vgather_8, "vpcmpeqd %%ymm3, %%ymm3, %%ymm3; vpmovsxbd 64(%[p]), %%ymm1; vpslld $5, %%ymm1, %%ymm1; vpgatherdd %%ymm3, (%[p],%%ymm1), %%ymm0")
AVX(vgather_4, "vpcmpeqd %%ymm3, %%ymm3, %%ymm3; vpmovsxbq 64(%[p]), %%ymm1; vpsllq $5, %%ymm1, %%ymm1; vgatherqpd %%ymm3, (%[p],%%ymm1), %%ymm0")

/* The rounding and the masks that every program has. */
static void usual_control(uint8_t *p)
{
	const uint32_t usual = 0x1f80;

	memcpy(p, &usual, sizeof(usual));
}

static const struct hard_kind kinds[] = {
#define BOTH(id, needs)	\
	{ #id, id, NULL, HARD_IN, needs, false }, { #id " across", id, NULL, HARD_ACROSS, needs, false }
#define END(id, needs)	\
	{ #id, id, NULL, HARD_IN, needs, false }, { #id ", end of page", id, NULL, HARD_ACROSS_16, needs, false }
	BOTH(mmx_load, "mmx"), BOTH(mmx_store, "mmx"), BOTH(mmx_direct, "sse"), BOTH(mmx_mask, "sse"),
	BOTH(movups, "sse"), END(movaps, "sse"), BOTH(halves, "sse2"), BOTH(scalars, "sse2"),
	END(integers, "sse2"), END(floats, "sse2"), BOTH(convert, "sse2"), END(shuffle, "ssse3"),
	BOTH(insert, "sse4_1"), BOTH(extend, "sse4_1"), END(direct, "sse4_1"), BOTH(masked, "sse2"),
	BOTH(text, "sse4_2"), END(crypt, "aes"), END(multiply, "pclmulqdq"), END(hash, "sha_ni"),
	{ "lddqu", lddqu, NULL, HARD_IN, "pni", false },
	{ "control", control, usual_control, HARD_IN, "sse", false },
	{ "control across", control, usual_control, HARD_ACROSS, "sse", false },
	BOTH(vmovups, "avx"), { "vmovdqa", vmovdqa, NULL, HARD_IN, "avx", false },
	BOTH(vfloats, "avx"), BOTH(vintegers, "avx2"), BOTH(vbroadcast, "avx2"), BOTH(vhalves, "avx"),
	BOTH(vmasked, "avx"), BOTH(vmasked_integers, "avx2"), BOTH(vfused, "fma"),
	BOTH(vhalf_floats, "f16c"), BOTH(vgather_8, "avx2"), BOTH(vgather_4, "avx2"),
	{ "vdirect", vdirect, NULL, HARD_IN, "avx2", false },
	{ "vcontrol", vcontrol, usual_control, HARD_IN, "avx", false },
	{ "vcontrol across", vcontrol, usual_control, HARD_ACROSS, "avx", false },
#undef BOTH
#undef END
};

const struct hard_set tsmc_hard_vector = { kinds, ARRAY_SIZE(kinds) };
