/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How one sample changes the heat of a page: a pure decision, tested outside
 * the kernel.
 */
#ifndef TSMC_HEAT_STEP_H
#define TSMC_HEAT_STEP_H

#include <linux/tsmc_hint.h>

/* Of a page that no process has touched for long. 0 is for advice. */
#define TSMC_HEAT_COLD		1
/* From here on a page counts as hot. */
#define TSMC_HEAT_HOT		8
/* Hotter than this is only what is also written. */
#define TSMC_HEAT_READ_MAX	11

/**
 * tsmc_class_has_heat - is such a page one that processes use?
 * @class: what the page is
 */
static inline bool tsmc_class_has_heat(enum tsmc_class class)
{
	return class >= TSMC_CLASS_EXEC && class < TSMC_CLASS_NR;
}

/**
 * tsmc_heat_step - heat of a page after one more sample
 * @heat: before it, 0..TSMC_HINT_HEAT_MAX
 * @seen: it was touched since the sample before
 * @written: and its page table entry says that it was written
 *
 * A page rises by a quarter of what is left above it, a little rounded up, and
 * falls by a quarter of its heat. So a cold page takes two samples to become
 * hot, one that it missed does not undo three that it was seen in, and a hot
 * page that is left alone stays hot for two samples at most:
 *
 *	seen:		1 5 8 10 12 13 14 15
 *	not seen:	15 11 8 6 4 3 2 1
 *
 * What an application calls discardable, heat 0, stays so until it is seen.
 *
 * Return: 0..TSMC_HINT_HEAT_MAX.
 */
static inline unsigned int tsmc_heat_step(unsigned int heat, bool seen,
					  bool written)
{
	if (!seen)
		return heat > TSMC_HEAT_COLD ? heat - (heat + 3) / 4 : heat;
	heat += (TSMC_HINT_HEAT_MAX + 3 - heat) / 4;
	if (heat > TSMC_HINT_HEAT_MAX)
		heat = TSMC_HINT_HEAT_MAX;
	if (!written && heat > TSMC_HEAT_READ_MAX)
		heat = TSMC_HEAT_READ_MAX;
	return heat;
}

#endif /* TSMC_HEAT_STEP_H */
