// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The patterns of the access workload: which page comes next.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "pattern.h"

#define NSEC_PER_SEC	1000000000ULL

/* A slot near this one that belongs to the thread. */
static size_t own_slot(struct access_worker *w, size_t slot)
{
	struct access *a = w->access;
	size_t own = slot - slot % a->threads + w->index;

	return own < a->zipf.ranks ? own : w->index;
}

static size_t choose_zipf(struct access_worker *w, uint64_t random)
{
	struct tsmc_zipf *z = &w->access->zipf;
	size_t slot = tsmc_zipf_choose(z, random);
	size_t own = own_slot(w, slot);

	/* Who is beside the hot part is cold. */
	return slot < z->hot && own >= z->hot ? w->index : own;
}

static size_t choose_moving(struct access_worker *w, uint64_t random)
{
	struct tsmc_zipf *z = &w->access->zipf;

	return own_slot(w, (w->window + (random >> 16) % z->hot) % z->ranks);
}

static size_t choose_scan(struct access_worker *w, uint64_t random)
{
	size_t slot = w->next;

	(void)random;
	w->next += w->access->threads;
	if (w->next >= w->access->zipf.ranks)
		w->next = w->index;
	return slot;
}

static const struct {
	const char *name;
	size_t (*choose)(struct access_worker *w, uint64_t random);
	unsigned int hot_percent;
} patterns[] = {
	{ "zipf", choose_zipf, 15 },
	{ "moving", choose_moving, 10 },
	{ "scan", choose_scan, 100 },
};

/**
 * tsmc_access_pattern - choose a pattern by its name
 * @a: the workload
 * @name: TSMC_ACCESS_PATTERNS
 *
 * Return: false if there is none of this name.
 */
bool tsmc_access_pattern(struct access *a, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		if (strcmp(name, patterns[i].name))
			continue;
		a->choose = patterns[i].choose;
		if (!a->hot_percent)
			a->hot_percent = patterns[i].hot_percent;
		return true;
	}
	return false;
}

/**
 * tsmc_access_pattern_init - prepare the choice
 * @a: with its options set
 */
void tsmc_access_pattern_init(struct access *a)
{
	size_t count = a->zipf.ranks, slot;

	a->zipf.hot = count * a->hot_percent / 100;
	/* Each thread has something hot. */
	if (a->zipf.hot < a->threads)
		a->zipf.hot = a->threads;
	tsmc_zipf_init(&a->zipf, a->skew);
	a->page_of = tsmc_permutation(count, a->seed);
	for (slot = 0; a->choose != choose_zipf && slot < count; slot++)
		a->page_of[slot] = slot;
}

/**
 * tsmc_access_move_window - put a thread's window where it is by now
 * @w: the thread
 */
void tsmc_access_move_window(struct access_worker *w)
{
	struct access *a = w->access;
	uint64_t steps = (tsmc_now_ns() - a->start_ns) / NSEC_PER_SEC /
			 a->step_s;

	w->window = steps * a->zipf.hot % a->zipf.ranks;
}

/**
 * tsmc_access_write_truth - tell a file which pages are hot
 * @a: the workload, of the zipf pattern
 * @path: the file; whoever finds it finds all of it
 *
 * A line for each page: its pfn, and hot or cold.
 */
void tsmc_access_write_truth(struct access *a, const char *path)
{
	char new[4096];
	size_t slot;
	FILE *file;

	if (a->choose != choose_zipf)
		tsmc_die("--truth: only --pattern zipf knows what is hot");
	if (!tsmc_access_pfn(a, 0))
		tsmc_die("--truth: the kernel does not tell pfns to us");
	if (snprintf(new, sizeof(new), "%s.new", path) >= (int)sizeof(new))
		tsmc_die("--truth %s: the name is too long", path);
	file = fopen(new, "we");
	if (!file)
		tsmc_die("--truth: cannot write %s: %m", new);
	for (slot = 0; slot < a->zipf.ranks; slot++)
		fprintf(file, "%llu %s\n",
			(unsigned long long)tsmc_access_pfn(a, a->page_of[slot]),
			slot < a->zipf.hot ? "hot" : "cold");
	if (fclose(file) || rename(new, path))
		tsmc_die("--truth: cannot write %s: %m", path);
}
