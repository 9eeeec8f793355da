// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks at log-dirty: none of what they saw may be forgotten.
 */
#include <string.h>

#include "dirty_history.h"
#include "unit.h"

#define TOP 200u

struct fixture {
	struct tsmc_dirty_history history;
	struct tsmc_pagemap ram;
	uint64_t bits[4];
};

static void begin(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	EXPECT(!tsmc_dirty_history_init(&f->history, TOP));
	EXPECT(!tsmc_pagemap_init(&f->ram, TOP));
	for (uint64_t gfn = 0; gfn < TOP; gfn++)
		tsmc_pagemap_set(&f->ram, gfn);
}

static void end(struct fixture *f)
{
	tsmc_dirty_history_destroy(&f->history);
	tsmc_pagemap_destroy(&f->ram);
}

static void look(struct fixture *f, uint64_t first, uint64_t second)
{
	memset(f->bits, 0, sizeof(f->bits));
	f->bits[first / 64] |= 1ULL << first % 64;
	f->bits[second / 64] |= 1ULL << second % 64;
	tsmc_dirty_history_add(&f->history, f->bits, &f->ram);
}

static void nothing_is_forgotten(void)
{
	struct fixture f;

	begin(&f);
	look(&f, 3, 64);
	look(&f, 64, 199);
	look(&f, 5, 5);
	EXPECT(f.history.dirty.count == 4);
	EXPECT(tsmc_pagemap_test(&f.history.dirty, 3) && tsmc_pagemap_test(&f.history.dirty, 199));
	end(&f);
}

static void last_look_is_stamped(void)
{
	struct fixture f;

	begin(&f);
	look(&f, 3, 64);
	look(&f, 64, 199);
	EXPECT(f.history.stamps[3] == 1 && f.history.stamps[64] == 2 && f.history.stamps[199] == 2);
	EXPECT(f.history.stamps[4] == 0);
	end(&f);
}

static void other_frames_are_passed_over(void)
{
	struct fixture f;

	begin(&f);
	tsmc_pagemap_clear(&f.ram, 64);
	look(&f, 3, 64);
	EXPECT(f.history.dirty.count == 1 && !f.history.stamps[64]);
	end(&f);
}

static void many_looks_are_survived(void)
{
	struct fixture f;

	begin(&f);
	look(&f, 3, 3);
	for (unsigned int i = 0; i < 300; i++)
		look(&f, 7, 7);
	EXPECT(f.history.stamps[3] == 1 && f.history.stamps[7] == UINT8_MAX);
	EXPECT(f.history.dirty.count == 2);
	end(&f);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "nothing that a look saw dirty is forgotten", nothing_is_forgotten },
		{ "each page has the number of its last look", last_look_is_stamped },
		{ "frames that are no RAM are passed over", other_frames_are_passed_over },
		{ "more looks than there are numbers are survived", many_looks_are_survived },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
