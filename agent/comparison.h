/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --verify at the source: which pages are compared with what.
 */
#ifndef TSMC_COMPARISON_H
#define TSMC_COMPARISON_H

#include "pagemap.h"
#include "split.h"
#include "transport.h"
#include "wire_format.h"
#include "xen_glue.h"

/**
 * struct tsmc_comparison - a suspended guest whose target has all its pages
 * @xen: handles
 * @domid: the guest
 * @ram: its frames
 * @left_out: those that stage one took for zero because they were free
 * @split: what stage two did with which page
 * @sent: by gfn, the digest that a page had when stage two sent it
 * @ld: records what is written since the suspend
 */
struct tsmc_comparison {
	struct tsmc_xen *xen;
	uint32_t domid;
	const struct tsmc_pagemap *ram;
	const struct tsmc_pagemap *left_out;
	const struct tsmc_split *split;
	const struct tsmc_wire_digest *sent;
	struct tsmc_logdirty *ld;
};

/* -EBADMSG when pages differ; each is named in the log. */
int tsmc_compare(const struct tsmc_comparison *comparison, struct tsmc_channel *channel);

#endif /* TSMC_COMPARISON_H */
