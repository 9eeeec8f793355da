// SPDX-License-Identifier: GPL-2.0-or-later
#include "hint_view.h"

#include <inttypes.h>

#define NR_HEATS	(TSMC_HINT_HEAT_MAX + 1)
/* A page that is hotter is called hot. */
#define LUKEWARM	(TSMC_HINT_HEAT_MAX / 2)

/**
 * struct counts - pages by class and heat
 * @pages: how many
 */
struct counts {
	uint64_t pages[TSMC_CLASS_NR][NR_HEATS];
};

static void count(const struct tsmc_hints *hints, struct counts *counts)
{
	*counts = (struct counts){ 0 };
	for (uint64_t pfn = 0; pfn < hints->nr_pfns; pfn++)
		counts->pages[tsmc_hints_class(hints, pfn)][tsmc_hints_heat(hints, pfn)]++;
}

/* Pages of a class from a heat on. */
static uint64_t class_pages(const struct counts *counts, unsigned int class, unsigned int heat)
{
	uint64_t sum = 0;

	for (; heat < NR_HEATS; heat++)
		sum += counts->pages[class][heat];
	return sum;
}

static uint64_t heat_pages(const struct counts *counts, unsigned int heat)
{
	uint64_t sum = 0;

	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++)
		sum += counts->pages[class][heat];
	return sum;
}

static const char *state_name(uint32_t state)
{
	switch (state) {
	case TSMC_HINT_IDLE:
		return "idle";
	case TSMC_HINT_PREPARED:
		return "prepared for a migration";
	case TSMC_HINT_SETTLED:
		return "suspended";
	default:
		return "unknown";
	}
}

/**
 * tsmc_hint_view_header - show what a header says
 * @header: copied and checked
 * @out: where to
 */
void tsmc_hint_view_header(const struct tsmc_hint_header *header, FILE *out)
{
	fprintf(out, "%s, table of %" PRIu64 " pfns, address spaces %u\n", state_name(header->state),
		(uint64_t)header->nr_pfns, header->nr_spaces);
	fprintf(out, "scans %" PRIu64 ", migrations %" PRIu64 ", last settling %.3f ms, grants touched %" PRIu64 "\n",
		(uint64_t)header->generation, (uint64_t)header->epoch, header->settle_ns / 1e6,
		(uint64_t)header->guard_touches);
	fprintf(out, "features:%s%s%s%s\n", header->features & TSMC_HINT_F_FREE ? " free" : "",
		header->features & TSMC_HINT_F_GUARD ? " grant-guard" : "",
		header->features & TSMC_HINT_F_HEAT ? " heat" : "",
		header->features & TSMC_HINT_F_SPACES ? " spaces" : "");
}

/**
 * tsmc_hint_view_counts - show how many pages there are of which class and heat
 * @hints: copied table
 * @out: where to
 */
void tsmc_hint_view_counts(const struct tsmc_hints *hints, FILE *out)
{
	struct counts counts;

	count(hints, &counts);
	fprintf(out, "%-10s %12s %12s\n", "class", "pages", "hot");
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
		uint64_t pages = class_pages(&counts, class, 0);

		if (pages)
			fprintf(out, "%-10s %12" PRIu64 " %12" PRIu64 "\n", tsmc_class_name(class), pages,
				class_pages(&counts, class, LUKEWARM + 1));
	}
	fprintf(out, "pages by heat, 0 to %u:", TSMC_HINT_HEAT_MAX);
	for (unsigned int heat = 0; heat < NR_HEATS; heat++)
		fprintf(out, " %" PRIu64, heat_pages(&counts, heat));
	fprintf(out, "\n");
}

/* A number in three characters: 999, 12k, .5M, 12M, .5G, 12G; rounded down. */
static void brief_number(uint64_t number, FILE *out)
{
	static const char units[] = " kMGT";
	unsigned int unit = 0;

	while (number >= 1000000) {
		number /= 1000;
		unit++;
	}
	if (number < 1000 && !unit)
		fprintf(out, "%4" PRIu64, number);
	else if (number < 100000)
		fprintf(out, "%3" PRIu64 "%c", number / 1000, units[unit + 1]);
	else
		fprintf(out, " .%" PRIu64 "%c", number / 100000, units[unit + 2]);
}

/**
 * tsmc_hint_view_matrix - show how many pages there are of which class and heat at once
 * @hints: copied table
 * @out: where to
 */
void tsmc_hint_view_matrix(const struct tsmc_hints *hints, FILE *out)
{
	struct counts counts;

	count(hints, &counts);
	fprintf(out, "%-8s", "heat");
	for (unsigned int heat = 0; heat < NR_HEATS; heat++)
		fprintf(out, "%4u", heat);
	fprintf(out, "%7s\n", "pages");
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
		uint64_t pages = class_pages(&counts, class, 0);

		if (!pages)
			continue;
		fprintf(out, "%-8s", tsmc_class_name(class));
		for (unsigned int heat = 0; heat < NR_HEATS; heat++) {
			if (counts.pages[class][heat])
				brief_number(counts.pages[class][heat], out);
			else
				fprintf(out, "%4s", ".");
		}
		fprintf(out, "   ");
		brief_number(pages, out);
		fprintf(out, "\n");
	}
}
