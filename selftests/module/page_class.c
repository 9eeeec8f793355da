// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of module/page_class.h: which page may wait, and which may not.
 */
#include <kselftest.h>

#include "page_flags.h"

#define FILE_MAPPING	0xffff888012345678UL
#define ANON_MAPPING	(0xffff888012345670UL | PAGE_MAPPING_ANON)
#define KSM_MAPPING	(ANON_MAPPING | PAGE_MAPPING_MOVABLE)
#define DRIVER_MAPPING	(0xffffffffc0000000UL | PAGE_MAPPING_MOVABLE)
#define LRU		TSMC_PG(lru)
#define CLEAN		(LRU | TSMC_PG(uptodate))
#define SWAPBACKED	(LRU | TSMC_PG(swapbacked))

static const struct {
	const char *what;
	struct tsmc_page_facts facts;
	enum tsmc_class class;
} cases[] = {
	{ "anonymous, mapped once",
	  { SWAPBACKED, ANON_MAPPING, 1, 1, 1, false }, TSMC_CLASS_ANON },
	{ "anonymous, shared after fork",
	  { SWAPBACKED, ANON_MAPPING, 3, 3, 1, false }, TSMC_CLASS_ANON },
	{ "anonymous, about to be put on its LRU list",
	  { TSMC_PG(swapbacked), ANON_MAPPING, 2, 1, 1, false },
	  TSMC_CLASS_ANON },
	{ "anonymous, pinned for a device",
	  { SWAPBACKED, ANON_MAPPING, 1025, 1, 1, false }, TSMC_CLASS_PINNED },
	{ "anonymous, in flight to a disk",
	  { SWAPBACKED, ANON_MAPPING, 2, 1, 1, false }, TSMC_CLASS_PINNED },
	{ "anonymous, off its LRU list and in flight",
	  { TSMC_PG(swapbacked), ANON_MAPPING, 3, 1, 1, false },
	  TSMC_CLASS_PINNED },
	{ "anonymous, in the swap cache",
	  { SWAPBACKED | TSMC_PG(swapcache), ANON_MAPPING, 2, 1, 1, false },
	  TSMC_CLASS_PINNED },
	{ "anonymous, locked in memory",
	  { SWAPBACKED | TSMC_PG(mlocked) | TSMC_PG(unevictable), ANON_MAPPING,
	    1, 1, 1, false }, TSMC_CLASS_ANON },
	{ "anonymous, locked in memory and in flight",
	  { SWAPBACKED | TSMC_PG(mlocked) | TSMC_PG(unevictable), ANON_MAPPING,
	    2, 1, 1, false }, TSMC_CLASS_PINNED },
	{ "anonymous huge page",
	  { SWAPBACKED, ANON_MAPPING, 1, 1, 512, false }, TSMC_CLASS_ANON },
	{ "page merged by KSM",
	  { SWAPBACKED, KSM_MAPPING, 7, 7, 1, false }, TSMC_CLASS_ANON },
	{ "anonymous page of hugetlbfs",
	  { 0, ANON_MAPPING, 1, 1, 512, true }, TSMC_CLASS_ANON },
	{ "shared page of hugetlbfs",
	  { 0, FILE_MAPPING, 2, 1, 512, true }, TSMC_CLASS_SHMEM },
	{ "file, not mapped",
	  { LRU, FILE_MAPPING, 1, 0, 1, false }, TSMC_CLASS_FILE },
	{ "file, not mapped, as it is on the disk",
	  { CLEAN, FILE_MAPPING, 1, 0, 1, false }, TSMC_CLASS_CACHE },
	{ "file with buffers, as it is on the disk",
	  { CLEAN | TSMC_PG(private), FILE_MAPPING, 2, 0, 1, false },
	  TSMC_CLASS_CACHE },
	{ "file, changed",
	  { CLEAN | TSMC_PG(dirty), FILE_MAPPING, 1, 0, 1, false },
	  TSMC_CLASS_FILE },
	{ "file, not written because of an error",
	  { CLEAN | TSMC_PG(error), FILE_MAPPING, 1, 0, 1, false },
	  TSMC_CLASS_FILE },
	{ "file, as it is on the disk, mapped",
	  { CLEAN, FILE_MAPPING, 2, 1, 1, false }, TSMC_CLASS_FILE },
	{ "file, as it is on the disk, locked in memory",
	  { CLEAN | TSMC_PG(mlocked) | TSMC_PG(unevictable), FILE_MAPPING, 1,
	    0, 1, false }, TSMC_CLASS_FILE },
	{ "file, also in another cache",
	  { CLEAN | TSMC_PG(private_2), FILE_MAPPING, 2, 0, 1, false },
	  TSMC_CLASS_FILE },
	{ "file, large folio, as it is on the disk",
	  { CLEAN, FILE_MAPPING, 16, 0, 16, false }, TSMC_CLASS_FILE },
	{ "file, as it is on the disk, being sent without a copy",
	  { CLEAN, FILE_MAPPING, 2, 0, 1, false }, TSMC_CLASS_PINNED },
	{ "tmpfs, up to date",
	  { SWAPBACKED | TSMC_PG(uptodate), FILE_MAPPING, 1, 0, 1, false },
	  TSMC_CLASS_SHMEM },
	{ "file with buffers, mapped twice",
	  { LRU | TSMC_PG(private), FILE_MAPPING, 4, 2, 1, false },
	  TSMC_CLASS_FILE },
	{ "file, large folio",
	  { LRU, FILE_MAPPING, 20, 4, 16, false }, TSMC_CLASS_FILE },
	{ "file, being read",
	  { LRU | TSMC_PG(locked), FILE_MAPPING, 1, 0, 1, false },
	  TSMC_CLASS_PINNED },
	{ "file, being written back",
	  { LRU | TSMC_PG(writeback), FILE_MAPPING, 1, 0, 1, false },
	  TSMC_CLASS_PINNED },
	{ "file, sent without a copy",
	  { LRU, FILE_MAPPING, 2, 0, 1, false }, TSMC_CLASS_PINNED },
	{ "file, on no LRU list",
	  { 0, FILE_MAPPING, 2, 0, 1, false }, TSMC_CLASS_PINNED },
	{ "tmpfs",
	  { SWAPBACKED, FILE_MAPPING, 1, 0, 1, false }, TSMC_CLASS_SHMEM },
	{ "tmpfs, unevictable",
	  { SWAPBACKED | TSMC_PG(unevictable), FILE_MAPPING, 1, 0, 1, false },
	  TSMC_CLASS_SHMEM },
	{ "kernel allocation",
	  { 0, 0, 1, 0, 1, false }, TSMC_CLASS_KERNEL },
	{ "kernel page mapped by a process",
	  { 0, 0, 2, 1, 1, false }, TSMC_CLASS_KERNEL },
	{ "slab",
	  { TSMC_PG(slab), FILE_MAPPING, 1, 0, 1, false }, TSMC_CLASS_KERNEL },
	{ "reserved",
	  { TSMC_PG(reserved), 0, 1, 0, 1, false }, TSMC_CLASS_KERNEL },
	{ "movable page of a driver",
	  { LRU, DRIVER_MAPPING, 1, 0, 1, false }, TSMC_CLASS_KERNEL },
	{ "memory with an error",
	  { SWAPBACKED | TSMC_PG(hwpoison), ANON_MAPPING, 1, 1, 1, false },
	  TSMC_CLASS_KERNEL },
};

static void test_class(unsigned int i)
{
	enum tsmc_class class = tsmc_page_class(&cases[i].facts);

	if (class != cases[i].class)
		ksft_print_msg("class %d instead of %d\n", class,
			       cases[i].class);
	ksft_test_result(class == cases[i].class, "%s\n", cases[i].what);
}

static void test_lru_heat(void)
{
	unsigned int cold = tsmc_page_heat(LRU);
	unsigned int read = tsmc_page_heat(LRU | TSMC_PG(referenced));
	unsigned int active = tsmc_page_heat(LRU | TSMC_PG(active));
	unsigned int most = tsmc_page_heat(~0UL);

	ksft_test_result(cold == TSMC_HEAT_COLD && cold < read &&
			 read < active && active < most && most < TSMC_HEAT_HOT,
			 "LRU state tells warm from cold, and calls nothing hot\n");
}

/* Heat after some samples; '+' is seen, 'w' is seen and written, '-' is not seen. */
static unsigned int heat_after(unsigned int heat, const char *samples)
{
	for (; *samples; samples++)
		heat = tsmc_heat_step(heat, *samples != '-', *samples == 'w');
	return heat;
}

static void test_heat_steps(void)
{
	ksft_test_result(heat_after(TSMC_HEAT_COLD, "w") < TSMC_HEAT_HOT &&
			 heat_after(TSMC_HEAT_COLD, "ww") >= TSMC_HEAT_HOT,
			 "two samples make a cold page hot, one does not\n");
	ksft_test_result(heat_after(TSMC_HEAT_COLD, "ww-w") >= TSMC_HEAT_HOT,
			 "one sample missed does not matter\n");
	ksft_test_result(heat_after(TSMC_HEAT_COLD, "wwwwwwwwww") ==
			 TSMC_HINT_HEAT_MAX &&
			 heat_after(TSMC_HEAT_COLD, "++++++++++") ==
			 TSMC_HEAT_READ_MAX,
			 "only what is written gets to the top\n");
	ksft_test_result(heat_after(TSMC_HINT_HEAT_MAX, "---") < TSMC_HEAT_HOT &&
			 heat_after(TSMC_HINT_HEAT_MAX, "----------") ==
			 TSMC_HEAT_COLD,
			 "what is left alone cools down, to cold\n");
	ksft_test_result(heat_after(0, "---") == 0 && heat_after(0, "+") > 0,
			 "what is discardable stays so until it is touched\n");
}

int main(void)
{
	unsigned int i;

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(cases) + 6);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		test_class(i);
	test_lru_heat();
	test_heat_steps();
	ksft_finished();
}
