/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory of the test itself, of every kind, held still and looked up.
 */
#ifndef OWN_PAGES_H
#define OWN_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/tsmc_hint.h>

#define CLASS_BIT(class) (1U << (class))

/**
 * struct own_area - memory of one kind
 * @what: for people
 * @start: its first byte, on a page
 * @pages: its length in pages
 * @classes: CLASS_BIT() of each class that its pages may have
 * @pfns: where its pages were when last looked up, 0 for a page not present
 */
struct own_area {
	const char *what;
	char *start;
	size_t pages;
	unsigned int classes;
	uint64_t *pfns;
};

#define OWN_AREAS_MAX 16

struct own_pages {
	struct own_area areas[OWN_AREAS_MAX];
	unsigned int nr;
};

void own_pages_create(struct own_pages *own);
void own_pages_settle(struct own_pages *own);
struct own_area *own_pages_add(struct own_pages *own, const char *what,
			       void *start, size_t bytes, unsigned int classes);
void own_pages_look_up(struct own_pages *own);
bool own_area_matches(const struct own_area *area,
		      const struct tsmc_hint_header *header,
		      const uint8_t *table);

#endif /* OWN_PAGES_H */
