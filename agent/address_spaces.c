// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which missing pages are neighbours in the guest's address spaces.
 *
 * The walk goes through all address spaces at once, level by level, so that
 * table pages are read in batches. What one level finds is a list in virtual
 * order, of tables and of huge pages; the next level puts what it finds in the
 * place of each table. The last level meets the pages in virtual order.
 *
 * The tables are the guest's, and may hold anything. A frame is walked as a
 * table once and as a huge page once, so that lists and work are bounded by the
 * guest's size, and a budget of tables bounds them further: real page tables
 * are one page in 512 of what they map.
 *
 * Memory: 8 bytes per missing page and 2 bits per gfn; during the walk 2 bits
 * per gfn more, 1 MiB, and 16 bytes per table and huge page.
 */
#include "address_spaces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Page tables of x86-64. */
#define ENTRIES		512u
#define ENTRIES_USER	256u		/* of the top-level table: the lower half */
#define ENTRY_PRESENT	(1ULL << 0)
#define ENTRY_HUGE	(1ULL << 7)	/* levels 2 and 3: maps a page, not a table */
#define ENTRY_FRAME(e)	((e) >> 12 & ((1ULL << 40) - 1))
#define LEVELS_MAX	5u

#define TABLES_LEAST	4096u
#define GFNS_PER_TABLE	64u
/* In pages: what is farther away in its address space is no neighbour. */
#define NEIGHBOUR_GAP	64u
/* A key is the rank of an address space and, below this bit, a virtual page number. */
#define KEY_SPACE	48u

/**
 * struct item - a piece of virtual memory that is still to be looked at
 * @gfn: its table, or its first page
 * @level: of the table: 1 maps pages; of a huge page: that of its entry
 * @huge: a huge page
 * @key: where it begins
 */
struct item {
	uint64_t gfn : 40;
	uint64_t level : 3;
	uint64_t huge : 1;
	uint64_t key;
};

/**
 * struct items - a list in ascending order of keys
 * @items: the list
 * @nr: how many
 * @room: for how many
 */
struct items {
	struct item *items;
	size_t nr, room;
};

/**
 * struct walk - one walk
 * @source: how frames are read
 * @spaces: the result
 * @ranked: address spaces by weight
 * @tables: frames that were taken for a table
 * @huge: first frames of huge pages that were found; of those of level 3, which
 *	are found earlier than others, the second
 * @budget: tables that may still be taken
 * @last_key: of the page that was placed last
 * @frames: tables that were read, at most TSMC_HINT_BATCH_MAX
 */
struct walk {
	const struct tsmc_hint_source *source;
	struct tsmc_address_spaces *spaces;
	struct tsmc_hint_space ranked[TSMC_HINT_SPACES_MAX];
	struct tsmc_pagemap tables, huge;
	uint64_t budget;
	uint64_t last_key;
	uint64_t (*frames)[ENTRIES];
};

static int append(struct items *list, struct item item)
{
	if (list->nr == list->room) {
		size_t room = list->room ? 2 * list->room : 1024;
		struct item *items = reallocarray(list->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->room = room;
	}
	list->items[list->nr++] = item;
	return 0;
}

/* Pages that an entry of this level covers. */
static uint64_t span_of(unsigned int level)
{
	return 1ULL << 9 * (level - 1);
}

static void place_page(struct walk *walk, uint64_t gfn, uint64_t key)
{
	struct tsmc_address_spaces *spaces = walk->spaces;
	uint64_t number = tsmc_frame_index_number(&spaces->index, gfn);

	if (number == UINT64_MAX || spaces->place[number] != TSMC_NO_PLACE ||
	    spaces->nr == TSMC_NO_PLACE)
		return;
	if (!spaces->nr || key - walk->last_key > NEIGHBOUR_GAP)
		tsmc_pagemap_set(&spaces->starts, spaces->nr);
	walk->last_key = key;
	spaces->place[number] = (uint32_t)spaces->nr;
	spaces->order[spaces->nr++] = (uint32_t)gfn;
}

static void place_huge(struct walk *walk, const struct item *item)
{
	const struct tsmc_pagemap *missing = &walk->spaces->index.frames;
	uint64_t end = item->gfn + span_of(item->level);

	for (uint64_t gfn = tsmc_pagemap_next(missing, item->gfn);
	     gfn < end && gfn < missing->nr_gfns; gfn = tsmc_pagemap_next(missing, gfn + 1))
		place_page(walk, gfn, item->key + (gfn - item->gfn));
}

static int add_table(struct walk *walk, struct items *found, uint64_t gfn, unsigned int level,
		     uint64_t key)
{
	if (!walk->budget || !tsmc_pagemap_set(&walk->tables, gfn))
		return 0;
	walk->budget--;
	return append(found, (struct item){ .gfn = gfn, .level = level, .key = key });
}

static int add_huge(struct walk *walk, struct items *found, uint64_t gfn, unsigned int level,
		    uint64_t key)
{
	const struct tsmc_pagemap *missing = &walk->spaces->index.frames;
	uint64_t first;

	gfn &= ~(span_of(level) - 1);
	first = tsmc_pagemap_next(missing, gfn);
	/* One without a missing page would be carried along for nothing. */
	if (first >= missing->nr_gfns || first >= gfn + span_of(level) ||
	    !tsmc_pagemap_set(&walk->huge, gfn + (level == 3)))
		return 0;
	return append(found, (struct item){ .gfn = gfn, .level = level, .huge = 1, .key = key });
}

static int add_entry(struct walk *walk, struct items *found, unsigned int level, uint64_t entry,
		     uint64_t key)
{
	uint64_t gfn = ENTRY_FRAME(entry);

	/* None of the sets takes a frame beyond the guest's memory. */
	if (!(entry & ENTRY_PRESENT))
		return 0;
	if (level == 1) {
		place_page(walk, gfn, key);
		return 0;
	}
	if (level <= 3 && entry & ENTRY_HUGE)
		return add_huge(walk, found, gfn, level, key);
	return add_table(walk, found, gfn, level - 1, key);
}

static int look_at_table(struct walk *walk, const struct item *item, const uint64_t *entries,
			 struct items *found)
{
	unsigned int levels = walk->ranked[item->key >> KEY_SPACE].levels;
	unsigned int nr = item->level == levels ? ENTRIES_USER : ENTRIES;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < nr; i++)
		rc = add_entry(walk, found, item->level, entries[i],
			       item->key + i * span_of(item->level));
	return rc;
}

static bool is_table(const struct item *item, unsigned int level)
{
	return !item->huge && item->level == level;
}

/* Puts what items[0 .. nr) lead to at the end of found; at most a batch of them are tables of this level. */
static int look_at_batch(struct walk *walk, const struct item *items, size_t nr, unsigned int level,
			 struct items *found)
{
	uint64_t gfns[TSMC_HINT_BATCH_MAX];
	unsigned int count = 0, next = 0;
	int rc = 0;

	for (size_t i = 0; i < nr; i++)
		if (is_table(&items[i], level))
			gfns[count++] = items[i].gfn;
	if (count)
		rc = tsmc_hint_read_frames(walk->source, gfns, count, walk->frames);
	for (size_t i = 0; !rc && i < nr; i++) {
		if (is_table(&items[i], level))
			rc = look_at_table(walk, &items[i], walk->frames[next++], found);
		else if (level > 1)
			rc = append(found, items[i]);
		else
			place_huge(walk, &items[i]);
	}
	return rc;
}

/* Replaces the tables of this level by what they hold; those of the last level hold pages. */
static int look_at_level(struct walk *walk, struct items *list, unsigned int level)
{
	struct items found = { 0 };
	size_t first = 0, last;
	int rc = 0;

	while (!rc && first < list->nr) {
		unsigned int tables = 0;

		for (last = first; last < list->nr && tables < TSMC_HINT_BATCH_MAX; last++)
			tables += is_table(&list->items[last], level);
		rc = look_at_batch(walk, list->items + first, last - first, level, &found);
		first = last;
	}
	free(list->items);
	*list = found;
	return rc;
}

static int by_weight(const void *left, const void *right)
{
	const struct tsmc_hint_space *a = left, *b = right;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return a->root_gfn < b->root_gfn ? -1 : a->root_gfn > b->root_gfn;
}

static int walk_all(struct walk *walk, const struct tsmc_hint_space *list, unsigned int nr_spaces)
{
	struct items items = { 0 };
	int rc = 0;

	memcpy(walk->ranked, list, nr_spaces * sizeof(*list));
	qsort(walk->ranked, nr_spaces, sizeof(*list), by_weight);
	for (uint64_t i = 0; !rc && i < nr_spaces; i++)
		rc = add_table(walk, &items, walk->ranked[i].root_gfn, walk->ranked[i].levels,
			       i << KEY_SPACE);
	for (unsigned int level = LEVELS_MAX; !rc && level; level--)
		rc = look_at_level(walk, &items, level);
	free(items.items);
	return rc;
}

static int new_spaces(const struct tsmc_pagemap *missing, struct tsmc_address_spaces **spaces)
{
	size_t nr = missing->count ? missing->count : 1;
	int rc = -ENOMEM;

	*spaces = calloc(1, sizeof(**spaces));
	if (!*spaces)
		return rc;
	rc = tsmc_frame_index_init(&(*spaces)->index, missing);
	if (rc)
		return rc;
	(*spaces)->order = calloc(nr, sizeof(*(*spaces)->order));
	(*spaces)->place = calloc(nr, sizeof(*(*spaces)->place));
	if (!(*spaces)->order || !(*spaces)->place)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		(*spaces)->place[i] = TSMC_NO_PLACE;
	return tsmc_pagemap_init(&(*spaces)->starts, missing->count);
}

/**
 * tsmc_address_spaces_read - put the missing pages in virtual order
 * @source: how the suspended guest's frames are read
 * @list: its address spaces; levels of 4 or 5, as tsmc_hint_read_spaces() sees to
 * @nr_spaces: at most TSMC_HINT_SPACES_MAX
 * @missing: the missing pages; its universe is what frames the guest has
 * @spaces: result, to be freed by tsmc_address_spaces_free(); NULL after an error
 *
 * A table that cannot be read is empty. When the budget of tables, 4096 and one
 * for 64 frames, is used up, those that were taken count: this is no error.
 *
 * Return: 0; -ECANCELED when the read callback says so; -EFBIG when there are
 * more than 2^32 gfns; -ENOMEM.
 */
int tsmc_address_spaces_read(const struct tsmc_hint_source *source,
			     const struct tsmc_hint_space *list, unsigned int nr_spaces,
			     const struct tsmc_pagemap *missing,
			     struct tsmc_address_spaces **spaces)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	int rc = walk ? new_spaces(missing, spaces) : -ENOMEM;

	if (!walk) {
		*spaces = NULL;
		return rc;
	}
	walk->source = source;
	walk->spaces = *spaces;
	walk->budget = TABLES_LEAST + missing->nr_gfns / GFNS_PER_TABLE;
	if (!rc)
		rc = tsmc_pagemap_init(&walk->tables, missing->nr_gfns);
	if (!rc)
		rc = tsmc_pagemap_init(&walk->huge, missing->nr_gfns + 1);
	walk->frames = calloc(TSMC_HINT_BATCH_MAX, sizeof(*walk->frames));
	if (!walk->frames)
		rc = -ENOMEM;
	if (!rc)
		rc = walk_all(walk, list, nr_spaces);
	tsmc_pagemap_destroy(&walk->tables);
	tsmc_pagemap_destroy(&walk->huge);
	free(walk->frames);
	free(walk);
	if (rc) {
		tsmc_address_spaces_free(*spaces);
		*spaces = NULL;
	}
	return rc;
}

/**
 * tsmc_address_spaces_free - free the virtual order
 * @spaces: from tsmc_address_spaces_read(), or NULL
 */
void tsmc_address_spaces_free(struct tsmc_address_spaces *spaces)
{
	if (!spaces)
		return;
	tsmc_frame_index_destroy(&spaces->index);
	tsmc_pagemap_destroy(&spaces->starts);
	free(spaces->order);
	free(spaces->place);
	free(spaces);
}

/**
 * tsmc_address_spaces_place - where a page is in the virtual order
 * @spaces: the order, or NULL
 * @gfn: any number
 *
 * Return: its place; TSMC_NO_PLACE when it is not missing, or no address space maps it.
 */
uint32_t tsmc_address_spaces_place(const struct tsmc_address_spaces *spaces, uint64_t gfn)
{
	uint64_t number = spaces ? tsmc_frame_index_number(&spaces->index, gfn) : UINT64_MAX;

	return number == UINT64_MAX ? TSMC_NO_PLACE : spaces->place[number];
}
