/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --verify: every page of both sides is compared while neither runs.
 */
#ifndef TSMC_VERIFY_H
#define TSMC_VERIFY_H

#include "pagemap.h"
#include "transport.h"
#include "wire_format.h"

/* Digest of one page. */
struct tsmc_wire_digest tsmc_page_digest(const void *page);

/*
 * Source: sends the digest of every frame in ram (of a zero page for those in zeroed)
 * and receives the verdict. -EBADMSG when pages differ; each is named in the log. Frames that a backend
 * may have written are excused: those that ld says were written since the suspend, those in granted. sent[gfn], unless zero, is the digest that a page had
 * when it was sent in stage two.
 */
int tsmc_verify_source(struct tsmc_xen *xen, uint32_t domid, struct tsmc_channel *channel,
		       const struct tsmc_pagemap *ram, const struct tsmc_pagemap *zeroed,
		       const struct tsmc_pagemap *granted, const struct tsmc_wire_digest *sent,
		       struct tsmc_logdirty *ld);
/* Target: receives the digests, compares, answers. 0 also when pages differ: the source decides. */
int tsmc_verify_target(struct tsmc_xen *xen, uint32_t domid, struct tsmc_channel *channel,
		       uint64_t top_gfn);

#endif /* TSMC_VERIFY_H */
