/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest said of its pages, as the agent keeps it: copied and checked.
 * Does no I/O and takes no lock.
 */
#ifndef TSMC_HINTS_H
#define TSMC_HINTS_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct tsmc_hints - a private, validated copy of a guest's hint table
 * @nr_pfns: bytes in @bytes
 * @bytes: class and heat of each pfn, see linux/tsmc_hint.h; classes are < TSMC_CLASS_NR
 * @features: TSMC_HINT_F_*
 */
struct tsmc_hints {
	uint64_t nr_pfns;
	uint8_t *bytes;
	uint64_t features;
};

/* Class of a gfn; TSMC_CLASS_UNKNOWN beyond the table or without one (hints == NULL). */
unsigned int tsmc_hints_class(const struct tsmc_hints *hints, uint64_t gfn);
unsigned int tsmc_hints_heat(const struct tsmc_hints *hints, uint64_t gfn);

/* May a page of this class be a hole when the guest resumes? */
bool tsmc_class_may_wait(unsigned int class);
const char *tsmc_class_name(unsigned int class);

#endif /* TSMC_HINTS_H */
