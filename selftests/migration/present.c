// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many frames of a domain are where its memory is, below a frame number.
 * usage: present NAME GFNS
 */
#include <stdio.h>
#include <stdlib.h>

#include "xen_glue.h"

static void tell(void *opaque, enum tsmc_log_level level, const char *fmt, va_list args)
{
	(void)opaque;
	if (level != TSMC_LOG_ERROR)
		return;
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

int main(int argc, char **argv)
{
	const struct tsmc_log log = { .emit = tell };
	uint64_t gfn, end, present = 0;
	struct tsmc_xen *xen;
	uint32_t domid;

	if (argc != 3 || tsmc_xen_open(&xen, &log) || tsmc_toolstack_find(xen, argv[1], &domid))
		return 1;
	end = strtoull(argv[2], NULL, 0);
	for (gfn = 0; gfn < end; gfn += TSMC_BATCH_MAX) {
		unsigned int count = end - gfn < TSMC_BATCH_MAX ? end - gfn : TSMC_BATCH_MAX;
		uint8_t there[TSMC_BATCH_MAX];

		if (tsmc_domain_populated(xen, domid, gfn, count, there))
			return 1;
		while (count--)
			present += there[count];
	}
	printf("%llu\n", (unsigned long long)present);
	tsmc_xen_close(xen);
	return 0;
}
