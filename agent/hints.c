// SPDX-License-Identifier: GPL-2.0-or-later
#include "hints.h"

#include <stddef.h>

#include "linux/tsmc_hint.h"

/**
 * tsmc_hints_class - what a page is to its guest
 * @hints: table, or NULL
 * @gfn: any number
 *
 * Return: enum tsmc_class; TSMC_CLASS_UNKNOWN beyond the table and without one.
 */
unsigned int tsmc_hints_class(const struct tsmc_hints *hints, uint64_t gfn)
{
	if (!hints || gfn >= hints->nr_pfns)
		return TSMC_CLASS_UNKNOWN;
	return TSMC_HINT_CLASS(hints->bytes[gfn]);
}

/**
 * tsmc_hints_heat - how soon a page is likely to be touched again
 * @hints: table, or NULL
 * @gfn: any number
 *
 * Return: 0 (cold) to TSMC_HINT_HEAT_MAX; 0 beyond the table, without one, and
 * when the guest did not say that it measures heat (TSMC_HINT_F_HEAT).
 */
unsigned int tsmc_hints_heat(const struct tsmc_hints *hints, uint64_t gfn)
{
	if (!hints || gfn >= hints->nr_pfns || !(hints->features & TSMC_HINT_F_HEAT))
		return 0;
	return TSMC_HINT_HEAT(hints->bytes[gfn]);
}

/**
 * tsmc_class_may_wait - may a page be absent when the guest resumes?
 * @class: enum tsmc_class, or any number
 *
 * FREE may, having no content to lose; tsmc_plan_split() never makes it a hole
 * but a zero page.
 *
 * Return: true for FREE, ANON, FILE, SHMEM and CACHE, false for everything else.
 */
bool tsmc_class_may_wait(unsigned int class)
{
	switch (class) {
	case TSMC_CLASS_FREE:
	case TSMC_CLASS_ANON:
	case TSMC_CLASS_FILE:
	case TSMC_CLASS_SHMEM:
	case TSMC_CLASS_CACHE:
		return true;
	default:
		return false;
	}
}

/**
 * tsmc_class_name - name of a class, for reports
 * @class: enum tsmc_class, or any number
 *
 * Return: a constant string in lower case; "invalid" for a number that is no class.
 */
const char *tsmc_class_name(unsigned int class)
{
	static const char *const names[TSMC_CLASS_NR] = {
		[TSMC_CLASS_UNKNOWN]	= "unknown",
		[TSMC_CLASS_NOPAGE]	= "nopage",
		[TSMC_CLASS_FREE]	= "free",
		[TSMC_CLASS_KERNEL]	= "kernel",
		[TSMC_CLASS_EXEC]	= "exec",
		[TSMC_CLASS_STACK]	= "stack",
		[TSMC_CLASS_PINNED]	= "pinned",
		[TSMC_CLASS_ANON]	= "anon",
		[TSMC_CLASS_FILE]	= "file",
		[TSMC_CLASS_SHMEM]	= "shmem",
		[TSMC_CLASS_CACHE]	= "cache",
	};

	return class < TSMC_CLASS_NR ? names[class] : "invalid";
}
