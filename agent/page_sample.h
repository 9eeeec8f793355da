/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A look at the content of some of a domain's pages.
 */
#ifndef TSMC_PAGE_SAMPLE_H
#define TSMC_PAGE_SAMPLE_H

#include "hints.h"
#include "pagemap.h"
#include "xen_glue.h"

/**
 * enum tsmc_sample_kind - what is told apart
 * @TSMC_SAMPLE_FREE: free in the guest
 * @TSMC_SAMPLE_WAIT: in use, may wait
 * @TSMC_SAMPLE_FIXED: cannot wait, or nobody knows
 * @TSMC_SAMPLE_NR: how many there are
 */
enum tsmc_sample_kind { TSMC_SAMPLE_FREE, TSMC_SAMPLE_WAIT, TSMC_SAMPLE_FIXED, TSMC_SAMPLE_NR };

/**
 * struct tsmc_page_sample - pages that were looked at
 * @xen: handles; filled in
 * @domid: the domain; filled in
 * @ram: its pages; filled in
 * @hints: what they are; filled in, NULL allowed
 * @looked: pages of each kind
 * @zero: of these, all zero
 * @page_s: time that each took, to map and to look at
 */
struct tsmc_page_sample {
	struct tsmc_xen *xen;
	uint32_t domid;
	const struct tsmc_pagemap *ram;
	const struct tsmc_hints *hints;
	uint64_t looked[TSMC_SAMPLE_NR];
	uint64_t zero[TSMC_SAMPLE_NR];
	double page_s;
};

int tsmc_page_sample(struct tsmc_page_sample *sample);
/* Share of zero pages; 0 without any page of the kind. */
double tsmc_sample_share(const struct tsmc_page_sample *sample, enum tsmc_sample_kind kind);

#endif /* TSMC_PAGE_SAMPLE_H */
