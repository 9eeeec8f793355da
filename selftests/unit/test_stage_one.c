// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stage one and the split after it, of a guest that writes, allocates and frees while
 * they work: what they call right at the target has to be right. Xen's record, the
 * sender and the target are doubles, since no guest can be made to do each thing at
 * each moment.
 */
#include <string.h>
#include <time.h>

#include "split.h"
#include "stage_one.h"
#include "unit.h"

#define NR_GFNS	700u
#define RUNS	400u

/**
 * struct frame - one frame, on both sides
 * @content: of the guest's page; 0: zero
 * @class: what it is in the guest
 * @target: what the target holds
 */
struct frame {
	unsigned int content;
	unsigned int class;
	unsigned int target;
};

static struct {
	struct frame frames[NR_GFNS];
	struct tsmc_pagemap record;
	struct tsmc_pagemap fetched;
	uint8_t bytes[NR_GFNS];
	uint64_t seed;
	uint64_t now;
	unsigned int contents;
	bool frozen;
} world;

static void write_to(uint64_t gfn)
{
	world.frames[gfn].content = ++world.contents;
	tsmc_pagemap_set(&world.record, gfn);
}

/* The guest goes on: some pages are written, some freed, some allocated and then written. */
static void live(void)
{
	static const unsigned int uses[] = { TSMC_CLASS_KERNEL, TSMC_CLASS_ANON, TSMC_CLASS_FILE };

	for (unsigned int i = unit_below(&world.seed, 4); !world.frozen && i; i--) {
		/* A part of memory is busy, so that the same pages change again and again. */
		uint64_t gfn = unit_below(&world.seed, unit_below(&world.seed, 3) ? 200 : NR_GFNS);
		struct frame *frame = &world.frames[gfn];

		if (frame->class == TSMC_CLASS_FREE) {
			frame->class = uses[unit_below(&world.seed, 3)];
			write_to(gfn);
		} else if (unit_below(&world.seed, 2)) {
			frame->class = TSMC_CLASS_FREE;
		} else {
			write_to(gfn);
		}
	}
}

/* Time goes on in leaps, so that log-dirty is looked at again and again. */
int clock_gettime(clockid_t id, struct timespec *now)
{
	(void)id;
	world.now += unit_below(&world.seed, 200000000);
	*now = (struct timespec){ .tv_sec = world.now / 1000000000, .tv_nsec = world.now % 1000000000 };
	return 0;
}

static int64_t fetch(bool anew)
{
	live();
	memcpy(world.fetched.words, world.record.words, (NR_GFNS + 63) / 64 * 8);
	world.fetched.count = world.record.count;
	if (anew) {
		tsmc_pagemap_destroy(&world.record);
		EXPECT(!tsmc_pagemap_init(&world.record, NR_GFNS));
	}
	live();
	return (int64_t)world.fetched.count;
}

int64_t tsmc_logdirty_clean(struct tsmc_logdirty *ld)
{
	(void)ld;
	return fetch(true);
}

int64_t tsmc_logdirty_peek(struct tsmc_logdirty *ld)
{
	(void)ld;
	return fetch(false);
}

const uint64_t *tsmc_logdirty_bitmap(const struct tsmc_logdirty *ld)
{
	(void)ld;
	return world.fetched.words;
}

int tsmc_page_sender_send(struct tsmc_page_sender *sender, struct tsmc_channel *channel,
			  unsigned int stage, const uint64_t *gfns, unsigned int count)
{
	(void)sender;
	(void)channel;
	EXPECT(stage == 1);
	for (unsigned int i = 0; i < count; i++) {
		world.frames[gfns[i]].target = world.frames[gfns[i]].content;
		if (i % 16 == 0)
			live();
	}
	return 0;
}

int tsmc_page_sender_mark(struct tsmc_page_sender *sender, struct tsmc_channel *channel,
			  unsigned int stage, uint64_t kind, const uint64_t *gfns, unsigned int count)
{
	(void)sender;
	(void)channel;
	EXPECT(stage == 1);
	live();
	for (unsigned int i = 0; kind == TSMC_PAGE_ZERO && i < count; i++)
		world.frames[gfns[i]].target = 0;
	return 0;
}

/* What the module says: exact once the guest stands still, else as it was a moment ago. */
static void advise(void)
{
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++)
		world.bytes[gfn] = TSMC_HINT_BYTE(world.frames[gfn].class, unit_below(&world.seed, 3));
}

static void begin(struct tsmc_layout *layout, uint64_t seed)
{
	memset(&world, 0, sizeof(world));
	world.seed = seed;
	EXPECT(!tsmc_pagemap_init(&world.record, NR_GFNS) && !tsmc_pagemap_init(&world.fetched, NR_GFNS));
	*layout = (struct tsmc_layout){ .top_gfn = NR_GFNS };
	EXPECT(!tsmc_pagemap_init(&layout->ram, NR_GFNS));
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++) {
		struct frame *frame = &world.frames[gfn];

		tsmc_pagemap_set(&layout->ram, gfn);
		/* A free page may hold what it held before it was freed. */
		frame->content = ++world.contents;
		frame->class = gfn % 3 ? TSMC_CLASS_ANON + gfn % 2 : TSMC_CLASS_FREE;
	}
	advise();
}

/* What neither stage two nor stage three touches is right already; what was left out is zero. */
static void judge(const struct tsmc_split *split, const struct tsmc_pagemap *left_out)
{
	for (uint64_t gfn = 0; gfn < NR_GFNS; gfn++) {
		const struct frame *frame = &world.frames[gfn];

		if (tsmc_pagemap_test(&split->send, gfn) || tsmc_pagemap_test(&split->missing, gfn) ||
		    tsmc_pagemap_test(&split->zero, gfn))
			continue;
		if (tsmc_pagemap_test(left_out, gfn))
			EXPECT(frame->class == TSMC_CLASS_FREE && !frame->target);
		else
			EXPECT(frame->target == frame->content);
	}
}

static void migrate(uint64_t seed, bool postpone, bool stamp, bool advised)
{
	struct tsmc_hints hints = { .nr_pfns = NR_GFNS, .bytes = world.bytes, .features = TSMC_HINT_F_HEAT };
	struct tsmc_page_sender sender = { .hints = advised ? &hints : NULL };
	struct tsmc_pagemap dirty = { 0 };
	struct tsmc_split split;
	struct tsmc_layout layout;
	struct tsmc_stage_one one = { .layout = &layout, .sender = &sender, .stamp = stamp, .postpone = postpone };
	uint64_t sent;

	begin(&layout, seed);
	EXPECT(!tsmc_stage_one_copy(&one));
	for (unsigned int round = 0; round < 1 + seed % 4; round++) {
		advise();
		EXPECT(!tsmc_stage_one_round(&one, &sent));
	}
	live();
	world.frozen = true;
	advise();
	EXPECT(!tsmc_stage_one_dirty(&one, seed & 1, &dirty));
	EXPECT(!tsmc_plan_split(&dirty, &one.left_out, &one.absent, NULL, sender.hints, &split));
	judge(&split, &one.left_out);
	tsmc_split_destroy(&split);
	tsmc_pagemap_destroy(&dirty);
	tsmc_stage_one_destroy(&one);
	tsmc_pagemap_destroy(&layout.ram);
	tsmc_pagemap_destroy(&world.record);
	tsmc_pagemap_destroy(&world.fetched);
}

static void three_stages_are_right(void)
{
	for (uint64_t seed = 1; seed <= RUNS; seed++)
		migrate(seed, false, seed % 5 == 0, true);
}

static void postcopy_is_right(void)
{
	for (uint64_t seed = 1; seed <= RUNS; seed++)
		migrate(seed, true, false, true);
}

static void precopy_is_right(void)
{
	for (uint64_t seed = 1; seed <= RUNS; seed++)
		migrate(seed, false, false, false);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "three stages: what is not sent any more is right", three_stages_are_right },
		{ "postcopy: what is not sent any more is right", postcopy_is_right },
		{ "precopy: what is not sent any more is right", precopy_is_right },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
