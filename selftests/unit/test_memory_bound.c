// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How much memory an agent needs at most, and what holds it to that.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frame_bound.h"
#include "heap_peak.h"
#include "memory_bound.h"
#include "memory_limit.h"
#include "planner.h"
#include "unit.h"

#define GFNS_GIB	(1ULL << 18)
#define FIXED		tsmc_memory_bound_target(0)
#define MIB		(1ULL << 20)

void tsmc_log(const struct tsmc_log *log, enum tsmc_log_level level, const char *fmt, ...)
{
	(void)log;
	(void)level;
	(void)fmt;
}

/* Every frame is a page table, which names some others as tables and some as huge pages. */
static int read_lies(void *opaque, const uint64_t *gfns, unsigned int count, void *dst)
{
	uint64_t *entries = dst;

	(void)opaque;
	memset(dst, 0, count * 4096UL);
	for (unsigned int i = 0; i < count * 512; i += 64)
		entries[i] = (gfns[i / 512] * 512 + i) % GFNS_GIB << 12 | (i % 192 ? 0x1 : 0x81);
	return 0;
}

static struct tsmc_planner *new_planner(const struct tsmc_pagemap *missing, const struct tsmc_address_spaces *spaces)
{
	struct tsmc_order_params params = { .missing = missing, .spaces = spaces };
	struct tsmc_planner *planner;

	EXPECT(!tsmc_planner_new(&params, &planner));
	return planner;
}

/* Most of what the source has: one planner takes over from another, with what page tables say. */
static void stage_three_stays_below(void)
{
	static const struct tsmc_hint_source source = { .read = read_lies };
	struct tsmc_hint_space list[TSMC_HINT_SPACES_MAX];
	struct tsmc_planner *first, *better;
	struct tsmc_address_spaces *spaces;
	struct tsmc_pagemap missing;
	uint64_t before = heap_now;

	for (unsigned int i = 0; i < TSMC_HINT_SPACES_MAX; i++)
		list[i] = (struct tsmc_hint_space){ .root_gfn = i * 7, .levels = i % 2 ? 4 : 5, .weight = i };
	heap_peak = heap_now;
	EXPECT(!tsmc_pagemap_init(&missing, GFNS_GIB));
	for (uint64_t gfn = 0; gfn < GFNS_GIB; gfn++)
		tsmc_pagemap_set(&missing, gfn);
	first = new_planner(&missing, NULL);
	EXPECT(!tsmc_address_spaces_read(&source, list, TSMC_HINT_SPACES_MAX, &missing, &spaces));
	EXPECT(spaces->nr > 1000);
	better = new_planner(&missing, spaces);
	EXPECT(!tsmc_planner_take_over(better, first));
	tsmc_planner_free(first);
	tsmc_planner_free(better);
	tsmc_address_spaces_free(spaces);
	tsmc_pagemap_destroy(&missing);
	ksft_print_msg("%.1f MiB of %.1f\n", (heap_peak - before) / (double)MIB,
		       (tsmc_memory_bound_source(GFNS_GIB, GFNS_GIB, false) - FIXED) / (double)MIB);
	EXPECT(heap_now == before);
	EXPECT(heap_peak - before < tsmc_memory_bound_source(GFNS_GIB, GFNS_GIB, false) - FIXED);
}

static void it_is_small(void)
{
	for (uint64_t gib = 1; gib <= 1024; gib *= 2) {
		uint64_t pages = gib * GFNS_GIB, spread = 4 * GFNS_GIB + pages;

		EXPECT(tsmc_memory_bound_source(spread, pages, false) <= 72 * MIB + gib * 10 * MIB);
		EXPECT(tsmc_memory_bound_target(spread) <= 69 * MIB + gib * 5 * MIB / 4);
		EXPECT(tsmc_memory_bound_watch(spread) <= 69 * MIB + gib * 5 * MIB / 4);
		/* A guest that spreads its memory as far as it is let. */
		EXPECT(tsmc_memory_bound_source(tsmc_frame_bound(pages), pages, false) <= 96 * MIB + gib * 16 * MIB);
		EXPECT(tsmc_memory_bound_target(tsmc_frame_bound(pages)) <= 84 * MIB + gib * 5 * MIB);
	}
}

static bool can_have(uint64_t bytes)
{
	void *area = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (area == MAP_FAILED)
		return false;
	munmap(area, bytes);
	return true;
}

/* Not counting what the sanitizers have, which is why it is in a process of its own. */
static int try_limit(void)
{
	bool limited;

	if (!can_have(GFNS_GIB * 4096))
		return 2;
	tsmc_memory_limit(MIB, NULL);
	limited = !can_have(GFNS_GIB * 4096);
	tsmc_memory_unlimit();
	return limited && can_have(GFNS_GIB * 4096) ? 0 : 1;
}

static void a_limit_holds_until_it_is_taken_away(void)
{
	int status;
	pid_t child = fork();

	if (!child)
		_exit(try_limit());
	EXPECT(waitpid(child, &status, 0) == child);
	EXPECT(!status);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "planners and neighbours of a lying guest stay below the bound", stage_three_stays_below },
		{ "the bound is a few MiB for a GiB", it_is_small },
		{ "a limit holds until it is taken away", a_limit_holds_until_it_is_taken_away },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
