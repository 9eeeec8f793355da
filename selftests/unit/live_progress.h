/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests that have a series: what somebody who looks on learns of it. */
#ifndef TSMC_UNIT_LIVE_PROGRESS_H
#define TSMC_UNIT_LIVE_PROGRESS_H

#include <string.h>

#include "progress.h"
#include "unit.h"

/* It is the series, which has pages by class, and markers. */
static inline void expect_live(const struct tsmc_series *series, const uint64_t *classes, uint64_t markers)
{
	struct tsmc_progress_state state;
	uint64_t pages = 0;

	EXPECT(tsmc_progress_look(series->live, &state));
	EXPECT(!memcmp(&state.sums, &series->now, sizeof(state.sums)));
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++)
		pages += classes[class];
	EXPECT(state.sums.pages == pages && state.sums.markers == markers);
	EXPECT(!memcmp(state.classes, classes, sizeof(state.classes)));
}

#endif /* TSMC_UNIT_LIVE_PROGRESS_H */
