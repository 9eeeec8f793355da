// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The pages of the access workload: what is in them, and checking it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "access.h"
#include "pattern.h"

#define PAGE_WORDS	(TSMC_ACCESS_PAGE / sizeof(uint64_t))
#define PFN_MASK	((1ULL << 55) - 1)

/* The first words of a page; the pattern follows. */
enum { WORD_IDENT, WORD_COUNT, HEAD_WORDS };

static uint64_t *words_of(struct access *a, size_t page)
{
	return (uint64_t *)(a->pages + page * TSMC_ACCESS_PAGE);
}

static uint64_t ident_of(struct access *a, size_t page)
{
	return tsmc_mix64(a->seed + (page + 1) * TSMC_GOLDEN);
}

static uint64_t pattern_of(struct access *a, size_t page, size_t word,
			   uint32_t round)
{
	return tsmc_pattern_word(ident_of(a, page) + tsmc_mix64(round), word);
}

/**
 * tsmc_access_pfn - the guest's own number of a page
 * @a: the workload
 * @page: of the table
 *
 * Return: the pfn; 0 when the kernel does not tell.
 */
uint64_t tsmc_access_pfn(struct access *a, size_t page)
{
	uintptr_t number = (uintptr_t)words_of(a, page) / TSMC_ACCESS_PAGE;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry), number * sizeof(entry)) !=
	    sizeof(entry))
		entry = 0;
	close(fd);
	return entry & PFN_MASK;
}

/* True if the word holds what it must; a page that is wrong is told once. */
static bool expect(struct access *a, size_t page, const char *what,
		   size_t word, uint64_t expected)
{
	uint64_t *at = words_of(a, page) + word;
	uint64_t found = __atomic_load_n(at, __ATOMIC_RELAXED);

	if (found == expected)
		return true;
	a->mirror[page].bad = true;
	tsmc_report_fail(&a->report,
			 "%s, page %zu (pfn %#llx) word %zu at %p: expected %#llx found %#llx",
			 what, page,
			 (unsigned long long)tsmc_access_pfn(a, page), word,
			 (void *)at, (unsigned long long)expected,
			 (unsigned long long)found);
	return false;
}

static bool expect_head(struct access *a, size_t page)
{
	return expect(a, page, "identity", WORD_IDENT, ident_of(a, page)) &&
	       expect(a, page, "counter", WORD_COUNT, a->mirror[page].count);
}

static bool expect_pattern(struct access *a, size_t page, size_t word)
{
	return expect(a, page, "pattern", word,
		      pattern_of(a, page, word, a->mirror[page].round));
}

static void fill(struct access *a, size_t page)
{
	uint64_t *words = words_of(a, page);
	size_t word;

	words[WORD_IDENT] = ident_of(a, page);
	words[WORD_COUNT] = a->mirror[page].count;
	for (word = HEAD_WORDS; word < PAGE_WORDS; word++)
		words[word] = pattern_of(a, page, word, a->mirror[page].round);
}

/**
 * tsmc_access_page_update - one access: check head and a word, count it
 * @a: the workload
 * @page: of the calling thread
 * @random: chooses the word
 */
void tsmc_access_page_update(struct access *a, size_t page, uint64_t random)
{
	struct access_mirror *mirror = &a->mirror[page];
	size_t word = HEAD_WORDS + (random >> 48) % (PAGE_WORDS - HEAD_WORDS);

	if (mirror->bad || !expect_head(a, page) ||
	    !expect_pattern(a, page, word))
		return;
	mirror->count++;
	__atomic_store_n(words_of(a, page) + WORD_COUNT, mirror->count,
			 __ATOMIC_RELAXED);
}

/**
 * tsmc_access_page_check - check every word
 * @a: the workload
 * @page: of the calling thread
 */
void tsmc_access_page_check(struct access *a, size_t page)
{
	size_t word;

	tsmc_report_checks(&a->report, 1);
	if (a->mirror[page].bad || !expect_head(a, page))
		return;
	for (word = HEAD_WORDS; word < PAGE_WORDS; word++)
		if (!expect_pattern(a, page, word))
			return;
}

/**
 * tsmc_access_page_rewrite - check every word and write another one
 * @a: the workload
 * @page: of the calling thread
 * @round: which pattern
 */
void tsmc_access_page_rewrite(struct access *a, size_t page, uint32_t round)
{
	tsmc_access_page_check(a, page);
	if (a->mirror[page].bad)
		return;
	a->mirror[page].round = round;
	fill(a, page);
}

static void *map(size_t bytes, const char *what)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		tsmc_die("no memory for %s (%zu bytes)", what, bytes);
	return p;
}

/**
 * tsmc_access_pages_init - make the table
 * @a: with the number of pages known
 */
void tsmc_access_pages_init(struct access *a)
{
	size_t count = a->zipf.ranks, i;
	uint32_t *order = NULL;

	a->pages = map(count * TSMC_ACCESS_PAGE, "the table");
	a->mirror = map(count * sizeof(*a->mirror), "the mirror");
	/* What is hot must be told page by page. */
	madvise(a->pages, count * TSMC_ACCESS_PAGE, MADV_NOHUGEPAGE);
	if (a->scatter)
		order = tsmc_permutation(count, tsmc_mix64(a->seed));
	for (i = 0; i < count; i++)
		fill(a, order ? order[i] : i);
	free(order);
}
