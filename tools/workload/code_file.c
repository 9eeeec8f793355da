// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file mapped twice: shared, and private with copies made on write.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "code.h"
#include "pattern.h"

#define PAGE_SIZE	4096
#define PAGE_WORDS	(PAGE_SIZE / sizeof(uint64_t))
#define PAGES		16

/**
 * struct code_file - the file and what each of its pages must contain
 * @fd: the file, already without a name
 * @shared: mapping that writes to the file
 * @private: mapping that never does
 * @key: contents of each page of the file
 * @own_key: contents of a page that was written privately, 0 if not yet
 * @random: chooses pages and contents
 */
struct code_file {
	int fd;
	uint64_t *shared;
	uint64_t *private;
	uint64_t key[PAGES];
	uint64_t own_key[PAGES];
	uint64_t random;
};

static void fill(uint64_t *page, uint64_t key)
{
	size_t i;

	for (i = 0; i < PAGE_WORDS; i++)
		page[i] = tsmc_pattern_word(key, i);
}

static void check(struct tsmc_report *r, const char *what, int number,
		  const uint64_t *page, uint64_t key)
{
	size_t i;

	tsmc_report_checks(r, 1);
	for (i = 0; i < PAGE_WORDS; i++) {
		if (page[i] == tsmc_pattern_word(key, i))
			continue;
		tsmc_report_fail(r,
				 "%s page %d word %zu at %p: expected %#llx found %#llx",
				 what, number, i, (const void *)&page[i],
				 (unsigned long long)tsmc_pattern_word(key, i),
				 (unsigned long long)page[i]);
		return;
	}
}

static uint64_t *map_file(int fd, int flags)
{
	void *p = mmap(NULL, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE, flags,
		       fd, 0);

	if (p == MAP_FAILED)
		tsmc_die("cannot map the file: %s", strerror(errno));
	return p;
}

/**
 * tsmc_code_file_open() - create and map the file
 * @dir: where
 * @seed: of its contents
 *
 * Return: the file; does not return on failure.
 */
struct code_file *tsmc_code_file_open(const char *dir, uint64_t seed)
{
	struct code_file *f = calloc(1, sizeof(*f));
	char path[4096];
	int i;

	if (!f)
		tsmc_die("no memory");
	f->random = seed;
	snprintf(path, sizeof(path), "%s/workload-code-XXXXXX", dir);
	f->fd = mkstemp(path);
	if (f->fd < 0)
		tsmc_die("cannot create %s: %s", path, strerror(errno));
	unlink(path);
	if (ftruncate(f->fd, PAGES * PAGE_SIZE))
		tsmc_die("cannot size %s: %s", path, strerror(errno));

	f->shared = map_file(f->fd, MAP_SHARED);
	f->private = map_file(f->fd, MAP_PRIVATE);
	for (i = 0; i < PAGES; i++) {
		f->key[i] = tsmc_random(&f->random);
		fill(f->shared + i * PAGE_WORDS, f->key[i]);
	}
	return f;
}

/**
 * tsmc_code_file_address() - where the shared mapping is
 * @f: the file
 *
 * Return: its first byte.
 */
void *tsmc_code_file_address(struct code_file *f)
{
	return f->shared;
}

/* Half of the writes go through the mapping, half through the file. */
static void write_shared(struct code_file *f, int page, uint64_t key,
			 struct tsmc_report *r)
{
	uint64_t words[PAGE_WORDS];

	f->key[page] = key;
	if (key & 1) {
		fill(f->shared + page * PAGE_WORDS, key);
		return;
	}
	fill(words, key);
	if (pwrite(f->fd, words, PAGE_SIZE, (off_t)page * PAGE_SIZE) !=
	    PAGE_SIZE)
		tsmc_report_fail(r, "write of page %d of the file: %s", page,
				 strerror(errno));
}

static void write_private(struct code_file *f, int page, uint64_t key)
{
	f->own_key[page] = key;
	fill(f->private + page * PAGE_WORDS, key);
}

/**
 * tsmc_code_file_round() - check every page of both mappings, change two
 * @f: the file
 * @r: findings
 */
void tsmc_code_file_round(struct code_file *f, struct tsmc_report *r)
{
	uint64_t random = tsmc_random(&f->random);
	int i;

	for (i = 0; i < PAGES; i++) {
		check(r, "shared mapping", i, f->shared + i * PAGE_WORDS,
		      f->key[i]);
		check(r, "private mapping", i, f->private + i * PAGE_WORDS,
		      f->own_key[i] ? f->own_key[i] : f->key[i]);
	}
	write_shared(f, random % PAGES, tsmc_random(&f->random), r);
	write_private(f, random / PAGES % PAGES, tsmc_random(&f->random));

	/* Now and then give all copies back, so that there are new ones. */
	if ((random >> 32) % (2 * PAGES))
		return;
	munmap(f->private, PAGES * PAGE_SIZE);
	f->private = map_file(f->fd, MAP_PRIVATE);
	memset(f->own_key, 0, sizeof(f->own_key));
}
