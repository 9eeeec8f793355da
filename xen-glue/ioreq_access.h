/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request of Xen's emulator: its frames, and performing it on them.
 */
#ifndef TSMC_IOREQ_ACCESS_H
#define TSMC_IOREQ_ACCESS_H

#include "glue_private.h"

#include <xen/hvm/ioreq.h>

/* No x86 processor has more physical address bits. */
#define TSMC_MAX_GPA	(UINT64_C(1) << 52)

/**
 * struct tsmc_window - the frames of one access, mapped
 * @gfns: the frames
 * @page: where each of them is mapped
 * @nr_gfns: how many
 */
struct tsmc_window {
	const uint64_t *gfns;
	uint8_t *page[TSMC_ACCESS_GFNS];
	unsigned int nr_gfns;
};

bool tsmc_access_describe(const struct ioreq *req, unsigned int vcpu, struct tsmc_access *access);
uint64_t tsmc_access_perform(const struct ioreq *req, const struct tsmc_window *win);

#endif /* TSMC_IOREQ_ACCESS_H */
