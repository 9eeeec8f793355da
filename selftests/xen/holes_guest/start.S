/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PVH guest of one vCPU without a kernel: 64-bit mode, the first GiB mapped
 * one to one, then guest_main().
 */
#define XEN_ELFNOTE_PHYS32_ENTRY	18

	.section .note.Xen, "a", @note
	.balign	4
	.long	4, 4, XEN_ELFNOTE_PHYS32_ENTRY
	.asciz	"Xen"
	.long	_start

	.text
	.code32
	.globl	_start
_start:
	cld
	movl	$(pd + 7), pdpt
	movl	$(pdpt + 7), pml4
	xorl	%ecx, %ecx
	movl	$0x87, %eax		/* present, writable, user, 2 MiB */
1:	movl	%eax, pd(, %ecx, 8)
	addl	$0x200000, %eax
	incl	%ecx
	cmpl	$512, %ecx
	jne	1b

	movl	$pml4, %eax
	movl	%eax, %cr3
	movl	$0x620, %eax		/* PAE, SSE and its exceptions */
	movl	%eax, %cr4
	movl	$0xc0000080, %ecx	/* EFER */
	rdmsr
	orl	$0x100, %eax		/* LME */
	wrmsr
	movl	$0x80000013, %eax	/* paging, extension type, monitor, protection */
	movl	%eax, %cr0
	lgdt	gdt_pointer
	ljmp	$8, $2f

	.code64
2:	movl	$16, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	$stack_top, %esp
	movl	$pdpt, %edi
	call	guest_main
3:	pause
	jmp	3b

	.balign	8
gdt:	.quad	0
	.quad	0x00af9b000000ffff	/* code, 64 bits */
	.quad	0x00cf93000000ffff	/* data */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt

	.bss
	.balign	4096
pml4:	.skip	4096
pdpt:	.skip	4096
pd:	.skip	4096
	.skip	4096
stack_top:

	.section .note.GNU-stack, "", @progbits
