// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keeps changing one page of a domain that is being received, for a test that
 * --verify notices. usage: plant NAME GFN; ends when it is killed or the
 * domain is dying.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "xen_glue.h"

/* Long enough for a migration to begin. */
#define FIND_LOOKS	6000

static const struct timespec look = { .tv_nsec = 10000000 };

static void ignore(void *opaque, enum tsmc_log_level level, const char *fmt, va_list args)
{
	(void)opaque;
	(void)level;
	(void)fmt;
	(void)args;
}

/* The frame must be there: it is populated a little after the domain has its name. */
static unsigned char *find_page(struct tsmc_xen *xen, const char *name, uint64_t gfn, uint32_t *domid)
{
	for (int i = 0; i < FIND_LOOKS; i++) {
		unsigned char *page;
		int err;

		nanosleep(&look, NULL);
		if (tsmc_toolstack_find(xen, name, domid))
			continue;
		page = tsmc_foreign_map(xen, *domid, true, &gfn, 1, &err);
		if (page && !err)
			return page;
		if (page)
			tsmc_foreign_unmap(xen, page, 1);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct tsmc_log log = { .emit = ignore };
	struct tsmc_domain_info info;
	unsigned char *page = NULL;
	struct tsmc_xen *xen;
	uint32_t domid;

	if (argc != 3 || tsmc_xen_open(&xen, &log))
		return 1;
	page = find_page(xen, argv[1], strtoull(argv[2], NULL, 0), &domid);
	if (!page) {
		fprintf(stderr, "plant: waited 60 s for a page of %s\n", argv[1]);
		return 1;
	}
	printf("planted\n");
	fflush(stdout);
	while (!tsmc_domain_info(xen, domid, &info)) {
		page[rand() % TSMC_PAGE_SIZE] += 1 + rand() % 255;
		nanosleep(&look, NULL);
	}
	tsmc_foreign_unmap(xen, page, 1);
	tsmc_xen_close(xen);
	return 0;
}
