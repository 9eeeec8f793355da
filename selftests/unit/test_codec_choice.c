// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The choice of a codec: a table of data, processors and links, and how it
 * follows when they change.
 */
#include <string.h>

#include "codec_choice.h"
#include "unit.h"

#define MIB 1048576.0

/* What a codec of this speed, MB/s, makes of pages, in percent of their size. */
static struct tsmc_codec_figures figures(double speed, double percent)
{
	return (struct tsmc_codec_figures){ MIB, MIB * percent / 100, MIB / speed * 1000 };
}

/* MB/s */
static struct tsmc_link_figures link_of(double speed)
{
	return (struct tsmc_link_figures){ MIB, MIB / speed * 1000 };
}

static void the_table_is_kept_to(void)
{
	static const struct {
		const char *what;
		double lz4_speed, lz4_percent, zstd_speed, zstd_percent, link;
		enum tsmc_codec best, without_zstd;
	} rows[] = {
		{ "text, 100 Mbit/s", 700, 50, 400, 40, 12, TSMC_CODEC_ZSTD, TSMC_CODEC_LZ4 },
		{ "text, 1 Gbit/s", 700, 50, 400, 40, 118, TSMC_CODEC_ZSTD, TSMC_CODEC_LZ4 },
		{ "text, 2.5 Gbit/s", 700, 50, 400, 40, 295, TSMC_CODEC_LZ4, TSMC_CODEC_LZ4 },
		{ "text, 10 Gbit/s", 700, 50, 400, 40, 1180, TSMC_CODEC_NONE, TSMC_CODEC_NONE },
		{ "noise, 100 Mbit/s", 3000, 100, 1000, 100, 12, TSMC_CODEC_NONE, TSMC_CODEC_NONE },
		{ "only zstd can, 1 Gbit/s", 3000, 100, 300, 75, 118, TSMC_CODEC_ZSTD, TSMC_CODEC_NONE },
		{ "only zstd can, 2.5 Gbit/s", 3000, 100, 300, 75, 295, TSMC_CODEC_NONE, TSMC_CODEC_NONE },
		{ "both alike, so the fast one", 700, 50, 400, 49, 12, TSMC_CODEC_LZ4, TSMC_CODEC_LZ4 },
		{ "zstd gains, but hardly", 700, 50, 690, 48, 12, TSMC_CODEC_LZ4, TSMC_CODEC_LZ4 },
		{ "lz4 gains, but hardly", 3000, 95, 100, 95, 12, TSMC_CODEC_NONE, TSMC_CODEC_NONE },
		{ "nearly zero, 1 Gbit/s", 2000, 1, 1500, 0.5, 118, TSMC_CODEC_LZ4, TSMC_CODEC_LZ4 },
		/* Packing takes so long here that the link runs dry meanwhile. */
		{ "a slow processor, 1 MB/s", 10, 50, 4, 30, 1, TSMC_CODEC_ZSTD, TSMC_CODEC_LZ4 },
		{ "a slow processor, 3 MB/s", 10, 50, 4, 30, 3, TSMC_CODEC_LZ4, TSMC_CODEC_LZ4 },
		{ "a slow processor, 8 MB/s", 10, 50, 4, 30, 8, TSMC_CODEC_NONE, TSMC_CODEC_NONE },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct tsmc_codec_figures seen[TSMC_CODEC_NR] = {
			[TSMC_CODEC_LZ4] = figures(rows[i].lz4_speed, rows[i].lz4_percent),
			[TSMC_CODEC_ZSTD] = figures(rows[i].zstd_speed, rows[i].zstd_percent),
		};
		struct tsmc_link_figures link = link_of(rows[i].link);

		ksft_print_msg("%s\n", rows[i].what);
		EXPECT(tsmc_codec_best(seen, &link, TSMC_CODEC_ZSTD) == rows[i].best);
		EXPECT(tsmc_codec_best(seen, &link, TSMC_CODEC_LZ4) == rows[i].without_zstd);
		EXPECT(tsmc_codec_best(seen, &link, TSMC_CODEC_NONE) == TSMC_CODEC_NONE);
	}
}

static void what_is_unknown_is_not_chosen(void)
{
	struct tsmc_codec_figures seen[TSMC_CODEC_NR] = { 0 };
	struct tsmc_link_figures link = { 0 };

	/* Nothing; a link only; a codec only. */
	EXPECT(tsmc_codec_best(seen, &link, TSMC_CODEC_ZSTD) == TSMC_CODEC_NONE);
	link = link_of(1);
	EXPECT(tsmc_codec_best(seen, &link, TSMC_CODEC_ZSTD) == TSMC_CODEC_NONE);
	seen[TSMC_CODEC_ZSTD] = figures(400, 40);
	EXPECT(tsmc_codec_best(seen, &link, TSMC_CODEC_ZSTD) == TSMC_CODEC_ZSTD);
	link = (struct tsmc_link_figures){ 0 };
	EXPECT(tsmc_codec_best(seen, &link, TSMC_CODEC_ZSTD) == TSMC_CODEC_NONE);
}

static void trials_are_made_where_they_may_pay(void)
{
	struct tsmc_codec_choice choice = { .batches = 1 };
	unsigned int wanted = 0;

	/* A link that was never full needs no codec. */
	EXPECT(!tsmc_codec_choice_wants(&choice, TSMC_CODEC_LZ4));
	choice.link = link_of(118);
	EXPECT(tsmc_codec_choice_wants(&choice, TSMC_CODEC_LZ4));
	EXPECT(tsmc_codec_choice_wants(&choice, TSMC_CODEC_ZSTD));
	/* One is slower than the link, the other is not, however badly it packed last time. */
	choice.figures[TSMC_CODEC_LZ4] = figures(700, 100);
	choice.figures[TSMC_CODEC_ZSTD] = figures(100, 1);
	for (choice.batches = 0; choice.batches < 160; choice.batches++) {
		EXPECT(tsmc_codec_choice_wants(&choice, TSMC_CODEC_LZ4));
		wanted += tsmc_codec_choice_wants(&choice, TSMC_CODEC_ZSTD);
	}
	EXPECT(wanted == 10);
}

static void data_that_changes_is_followed(void)
{
	struct tsmc_codec_figures text = figures(700, 50), noise = figures(3000, 100);
	struct tsmc_codec_choice choice = { .link = link_of(12) };

	for (unsigned int i = 0; i < 20; i++)
		tsmc_codec_choice_tried(&choice, TSMC_CODEC_LZ4, &text);
	EXPECT(tsmc_codec_best(choice.figures, &choice.link, TSMC_CODEC_ZSTD) == TSMC_CODEC_LZ4);
	/* Noise is given up after four trials, text is found again after one. */
	for (unsigned int i = 0; i < 4; i++)
		tsmc_codec_choice_tried(&choice, TSMC_CODEC_LZ4, &noise);
	EXPECT(tsmc_codec_best(choice.figures, &choice.link, TSMC_CODEC_ZSTD) == TSMC_CODEC_NONE);
	for (unsigned int i = 0; i < 20; i++)
		tsmc_codec_choice_tried(&choice, TSMC_CODEC_LZ4, &noise);
	tsmc_codec_choice_tried(&choice, TSMC_CODEC_LZ4, &text);
	EXPECT(tsmc_codec_best(choice.figures, &choice.link, TSMC_CODEC_ZSTD) == TSMC_CODEC_LZ4);
}

static double speed(const struct tsmc_codec_choice *choice)
{
	return choice->link.bytes / choice->link.ns * 1000;
}

/* A mebibyte is sent: the link took it at this speed, MB/s, 0: unknown; so much of the time was waited. */
static void send(struct tsmc_codec_choice *choice, double at, unsigned int waited_percent)
{
	struct tsmc_batch_sent sent = { .bytes = 1 << 20, .ns = 1000, .waited_ns = 10 * waited_percent };

	if (at > 0)
		sent.full = link_of(at);
	tsmc_codec_choice_sent(choice, &sent);
}

static void the_link_is_followed(void)
{
	struct tsmc_codec_choice choice = { 0 };

	/* To wait tells no speed. */
	send(&choice, 0, 100);
	EXPECT(choice.link.bytes == 0);
	for (unsigned int i = 0; i < 100; i++)
		send(&choice, 10, 90);
	EXPECT(speed(&choice) > 9.99 && speed(&choice) < 10.01);
	/* 60 MiB at another speed, and the old one is forgotten. */
	for (unsigned int i = 0; i < 60; i++)
		send(&choice, 100, 90);
	EXPECT(speed(&choice) > 99 && speed(&choice) < 100.01);
	/* One look at a link that nearly stands still counts at once. */
	send(&choice, 0.02, 100);
	EXPECT(speed(&choice) < 1);
}

static void a_link_that_is_not_waited_for_is_thought_faster(void)
{
	struct tsmc_codec_choice choice = { 0 };
	double before;

	send(&choice, 10, 90);
	before = speed(&choice);
	send(&choice, 0, 0);
	EXPECT(speed(&choice) == before);
	/* To wait for a quarter of the time begins the count anew. */
	send(&choice, 0, 25);
	send(&choice, 0, 24);
	EXPECT(speed(&choice) == before);
	send(&choice, 0, 24);
	EXPECT(speed(&choice) > before * 1.2 && speed(&choice) < before * 1.3);
	/* One that was never waited for stays unknown. */
	memset(&choice, 0, sizeof(choice));
	for (unsigned int i = 0; i < 100; i++)
		send(&choice, 0, 0);
	EXPECT(choice.link.bytes == 0);
}

static void compressions_have_names(void)
{
	EXPECT(!strcmp(tsmc_compress_name(TSMC_COMPRESS_OFF), "off"));
	EXPECT(!strcmp(tsmc_compress_name(TSMC_COMPRESS_FAST), "fast"));
	EXPECT(!strcmp(tsmc_compress_name(TSMC_COMPRESS_ADAPTIVE), "adaptive"));
	EXPECT(!tsmc_compress_name(TSMC_COMPRESS_NR));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the best codec is that of the table", the_table_is_kept_to },
		{ "what is unknown is not chosen", what_is_unknown_is_not_chosen },
		{ "trials are made where they may pay", trials_are_made_where_they_may_pay },
		{ "data that changes is followed", data_that_changes_is_followed },
		{ "a link that changes is followed", the_link_is_followed },
		{ "a link that is not waited for is thought faster",
		  a_link_that_is_not_waited_for_is_thought_faster },
		{ "compressions have names", compressions_have_names },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
