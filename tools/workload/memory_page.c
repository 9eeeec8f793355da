// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Filling and checking one page of the memory workload.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "memory_page.h"

#define SEAM_WORDS	(TSMC_SEAM_HALF / sizeof(uint64_t))
#define HEAD_WORDS	(sizeof(struct head) / sizeof(uint64_t))

/* The pattern fills all but the head and the seams on both sides. */
static size_t pattern_first(size_t page)
{
	return page ? SEAM_WORDS : 0;
}

static size_t pattern_end(struct memory *m, size_t page)
{
	return page + 1 < m->pages ? PAGE_WORDS - SEAM_WORDS : PAGE_WORDS;
}

/* The guest's own number of the page, 0 when it may not know: for messages. */
static uint64_t page_pfn(struct memory *m, size_t page)
{
	uint64_t entry = 0;
	uintptr_t address = (uintptr_t)tsmc_page_words(m, page);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry),
		  address / TSMC_PAGE_SIZE * sizeof(entry)) != sizeof(entry))
		entry = 0;
	close(fd);
	return entry & ((1ULL << 55) - 1);
}

void tsmc_page_fail(struct memory *m, size_t page, const char *what,
		      size_t word, uint64_t expected, uint64_t most,
		      uint64_t found)
{
	char range[32] = "";

	if (most != expected)
		snprintf(range, sizeof(range), "..%#llx",
			 (unsigned long long)most);
	tsmc_report_fail(&m->report,
			 "%s, page %zu (pfn %#llx) word %zu at %p: expected %#llx%s found %#llx",
			 what, page, (unsigned long long)page_pfn(m, page),
			 word, (void *)(tsmc_page_words(m, page) + word),
			 (unsigned long long)expected, range,
			 (unsigned long long)found);
}

void tsmc_page_init(struct memory *m, size_t page)
{
	uint64_t ident = tsmc_page_ident(m, page);
	uint64_t *words = tsmc_page_words(m, page);
	struct head *head = tsmc_page_head(m, page);
	size_t i;

	for (i = pattern_first(page); i < pattern_end(m, page); i++)
		words[i] = tsmc_pattern_word(ident, i);
	head->ident = ident;
	head->address = (uintptr_t)words;
	head->count = 0;
	for (i = 0; i < MAX_THREADS; i++)
		head->slot[i] = tsmc_slot_start(ident, i);
}

/* A value that can only grow lies between what is done and what is begun. */
bool tsmc_page_within(uint64_t value, uint64_t done, uint64_t begun)
{
	return value - done <= begun - done;
}

static bool check_pattern(struct memory *m, size_t page, uint64_t ident,
			  size_t first, size_t end)
{
	uint64_t *words = tsmc_page_words(m, page);
	size_t i;

	for (i = first; i < end; i++) {
		uint64_t expected = tsmc_pattern_word(ident, i);
		uint64_t found = __atomic_load_n(&words[i], __ATOMIC_RELAXED);

		if (found != expected) {
			tsmc_page_fail(m, page, "pattern", i, expected, expected,
				  found);
			return false;
		}
	}
	return true;
}

static bool check_count(struct memory *m, size_t page, uint64_t *sum)
{
	struct head *head = tsmc_page_head(m, page);
	uint64_t done = 0, begun = 0, count;
	unsigned int t;

	/* The order of these three is the proof: see the top of the file. */
	for (t = 0; t < m->threads; t++)
		done += tsmc_load(&m->workers[t].mirror[page].added.done);
	count = tsmc_load(&head->count);
	for (t = 0; t < m->threads; t++)
		begun += tsmc_load(&m->workers[t].mirror[page].added.begun);
	*sum += count;
	if (tsmc_page_within(count, done, begun))
		return true;
	tsmc_page_fail(m, page, "counter", &head->count - tsmc_page_words(m, page), done,
		  begun, count);
	return false;
}

static bool check_slots(struct memory *m, size_t page, uint64_t ident)
{
	struct head *head = tsmc_page_head(m, page);
	unsigned int t;

	for (t = 0; t < MAX_THREADS; t++) {
		uint64_t start = tsmc_slot_start(ident, t);
		uint64_t done = 0, begun = 0, found;

		if (t < m->threads)
			done = tsmc_load(&m->workers[t].mirror[page].stored.done);
		found = tsmc_load(&head->slot[t]);
		if (t < m->threads)
			begun = tsmc_load(&m->workers[t].mirror[page].stored.begun);
		if (!tsmc_page_within(found, start + done, start + begun)) {
			tsmc_page_fail(m, page, "slot of a thread",
				  &head->slot[t] - tsmc_page_words(m, page),
				  start + done, start + begun, found);
			return false;
		}
	}
	return true;
}

bool tsmc_page_check(struct memory *m, size_t page, uint64_t *sum)
{
	uint64_t ident = tsmc_page_ident(m, page);
	struct head *head = tsmc_page_head(m, page);
	uint64_t address = (uintptr_t)tsmc_page_words(m, page);

	if (tsmc_load(&head->ident) != ident) {
		tsmc_page_fail(m, page, "identity", HEAD_WORD, ident, ident,
			  tsmc_load(&head->ident));
		return false;
	}
	if (tsmc_load(&head->address) != address) {
		tsmc_page_fail(m, page, "address", HEAD_WORD + 1, address, address,
			  tsmc_load(&head->address));
		return false;
	}
	return check_count(m, page, sum) && check_slots(m, page, ident) &&
	       check_pattern(m, page, ident, pattern_first(page), HEAD_WORD) &&
	       check_pattern(m, page, ident, HEAD_WORD + HEAD_WORDS,
			     pattern_end(m, page));
}
