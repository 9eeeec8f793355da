// SPDX-License-Identifier: GPL-2.0-or-later
#include "stage_one.h"

#include <inttypes.h>

/* Precopy's stop rule, as xl migrate has it: few pages left, or enough rounds. */
#define PRECOPY_FEW_PAGES	50
#define PRECOPY_ROUNDS		5

/* Looks at log-dirty, when the push order wants to know when a page was written. */
#define RECENCY_LOOKS		8

/* One look at log-dirty, from which on it records anew. */
static int look(struct tsmc_stage_one *one)
{
	int64_t changed = tsmc_logdirty_clean(one->ld);

	if (changed < 0)
		return (int)changed;
	tsmc_dirty_history_add(&one->history, tsmc_logdirty_bitmap(one->ld), &one->layout->ram);
	return 0;
}

/* Copies and looks now and then, to learn which page was written when. */
static int copy_and_look(struct tsmc_stage_one *one, const struct tsmc_pagemap *content)
{
	uint64_t gfns[TSMC_WIRE_PAGES_MAX], from = 0, sent = 0, due = content->count / RECENCY_LOOKS;
	unsigned int count;
	int rc;

	rc = tsmc_dirty_history_init(&one->history, one->layout->top_gfn);
	while (!rc && (count = tsmc_pagemap_take(content, &from, gfns, TSMC_WIRE_PAGES_MAX))) {
		rc = tsmc_page_sender_send(one->sender, one->bulk, 1, gfns, count);
		sent += count;
		if (!rc && sent >= due) {
			rc = look(one);
			due += content->count / RECENCY_LOOKS;
		}
	}
	return rc;
}

/**
 * tsmc_stage_one_copy - full memory copy
 * @one: filled in
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_stage_one_copy(struct tsmc_stage_one *one)
{
	const struct tsmc_layout *layout = one->layout;
	struct tsmc_pagemap content = { 0 };
	int rc;

	rc = tsmc_pagemap_init(&content, layout->top_gfn);
	if (!rc)
		rc = tsmc_pagemap_init(&one->left_out, layout->top_gfn);
	for (uint64_t gfn = 0; !rc && (gfn = tsmc_pagemap_next(&layout->ram, gfn)) < layout->top_gfn; gfn++) {
		bool free = tsmc_hints_class(one->sender->hints, gfn) == TSMC_CLASS_FREE;

		tsmc_pagemap_set(free ? &one->left_out : &content, gfn);
	}
	if (!rc)
		rc = tsmc_page_sender_zero_all(one->sender, one->bulk, 1, &one->left_out);
	if (!rc)
		rc = one->watch ? copy_and_look(one, &content) :
				  tsmc_page_sender_send_all(one->sender, one->bulk, 1, &content);
	tsmc_pagemap_destroy(&content);
	one->rounds = 1;
	return rc;
}

/* The log-dirty bitmap of the last look, as far as it is RAM. */
static int dirty_ram(struct tsmc_stage_one *one, struct tsmc_pagemap *dirty)
{
	const uint64_t *bits = tsmc_logdirty_bitmap(one->ld);
	const struct tsmc_layout *layout = one->layout;
	int rc;

	rc = tsmc_pagemap_init(dirty, layout->top_gfn);
	for (uint64_t gfn = 0; !rc && (gfn = tsmc_pagemap_next(&layout->ram, gfn)) < layout->top_gfn; gfn++) {
		if (bits[gfn / 64] >> gfn % 64 & 1)
			tsmc_pagemap_set(dirty, gfn);
	}
	return rc;
}

/**
 * tsmc_stage_one_rounds - go over what changed, again and again
 * @one: copied
 *
 * Ends when few pages change or after 5 passes in all.
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_stage_one_rounds(struct tsmc_stage_one *one)
{
	while (one->rounds < PRECOPY_ROUNDS) {
		struct tsmc_pagemap dirty = { 0 };
		int64_t changed = tsmc_logdirty_clean(one->ld);
		int rc = changed < 0 ? (int)changed : dirty_ram(one, &dirty);

		if (!rc) {
			tsmc_log(one->log, TSMC_LOG_INFO, "round %u: %" PRIu64 " pages changed",
				 one->rounds + 1, dirty.count);
			rc = tsmc_page_sender_send_all(one->sender, one->bulk, 1, &dirty);
		}
		tsmc_pagemap_destroy(&dirty);
		if (rc)
			return rc;
		one->rounds++;
		if (changed <= PRECOPY_FEW_PAGES)
			break;
	}
	return 0;
}

/**
 * tsmc_stage_one_dirty - what changed since it was copied
 * @one: copied; the guest is suspended
 * @record_anew: log-dirty is to tell what is written from here on
 * @dirty: result; to be destroyed by the caller, also after an error
 *
 * Rule 2: this is the authority on what is not right at the target yet. What a
 * look took out of Xen's record is as dirty as what that still holds.
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_stage_one_dirty(struct tsmc_stage_one *one, bool record_anew, struct tsmc_pagemap *dirty)
{
	int64_t changed = record_anew ? tsmc_logdirty_clean(one->ld) : tsmc_logdirty_peek(one->ld);
	int rc = changed < 0 ? (int)changed : dirty_ram(one, dirty);

	if (rc || !one->history.stamps)
		return rc;
	tsmc_dirty_history_add(&one->history, tsmc_logdirty_bitmap(one->ld), &one->layout->ram);
	return tsmc_pagemap_merge(dirty, 0, (dirty->nr_gfns + 63) / 64 * 64, one->history.dirty.words);
}

/**
 * tsmc_stage_one_destroy - free what it knows
 * @one: zeroed or in use; log-dirty is the caller's
 */
void tsmc_stage_one_destroy(struct tsmc_stage_one *one)
{
	tsmc_dirty_history_destroy(&one->history);
	tsmc_pagemap_destroy(&one->left_out);
}
