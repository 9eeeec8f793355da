// SPDX-License-Identifier: GPL-2.0-or-later
#include "page_sample.h"

#include <errno.h>
#include <string.h>

#include "clock.h"
#include "interrupt.h"
#include "linux/tsmc_hint.h"

/* One page of so many, and no more than that. */
#define SAMPLE_STEP	64
#define SAMPLES_MAX	16384
/* As many as stage one maps at once. */
#define SAMPLE_BATCH	256

static enum tsmc_sample_kind kind_of(const struct tsmc_page_sample *sample, uint64_t gfn)
{
	unsigned int class = tsmc_hints_class(sample->hints, gfn);

	if (class == TSMC_CLASS_FREE)
		return TSMC_SAMPLE_FREE;
	return tsmc_class_may_wait(class) ? TSMC_SAMPLE_WAIT : TSMC_SAMPLE_FIXED;
}

static int look_at(struct tsmc_page_sample *sample, const uint64_t *gfns, unsigned int count)
{
	int errs[SAMPLE_BATCH];
	char *area = tsmc_foreign_map(sample->xen, sample->domid, false, gfns, count, errs);

	if (!area)
		return -errno;
	for (unsigned int i = 0; i < count; i++) {
		const uint64_t *words = (const uint64_t *)(area + (size_t)i * TSMC_PAGE_SIZE);
		enum tsmc_sample_kind kind = kind_of(sample, gfns[i]);

		sample->looked[kind]++;
		/* A frame that is gone would cross as a zero page. */
		sample->zero[kind] += errs[i] || (!words[0] &&
			!memcmp(words, words + 1, TSMC_PAGE_SIZE - sizeof(*words)));
	}
	tsmc_foreign_unmap(sample->xen, area, count);
	return 0;
}

/**
 * tsmc_page_sample - look at some pages, evenly spread
 * @sample: filled in; its results are zero
 *
 * Return: 0, -ECANCELED, or another negative errno; logged unless interrupted.
 */
int tsmc_page_sample(struct tsmc_page_sample *sample)
{
	const struct tsmc_pagemap *ram = sample->ram;
	uint64_t step = ram->count / SAMPLES_MAX > SAMPLE_STEP ? ram->count / SAMPLES_MAX : SAMPLE_STEP;
	uint64_t gfns[SAMPLE_BATCH], number = 0, looked = 0, start = tsmc_now_ns();
	unsigned int count = 0;
	int rc = 0;

	for (uint64_t gfn = 0; !rc && (gfn = tsmc_pagemap_next(ram, gfn)) < ram->nr_gfns; gfn++) {
		if (number++ % step)
			continue;
		gfns[count++] = gfn;
		looked++;
		if (count < SAMPLE_BATCH)
			continue;
		rc = tsmc_interrupted() ? -ECANCELED : look_at(sample, gfns, count);
		count = 0;
	}
	if (!rc && count)
		rc = look_at(sample, gfns, count);
	sample->page_s = looked ? (tsmc_now_ns() - start) / 1e9 / looked : 0;
	return rc;
}

/**
 * tsmc_sample_share - how many pages of a kind are all zero
 * @sample: taken
 * @kind: which pages
 *
 * Return: 0 to 1.
 */
double tsmc_sample_share(const struct tsmc_page_sample *sample, enum tsmc_sample_kind kind)
{
	return sample->looked[kind] ? (double)sample->zero[kind] / sample->looked[kind] : 0;
}
