// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Having Xen forget an instruction that it is in the middle of emulating.
 *
 * Xen does so whenever a vCPU's registers are loaded from outside. We load what
 * is there already, since a pass of the emulator that waits for an answer has
 * changed no register yet; the exception are two instructions, see x87_unpop().
 *
 * That is the extended state (x87 and vector registers): nothing else is with
 * it. A guest for which Xen knows of no such state, as one that has not switched
 * XSAVE on, has only what the other call takes, general registers and FXSAVE's;
 * that one would lose the upper halves of vector registers of any other guest.
 */
#include "ioreq_slots.h"

#include <string.h>
#include <xen/domctl.h>

/* x87 and SSE, which every processor in 64-bit mode has. */
#define XSTATE_LEGACY	UINT64_C(3)
/* Before the state itself: the features that are on, and those that ever were. */
#define HEADER_SIZE	(2 * sizeof(uint64_t))
#define INSN_MAX	15

/**
 * struct x87_image - how FXSAVE and XSAVE begin
 * @control: control word
 * @status: status word; the top of the stack is in it
 * @valid: a bit for each register, by its number
 * @opcode: of the last instruction: the lower three bits of its first byte, and its second one
 * @other: addresses of that instruction, and what is SSE's
 * @stack: registers from the top on
 */
struct x87_image {
	uint16_t control;
	uint16_t status;
	uint16_t valid;
	uint16_t opcode;
	uint8_t other[24];
	uint8_t stack[8][16];
};

#define TOP_SHIFT	11
#define TOP_MASK	7

/* Where XSAVE's header tells which parts of the state are there. */
#define XSTATE_BV	512

/* Whether it stores ten bytes and pops: FSTP or FBSTP. */
static bool is_long_store(uint8_t first, uint8_t modrm)
{
	uint8_t what = modrm >> 3 & 7;

	return modrm < 0xc0 && (((first & 7) == 3 && what == 7) || ((first & 7) == 7 && what == 6));
}

/* Prefixes are what may come before the opcode. */
static bool is_prefix(uint8_t byte)
{
	static const uint8_t prefixes[] = {
		0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf2, 0xf3,
	};

	return (byte & 0xf0) == 0x40 || memchr(prefixes, byte, sizeof(prefixes));
}

/* Whether that is what the vCPU executes, of which its state says that it may be. */
static bool executes_long_store(struct tsmc_xen *xen, uint32_t domid, unsigned int vcpu, uint16_t opcode)
{
	vcpu_guest_context_any_t context;
	unsigned int i;
	uint64_t at;

	if (xc_vcpu_getcontext(xen->xc, domid, vcpu, &context))
		return false;
	at = context.x64.user_regs.rip;
	for (i = 0; i < INSN_MAX; i++, at++) {
		uint64_t gfn = xc_translate_foreign_address(xen->xc, domid, vcpu, at);
		uint8_t *page, byte;
		int err;

		page = gfn ? tsmc_foreign_map(xen, domid, false, &gfn, 1, &err) : NULL;
		if (!page)
			return false;
		/* Neither a prefix nor an opcode that is looked for. */
		byte = err ? 0 : page[at % TSMC_PAGE_SIZE];
		tsmc_foreign_unmap(xen, page, 1);
		if (byte == 0xdb || byte == 0xdf)
			return (byte & 7) == opcode >> 8;
		if (!is_prefix(byte))
			return false;
	}
	return false;
}

/*
 * FSTP and FBSTP of ten bytes pop the stack of the x87 unit in each pass of Xen's
 * emulator, although they have not stored anything. The register itself is still
 * there, as the last one. Who carries on after us does not do it again: the opcode goes.
 */
static void x87_unpop(struct x87_image *x87)
{
	unsigned int top = ((x87->status >> TOP_SHIFT) - 1) & TOP_MASK;
	uint8_t last[16];

	memcpy(last, x87->stack[7], sizeof(last));
	memmove(x87->stack[1], x87->stack[0], 7 * sizeof(last));
	memcpy(x87->stack[0], last, sizeof(last));
	x87->status = (x87->status & ~(TOP_MASK << TOP_SHIFT)) | top << TOP_SHIFT;
	x87->valid |= 1 << top;
	x87->opcode = 0;
}

/* Returns whether something was to be corrected. */
static bool correct_x87(struct tsmc_xen *xen, uint32_t domid, unsigned int vcpu, struct x87_image *x87)
{
	uint16_t opcode = x87->opcode & 0x7ff;

	if (!is_long_store(opcode >> 8, opcode) || !executes_long_store(xen, domid, vcpu, opcode))
		return false;
	x87_unpop(x87);
	return true;
}

/*
 * Asks for the size that there can be at most, gets the state, and loads it.
 * Return: 1; 0 when there is none; or a negative errno.
 */
static int reload_extended(struct tsmc_xen *xen, struct xen_domctl *op)
{
	DECLARE_HYPERCALL_BUFFER(uint64_t, buffer);
	int rc = 0;

	op->cmd = XEN_DOMCTL_getvcpuextstate;
	if (xc_domctl(xen->xc, op))
		return -errno;
	buffer = xc_hypercall_buffer_alloc(xen->xc, buffer, op->u.vcpuextstate.size);
	if (!buffer)
		return -ENOMEM;
	set_xen_guest_handle(op->u.vcpuextstate.buffer, buffer);
	if (xc_domctl(xen->xc, op))
		rc = -errno;
	/* Xen would take it, and do nothing. */
	if (!rc && op->u.vcpuextstate.size > HEADER_SIZE) {
		uint8_t *image = (uint8_t *)buffer + HEADER_SIZE;

		/* It saves these two of each guest, and does not take them back if they never were on. */
		buffer[1] |= XSTATE_LEGACY;
		if (correct_x87(xen, op->domain, op->u.vcpuextstate.vcpu, (struct x87_image *)image))
			image[XSTATE_BV] |= 1;
		op->cmd = XEN_DOMCTL_setvcpuextstate;
		rc = xc_domctl(xen->xc, op) ? -errno : 1;
	}
	xc_hypercall_buffer_free(xen->xc, buffer);
	return rc;
}

static int reload_context(struct tsmc_xen *xen, uint32_t domid, unsigned int vcpu)
{
	vcpu_guest_context_any_t context;

	if (xc_vcpu_getcontext(xen->xc, domid, vcpu, &context))
		return -errno;
	correct_x87(xen, domid, vcpu, (struct x87_image *)&context.x64.fpu_ctxt);
	return xc_vcpu_setcontext(xen->xc, domid, vcpu, &context) ? -errno : 0;
}

/**
 * tsmc_vcpu_retry() - have a vCPU run its instruction anew
 * @xen: handle
 * @domid: domain number
 * @vcpu: waits for an access to be performed, or does not run
 *
 * When it has its answer, which is ignored, it is back in the guest, at the
 * instruction whose access it was.
 *
 * Return: 0 or a negative errno.
 */
int tsmc_vcpu_retry(struct tsmc_xen *xen, uint32_t domid, unsigned int vcpu)
{
	struct xen_domctl op = { .domain = domid, .u.vcpuextstate.vcpu = vcpu };
	int rc = reload_extended(xen, &op);

	if (!rc)
		rc = reload_context(xen, domid, vcpu);
	if (rc < 0)
		return tsmc_xen_error(xen, rc, "cannot have vCPU %u of domain %u run an instruction anew",
				      vcpu, domid);
	return 0;
}
