// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's part: run the steps and tell what they saw.
 */
#include "../holes_steps.h"

void guest_main(void)
{
	struct holes_shared *shared = (struct holes_shared *)((uint64_t)HOLES_SHARED_GFN * HOLES_PAGE);
	uint8_t *pages = (uint8_t *)((uint64_t)HOLES_PAGES_GFN * HOLES_PAGE);
	unsigned int n;

	__atomic_store_n(&shared->magic, HOLES_MAGIC, __ATOMIC_RELEASE);
	n = holes_run(pages, shared->value);
	__atomic_store_n(&shared->nr_values, n, __ATOMIC_RELEASE);
}
