// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is shown of a hint table.
 */
#include <stdlib.h>
#include <string.h>

#include "hint_view.h"
#include "unit.h"

#define NR_PFNS	3000000u

static struct tsmc_hints hints;
static char *text;

typedef void view_fn(const struct tsmc_hints *hints, FILE *out);

static void fill(uint64_t from, uint64_t count, unsigned int class, unsigned int heat)
{
	memset(hints.bytes + from, TSMC_HINT_BYTE(class, heat), count);
}

static void make_table(void)
{
	hints = (struct tsmc_hints){ .nr_pfns = NR_PFNS, .bytes = calloc(NR_PFNS, 1),
				     .features = TSMC_HINT_F_HEAT };
	fill(0, 7, TSMC_CLASS_ANON, 7);
	fill(7, 8, TSMC_CLASS_ANON, 8);
	fill(15, 999, TSMC_CLASS_ANON, 15);
	fill(1014, 1000, TSMC_CLASS_FILE, 0);
	fill(2014, 99999, TSMC_CLASS_FILE, 1);
	fill(102013, 100000, TSMC_CLASS_FILE, 2);
	fill(202013, 999999, TSMC_CLASS_FILE, 3);
	fill(1202012, NR_PFNS - 1202012, TSMC_CLASS_SHMEM, 15);
}

static void show(view_fn *view)
{
	size_t size;
	FILE *out = open_memstream(&text, &size);

	view(&hints, out);
	EXPECT(!fclose(out));
}

static void destroy(void)
{
	free(text);
	free(hints.bytes);
}

static bool shown(const char *line)
{
	return strstr(text, line);
}

static void counts_are_exact(void)
{
	make_table();
	show(tsmc_hint_view_counts);
	EXPECT(shown("anon               1014         1007\n"));
	EXPECT(shown("file            1200998            0\n"));
	EXPECT(shown("shmem           1797988      1797988\n"));
	EXPECT(!shown("kernel"));
	EXPECT(shown("pages by heat, 0 to 15: 1000 99999 100000 999999 0 0 0 7 8 0 0 0 0 0 0 1798987\n"));
	destroy();
}

static void heat_needs_its_feature(void)
{
	make_table();
	hints.features = 0;
	show(tsmc_hint_view_counts);
	EXPECT(shown("pages by heat, 0 to 15: 3000000 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n"));
	destroy();
}

static void matrix_fits_a_terminal(void)
{
	make_table();
	show(tsmc_hint_view_matrix);
	EXPECT(shown("heat       0   1   2   3   4   5   6   7   8   9  10  11  12  13  14  15  pages\n"));
	EXPECT(shown("anon       .   .   .   .   .   .   .   7   8   .   .   .   .   .   . 999     1k\n"));
	EXPECT(shown("file      1k 99k .1M .9M   .   .   .   .   .   .   .   .   .   .   .   .     1M\n"));
	EXPECT(shown("shmem      .   .   .   .   .   .   .   .   .   .   .   .   .   .   .  1M     1M\n"));
	for (const char *line = text; *line; line = strchr(line, '\n') + 1)
		EXPECT(strcspn(line, "\n") <= 80);
	destroy();
}

static void header_is_told(void)
{
	struct tsmc_hint_header header = { .state = TSMC_HINT_PREPARED, .nr_pfns = 4096,
					   .features = TSMC_HINT_F_HEAT | TSMC_HINT_F_SPACES,
					   .nr_spaces = 17, .generation = 5, .epoch = 2,
					   .settle_ns = 1500000, .guard_touches = 9 };
	size_t size;
	FILE *out = open_memstream(&text, &size);

	tsmc_hint_view_header(&header, out);
	EXPECT(!fclose(out));
	EXPECT(shown("prepared for a migration, table of 4096 pfns, address spaces 17\n"));
	EXPECT(shown("scans 5, migrations 2, last settling 1.500 ms, grants touched 9\n"));
	EXPECT(shown("features: heat spaces\n"));
	free(text);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "pages are counted by class and by heat", counts_are_exact },
		{ "without its feature nothing has heat", heat_needs_its_feature },
		{ "the matrix fits a terminal", matrix_fits_a_terminal },
		{ "the header is told", header_is_told },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
