// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What both sides say of the residue: its records, and how the target finds out
 * that nothing else is missing, against counting.
 */
#include <sys/socket.h>

#include "residue_source.h"
#include "residue_target.h"
#include "unit.h"
#include "wire_samples.h"

/* More than one piece. */
#define MANY_GFNS	((1ULL << 24) + 1000)

static struct tsmc_channel here, there;
static const struct tsmc_log quiet;

void tsmc_log(const struct tsmc_log *log, enum tsmc_log_level level, const char *fmt, ...)
{
	(void)log;
	(void)level;
	(void)fmt;
}

static void good_records_are_understood(void)
{
	build(TSMC_REC_RESIDUE);
	EXPECT(!decode(TSMC_REC_RESIDUE));
	EXPECT(got.residue.total == 3 && got.residue.piece.first == 896 && got.residue.piece.nr_bits == 128);
	build(TSMC_REC_SAFE);
	EXPECT(!decode(TSMC_REC_SAFE) && got.safe == 4321);
	build(TSMC_REC_DROPPED);
	EXPECT(!decode(TSMC_REC_DROPPED) && got.dropped.count == 2 && got.dropped.last == 1);
}

static void senseless_records_are_refused(void)
{
	/* No page, or more than there are. */
	EXPECT(with_int(TSMC_REC_RESIDUE, 0, 0, 8) == -EPROTO);
	EXPECT(!with_int(TSMC_REC_RESIDUE, 0, TOP, 8));
	EXPECT(with_int(TSMC_REC_RESIDUE, 0, TOP + 1, 8) == -EPROTO);
	/* The piece is as in MISSING. */
	EXPECT(with_int(TSMC_REC_RESIDUE, 8, 65, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_RESIDUE, 8, UINT64_MAX - 63, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_RESIDUE, 16, 192, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_RESIDUE, 32, 1ULL << 40, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_SAFE, 0, 0, 8) == -EPROTO);
	EXPECT(!with_int(TSMC_REC_SAFE, 0, GFN_LIMIT, 8));
	EXPECT(with_int(TSMC_REC_SAFE, 0, GFN_LIMIT + 1, 8) == -EPROTO);
	EXPECT(with_int(TSMC_REC_DROPPED, 0, 1, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_DROPPED, 0, UINT32_MAX, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_DROPPED, 4, 2, 4) == -EPROTO);
	EXPECT(with_int(TSMC_REC_DROPPED, 16, TOP, 8) == -EPROTO);
	/* As many as are allowed, and one more; none, with which the last may come. */
	for (unsigned int count = 0; count <= 501; count += count ? 1 : 500) {
		sample.length = 0;
		put_int(count, 8);
		put_fill(0, count * 8);
		EXPECT(decode(TSMC_REC_DROPPED) == (count <= 500 ? 0 : -EPROTO));
	}
}

static void connect_channel(void)
{
	int ends[2];

	EXPECT(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	EXPECT(!tsmc_channel_adopt(&here, "here", ends[0], ends[0], &quiet));
	EXPECT(!tsmc_channel_adopt(&there, "there", ends[1], ends[1], &quiet));
}

static void disconnect_channel(void)
{
	tsmc_channel_close(&here);
	tsmc_channel_close(&there);
}

/* The source tells, the target takes; in how many records. */
static unsigned int pass_on(const struct tsmc_pagemap *left, const struct tsmc_pagemap *missing,
			    struct tsmc_residue_target *target)
{
	struct tsmc_residue_source source = { 0 };
	struct tsmc_record record;
	unsigned int records = 0;

	connect_channel();
	EXPECT(!tsmc_residue_tell(&source, &here, left));
	EXPECT(source.told && source.total == left->count);
	while (target->pages.count < left->count) {
		EXPECT(tsmc_channel_receive(&there, &record, 1000) == 1);
		EXPECT(!tsmc_residue_take(target, &record, missing));
		records++;
	}
	EXPECT(!tsmc_channel_receive(&there, &record, 0));
	disconnect_channel();
	return records;
}

static void pieces_arrive(bool to_the_end)
{
	struct tsmc_residue_target target = { 0 };
	struct tsmc_pagemap left = { 0 };
	uint64_t seed = 0x70696563;

	EXPECT(!tsmc_pagemap_init(&left, MANY_GFNS));
	/* Nothing in the second piece. */
	for (unsigned int i = 0; i < 1000; i++)
		tsmc_pagemap_set(&left, unit_below(&seed, 1ULL << 20) + 77);
	if (to_the_end)
		tsmc_pagemap_set(&left, MANY_GFNS - 1);
	EXPECT(pass_on(&left, &left, &target) == (to_the_end ? 2 : 1));
	for (uint64_t gfn = tsmc_pagemap_next(&left, 0); gfn < MANY_GFNS; gfn = tsmc_pagemap_next(&left, gfn + 1))
		EXPECT(tsmc_pagemap_test(&target.pages, gfn));
	EXPECT(target.pages.count == left.count && tsmc_residue_is_alone(&target));
	tsmc_residue_destroy(&target);
	tsmc_pagemap_destroy(&left);
}

static void all_pieces_arrive(void)
{
	pieces_arrive(true);
	pieces_arrive(false);
}

static uint64_t count_others(const struct tsmc_pagemap *missing, const struct tsmc_pagemap *left)
{
	uint64_t others = 0;

	for (uint64_t gfn = 0; gfn < missing->nr_gfns; gfn++)
		others += tsmc_pagemap_test(missing, gfn) && !tsmc_pagemap_test(left, gfn);
	return others;
}

/* Pages come in any order, some of the residue among them. */
static void alone_means_alone(void)
{
	struct tsmc_pagemap missing = { 0 }, left = { 0 };
	struct tsmc_residue_target target = { 0 };
	uint64_t seed = 0x616c6f6e65;

	EXPECT(!tsmc_pagemap_init(&missing, TOP) && !tsmc_pagemap_init(&left, TOP));
	for (uint64_t gfn = 0; gfn < TOP; gfn++) {
		if (unit_below(&seed, 3))
			tsmc_pagemap_set(&missing, gfn);
		/* What is left may have come meanwhile: it is named all the same. */
		if (unit_below(&seed, 4) == 0)
			tsmc_pagemap_set(&left, gfn);
	}
	EXPECT(!tsmc_residue_is_alone(&target));
	tsmc_residue_came(&target, 5);
	pass_on(&left, &missing, &target);
	while (count_others(&missing, &left)) {
		uint64_t gfn = unit_below(&seed, TOP);

		EXPECT(!tsmc_residue_is_alone(&target));
		if (tsmc_pagemap_test(&left, gfn) && unit_below(&seed, 16))
			continue;
		if (tsmc_pagemap_clear(&missing, gfn))
			tsmc_residue_came(&target, gfn);
		EXPECT(target.others == count_others(&missing, &left));
	}
	EXPECT(tsmc_residue_is_alone(&target) && missing.count);
	tsmc_residue_destroy(&target);
	tsmc_pagemap_destroy(&missing);
	tsmc_pagemap_destroy(&left);
}

/* Takes the sample as a piece of so many in all. */
static int take_sample(struct tsmc_residue_target *target, uint64_t total, const struct tsmc_pagemap *missing)
{
	struct tsmc_record record = { .type = TSMC_REC_RESIDUE };
	uint64_t payload[5];

	build(TSMC_REC_RESIDUE);
	memcpy(payload, sample.bytes, sizeof(payload));
	payload[0] = total;
	record.payload = payload;
	record.length = sizeof(payload);
	return tsmc_residue_take(target, &record, missing);
}

static void pieces_fit_together(void)
{
	struct tsmc_residue_target target = { 0 };
	struct tsmc_pagemap missing = { 0 };

	EXPECT(!tsmc_pagemap_init(&missing, TOP));
	/* It has three pages, so not two; the total does not change; nothing comes after the last piece. */
	EXPECT(take_sample(&target, 2, &missing) == -EPROTO);
	tsmc_residue_destroy(&target);
	EXPECT(!take_sample(&target, 4, &missing) && !tsmc_residue_is_alone(&target));
	EXPECT(take_sample(&target, 3, &missing) == -EPROTO);
	tsmc_residue_destroy(&target);
	EXPECT(!take_sample(&target, 3, &missing) && tsmc_residue_is_alone(&target));
	EXPECT(take_sample(&target, 3, &missing) == -EPROTO);
	tsmc_residue_destroy(&target);
	tsmc_pagemap_destroy(&missing);
}

static int hear(struct tsmc_residue_source *source, uint64_t nr_missing)
{
	struct tsmc_record record = { .type = TSMC_REC_SAFE, .payload = &nr_missing, .length = sizeof(nr_missing) };

	return tsmc_residue_hear_safe(source, &record);
}

static int hear_dropped(struct tsmc_residue_source *source, bool last)
{
	uint64_t payload[2] = { (uint64_t)last << 32 | 1, 77 };
	struct tsmc_record record = { .type = TSMC_REC_DROPPED, .payload = payload, .length = sizeof(payload) };
	unsigned int count = 0;
	const uint64_t *gfns;
	int rc = tsmc_residue_hear_dropped(source, &record, &gfns, &count);

	EXPECT(rc ? !count : count == 1 && gfns[0] == 77);
	return rc;
}

/* The source waits from the time that it has told what is left until it hears the last of it. */
static void pages_are_dropped_between_safe_and_the_last(void)
{
	struct tsmc_residue_source source = { .total = 10 };

	EXPECT(!tsmc_residue_waits(&source) && hear_dropped(&source, false) == -EPROTO);
	source.told = true;
	EXPECT(tsmc_residue_waits(&source) && hear_dropped(&source, false) == -EPROTO);
	EXPECT(!hear(&source, 10) && tsmc_residue_waits(&source));
	EXPECT(!hear_dropped(&source, false) && tsmc_residue_waits(&source));
	EXPECT(!hear_dropped(&source, true) && !tsmc_residue_waits(&source));
	EXPECT(hear_dropped(&source, false) == -EPROTO);
}

/* Portions are all that is missing and named, each page once. */
static void portions_cover_the_residue(void)
{
	struct tsmc_residue_target target = { 0 };
	struct tsmc_pagemap missing = { 0 }, seen = { 0 };
	uint64_t seed = 0x706f7274, gfns[64];
	unsigned int count;

	EXPECT(!tsmc_pagemap_init(&missing, TOP) && !tsmc_pagemap_init(&seen, TOP));
	EXPECT(!tsmc_pagemap_init(&target.pages, TOP));
	for (uint64_t gfn = 0; gfn < TOP; gfn++) {
		if (unit_below(&seed, 2))
			tsmc_pagemap_set(&missing, gfn);
		if (unit_below(&seed, 2))
			tsmc_pagemap_set(&target.pages, gfn);
	}
	while ((count = tsmc_residue_portion(&target, &missing, gfns, 1 + unit_below(&seed, 64)))) {
		for (unsigned int i = 0; i < count; i++)
			EXPECT(tsmc_pagemap_test(&missing, gfns[i]) && tsmc_pagemap_test(&target.pages, gfns[i]) &&
			       tsmc_pagemap_set(&seen, gfns[i]));
	}
	EXPECT(seen.count == missing.count - count_others(&missing, &target.pages));
	tsmc_pagemap_destroy(&missing);
	tsmc_pagemap_destroy(&seen);
	tsmc_residue_destroy(&target);
}

static void safe_is_an_answer(void)
{
	struct tsmc_residue_source source = { .total = 10 };

	EXPECT(hear(&source, 5) == -EPROTO);
	source.told = true;
	EXPECT(hear(&source, 11) == -EPROTO && !source.safe_ns);
	EXPECT(!hear(&source, 10) && source.safe_ns && source.safe_pages == 10);
	EXPECT(hear(&source, 10) == -EPROTO);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "good records are understood", good_records_are_understood },
		{ "senseless records are refused", senseless_records_are_refused },
		{ "all pieces of a residue arrive", all_pieces_arrive },
		{ "the target knows when nothing else is missing", alone_means_alone },
		{ "pieces that do not fit together are refused", pieces_fit_together },
		{ "SAFE is the answer to RESIDUE, once", safe_is_an_answer },
		{ "pages are dropped between SAFE and the last", pages_are_dropped_between_safe_and_the_last },
		{ "portions cover the residue", portions_cover_the_residue },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
