/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The orders in which stage three can push. Pure: no I/O, no lock, no clock.
 */
#ifndef TSMC_PUSH_ORDER_H
#define TSMC_PUSH_ORDER_H

#include "address_spaces.h"
#include "hints.h"
#include "pagemap.h"

/**
 * enum tsmc_order - which missing page is pushed first
 * @TSMC_ORDER_HINTS: the hotter one, as the guest says
 * @TSMC_ORDER_ADDRESS: the one with the lower gfn
 * @TSMC_ORDER_RANDOM: any
 * @TSMC_ORDER_RECENCY: the one that log-dirty saw change later
 * @TSMC_ORDER_NR: how many there are
 */
enum tsmc_order {
	TSMC_ORDER_HINTS,
	TSMC_ORDER_ADDRESS,
	TSMC_ORDER_RANDOM,
	TSMC_ORDER_RECENCY,
	TSMC_ORDER_NR,
};

/**
 * struct tsmc_order_params - what orders the missing pages
 * @missing: the pages
 * @order: which order
 * @hints: table of the suspended guest; NULL: all pages are equally hot
 * @stamps: by gfn, as many as the universe of @missing has: number of the look
 *	at log-dirty that saw the page change last; NULL: all the same
 * @spaces: neighbours in the guest's address spaces, found for the same set
 *	@missing; NULL: unknown
 * @seed: of the random order; any number
 */
struct tsmc_order_params {
	const struct tsmc_pagemap *missing;
	enum tsmc_order order;
	const struct tsmc_hints *hints;
	const uint8_t *stamps;
	const struct tsmc_address_spaces *spaces;
	uint64_t seed;
};

/* Name of an order: "hints", "address", "random" or "recency"; constant. */
const char *tsmc_order_name(enum tsmc_order order);
/* Whether a page belongs to what comes last of all, since the guest's disk has it, too. */
bool tsmc_order_is_residue(const struct tsmc_order_params *params, uint64_t gfn);
/* Writes the missing pages in their order, room for all of them. -EINVAL: spaces of another set; -ENOMEM. */
int tsmc_push_order(const struct tsmc_order_params *params, uint32_t *gfns);

#endif /* TSMC_PUSH_ORDER_H */
