// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The planner where neighbours are those in the guest's address spaces.
 */
#include <errno.h>
#include <string.h>

#include "linux/tsmc_hint.h"
#include "planner.h"
#include "unit.h"
#include "virtual_order.h"

#define NR_GFNS		6000u
#define NR_MISSING	5000u
#define WINDOW		8u

/*
 * Missing pages that are mapped in an order that has nothing to do with their
 * gfns; those from NR_MISSING - 500 on are not mapped.
 */
static struct {
	struct tsmc_pagemap missing;
	struct tsmc_address_spaces *spaces;
	uint32_t push[NR_MISSING];
	struct tsmc_planner *planner;
	bool handed_out[NR_GFNS];
	uint64_t gfns[256];
} plan;

static const unsigned int nr_places = NR_MISSING - 500;

/* Where the page of a place is. */
static uint64_t gfn_at(uint64_t place)
{
	return plan.spaces->order[place];
}

/* Every start_every places something new begins. */
static void make_plan(enum tsmc_order order, unsigned int start_every)
{
	struct tsmc_order_params params = { .missing = &plan.missing, .order = order, .seed = 1 };

	memset(&plan, 0, sizeof(plan));
	EXPECT(!tsmc_pagemap_init(&plan.missing, NR_GFNS));
	for (uint64_t gfn = 0; gfn < NR_MISSING; gfn++)
		tsmc_pagemap_set(&plan.missing, gfn);
	plan.spaces = virtual_new(&plan.missing);
	/* 1009 is prime to the number: each gfn comes once. */
	for (uint64_t i = 0; i < nr_places; i++)
		EXPECT(virtual_add(plan.spaces, i * 1009 % nr_places, i % start_every == 0));
	params.spaces = plan.spaces;
	EXPECT(!tsmc_push_order(&params, plan.push));
	EXPECT(!tsmc_planner_new(&params, &plan.planner));
}

static void destroy_plan(void)
{
	tsmc_planner_free(plan.planner);
	tsmc_address_spaces_free(plan.spaces);
	tsmc_pagemap_destroy(&plan.missing);
}

static unsigned int demand(uint64_t gfn)
{
	return tsmc_planner_demand(plan.planner, gfn, WINDOW, plan.gfns, ARRAY_SIZE(plan.gfns));
}

/* Are gfns[from .. from + nr) those of the places from `place` on? */
static bool ascend(unsigned int from, unsigned int nr, uint64_t place)
{
	for (unsigned int i = 0; i < nr; i++)
		if (plan.gfns[from + i] != gfn_at(place + i))
			return false;
	return true;
}

static void prepull_is_virtual(void)
{
	make_plan(TSMC_ORDER_HINTS, nr_places);
	EXPECT(demand(gfn_at(1000)) == 1 + WINDOW);
	EXPECT(ascend(0, 7, 1000));
	EXPECT(plan.gfns[7] == gfn_at(999) && plan.gfns[8] == gfn_at(998));
	EXPECT(tsmc_planner_left(plan.planner) == NR_MISSING - 9);
	/* Once more: it is handed out. */
	EXPECT(demand(gfn_at(1000)) == 0 && demand(gfn_at(998)) == 0);
	/* No window: the page alone, and nothing is moved forward. */
	EXPECT(tsmc_planner_demand(plan.planner, gfn_at(2000), 0, plan.gfns, 256) == 1);
	/* No room. */
	EXPECT(tsmc_planner_demand(plan.planner, gfn_at(3000), WINDOW, plan.gfns, 0) == 0);
	EXPECT(tsmc_planner_demand(plan.planner, gfn_at(3000), WINDOW, plan.gfns, 3) == 3);
	EXPECT(ascend(0, 3, 3000));
	destroy_plan();
}

static void prepull_stays_among_neighbours(void)
{
	make_plan(TSMC_ORDER_HINTS, 100);
	/* Two pages ahead in its neighbourhood, the rest behind. */
	EXPECT(demand(gfn_at(1097)) == 1 + WINDOW);
	EXPECT(ascend(0, 3, 1097));
	for (unsigned int i = 0; i < 6; i++)
		EXPECT(plan.gfns[3 + i] == gfn_at(1096 - i));
	/* None behind; and what could be pushed next ends there as well. */
	EXPECT(demand(gfn_at(2000)) == 7 && ascend(0, 7, 2000));
	EXPECT(demand(gfn_at(2099)) == 1 + WINDOW && plan.gfns[8] == gfn_at(2091));
	EXPECT(demand(gfn_at(0)) == 7 && ascend(0, 7, 0));
	EXPECT(demand(gfn_at(nr_places - 1)) == 1 + WINDOW);
	/* Of these five two had neighbours ahead of what they took. */
	EXPECT(tsmc_planner_push(plan.planner, plan.gfns, 16) == 16);
	EXPECT(ascend(0, 8, 2007) && ascend(8, 8, 7));
	EXPECT(tsmc_planner_push(plan.planner, plan.gfns, 1) == 1 && plan.gfns[0] == gfn_at(15));
	destroy_plan();
}

static void take_alone(uint64_t place)
{
	EXPECT(tsmc_planner_demand(plan.planner, gfn_at(place), 0, plan.gfns, 1) == 1);
}

static void prepull_has_its_reach(void)
{
	make_plan(TSMC_ORDER_HINTS, nr_places);
	/* Nothing waits within 31 places on either side of the one, within 32 of the other. */
	for (uint64_t i = 1; i <= 32; i++) {
		if (i < 32) {
			take_alone(1000 + i);
			take_alone(1000 - i);
		}
		take_alone(2000 + i);
		take_alone(2000 - i);
	}
	/* No run of these is left. */
	for (unsigned int i = 0; i < 8; i++)
		take_alone(3000 + 100 * i);
	EXPECT(demand(gfn_at(1000)) == 3);
	EXPECT(plan.gfns[1] == gfn_at(1032) && plan.gfns[2] == gfn_at(968));
	EXPECT(demand(gfn_at(2000)) == 1);
	destroy_plan();
}

static void run_widens_the_window(void)
{
	const unsigned int windows[] = { 8, 16, 32, 64, 64, 64 };
	uint64_t place = 500;

	make_plan(TSMC_ORDER_HINTS, nr_places);
	for (unsigned int i = 0; i < ARRAY_SIZE(windows); i++) {
		unsigned int ahead = i ? windows[i] : 6;

		EXPECT(demand(gfn_at(place)) == 1 + windows[i]);
		EXPECT(ascend(0, 1 + ahead, place));
		place += 1 + ahead;
	}
	/* The room bounds it, and a wider window than a run's stays. */
	EXPECT(tsmc_planner_demand(plan.planner, gfn_at(place), WINDOW, plan.gfns, 20) == 20);
	EXPECT(ascend(0, 20, place));
	EXPECT(tsmc_planner_demand(plan.planner, gfn_at(place + 20), 100, plan.gfns, 256) == 101);
	EXPECT(ascend(0, 101, place + 20));
	/* Elsewhere it begins anew. */
	EXPECT(demand(gfn_at(3000)) == 1 + WINDOW);
	destroy_plan();
}

static void what_lies_ahead_is_pushed_first(void)
{
	make_plan(TSMC_ORDER_HINTS, nr_places);
	EXPECT(demand(gfn_at(1000)) == 9 && demand(gfn_at(2000)) == 9);
	/* A lone fault moves as many pages forward as it takes; the older one first. */
	EXPECT(tsmc_planner_push(plan.planner, plan.gfns, 10) == 10);
	EXPECT(ascend(0, 8, 1007) && ascend(8, 2, 2007));
	/* In a run eight times as many: 16 are taken and 128 moved. The rest of the older waits. */
	EXPECT(demand(gfn_at(1015)) == 17 && ascend(0, 17, 1015));
	EXPECT(tsmc_planner_push(plan.planner, plan.gfns, 135) == 135);
	EXPECT(ascend(0, 6, 2009) && ascend(6, 128, 1032));
	EXPECT(plan.gfns[134] == plan.push[0]);
	destroy_plan();
}

static void fault_on_its_way_goes_on_with_the_run(void)
{
	make_plan(TSMC_ORDER_HINTS, nr_places);
	EXPECT(demand(gfn_at(1000)) == 9);
	EXPECT(tsmc_planner_push(plan.planner, plan.gfns, 8) == 8 && ascend(0, 8, 1007));
	/* The guest catches up with what is on its way: nothing to take, but it goes on. */
	EXPECT(demand(gfn_at(1010)) == 0);
	EXPECT(tsmc_planner_push(plan.planner, plan.gfns, 129) == 129);
	EXPECT(ascend(0, 124, 1015) && plan.gfns[124] == plan.push[0]);
	destroy_plan();
}

static void fault_on_what_was_taken_along_changes_nothing(void)
{
	make_plan(TSMC_ORDER_HINTS, nr_places);
	EXPECT(demand(gfn_at(1000)) == 9);
	EXPECT(demand(gfn_at(1003)) == 0 && demand(gfn_at(1006)) == 0);
	EXPECT(tsmc_planner_push(plan.planner, plan.gfns, 9) == 9);
	EXPECT(ascend(0, 8, 1007) && plan.gfns[8] == plan.push[0]);
	destroy_plan();
}

static void oldest_makes_room(void)
{
	make_plan(TSMC_ORDER_HINTS, nr_places);
	for (uint64_t i = 0; i < 18; i++)
		EXPECT(demand(gfn_at(100 + 200 * i)) == 9);
	/* These move nothing and need none. */
	for (uint64_t i = 0; i < 16; i++)
		take_alone(200 + 200 * i);
	for (uint64_t i = 2; i < 18; i++)
		EXPECT(tsmc_planner_push(plan.planner, plan.gfns, 8) == 8 &&
		       ascend(0, 8, 107 + 200 * i));
	EXPECT(tsmc_planner_push(plan.planner, plan.gfns, 1) == 1 && plan.gfns[0] == plan.push[0]);
	destroy_plan();
}

static void unmapped_pages_have_near_gfns(void)
{
	uint64_t gfn = nr_places + 200;

	make_plan(TSMC_ORDER_HINTS, nr_places);
	EXPECT(demand(gfn) == 9);
	EXPECT(plan.gfns[1] == gfn + 1 && plan.gfns[2] == gfn - 1 && plan.gfns[8] == gfn - 4);
	EXPECT(tsmc_planner_push(plan.planner, plan.gfns, 1) == 1 && plan.gfns[0] == plan.push[0]);
	destroy_plan();
}

static void other_orders_have_near_gfns(void)
{
	for (enum tsmc_order order = TSMC_ORDER_ADDRESS; order < TSMC_ORDER_NR; order++) {
		uint64_t place = 0;

		make_plan(order, nr_places);
		EXPECT(demand(3000) == 9 && plan.gfns[1] == 3001 && plan.gfns[2] == 2999);
		/* No run, and nothing moved forward. */
		EXPECT(demand(3005) == 9 && plan.gfns[1] == 3006 && plan.gfns[8] == 3013);
		for (unsigned int i = 0; i < 100; i++) {
			while (plan.push[place] >= 2996 && plan.push[place] <= 3013)
				place++;
			EXPECT(tsmc_planner_push(plan.planner, plan.gfns, 1) == 1);
			EXPECT(plan.gfns[0] == plan.push[place++]);
		}
		destroy_plan();
	}
}

static void take_over_goes_on(void)
{
	struct tsmc_order_params params = { .missing = &plan.missing };
	struct tsmc_planner *first, *other;
	uint64_t count = 0;

	make_plan(TSMC_ORDER_HINTS, 50);
	EXPECT(!tsmc_planner_new(&params, &first));
	EXPECT(tsmc_planner_push(first, plan.gfns, 100) == 100);
	for (unsigned int i = 0; i < 100; i++)
		plan.handed_out[plan.gfns[i]] = true;
	tsmc_pagemap_clear(&plan.missing, 17);
	EXPECT(!tsmc_planner_new(&params, &other));
	EXPECT(tsmc_planner_take_over(plan.planner, other) == -EINVAL);
	EXPECT(tsmc_planner_left(plan.planner) == NR_MISSING && tsmc_planner_left(other) == NR_MISSING - 1);
	EXPECT(!tsmc_planner_take_over(plan.planner, first));
	EXPECT(tsmc_planner_left(plan.planner) == NR_MISSING - 100 && !tsmc_planner_left(first));
	EXPECT(!tsmc_planner_push(first, plan.gfns, 256));
	EXPECT(!tsmc_planner_demand(first, 3000, 8, plan.gfns, 256));
	while (tsmc_planner_push(plan.planner, plan.gfns, 1)) {
		EXPECT(!plan.handed_out[plan.gfns[0]]);
		plan.handed_out[plan.gfns[0]] = true;
		count++;
	}
	EXPECT(count == NR_MISSING - 100);
	tsmc_planner_free(first);
	tsmc_planner_free(other);
	destroy_plan();
}

/* Takes note of what was handed out: once each, and only what is missing. */
static void note(const uint64_t *gfns, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		EXPECT(gfns[i] < NR_MISSING && !plan.handed_out[gfns[i]]);
		plan.handed_out[gfns[i]] = true;
	}
}

/* Neighbours of a demanded page lie in its neighbourhood and in reach. */
static void demand_is_sound(uint64_t gfn, unsigned int window, unsigned int max, unsigned int start_every)
{
	bool waits = gfn < NR_MISSING && !plan.handed_out[gfn];
	uint32_t place = tsmc_address_spaces_place(plan.spaces, gfn);
	unsigned int count = tsmc_planner_demand(plan.planner, gfn, window, plan.gfns, max);
	unsigned int widest = window && window < 64 ? 64 : window;

	EXPECT(!count == !waits);
	EXPECT(count <= max && count <= 1 + widest);
	EXPECT(!count || plan.gfns[0] == gfn);
	note(plan.gfns, count);
	for (unsigned int i = 1; i < count && place != TSMC_NO_PLACE; i++) {
		uint64_t other = tsmc_address_spaces_place(plan.spaces, plan.gfns[i]);

		EXPECT(other / start_every == place / start_every);
		EXPECT(other < place ? place - other <= 4 * widest : other - place <= 4 * widest);
	}
}

/* What is pushed next is what the order has next, unless a demand has moved it. */
static void push_is_sound(uint64_t *cursor, const bool *moved, unsigned int max)
{
	unsigned int count = tsmc_planner_push(plan.planner, plan.gfns, max);

	for (unsigned int i = 0; i < count; i++) {
		while (*cursor < NR_MISSING && plan.handed_out[plan.push[*cursor]])
			(*cursor)++;
		EXPECT(*cursor < NR_MISSING);
		EXPECT(plan.gfns[i] == plan.push[*cursor] || moved[plan.gfns[i]]);
		note(&plan.gfns[i], 1);
	}
	EXPECT(count == max || !tsmc_planner_left(plan.planner));
}

/* Pages that a fault at this place can have moved forward: behind its reach, 8 windows of a run. */
static void mark_moved(bool *moved, uint64_t gfn, unsigned int window)
{
	uint64_t place = tsmc_address_spaces_place(plan.spaces, gfn);

	if (place == TSMC_NO_PLACE || !window)
		return;
	for (uint64_t i = place; i <= place + (4 + 8) * 64 && i < nr_places; i++)
		moved[gfn_at(i)] = true;
}

static uint64_t random_gfn(uint64_t *seed, uint64_t *scan)
{
	if (unit_below(seed, 2))
		return unit_below(seed, NR_GFNS);
	/* A thread that goes on in sequence, now and then elsewhere. */
	*scan = unit_below(seed, 30) ? *scan + unit_below(seed, 12) : unit_below(seed, nr_places);
	*scan %= nr_places;
	return gfn_at(*scan);
}

static void hands_out_each_page_once(void)
{
	const unsigned int windows[] = { 0, 1, 3, 8, 33 };
	uint64_t seed = 0x7669727475616c, scan = 0;
	static bool moved[NR_GFNS];

	for (unsigned int round = 0; round < 30; round++) {
		unsigned int start_every = round % 3 ? 40 * round : nr_places;
		uint64_t cursor = 0, out;

		make_plan(TSMC_ORDER_HINTS, start_every);
		memset(moved, 0, sizeof(moved));
		while (tsmc_planner_left(plan.planner)) {
			unsigned int window = windows[unit_below(&seed, ARRAY_SIZE(windows))];
			uint64_t gfn = random_gfn(&seed, &scan);

			if (unit_below(&seed, 3)) {
				demand_is_sound(gfn, window, 1 + unit_below(&seed, 256), start_every);
				mark_moved(moved, gfn, window);
			} else {
				push_is_sound(&cursor, moved, unit_below(&seed, 40));
			}
			out = 0;
			for (uint64_t i = 0; i < NR_MISSING; i++)
				out += plan.handed_out[i];
			EXPECT(tsmc_planner_left(plan.planner) == NR_MISSING - out);
		}
		EXPECT(!tsmc_planner_push(plan.planner, plan.gfns, 256));
		for (uint64_t i = 0; i < NR_MISSING; i++)
			EXPECT(tsmc_planner_rank(plan.planner, plan.push[i]) == i);
		destroy_plan();
	}
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "prepull takes virtual neighbours, mostly ahead", prepull_is_virtual },
		{ "prepull stays among neighbours", prepull_stays_among_neighbours },
		{ "prepull has a bounded reach", prepull_has_its_reach },
		{ "a run of faults widens the window", run_widens_the_window },
		{ "what lies ahead of a fault is pushed first", what_lies_ahead_is_pushed_first },
		{ "a fault on a page that is on its way goes on with the run",
		  fault_on_its_way_goes_on_with_the_run },
		{ "a fault on what was taken along changes nothing",
		  fault_on_what_was_taken_along_changes_nothing },
		{ "the oldest range makes room for another", oldest_makes_room },
		{ "pages that are not mapped have near gfns for neighbours",
		  unmapped_pages_have_near_gfns },
		{ "other orders have near gfns for neighbours", other_orders_have_near_gfns },
		{ "a planner goes on where another stands", take_over_goes_on },
		{ "push and demand hand out each page once", hands_out_each_page_once },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
