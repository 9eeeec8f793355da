// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table against the page tables of a process that holds still.
 */
#include <kselftest.h>

#include "guest_module.h"
#include "kernel_log.h"
#include "own_pages.h"

/* A page may move between being looked up and being scanned. */
#define TRIES 5

static struct own_pages own;

/* Memory that the kernel calls free, in pages. */
static unsigned long kernel_free_pages(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	unsigned long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemFree: %lu kB", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib / 4;
}

static uint64_t sum_of_pfns(void)
{
	uint64_t sum = 0;
	unsigned int i;
	size_t page;

	for (i = 0; i < own.nr; i++)
		for (page = 0; page < own.areas[i].pages; page++)
			sum = sum * 31 + own.areas[i].pfns[page];
	return sum;
}

/* Scans until no page has moved meanwhile. */
static uint8_t *scan_still(struct tsmc_hint_header *header)
{
	uint8_t *table = NULL;
	uint64_t before;
	int try;

	for (try = 0; try < TRIES; try++) {
		own_pages_settle(&own);
		before = sum_of_pfns();
		if (module_prepare(module_new_number(), header))
			return NULL;
		free(table);
		table = module_read_table(header);
		own_pages_look_up(&own);
		if (sum_of_pfns() == before)
			return table;
	}
	ksft_print_msg("pages moved during each of %d scans\n", TRIES);
	free(table);
	return NULL;
}

static void test_free(const struct tsmc_hint_header *header,
		      const uint8_t *table)
{
	unsigned long counted = 0, known = kernel_free_pages();
	uint64_t pfn;

	if (!(header->features & TSMC_HINT_F_FREE)) {
		ksft_test_result_skip("free pages are not reported here\n");
		return;
	}
	for (pfn = 0; pfn < header->nr_pfns; pfn++)
		counted += TSMC_HINT_CLASS(table[pfn]) == TSMC_CLASS_FREE;
	ksft_test_result(counted > known - known / 10 &&
			 counted < known + known / 10,
			 "%lu pages are free, the kernel counts %lu\n",
			 counted, known);
}

int main(void)
{
	struct tsmc_hint_header header;
	uint8_t *table;
	unsigned int i;
	int log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	own_pages_create(&own);
	ksft_set_plan(own.nr + 2);

	table = scan_still(&header);
	if (!table)
		ksft_exit_fail_msg("no table to compare with\n");
	for (i = 0; i < own.nr; i++)
		ksft_test_result(own_area_matches(&own.areas[i], &header,
						  table),
				 "%s\n", own.areas[i].what);
	test_free(&header, table);

	module_request("finish");
	module_wait_state(TSMC_HINT_IDLE, &header);
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
