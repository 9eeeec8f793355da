// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The walk of a guest's page tables: of honest guests against what was mapped,
 * of hostile ones for its bounds.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address_spaces.h"
#include "unit.h"

#define ENTRIES		512u
#define PRESENT		0x1ULL
#define HUGE		0x80ULL
#define NO_EXEC		(1ULL << 63)
/* Room for a page of 1 GiB, and an end that is on no boundary. */
#define NR_GFNS		(2 * 262144u + 777)
#define SPACE_KEY	48
#define MAPPINGS_MAX	20000u

struct mapping {
	uint64_t key;	/* number of the address space and, from bit 0, of the page in it */
	uint64_t gfn;
};

static struct {
	uint64_t *tables[NR_GFNS];
	bool was_read[NR_GFNS];
	unsigned int reads, frames, most;
	bool twice;
	uint64_t bad_gfn;
	int error;
	struct tsmc_hint_space list[TSMC_HINT_SPACES_MAX];
	unsigned int nr_spaces;
	struct mapping mapped[MAPPINGS_MAX];
	unsigned int nr_mapped;
	struct tsmc_pagemap missing;
	struct tsmc_address_spaces *spaces;
	uint64_t seed;
} guest;

static int read_guest(void *opaque, const uint64_t *gfns, unsigned int count, void *dst)
{
	EXPECT(opaque == &guest && count);
	guest.reads++;
	if (count > guest.most)
		guest.most = count;
	for (unsigned int i = 0; i < count; i++) {
		uint8_t *to = (uint8_t *)dst + i * 4096ULL;

		EXPECT(gfns[i] < guest.missing.nr_gfns);
		if (gfns[i] == guest.bad_gfn)
			return guest.error;
		guest.twice |= guest.was_read[gfns[i]];
		guest.was_read[gfns[i]] = true;
		guest.frames++;
		if (guest.tables[gfns[i]])
			memcpy(to, guest.tables[gfns[i]], 4096);
		else
			memset(to, 0, 4096);
	}
	return 0;
}

static void begin(uint64_t nr_gfns)
{
	uint64_t seed = guest.seed ? guest.seed : 0x77616c6b;

	memset(&guest, 0, sizeof(guest));
	guest.seed = seed;
	guest.bad_gfn = UINT64_MAX;
	guest.error = -EFAULT;
	EXPECT(!tsmc_pagemap_init(&guest.missing, nr_gfns));
}

static void end(void)
{
	for (unsigned int i = 0; i < NR_GFNS; i++)
		free(guest.tables[i]);
	tsmc_pagemap_destroy(&guest.missing);
	tsmc_address_spaces_free(guest.spaces);
}

static int walk(void)
{
	const struct tsmc_hint_source source = { .read = read_guest, .opaque = &guest };

	return tsmc_address_spaces_read(&source, guest.list, guest.nr_spaces, &guest.missing,
					&guest.spaces);
}

static uint64_t new_table(void)
{
	uint64_t gfn = unit_below(&guest.seed, guest.missing.nr_gfns);

	/* There is always one that is none yet. */
	while (guest.tables[gfn])
		gfn = (gfn + 1) % guest.missing.nr_gfns;
	guest.tables[gfn] = calloc(ENTRIES, 8);
	return gfn;
}

static unsigned int add_space(unsigned int weight, unsigned int levels)
{
	guest.list[guest.nr_spaces] = (struct tsmc_hint_space){ .root_gfn = new_table(),
								.weight = weight, .levels = levels };
	return guest.nr_spaces++;
}

/* Where the entry of this level is that translates a page; makes the tables above it. */
static uint64_t *entry_of(unsigned int space, uint64_t vpn, unsigned int level)
{
	uint64_t *table = guest.tables[guest.list[space].root_gfn];

	for (unsigned int at = guest.list[space].levels; at > level; at--) {
		uint64_t *entry = &table[vpn >> 9 * (at - 1) & (ENTRIES - 1)];

		/* Bits that do not matter are set here and there. */
		if (!*entry)
			*entry = new_table() << 12 | PRESENT | (unit_random(&guest.seed) & 0x66) |
				 (at > 3 ? HUGE : 0);
		table = guest.tables[*entry >> 12 & ((1ULL << 40) - 1)];
	}
	return &table[vpn >> 9 * (level - 1) & (ENTRIES - 1)];
}

static void note_mapped(unsigned int space, uint64_t vpn, uint64_t gfn)
{
	EXPECT(guest.nr_mapped < MAPPINGS_MAX);
	guest.mapped[guest.nr_mapped++] = (struct mapping){ (uint64_t)space << SPACE_KEY | vpn, gfn };
}

/* Level 1 is a page, 2 and 3 are huge ones, of which only missing pages are noted. */
static void map(unsigned int space, uint64_t vpn, uint64_t gfn, unsigned int level)
{
	*entry_of(space, vpn, level) = gfn << 12 | PRESENT | NO_EXEC | 0x66 | (level > 1 ? HUGE : 0);
	for (uint64_t i = 0; i < 1ULL << 9 * (level - 1); i++)
		if (level == 1 || tsmc_pagemap_test(&guest.missing, gfn + i))
			note_mapped(space, vpn + i, gfn + i);
}

static unsigned int rank_of(unsigned int space)
{
	const struct tsmc_hint_space *this = &guest.list[space];
	unsigned int rank = 0;

	for (unsigned int i = 0; i < guest.nr_spaces; i++) {
		const struct tsmc_hint_space *other = &guest.list[i];

		rank += other->weight > this->weight ||
			(other->weight == this->weight && other->root_gfn < this->root_gfn);
	}
	return rank;
}

static int by_rank_and_page(const void *left, const void *right)
{
	const struct mapping *a = left, *b = right;
	unsigned int rank_a = rank_of(a->key >> SPACE_KEY), rank_b = rank_of(b->key >> SPACE_KEY);

	if (rank_a != rank_b)
		return rank_a < rank_b ? -1 : 1;
	return a->key < b->key ? -1 : a->key > b->key;
}

/* The virtual order is that of what was mapped, each missing page where it comes first. */
static void order_agrees(void)
{
	const struct tsmc_address_spaces *spaces = guest.spaces;
	struct tsmc_pagemap rest;
	uint64_t nr = 0, last = 0;

	EXPECT(!tsmc_pagemap_init(&rest, guest.missing.nr_gfns));
	for (uint64_t gfn = 0; gfn < rest.nr_gfns; gfn++)
		if (tsmc_pagemap_test(&guest.missing, gfn))
			tsmc_pagemap_set(&rest, gfn);
	qsort(guest.mapped, guest.nr_mapped, sizeof(*guest.mapped), by_rank_and_page);
	for (unsigned int i = 0; i < guest.nr_mapped; i++) {
		const struct mapping *mapping = &guest.mapped[i];

		if (!tsmc_pagemap_clear(&rest, mapping->gfn))
			continue;
		EXPECT(nr < spaces->nr && spaces->order[nr] == mapping->gfn);
		EXPECT(tsmc_address_spaces_place(spaces, mapping->gfn) == nr);
		EXPECT(tsmc_pagemap_test(&spaces->starts, nr) ==
		       (!nr || mapping->key - last > 64));
		last = mapping->key;
		nr++;
	}
	EXPECT(spaces->nr == nr);
	for (uint64_t gfn = 0; gfn < rest.nr_gfns; gfn++)
		if (tsmc_pagemap_test(&rest, gfn) || !tsmc_pagemap_test(&guest.missing, gfn))
			EXPECT(tsmc_address_spaces_place(spaces, gfn) == TSMC_NO_PLACE);
	tsmc_pagemap_destroy(&rest);
	EXPECT(!guest.twice && guest.most <= 256);
}

static void set_missing(unsigned int percent)
{
	/* Not all over: huge pages without a missing page are to be there as well. */
	for (uint64_t gfn = 0; gfn < 3000 && gfn < guest.missing.nr_gfns; gfn++)
		if (unit_below(&guest.seed, 100) < percent)
			tsmc_pagemap_set(&guest.missing, gfn);
}

/* Some pages from vpn on, with gaps of all sizes. */
static void map_area(unsigned int space, uint64_t vpn)
{
	for (unsigned int i = 0; i < 100; i++) {
		map(space, vpn, unit_below(&guest.seed, 3500), 1);
		vpn += unit_below(&guest.seed, 4) ? 1 : unit_below(&guest.seed, 140) + 1;
	}
}

static void honest_guests_are_read(void)
{
	for (unsigned int round = 0; round < 40; round++) {
		begin(NR_GFNS);
		set_missing(10 + 2 * round);
		for (unsigned int space = 0; space < 1 + round % 7; space++) {
			unsigned int levels = 4 + unit_below(&guest.seed, 2);
			/* In GiB: the first and the last one below the kernel's half are among them. */
			uint64_t slots = 1ULL << (levels == 4 ? 17 : 26);

			add_space(unit_below(&guest.seed, 3), levels);
			map_area(space, 0);
			map_area(space, (slots - 1) << 18);
			map_area(space, (1 + unit_below(&guest.seed, slots - 2)) << 18);
			/* In a GiB of its own each. */
			map(space, (slots / 2 << 18) + 512 * unit_below(&guest.seed, 512),
			    512 * unit_below(&guest.seed, 8), 2);
			if (!unit_below(&guest.seed, 4))
				map(space, (slots / 4) << 18, 0, 3);
		}
		EXPECT(!walk());
		/* A huge page counts where it is mapped first; the others are never looked at. */
		order_agrees();
		end();
	}
}

static void tables_are_read_in_batches(void)
{
	begin(NR_GFNS);
	set_missing(100);
	add_space(1, 4);
	/* 600 tables of the last level. */
	for (unsigned int i = 0; i < 600; i++)
		map(0, 512ULL * i, i, 1);
	EXPECT(!walk());
	order_agrees();
	EXPECT(guest.frames == 600 + 2 + 1 + 1 && guest.reads == 3 + 3 && guest.most == 256);
	end();
}

static void other_entries_are_ignored(void)
{
	uint64_t *entry;

	begin(NR_GFNS);
	set_missing(100);
	add_space(1, 4);
	map(0, 5, 50, 1);
	/* Not present; no frame of the guest, as a page, a huge page and a table. */
	*entry_of(0, 6, 1) = 51ULL << 12 | 0x66;
	*entry_of(0, 7, 1) = (uint64_t)NR_GFNS << 12 | PRESENT;
	*entry_of(0, 8, 1) = ~NO_EXEC;
	*entry_of(0, 512, 2) = (uint64_t)(NR_GFNS + 512) << 12 | PRESENT | HUGE;
	*entry_of(0, 1024, 2) = 52ULL << 12;
	*entry_of(0, 1536, 2) = (uint64_t)NR_GFNS << 12 | PRESENT;
	*entry_of(0, 1ULL << 18, 3) = (uint64_t)NR_GFNS << 12 | PRESENT;
	/* The kernel's half. */
	map(0, 1ULL << 35, 53, 1);
	guest.nr_mapped--;
	/* A bit that means nothing in the last level: it is the page's caching. */
	map(0, 9, 54, 1);
	entry = entry_of(0, 9, 1);
	*entry |= HUGE;
	EXPECT(!walk());
	order_agrees();
	EXPECT(guest.spaces->nr == 2);
	end();
}

static void huge_page_is_aligned(void)
{
	begin(NR_GFNS);
	tsmc_pagemap_set(&guest.missing, 1030);
	add_space(1, 4);
	*entry_of(0, 512, 2) = 1500ULL << 12 | PRESENT | HUGE;
	note_mapped(0, 512 + 6, 1030);
	EXPECT(!walk());
	order_agrees();
	EXPECT(guest.spaces->nr == 1);
	end();
}

static void shared_tables_are_read_once(void)
{
	begin(NR_GFNS);
	set_missing(100);
	add_space(1, 4);
	add_space(2, 4);
	map_area(0, 1ULL << 18);
	/* All of the other address space is that of the first, and some of its own. */
	*entry_of(1, 1ULL << 27, 4) = *entry_of(0, 1ULL << 18, 4);
	guest.nr_mapped = 0;
	map(1, 1ULL << 28, 5, 1);
	EXPECT(!walk());
	EXPECT(!guest.twice && guest.spaces->order[guest.spaces->nr - 1] == 5);
	end();
}

static void same_root_counts_once(void)
{
	begin(NR_GFNS);
	set_missing(100);
	add_space(1, 4);
	map_area(0, 77);
	guest.list[1] = guest.list[0];
	guest.list[2] = guest.list[0];
	guest.list[2].levels = 5;
	guest.list[3] = (struct tsmc_hint_space){ .root_gfn = NR_GFNS, .levels = 4 };
	guest.nr_spaces = 4;
	EXPECT(!walk());
	guest.nr_spaces = 1;
	order_agrees();
	end();
}

static void unreadable_tables_are_empty(void)
{
	begin(NR_GFNS);
	set_missing(100);
	add_space(1, 4);
	map(0, 0, 10, 1);
	map(0, 512, 11, 1);
	map(0, 1024, 12, 1);
	guest.bad_gfn = *entry_of(0, 512, 2) >> 12 & ((1ULL << 40) - 1);
	guest.mapped[1] = guest.mapped[2];
	guest.nr_mapped = 2;
	EXPECT(!walk());
	EXPECT(guest.spaces->nr == 2 && guest.spaces->order[1] == 12);
	end();
	begin(NR_GFNS);
	add_space(1, 4);
	map(0, 0, 10, 1);
	guest.bad_gfn = guest.list[0].root_gfn;
	EXPECT(!walk() && !guest.spaces->nr);
	end();
}

static void cancelled_walk_ends(void)
{
	begin(NR_GFNS);
	set_missing(100);
	add_space(1, 4);
	map(0, 0, 10, 1);
	guest.bad_gfn = *entry_of(0, 0, 3) >> 12 & ((1ULL << 40) - 1);
	guest.error = -ECANCELED;
	EXPECT(walk() == -ECANCELED && !guest.spaces);
	EXPECT(guest.reads == 3);
	end();
}

/* Every frame is a table of tables: of all frames, or of itself. */
static void make_loops(uint64_t nr_gfns, bool itself)
{
	begin(nr_gfns);
	set_missing(100);
	for (uint64_t gfn = 0; gfn < nr_gfns; gfn++) {
		guest.tables[gfn] = calloc(ENTRIES, 8);
		for (unsigned int i = 0; i < ENTRIES; i++) {
			uint64_t to = itself ? gfn : (gfn * ENTRIES + i) % nr_gfns;

			guest.tables[gfn][i] = to << 12 | PRESENT | (i % 3 == 2 ? HUGE : 0);
		}
	}
	for (uint64_t i = 0; i < TSMC_HINT_SPACES_MAX; i++)
		guest.list[i] = (struct tsmc_hint_space){ .root_gfn = 31 * i, .weight = i,
							  .levels = 4 + i % 2 };
	guest.nr_spaces = TSMC_HINT_SPACES_MAX;
}

static void loops_end(void)
{
	/* More frames than tables may be read, fewer, and none that leads on. */
	const uint64_t sizes[] = { 10000, 4000, 8000 };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint64_t budget = 4096 + sizes[i] / 64;

		make_loops(sizes[i], i == 2);
		EXPECT(!walk());
		EXPECT(!guest.twice && guest.most <= 256 && guest.frames <= budget);
		EXPECT(i != 0 || guest.frames == budget);
		/* What it has found by then is used, each page once. */
		EXPECT(guest.spaces->nr <= guest.missing.count);
		for (uint64_t place = 0; place < guest.spaces->nr; place++)
			EXPECT(tsmc_address_spaces_place(guest.spaces, guest.spaces->order[place]) == place);
		end();
	}
}

static void budget_leaves_what_was_found(void)
{
	const unsigned int nr = 6000, budget = 4096 + nr / 64;

	begin(nr);
	for (uint64_t gfn = 0; gfn < nr; gfn++)
		tsmc_pagemap_set(&guest.missing, gfn);
	add_space(1, 4);
	/* 10 tables of level 2, 5000 of level 1. */
	for (unsigned int i = 0; i < 5000; i++)
		map(0, 512ULL * i, i, 1);
	guest.nr_mapped = budget - 12;
	EXPECT(!walk());
	EXPECT(guest.frames == budget);
	order_agrees();
	end();
}

static void random_tables_are_survived(void)
{
	for (unsigned int round = 0; round < 20; round++) {
		uint64_t nr_gfns = 1 + unit_below(&guest.seed, 3000);

		begin(nr_gfns);
		set_missing(round * 5);
		for (uint64_t gfn = 0; gfn < nr_gfns; gfn++) {
			guest.tables[gfn] = calloc(ENTRIES, 8);
			for (unsigned int i = 0; i < ENTRIES; i++)
				guest.tables[gfn][i] = unit_below(&guest.seed, nr_gfns * 5 / 4) << 12 |
						       (unit_random(&guest.seed) & 0xfff);
		}
		for (unsigned int i = 0; i < 2; i++)
			guest.list[i] = (struct tsmc_hint_space){ .root_gfn = i, .levels = 4 + i };
		guest.nr_spaces = 2;
		EXPECT(!walk());
		EXPECT(!guest.twice && guest.most <= 256);
		for (uint64_t place = 0; place < guest.spaces->nr; place++)
			EXPECT(tsmc_address_spaces_place(guest.spaces, guest.spaces->order[place]) == place);
		end();
	}
}

static void nothing_is_no_error(void)
{
	begin(NR_GFNS);
	EXPECT(!walk() && !guest.spaces->nr && !guest.reads);
	EXPECT(tsmc_address_spaces_place(guest.spaces, 0) == TSMC_NO_PLACE);
	EXPECT(tsmc_address_spaces_place(NULL, 0) == TSMC_NO_PLACE);
	end();
	begin(0);
	guest.list[0] = (struct tsmc_hint_space){ .levels = 4 };
	guest.nr_spaces = 1;
	EXPECT(!walk() && !guest.spaces->nr && !guest.reads);
	end();
	begin(0);
	guest.missing.nr_gfns = (1ULL << 32) + 1;
	EXPECT(walk() == -EFBIG && !guest.spaces);
	end();
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "honest guests are read", honest_guests_are_read },
		{ "tables are read in batches", tables_are_read_in_batches },
		{ "entries that map nothing of the user are ignored", other_entries_are_ignored },
		{ "a huge page begins where it must", huge_page_is_aligned },
		{ "tables that are shared are read once", shared_tables_are_read_once },
		{ "a root that is listed again counts once", same_root_counts_once },
		{ "a table that cannot be read is empty", unreadable_tables_are_empty },
		{ "a walk that is cancelled ends at once", cancelled_walk_ends },
		{ "tables that lead back to themselves end", loops_end },
		{ "beyond the budget what was found is used", budget_leaves_what_was_found },
		{ "random tables are survived", random_tables_are_survived },
		{ "without pages or address spaces there is no order", nothing_is_no_error },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
