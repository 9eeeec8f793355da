/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages of the kinds that a guest's memory holds, the same in each run.
 */
#ifndef TSMC_PAGE_SAMPLES_H
#define TSMC_PAGE_SAMPLES_H

#include <string.h>

#include "unit.h"

#define PAGE_BYTES 4096u

/* How the bytes of a page come about. */
enum page_kind { PAGES_ZERO, PAGES_TEXT, PAGES_POINTERS, PAGES_RANDOM, PAGES_MIXED, PAGES_KINDS };

static inline void fill_text(char *page, uint64_t *seed)
{
	static const char *const words[] = { "migration ", "guest ", "page ", "of ", "the ", "\n", "0x", "target " };
	size_t at = 0;

	while (at < PAGE_BYTES) {
		const char *word = words[unit_below(seed, 8)];

		while (*word && at < PAGE_BYTES)
			page[at++] = *word++;
	}
}

static inline void fill_page(char *page, enum page_kind kind, uint64_t *seed)
{
	uint64_t word;

	switch (kind == PAGES_MIXED ? unit_below(seed, PAGES_MIXED) : kind) {
	case PAGES_ZERO:
		memset(page, 0, PAGE_BYTES);
		break;
	case PAGES_TEXT:
		fill_text(page, seed);
		break;
	case PAGES_POINTERS:
		for (size_t at = 0; at < PAGE_BYTES; at += sizeof(word)) {
			word = 0xffff888000000000ULL + unit_below(seed, 1u << 28);
			memcpy(page + at, &word, sizeof(word));
		}
		break;
	default:
		for (size_t at = 0; at < PAGE_BYTES; at += sizeof(word)) {
			word = unit_random(seed);
			memcpy(page + at, &word, sizeof(word));
		}
	}
}

static inline void fill_pages(char *pages, unsigned int nr, enum page_kind kind, uint64_t *seed)
{
	for (unsigned int i = 0; i < nr; i++)
		fill_page(pages + (size_t)i * PAGE_BYTES, kind, seed);
}

#endif /* TSMC_PAGE_SAMPLES_H */
