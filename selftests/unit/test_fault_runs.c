// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which faults are taken for a sequence.
 */
#include <string.h>

#include "fault_runs.h"
#include "unit.h"

#define NR_PLACES	20000u

static bool waiting[NR_PLACES];
static struct tsmc_fault_runs runs;
static unsigned int asked;

static bool waits(void *opaque, uint64_t place)
{
	EXPECT(opaque == waiting && place < NR_PLACES);
	asked++;
	return waiting[place];
}

/* A fault that takes count places from its own on along. Returns the length of its run, 0: none. */
static unsigned int fault(uint64_t place, unsigned int count)
{
	struct tsmc_fault_run *run = tsmc_fault_runs_note(&runs, place, waits, waiting);

	if (!run)
		return 0;
	EXPECT(run->next == place + 1);
	memset(waiting + place, 0, count);
	run->next = place + count;
	return run->length;
}

static void begin(void)
{
	memset(&runs, 0, sizeof(runs));
	memset(waiting, 1, sizeof(waiting));
	asked = 0;
}

static void ascending_faults_are_one_run(void)
{
	begin();
	for (unsigned int i = 0; i < 100; i++)
		EXPECT(fault(500 + 8 * i, 8) == i + 1);
}

static void what_was_taken_along_is_not_new(void)
{
	begin();
	EXPECT(fault(500, 8) == 1);
	EXPECT(fault(500, 8) == 0);
	EXPECT(fault(507, 8) == 0);
	EXPECT(fault(508, 8) == 2);
	/* It is part of the run no longer once that has gone on. */
	EXPECT(fault(507, 1) == 1);
}

static void pages_handed_out_do_not_end_a_run(void)
{
	begin();
	EXPECT(fault(500, 8) == 1);
	memset(waiting + 508, 0, 1000);
	EXPECT(fault(1508, 8) == 2);
	/* But for so many the search is not made. */
	memset(waiting + 1516, 0, 3000);
	EXPECT(fault(1516 + 1024, 8) == 3);
	EXPECT(fault(2548 + 1025, 8) == 1);
}

static void few_pages_may_be_left_out(void)
{
	begin();
	EXPECT(fault(500, 8) == 1);
	EXPECT(fault(512, 8) == 2);
	EXPECT(fault(525, 8) == 1);
	/* Backward is no sequence. */
	EXPECT(fault(511, 1) == 1);
	EXPECT(fault(499, 1) == 1);
}

static void several_runs_are_followed(void)
{
	begin();
	for (unsigned int i = 0; i < 50; i++)
		for (unsigned int run = 0; run < TSMC_FAULT_RUNS; run++)
			EXPECT(fault(2000 * run + 4 * i, 4) == i + 1);
	/* One more takes the place of the one that rested longest. */
	EXPECT(fault(17000, 4) == 1);
	EXPECT(fault(2000 + 200, 4) == 51);
	EXPECT(fault(200, 4) == 1);
	/* A fault on what a run took along is no rest. */
	begin();
	for (unsigned int run = 0; run < TSMC_FAULT_RUNS; run++)
		EXPECT(fault(2000 * run, 4) == 1);
	EXPECT(fault(2, 4) == 0);
	EXPECT(fault(17000, 4) == 1);
	EXPECT(fault(4, 4) == 2 && fault(2004, 4) == 1);
}

static void scattered_faults_are_none(void)
{
	uint64_t seed = 0x73636174746572;
	unsigned int longer = 0;

	begin();
	for (unsigned int i = 0; i < 1000; i++) {
		asked = 0;
		longer += fault(unit_below(&seed, NR_PLACES - 8), 8) > 1;
		EXPECT(asked <= TSMC_FAULT_RUNS * 1024);
	}
	/* Eight runs that five places of 20000 continue. */
	EXPECT(longer < 20);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "ascending faults are one run", ascending_faults_are_one_run },
		{ "a fault on what was taken along is nothing new", what_was_taken_along_is_not_new },
		{ "pages handed out meanwhile do not end a run", pages_handed_out_do_not_end_a_run },
		{ "few pages may be left out", few_pages_may_be_left_out },
		{ "several runs are followed at once", several_runs_are_followed },
		{ "scattered faults are no run", scattered_faults_are_none },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
