// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How well the module's table tells which pages a workload uses much: its
 * heat, compared with what "access --truth" wrote.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE		"/sys/kernel/debug/tsmc/table"
#define HEAT_SHIFT	4
#define HEATS		16
/* From this heat on a page counts as hot, see Documentation/hint-abi.md. */
#define HOT		8

/**
 * struct counts - what was compared
 * @hot: pages of each heat that are hot in truth
 * @cold: likewise, cold
 */
struct counts {
	unsigned long hot[HEATS];
	unsigned long cold[HEATS];
};

static void die(const char *what, const char *path)
{
	fprintf(stderr, "heatcheck: %s %s: %m\n", what, path);
	exit(2);
}

static unsigned int heat_of(FILE *table, const char *path, long pfn)
{
	int byte;

	if (fseek(table, pfn, SEEK_SET))
		die("cannot seek in", path);
	byte = fgetc(table);
	if (byte == EOF)
		die("no such pfn in", path);
	return byte >> HEAT_SHIFT;
}

static void compare(FILE *truth, const char *truth_path, FILE *table,
		    const char *table_path, struct counts *counts)
{
	char line[64], word[8];
	unsigned int heat;
	bool hot;
	long pfn;

	while (fgets(line, sizeof(line), truth)) {
		if (sscanf(line, "%ld %7s", &pfn, word) != 2 || pfn < 0)
			die("no 'PFN hot|cold' in", truth_path);
		hot = !strcmp(word, "hot");
		if (!hot && strcmp(word, "cold"))
			die("no 'PFN hot|cold' in", truth_path);
		heat = heat_of(table, table_path, pfn);
		(hot ? counts->hot : counts->cold)[heat]++;
	}
}

static unsigned long sum(const unsigned long *counts, unsigned int from)
{
	unsigned long all = 0;

	for (; from < HEATS; from++)
		all += counts[from];
	return all;
}

static void show(const struct counts *counts)
{
	unsigned long right = sum(counts->hot, HOT);
	unsigned long said = right + sum(counts->cold, HOT);
	unsigned long hot = sum(counts->hot, 0);
	unsigned int heat;

	for (heat = 0; heat < HEATS; heat++)
		if (counts->hot[heat] || counts->cold[heat])
			printf("heat %u: hot %lu cold %lu\n", heat,
			       counts->hot[heat], counts->cold[heat]);
	printf("precision=%.4f recall=%.4f pages=%lu hot=%lu said_hot=%lu\n",
	       said ? (double)right / said : 0.0,
	       hot ? (double)right / hot : 0.0,
	       hot + sum(counts->cold, 0), hot, said);
}

int main(int argc, char **argv)
{
	const char *table_path = argc == 3 ? argv[2] : TABLE;
	struct counts counts = { 0 };
	FILE *truth, *table;

	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: heatcheck TRUTH [TABLE]\n");
		return 2;
	}
	truth = fopen(argv[1], "re");
	if (!truth)
		die("cannot read", argv[1]);
	table = fopen(table_path, "re");
	if (!table)
		die("cannot read", table_path);
	compare(truth, argv[1], table, table_path, &counts);
	show(&counts);
	fclose(truth);
	fclose(table);
	return 0;
}
