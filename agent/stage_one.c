// SPDX-License-Identifier: GPL-2.0-or-later
#include "stage_one.h"

#include <string.h>

#include "clock.h"
#include "progress.h"

/*
 * How often log-dirty is looked at while memory is copied. Xen pauses the guest for a look, so
 * looking takes a twentieth of the time at most.
 */
#define LOOK_NS		100000000ULL
#define LOOK_SHARE	20
/* A look that starts a new record makes every page fault once more when it is written. */
#define STAMP_NS	1000000000ULL

/* Copied in this order: what is likely to be written soon had better be seen written first. */
enum group { COLD, WARM, CANNOT_WAIT, NR_GROUPS };

/**
 * struct batch - pages on their way out
 * @send: with their content
 * @nr_send: how many
 * @absent: will be missing
 * @nr_absent: how many
 * @zeroed: free pages below are zero at the target
 */
struct batch {
	uint64_t send[TSMC_WIRE_PAGES_MAX];
	unsigned int nr_send;
	uint64_t absent[TSMC_WIRE_PAGES_MAX];
	unsigned int nr_absent;
	uint64_t zeroed;
};

static unsigned int class_of(const struct tsmc_stage_one *one, uint64_t gfn)
{
	return tsmc_hints_class(one->sender->hints, gfn);
}

static enum group group_of(const struct tsmc_stage_one *one, uint64_t gfn)
{
	if (!tsmc_class_may_wait(class_of(one, gfn)))
		return CANNOT_WAIT;
	return tsmc_hints_heat(one->sender->hints, gfn) ? WARM : COLD;
}

/* What a look has found, for who looks on. */
static void tell_changed(struct tsmc_stage_one *one, uint64_t recorded, bool anew)
{
	struct tsmc_progress *live = tsmc_series_live(one->sender->series);

	if (live)
		tsmc_progress_changed(live, tsmc_now_ns(), recorded > one->recorded ? recorded - one->recorded : 0);
	one->recorded = anew ? 0 : recorded;
}

/* A look at log-dirty; with @anew it records from here on what is written after it. */
static int look(struct tsmc_stage_one *one, bool anew)
{
	int64_t changed = anew ? tsmc_logdirty_clean(one->ld) : tsmc_logdirty_peek(one->ld);

	if (changed < 0)
		return (int)changed;
	tell_changed(one, changed, anew);
	tsmc_dirty_history_add(&one->history, tsmc_logdirty_bitmap(one->ld), &one->layout->ram);
	return 0;
}

static int look_if_due(struct tsmc_stage_one *one)
{
	uint64_t interval = one->stamp ? STAMP_NS : LOOK_NS, start = tsmc_now_ns(), end;
	int rc;

	if (start < one->next_look)
		return 0;
	rc = look(one, one->stamp);
	end = tsmc_now_ns();
	if ((end - start) * LOOK_SHARE > interval)
		interval = (end - start) * LOOK_SHARE;
	one->next_look = end + interval;
	return rc;
}

/* Some of the free pages; 1 when there are no more. */
static int zero_some(struct tsmc_stage_one *one, struct batch *batch)
{
	uint64_t gfns[TSMC_WIRE_PAGES_MAX];
	unsigned int count = tsmc_pagemap_take(&one->left_out, &batch->zeroed, gfns, TSMC_WIRE_PAGES_MAX);
	int rc = tsmc_page_sender_mark(one->sender, one->bulk, 1, TSMC_PAGE_ZERO, gfns, count);

	return rc ? rc : !count;
}

/* While the link is busy with content the target has time for free pages. */
static int flush_send(struct tsmc_stage_one *one, struct batch *batch)
{
	unsigned int count = batch->nr_send;
	int rc;

	batch->nr_send = 0;
	if (!count)
		return 0;
	rc = tsmc_page_sender_send(one->sender, one->bulk, 1, batch->send, count);
	if (!rc)
		rc = zero_some(one, batch);
	return rc < 0 ? rc : 0;
}

static int flush_absent(struct tsmc_stage_one *one, struct batch *batch)
{
	unsigned int count = batch->nr_absent;

	batch->nr_absent = 0;
	return tsmc_page_sender_mark(one->sender, one->bulk, 1, TSMC_PAGE_ABSENT, batch->absent, count);
}

static int add_send(struct tsmc_stage_one *one, struct batch *batch, uint64_t gfn)
{
	batch->send[batch->nr_send++] = gfn;
	return batch->nr_send == TSMC_WIRE_PAGES_MAX ? flush_send(one, batch) : 0;
}

/* The target makes a hole of it now, which need not be done in the downtime then. */
static int add_absent(struct tsmc_stage_one *one, struct batch *batch, uint64_t gfn)
{
	if (!tsmc_pagemap_set(&one->absent, gfn))
		return 0;
	batch->absent[batch->nr_absent++] = gfn;
	return batch->nr_absent == TSMC_WIRE_PAGES_MAX ? flush_absent(one, batch) : 0;
}

static int flush(struct tsmc_stage_one *one, struct batch *batch)
{
	int rc = flush_send(one, batch);

	return rc ? rc : flush_absent(one, batch);
}

/*
 * A page that was written since log-dirty is on crosses later, whatever is done now: to send it
 * would be in vain. Once the guest is suspended if it may wait, in a round before that if not.
 */
static int copy_page(struct tsmc_stage_one *one, struct batch *batch, uint64_t gfn, enum group group)
{
	if (one->postpone && group != CANNOT_WAIT)
		tsmc_pagemap_set(&one->history.dirty, gfn);
	if (!tsmc_pagemap_test(&one->history.dirty, gfn))
		return add_send(one, batch, gfn);
	return group == CANNOT_WAIT ? 0 : add_absent(one, batch, gfn);
}

static int copy_group(struct tsmc_stage_one *one, struct batch *batch, enum group group, uint64_t *ahead)
{
	const struct tsmc_pagemap *ram = &one->layout->ram;
	int rc = 0;

	for (uint64_t gfn = 0; !rc && (gfn = tsmc_pagemap_next(ram, gfn)) < ram->nr_gfns; gfn++) {
		if (tsmc_pagemap_test(&one->left_out, gfn) || group_of(one, gfn) != group)
			continue;
		rc = copy_page(one, batch, gfn, group);
		if (rc || --*ahead % TSMC_WIRE_PAGES_MAX)
			continue;
		tsmc_series_left(one->sender->series, *ahead);
		rc = look_if_due(one);
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
	const struct tsmc_pagemap *ram = &one->layout->ram;
	uint64_t nr_gfns = one->layout->top_gfn, ahead;
	struct batch batch = { .nr_send = 0 };
	int rc;

	rc = tsmc_dirty_history_init(&one->history, nr_gfns);
	if (!rc)
		rc = tsmc_pagemap_init(&one->left_out, nr_gfns);
	if (!rc)
		rc = tsmc_pagemap_init(&one->absent, nr_gfns);
	if (!rc)
		rc = look_if_due(one);
	for (uint64_t gfn = 0; !rc && (gfn = tsmc_pagemap_next(ram, gfn)) < ram->nr_gfns; gfn++) {
		if (class_of(one, gfn) == TSMC_CLASS_FREE)
			tsmc_pagemap_set(&one->left_out, gfn);
	}
	ahead = ram->count - one->left_out.count;
	tsmc_series_left(one->sender->series, ahead);
	for (enum group group = COLD; !rc && group < NR_GROUPS; group++)
		rc = copy_group(one, &batch, group, &ahead);
	if (!rc)
		rc = flush(one, &batch);
	tsmc_series_left(one->sender->series, 0);
	while (!rc)
		rc = zero_some(one, &batch);
	one->rounds = 1;
	return rc < 0 ? rc : 0;
}

/**
 * tsmc_stage_one_round - go over what changed
 * @one: copied
 * @sent: result: pages that were sent
 *
 * What changed and may wait crosses in stage three; the target gets ready for that.
 * Of the guest that runs it is only a guess what may wait: stage two decides.
 *
 * Rule 2: what is sent here is read after log-dirty began to record anew, so it is
 * right at the target unless that record says that it changed since.
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_stage_one_round(struct tsmc_stage_one *one, uint64_t *sent)
{
	struct tsmc_pagemap *dirty = &one->history.dirty;
	/* Free pages were made zero once, which is over. */
	struct batch batch = { .zeroed = dirty->nr_gfns };
	int rc = look(one, true);

	*sent = 0;
	for (uint64_t gfn = 0; !rc && (gfn = tsmc_pagemap_next(dirty, gfn)) < dirty->nr_gfns; gfn++) {
		unsigned int class = class_of(one, gfn);

		if (!tsmc_class_may_wait(class)) {
			tsmc_pagemap_clear(dirty, gfn);
			/* It was free, but is not zero over there any more, should it be freed again. */
			tsmc_pagemap_clear(&one->left_out, gfn);
			rc = add_send(one, &batch, gfn);
			++*sent;
		} else if (class != TSMC_CLASS_FREE) {
			rc = add_absent(one, &batch, gfn);
		}
	}
	one->rounds++;
	return rc ? rc : flush(one, &batch);
}

/**
 * tsmc_stage_one_dirty - what is not right at the target
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
	uint64_t nr_gfns = one->layout->top_gfn;
	int rc = look(one, record_anew);

	if (!rc)
		rc = tsmc_pagemap_init(dirty, nr_gfns);
	return rc ? rc : tsmc_pagemap_merge(dirty, 0, (nr_gfns + 63) / 64 * 64, one->history.dirty.words);
}

/**
 * tsmc_stage_one_destroy - free what it knows
 * @one: zeroed or in use; log-dirty is the caller's
 */
void tsmc_stage_one_destroy(struct tsmc_stage_one *one)
{
	tsmc_dirty_history_destroy(&one->history);
	tsmc_pagemap_destroy(&one->left_out);
	tsmc_pagemap_destroy(&one->absent);
}
