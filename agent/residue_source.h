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
 */
struct tsmc_residue_source {
	bool told;
	uint64_t total;
	uint64_t safe_ns, safe_pages;
};

/* All but these pages was sent. */
int tsmc_residue_tell(struct tsmc_residue_source *residue, struct tsmc_channel *bulk,
		      const struct tsmc_pagemap *left);
/* A record of the target's: 0; -EPROTO when it is another, or makes no sense. */
int tsmc_residue_hear(struct tsmc_residue_source *residue, const struct tsmc_record *record);

#endif /* TSMC_RESIDUE_SOURCE_H */
