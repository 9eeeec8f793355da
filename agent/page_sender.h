/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads pages of the source domain and sends them.
 */
#ifndef TSMC_PAGE_SENDER_H
#define TSMC_PAGE_SENDER_H

#include "hints.h"
#include "page_packer.h"
#include "pagemap.h"
#include "report.h"
#include "transport.h"
#include "xen_glue.h"

/**
 * struct tsmc_page_sender - one sender; not shared between threads
 * @xen: handles
 * @log: where troubles are told
 * @domid: whose pages
 * @hints: for the counts by class, or NULL
 * @zero: frames that are to be zero at the target, whatever they hold here; or NULL
 * @digests: malloc'ed, by gfn: gets the digest of each page sent with its content; or NULL
 * @series: when it has sent what; or NULL
 * @packer: how content is packed
 * @counts: what it has sent
 */
struct tsmc_page_sender {
	struct tsmc_xen *xen;
	const struct tsmc_log *log;
	uint32_t domid;
	const struct tsmc_hints *hints;
	const struct tsmc_pagemap *zero;
	struct tsmc_wire_digest *digests;
	struct tsmc_series *series;
	struct tsmc_page_packer packer;
	struct tsmc_page_counts counts;
};

/* Has it pack content from now on, as far as a target with these capabilities can unpack it. */
void tsmc_page_sender_compress(struct tsmc_page_sender *sender, enum tsmc_compress compress,
			       uint32_t capabilities);
/* Frees what it has; it may be zeroed. */
void tsmc_page_sender_destroy(struct tsmc_page_sender *sender);
/* Sends these frames with their content, a page of zeros as a marker; count <= TSMC_WIRE_PAGES_MAX. */
int tsmc_page_sender_send(struct tsmc_page_sender *sender, struct tsmc_channel *channel,
			  unsigned int stage, const uint64_t *gfns, unsigned int count);
int tsmc_page_sender_send_all(struct tsmc_page_sender *sender, struct tsmc_channel *channel,
			      unsigned int stage, const struct tsmc_pagemap *map);
/* Makes the frames of a set zero, but for those that are holes at the target. */
int tsmc_page_sender_zero_all(struct tsmc_page_sender *sender, struct tsmc_channel *channel,
			      unsigned int stage, const struct tsmc_pagemap *map,
			      const struct tsmc_pagemap *holes);
/* Sends markers of one kind, TSMC_PAGE_ZERO or TSMC_PAGE_ABSENT; count <= TSMC_WIRE_PAGES_MAX. */
int tsmc_page_sender_mark(struct tsmc_page_sender *sender, struct tsmc_channel *channel,
			  unsigned int stage, uint64_t kind, const uint64_t *gfns, unsigned int count);

#endif /* TSMC_PAGE_SENDER_H */
