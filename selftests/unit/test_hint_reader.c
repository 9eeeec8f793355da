// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hint reader, on a simulated guest that is honest, unlucky or hostile.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "hint_reader.h"
#include "../../module/hint_layout.h"
#include "unit.h"

#define PAGE		TSMC_HINT_PAGE_SIZE
#define GFN_LIMIT	(1ULL << 40)
#define BASE_GFN	0x1000u
#define HEADER_GFN	BASE_GFN
#define DIR_GFN(i)	(BASE_GFN + 1 + (i))
#define TABLE_GFN(i)	(BASE_GFN + 8 + (i))

/* Two directories, the second one barely used, the last table page in part. */
#define NR_TABLES	(TSMC_HINT_DIR_SLOTS + 3)
#define NR_DIRS		2u
#define NR_PFNS		((NR_TABLES - 1) * 4096ULL + 1234)
#define NR_FRAMES	(8 + NR_TABLES)

/**
 * struct guest - frames from BASE_GFN on, and what goes wrong with them
 * @frames: their content
 * @bad_gfn: cannot be read; 0: none
 * @torn: bit i: a writer interrupts the read of the header after the next i
 * @odd_reads: reads of the header that find it being changed still
 * @reads: calls
 * @most: frames of the largest call
 * @senseless: a frame that cannot exist was asked for
 * @seed: random numbers of the writer
 */
struct guest {
	uint8_t frames[NR_FRAMES][PAGE];
	uint64_t bad_gfn;
	uint64_t torn;
	unsigned int odd_reads;
	unsigned int reads;
	unsigned int most;
	bool senseless;
	uint64_t seed;
};

static struct guest guest;
static struct tsmc_hint_header *const header = (void *)guest.frames[0];
static char why[160];

/* The guest changes fields on both sides of the count, which always agree outside of a change. */
static void change_header(void)
{
	uint64_t value = unit_random(&guest.seed);

	header->sequence += 2;
	header->features = value;
	header->epoch = value;
	header->settle_ns = value;
}

/* A copy of the header that a change falls into, at any byte, going up or down. */
static void copy_torn(uint8_t *dst)
{
	size_t split = unit_below(&guest.seed, 96);
	bool down = unit_below(&guest.seed, 2);

	if (!down)
		memcpy(dst, guest.frames[0], split);
	else
		memcpy(dst + split, guest.frames[0] + split, PAGE - split);
	change_header();
	if (!down)
		memcpy(dst + split, guest.frames[0] + split, PAGE - split);
	else
		memcpy(dst, guest.frames[0], split);
}

static void copy_header(uint8_t *dst)
{
	bool torn = guest.torn & 1;

	guest.torn >>= 1;
	if (torn) {
		copy_torn(dst);
		return;
	}
	if (guest.odd_reads) {
		guest.odd_reads--;
		header->sequence |= 1;
	} else if (header->sequence & 1) {
		header->sequence++;
	}
	memcpy(dst, guest.frames[0], PAGE);
}

static int read_guest(void *opaque, const uint64_t *gfns, unsigned int count, void *dst)
{
	uint8_t *to = dst;

	if (opaque != &guest)
		return -EINVAL;
	guest.reads++;
	if (count > guest.most)
		guest.most = count;
	for (unsigned int i = 0; i < count; i++, to += PAGE) {
		uint64_t index = gfns[i] - BASE_GFN;

		guest.senseless |= gfns[i] >= GFN_LIMIT;
		/* What is written before an error must not be taken for content. */
		memset(to, 0xee, PAGE);
		if (gfns[i] == guest.bad_gfn || index >= NR_FRAMES)
			return -EFAULT;
		if (gfns[i] == HEADER_GFN)
			copy_header(to);
		else
			memcpy(to, guest.frames[index], PAGE);
	}
	return 0;
}

static const struct tsmc_hint_source source = { .read = read_guest, .opaque = &guest };

static uint8_t table_byte(uint64_t pfn)
{
	return guest.frames[8 + pfn / PAGE][pfn % PAGE];
}

/* An honest guest; its table holds every possible byte. */
static void make_guest(void)
{
	memset(&guest, 0, sizeof(guest));
	guest.seed = 0x6775657374;
	*header = (struct tsmc_hint_header){
		.magic = TSMC_HINT_MAGIC,
		.abi_version = TSMC_HINT_ABI_VERSION,
		.header_size = sizeof(*header),
		.features = TSMC_HINT_F_FREE | TSMC_HINT_F_HEAT,
		.nr_pfns = NR_PFNS,
		.sequence = 4,
		.state = TSMC_HINT_SETTLED,
		.nr_dirs = NR_DIRS,
		.dir_gfn = { DIR_GFN(0), DIR_GFN(1) },
	};
	for (unsigned int i = 0; i < NR_TABLES; i++) {
		uint64_t gfn = TABLE_GFN(i);

		memcpy(guest.frames[1 + i / TSMC_HINT_DIR_SLOTS] + i % TSMC_HINT_DIR_SLOTS * 8,
		       &gfn, sizeof(gfn));
		for (unsigned int j = 0; j < PAGE; j++)
			guest.frames[8 + i][j] = unit_below(&guest.seed, 256);
	}
	strcpy(why, "");
}

static void set_slot(unsigned int table, uint64_t gfn)
{
	memcpy(guest.frames[1 + table / TSMC_HINT_DIR_SLOTS] + table % TSMC_HINT_DIR_SLOTS * 8,
	       &gfn, sizeof(gfn));
}

static int read_header(struct tsmc_hint_header *copy)
{
	return tsmc_hint_read_header(&source, HEADER_GFN, copy, why, sizeof(why));
}

/* The byte that a reader makes of one in the table. */
static uint8_t sound_byte(uint8_t byte, bool with_free)
{
	unsigned int class = byte & 0x0f;

	if (class > TSMC_CLASS_CACHE || (class == TSMC_CLASS_FREE && !with_free))
		class = TSMC_CLASS_UNKNOWN;
	return (byte & 0xf0) | class;
}

static void table_agrees(const struct tsmc_hints *hints, uint64_t nr_pfns, uint64_t bad_table)
{
	EXPECT(hints->nr_pfns == nr_pfns);
	EXPECT(hints->features == header->features);
	for (uint64_t pfn = 0; pfn < nr_pfns; pfn++) {
		uint8_t expected = sound_byte(table_byte(pfn), header->features & TSMC_HINT_F_FREE);

		EXPECT(hints->bytes[pfn] == (pfn / PAGE == bad_table ? 0 : expected));
	}
	EXPECT(guest.most <= 256);
	EXPECT(!guest.senseless);
}

static void honest_header_is_copied(void)
{
	struct tsmc_hint_header copy;

	make_guest();
	EXPECT(!read_header(&copy));
	EXPECT(!memcmp(&copy, header, sizeof(copy)));
	/* A newer guest may append fields. */
	header->header_size = PAGE;
	EXPECT(!read_header(&copy));
}

static void refused(struct tsmc_hint_header *copy)
{
	strcpy(why, "");
	EXPECT(read_header(copy) == -EPROTO);
	EXPECT(*why);
	make_guest();
	EXPECT(!read_header(copy));
}

static void senseless_header_is_refused(void)
{
	struct tsmc_hint_header copy;

	make_guest();
	header->magic ^= 1;
	refused(&copy);
	header->abi_version++;
	refused(&copy);
	header->abi_version = 0;
	refused(&copy);
	header->header_size = TSMC_HINT_HEADER_SIZE_MIN - 1;
	refused(&copy);
	header->header_size = PAGE + 1;
	refused(&copy);
	header->state = TSMC_HINT_SETTLED + 1;
	refused(&copy);
	header->nr_dirs = TSMC_HINT_HEADER_SLOTS + 1;
	refused(&copy);
	header->nr_dirs = 0;
	refused(&copy);
	header->nr_pfns = 0;
	refused(&copy);
	header->nr_pfns = NR_DIRS * 512ULL * 4096 + 1;
	refused(&copy);
	header->nr_pfns = UINT64_MAX;
	refused(&copy);
	header->dir_gfn[1] = GFN_LIMIT;
	refused(&copy);
	/* At the bounds, but not beyond them. */
	header->nr_pfns = NR_DIRS * 512ULL * 4096;
	header->dir_gfn[0] = GFN_LIMIT - 1;
	header->dir_gfn[2] = UINT64_MAX;
	EXPECT(!read_header(&copy));
}

static void header_that_is_nowhere_is_refused(void)
{
	struct tsmc_hint_header copy;

	make_guest();
	EXPECT(tsmc_hint_read_header(&source, GFN_LIMIT, &copy, why, sizeof(why)) == -EPROTO);
	EXPECT(*why && !guest.reads);
	guest.bad_gfn = HEADER_GFN;
	strcpy(why, "");
	EXPECT(read_header(&copy) == -EFAULT);
	EXPECT(*why);
	EXPECT(tsmc_hint_read_header(&source, HEADER_GFN, &copy, NULL, 0) == -EFAULT);
}

static void change_is_waited_out(void)
{
	struct tsmc_hint_header copy;

	make_guest();
	guest.odd_reads = 3;
	EXPECT(!read_header(&copy));
	EXPECT(copy.sequence == 6);
}

static void endless_change_is_busy(void)
{
	struct tsmc_hint_header copy;

	make_guest();
	guest.odd_reads = 1000000;
	EXPECT(read_header(&copy) == -EBUSY);
	EXPECT(*why && guest.reads < 100);
	make_guest();
	guest.torn = UINT64_MAX;
	EXPECT(read_header(&copy) == -EBUSY);
	EXPECT(*why && guest.reads < 100);
}

static void torn_copies_are_never_returned(void)
{
	struct tsmc_hint_header copy;

	make_guest();
	change_header();
	for (unsigned int i = 0; i < 20000; i++) {
		/* Any of the first reads, so that it ends in peace. */
		guest.torn = unit_below(&guest.seed, 256);
		EXPECT(!read_header(&copy));
		EXPECT(copy.features == copy.epoch && copy.epoch == copy.settle_ns);
	}
}

static void table_is_copied(void)
{
	const uint64_t limits[] = { 0, 1, 4095, 4096, 4097, 512 * 4096, 512 * 4096 + 1,
				    NR_PFNS - 1, NR_PFNS, NR_PFNS + 1, UINT64_MAX };
	struct tsmc_hint_header copy;
	struct tsmc_hints hints;

	make_guest();
	EXPECT(!read_header(&copy));
	for (unsigned int i = 0; i < ARRAY_SIZE(limits); i++) {
		EXPECT(!tsmc_hint_read_table(&source, &copy, limits[i], &hints, why, sizeof(why)));
		table_agrees(&hints, limits[i] < NR_PFNS ? limits[i] : NR_PFNS, UINT64_MAX);
		tsmc_hints_destroy(&hints);
		EXPECT(!hints.bytes && !hints.nr_pfns);
	}
	tsmc_hints_destroy(&hints);
}

static void free_needs_its_feature(void)
{
	struct tsmc_hint_header copy;
	struct tsmc_hints hints;

	make_guest();
	header->features = TSMC_HINT_F_HEAT;
	EXPECT(!read_header(&copy));
	EXPECT(!tsmc_hint_read_table(&source, &copy, UINT64_MAX, &hints, why, sizeof(why)));
	table_agrees(&hints, NR_PFNS, UINT64_MAX);
	for (uint64_t pfn = 0; pfn < NR_PFNS; pfn++)
		EXPECT(tsmc_hints_class(&hints, pfn) != TSMC_CLASS_FREE);
	tsmc_hints_destroy(&hints);
}

static void unreadable_table_page_is_unknown(void)
{
	/* First and last of a batch, of a directory, of the table. */
	const unsigned int tables[] = { 0, 255, 256, 511, 512, NR_TABLES - 1 };
	struct tsmc_hint_header copy;
	struct tsmc_hints hints;

	for (unsigned int i = 0; i < ARRAY_SIZE(tables); i++) {
		make_guest();
		EXPECT(!read_header(&copy));
		guest.bad_gfn = TABLE_GFN(tables[i]);
		EXPECT(!tsmc_hint_read_table(&source, &copy, UINT64_MAX, &hints, why, sizeof(why)));
		table_agrees(&hints, NR_PFNS, tables[i]);
		tsmc_hints_destroy(&hints);
		/* Likewise when it lies at no frame. */
		guest.bad_gfn = 0;
		set_slot(tables[i], i % 2 ? GFN_LIMIT : UINT64_MAX);
		EXPECT(!tsmc_hint_read_table(&source, &copy, UINT64_MAX, &hints, why, sizeof(why)));
		table_agrees(&hints, NR_PFNS, tables[i]);
		tsmc_hints_destroy(&hints);
	}
}

static void unreadable_directory_fails(void)
{
	struct tsmc_hint_header copy;
	struct tsmc_hints hints;

	for (unsigned int dir = 0; dir < NR_DIRS; dir++) {
		make_guest();
		EXPECT(!read_header(&copy));
		guest.bad_gfn = DIR_GFN(dir);
		EXPECT(tsmc_hint_read_table(&source, &copy, UINT64_MAX, &hints,
					    why, sizeof(why)) == -EFAULT);
		EXPECT(*why);
		EXPECT(!hints.bytes && !hints.nr_pfns);
		EXPECT(tsmc_hint_read_table(&source, &copy, UINT64_MAX, &hints,
					    NULL, 0) == -EFAULT);
	}
	/* One that the pfns asked for do not need is not read. */
	EXPECT(!tsmc_hint_read_table(&source, &copy, 512 * 4096, &hints, why, sizeof(why)));
	tsmc_hints_destroy(&hints);
}

static void senseless_header_makes_no_table(void)
{
	struct tsmc_hint_header copy;
	struct tsmc_hints hints;

	make_guest();
	EXPECT(!read_header(&copy));
	copy.nr_dirs = TSMC_HINT_HEADER_SLOTS + 1;
	copy.nr_pfns = UINT64_MAX;
	guest.reads = 0;
	EXPECT(tsmc_hint_read_table(&source, &copy, UINT64_MAX, &hints,
				    why, sizeof(why)) == -EPROTO);
	EXPECT(*why && !guest.reads && !hints.bytes);
}

static void repeated_frames_are_harmless(void)
{
	struct tsmc_hint_header copy;
	struct tsmc_hints hints;

	make_guest();
	/* Every directory is the header page itself, every page of the first table the same. */
	header->dir_gfn[1] = HEADER_GFN;
	for (unsigned int i = 0; i < TSMC_HINT_DIR_SLOTS; i++)
		set_slot(i, TABLE_GFN(7));
	EXPECT(!read_header(&copy));
	EXPECT(!tsmc_hint_read_table(&source, &copy, UINT64_MAX, &hints, why, sizeof(why)));
	for (uint64_t pfn = 0; pfn < 512 * 4096; pfn++)
		EXPECT(hints.bytes[pfn] == sound_byte(guest.frames[8 + 7][pfn % PAGE], true));
	tsmc_hints_destroy(&hints);
}

/* Random damage: whatever comes out is bounded and sound. */
static void damage_is_survived(void)
{
	struct tsmc_hint_header copy;
	uint64_t seed = 0x64616d616765;
	struct tsmc_hints hints;

	make_guest();
	for (unsigned int round = 0; round < 300; round++) {
		unsigned int frame = unit_below(&seed, 3);
		size_t offset = unit_below(&seed, frame ? PAGE : 120);
		uint8_t before = guest.frames[frame][offset];

		guest.frames[frame][offset] ^= 1u << unit_below(&seed, 8);
		guest.senseless = false;
		if (!read_header(&copy) &&
		    !tsmc_hint_read_table(&source, &copy, NR_PFNS, &hints, why, sizeof(why))) {
			EXPECT(hints.nr_pfns <= NR_PFNS);
			for (uint64_t pfn = 0; pfn < hints.nr_pfns; pfn++)
				EXPECT(TSMC_HINT_CLASS(hints.bytes[pfn]) < TSMC_CLASS_NR);
			tsmc_hints_destroy(&hints);
		}
		EXPECT(guest.most <= 256 && !guest.senseless);
		/* Most rounds repair it, so that the damage does not end in the header. */
		if (unit_below(&seed, 4) || !frame)
			guest.frames[frame][offset] = before;
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the header of an honest guest is copied", honest_header_is_copied },
		{ "a senseless header is refused with a reason", senseless_header_is_refused },
		{ "a header that is nowhere is refused", header_that_is_nowhere_is_refused },
		{ "a header that is being changed is read again", change_is_waited_out },
		{ "a header that never rests is busy", endless_change_is_busy },
		{ "a torn header is never returned", torn_copies_are_never_returned },
		{ "the table is copied, at most what was asked for", table_is_copied },
		{ "without its feature nothing is free", free_needs_its_feature },
		{ "a table page that cannot be read is unknown",
		  unreadable_table_page_is_unknown },
		{ "a directory that cannot be read fails with a reason",
		  unreadable_directory_fails },
		{ "a senseless header makes no table", senseless_header_makes_no_table },
		{ "frames that are named repeatedly are harmless", repeated_frames_are_harmless },
		{ "random damage is survived", damage_is_survived },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
