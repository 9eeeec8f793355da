/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seams: the last bytes of one page and the first bytes of the next, taken as
 * one window and changed only by instructions that touch both pages at once
 * or that a hypervisor has to emulate specially when a page is missing.
 */
#ifndef TSMC_WORKLOAD_SEAM_H
#define TSMC_WORKLOAD_SEAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"

#define TSMC_PAGE_SIZE		4096
#define TSMC_SEAM_HALF		512

/**
 * struct tsmc_seam - what the window of one seam must contain
 * @key: its contents
 * @sequence: odd while the owner changes the window
 * @reported: 1 + the sequence at which the scanner found it wrong
 */
struct tsmc_seam {
	uint64_t key;
	uint64_t sequence;
	uint64_t reported;
};

/**
 * struct tsmc_seams - all seams of an area
 * @base: first page; seam n joins page n and page n + 1
 * @count: number of seams, one less than there are pages
 * @mirror: one entry per seam, apart from the area itself
 * @avx: the processor has AVX and the kernel saves it
 * @report: where findings go
 */
struct tsmc_seams {
	uint8_t *base;
	size_t count;
	struct tsmc_seam *mirror;
	bool avx;
	struct tsmc_report *report;
};

void tsmc_seams_init(struct tsmc_seams *s, uint8_t *base, size_t pages,
		     uint64_t seed, struct tsmc_report *report);
void tsmc_seam_update(struct tsmc_seams *s, size_t seam, size_t other,
		      uint64_t random);
void tsmc_seam_check(struct tsmc_seams *s, size_t seam);

#endif
