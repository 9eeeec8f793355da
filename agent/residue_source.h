/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the source says of the residue, and what it hears: see Documentation/residue.md.
 */
#ifndef TSMC_RESIDUE_SOURCE_H
#define TSMC_RESIDUE_SOURCE_H

#include "pagemap.h"
#include "transport.h"

/**
 * struct tsmc_residue_source - how far the source and the target are with it
 * @told: the target knows what it is
 * @total: pages that it was then
 * @safe_ns: when the target said that it lacks nothing else; 0: it has not
 * @safe_pages: that it lacked then
 * @settled: the target has the guest drop no more pages
 * @dropped: that need not cross
 */
struct tsmc_residue_source {
	bool told;
	uint64_t total;
	uint64_t safe_ns, safe_pages;
	bool settled;
	uint64_t dropped;
};

/* All but these pages was sent. */
int tsmc_residue_tell(struct tsmc_residue_source *residue, struct tsmc_channel *bulk,
		      const struct tsmc_pagemap *left);
/* A SAFE of the target's: 0; -EPROTO when it makes no sense. */
int tsmc_residue_hear_safe(struct tsmc_residue_source *residue, const struct tsmc_record *record);
/* Likewise a DROPPED; its pages. */
int tsmc_residue_hear_dropped(struct tsmc_residue_source *residue, const struct tsmc_record *record,
			      const uint64_t **gfns, unsigned int *count);
/* Whether pages of the residue had better not be sent yet. */
bool tsmc_residue_waits(const struct tsmc_residue_source *residue);

#endif /* TSMC_RESIDUE_SOURCE_H */
