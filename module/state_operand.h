/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that Xen 4.17 does not emulate on memory, and what they touch.
 *
 * They save or load the state of the processor: FXSAVE, XSAVE and their
 * relatives, the environment of the x87 unit, and IRET, whose operand is the
 * stack.
 */
#ifndef TSMC_STATE_OPERAND_H
#define TSMC_STATE_OPERAND_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint8_t u8;
typedef uint64_t u64;
#endif

#define TSMC_OPERAND_PAGE	4096

/* No instruction is longer. */
#define TSMC_INSN_MAX		15

#define TSMC_FXSAVE_LEN		512
#define TSMC_FNSAVE_LEN		108
#define TSMC_FNSTENV_LEN	28
#define TSMC_IRET_LEN		40

/**
 * struct tsmc_cpu_state - what an address is made of
 * @reg: general registers, by the number that instructions have for them
 * @ip: of the instruction
 * @fs: base of the segment
 * @gs: base of the segment
 * @long_mode: it is 64-bit code
 */
struct tsmc_cpu_state {
	u64 reg[16];
	u64 ip;
	u64 fs;
	u64 gs;
	bool long_mode;
};

/**
 * struct tsmc_operand - memory of an instruction
 * @address: where it begins
 * @length: at most so many bytes; 0: as many as XSAVE needs
 */
struct tsmc_operand {
	u64 address;
	unsigned int length;
};

/**
 * struct tsmc_insn - an instruction that is being taken apart
 * @at: next byte
 * @end: behind the last
 * @base: of the segment
 * @rex: prefix, or 0
 * @narrow: addresses are half as wide as usual
 */
struct tsmc_insn {
	const u8 *at;
	const u8 *end;
	u64 base;
	u8 rex;
	bool narrow;
};

static inline bool tsmc_insn_byte(struct tsmc_insn *insn, u8 *byte)
{
	if (insn->at == insn->end)
		return false;
	*byte = *insn->at++;
	return true;
}

/* A number with a sign, of 1 or 4 bytes. */
static inline bool tsmc_insn_number(struct tsmc_insn *insn, unsigned int bytes,
				    u64 *number)
{
	u64 value = 0, sign = 1ULL << (8 * bytes - 1);
	unsigned int i;
	u8 byte;

	for (i = 0; i < bytes; i++) {
		if (!tsmc_insn_byte(insn, &byte))
			return false;
		value |= (u64)byte << (8 * i);
	}
	*number = (value ^ sign) - sign;
	return true;
}

/* Prefixes; returns the byte behind them. */
static inline bool tsmc_insn_prefixes(struct tsmc_insn *insn,
				      const struct tsmc_cpu_state *cpu, u8 *byte)
{
	while (tsmc_insn_byte(insn, byte)) {
		switch (*byte) {
		case 0x64:
			insn->base = cpu->fs;
			continue;
		case 0x65:
			insn->base = cpu->gs;
			continue;
		case 0x67:
			insn->narrow = true;
			continue;
		case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x66:
		case 0xf2: case 0xf3:
			continue;
		}
		if (!cpu->long_mode || (*byte & 0xf0) != 0x40)
			return true;
		insn->rex = *byte;
		return tsmc_insn_byte(insn, byte);
	}
	return false;
}

/* The address behind a ModRM byte whose operand is memory. */
static inline bool tsmc_insn_address(struct tsmc_insn *insn,
				     const struct tsmc_cpu_state *cpu,
				     u8 modrm, u64 *address)
{
	u8 mod = modrm >> 6, rm = modrm & 7, sib = 0;
	u64 sum = 0, displacement = 0;
	bool relative = false, has_base = true;

	if (mod == 3)
		return false;
	if (rm == 4) {
		u8 index;

		if (!tsmc_insn_byte(insn, &sib))
			return false;
		index = (sib >> 3 & 7) | (insn->rex & 2) << 2;
		if (index != 4)
			sum += cpu->reg[index] << (sib >> 6);
		rm = sib & 7;
		has_base = mod || rm != 5;
	} else if (!mod && rm == 5) {
		relative = cpu->long_mode;
		has_base = false;
	}
	if (has_base)
		sum += cpu->reg[rm | (insn->rex & 1) << 3];
	if (mod == 1 && !tsmc_insn_number(insn, 1, &displacement))
		return false;
	if ((mod == 2 || !has_base) && !tsmc_insn_number(insn, 4, &displacement))
		return false;
	sum += displacement;
	/* None of these instructions has an immediate operand: the next one begins here. */
	if (relative)
		sum += cpu->ip + (insn->at - (insn->end - TSMC_INSN_MAX));
	if (!cpu->long_mode || insn->narrow)
		sum = (unsigned int)sum;
	*address = sum + insn->base;
	return true;
}

/* Length of what an opcode of two bytes, or of one, saves or loads; -1: none. */
static inline int tsmc_insn_length(bool two, u8 opcode, u8 modrm)
{
	u8 what = modrm >> 3 & 7;

	if (two && opcode == 0xae && what < 2)
		return TSMC_FXSAVE_LEN;
	if (two && opcode == 0xae && what >= 4 && what <= 6)
		return 0;
	if (two && opcode == 0xc7 && what >= 3 && what <= 5)
		return 0;
	if (!two && opcode == 0xd9 && (what == 4 || what == 6))
		return TSMC_FNSTENV_LEN;
	if (!two && opcode == 0xdd && (what == 4 || what == 6))
		return TSMC_FNSAVE_LEN;
	return -1;
}

/**
 * tsmc_state_operand - what an instruction of these touches
 * @bytes: the instruction, and what follows it
 * @cpu: registers before it
 * @operand: filled in
 *
 * Return: whether it is one of them, with an operand in memory.
 */
static inline bool tsmc_state_operand(const u8 bytes[TSMC_INSN_MAX],
				      const struct tsmc_cpu_state *cpu,
				      struct tsmc_operand *operand)
{
	struct tsmc_insn insn = { .at = bytes, .end = bytes + TSMC_INSN_MAX };
	bool two;
	int length;
	u8 opcode, modrm;

	if (!tsmc_insn_prefixes(&insn, cpu, &opcode))
		return false;
	if (opcode == 0xcf) {
		*operand = (struct tsmc_operand){ cpu->reg[4], TSMC_IRET_LEN };
		return true;
	}
	two = opcode == 0x0f;
	if (two && !tsmc_insn_byte(&insn, &opcode))
		return false;
	if (!tsmc_insn_byte(&insn, &modrm))
		return false;
	length = tsmc_insn_length(two, opcode, modrm);
	if (length < 0)
		return false;
	operand->length = length;
	return tsmc_insn_address(&insn, cpu, modrm, &operand->address);
}

/**
 * tsmc_operand_pages - on how many pages an operand lies
 * @address: where it begins; any, also so near to the end of all addresses that it wraps
 * @length: bytes
 */
static inline unsigned int tsmc_operand_pages(u64 address, unsigned int length)
{
	return (address % TSMC_OPERAND_PAGE + length + TSMC_OPERAND_PAGE - 1) /
	       TSMC_OPERAND_PAGE;
}

#endif /* TSMC_STATE_OPERAND_H */
