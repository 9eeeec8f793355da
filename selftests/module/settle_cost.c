// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What settling costs per page on this processor: the loop of
 * module/classify.c over an array like the kernel's, from memory, not from
 * cache. Run it on hardware; in an emulator it says nothing.
 */
#include <assert.h>
#include <kselftest.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "page_flags.h"

#define PFNS_PER_GIB	262144UL
#define BUDGET_MS	5.0
#define ROUNDS		9
#define EVICT_BYTES	(256UL << 20)

/* Laid out as struct page is on x86-64. */
struct model_page {
	unsigned long flags;
	unsigned long compound_head;
	unsigned long lru;
	unsigned long mapping;
	unsigned long index;
	unsigned long private;
	int mapcount;
	int refcount;
	unsigned long memcg;
};

static_assert(sizeof(struct model_page) == 64);

static struct model_page *pages;
static uint8_t *table;
static unsigned char *evict;

static uint8_t look_at(const struct model_page *page)
{
	struct tsmc_page_facts facts = { .parts = 1 };
	enum tsmc_class class;

	facts.flags = page->flags;
	if (facts.flags & TSMC_PG(reserved))
		return TSMC_CLASS_KERNEL;
	if (page->compound_head & 1 || page->mapcount < -128)
		return TSMC_CLASS_KERNEL;
	facts.refs = page->refcount;
	if (!facts.refs)
		return TSMC_CLASS_UNKNOWN;
	facts.mapping = page->mapping;
	facts.maps = page->mapcount + 1;
	class = tsmc_page_class(&facts);
	return TSMC_HINT_BYTE(class, tsmc_page_heat(facts.flags));
}

static void settle(void)
{
	unsigned long pfn;
	uint8_t byte;

	for (pfn = 0; pfn < PFNS_PER_GIB; pfn++) {
		if (TSMC_HINT_CLASS(table[pfn]) == TSMC_CLASS_KERNEL)
			continue;
		byte = look_at(&pages[pfn]);
		if (table[pfn] != byte)
			table[pfn] = byte;
	}
}

static void fill(unsigned int changed_percent)
{
	unsigned long pfn;

	for (pfn = 0; pfn < PFNS_PER_GIB; pfn++) {
		struct model_page *page = &pages[pfn];

		memset(page, 0, sizeof(*page));
		page->flags = TSMC_PG(lru) | TSMC_PG(swapbacked);
		page->mapping = 0xffff888012345670UL | PAGE_MAPPING_ANON;
		page->refcount = 1;
		table[pfn] = look_at(page);
		if (random() % 100 < changed_percent)
			table[pfn] = TSMC_CLASS_FREE;
	}
	for (pfn = 0; pfn < EVICT_BYTES; pfn += 64)
		evict[pfn]++;
}

static double ms_once(unsigned int changed_percent)
{
	struct timespec from, to;

	fill(changed_percent);
	clock_gettime(CLOCK_MONOTONIC, &from);
	settle();
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (to.tv_sec - from.tv_sec) * 1e3 +
	       (to.tv_nsec - from.tv_nsec) / 1e6;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void test_cost(unsigned int changed_percent)
{
	double ms[ROUNDS];
	int i;

	for (i = 0; i < ROUNDS; i++)
		ms[i] = ms_once(changed_percent);
	qsort(ms, ROUNDS, sizeof(*ms), by_value);
	ksft_print_msg("%.2f ms (%.2f to %.2f) per GiB, %.1f ns per page\n",
		       ms[ROUNDS / 2], ms[0], ms[ROUNDS - 1],
		       ms[ROUNDS / 2] * 1e6 / PFNS_PER_GIB);
	ksft_test_result(ms[ROUNDS / 2] < BUDGET_MS,
			 "under %.0f ms per GiB with %u %% of the bytes changed\n",
			 BUDGET_MS, changed_percent);
}

static void *area(size_t bytes)
{
	void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (start == MAP_FAILED)
		ksft_exit_skip("no memory for the model\n");
	return start;
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3);
	pages = area(PFNS_PER_GIB * sizeof(*pages));
	table = area(PFNS_PER_GIB);
	evict = area(EVICT_BYTES);
	test_cost(0);
	test_cost(10);
	test_cost(100);
	ksft_finished();
}
