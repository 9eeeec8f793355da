// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Functions written into writable and executable pages, one across each page
 * boundary and one inside each page; all are called, then one is rewritten.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "code.h"
#include "pattern.h"

#define PAGE_SIZE	4096
#define PAGES		8
#define FUNCTIONS	(2 * PAGES - 1)

/* mov $constant, %eax; add %edi, %eax; ret */
#define FUNCTION_BYTES	8

typedef uint32_t (*function_t)(uint32_t);

/**
 * struct code_jit - the pages and what their functions must return
 * @base: first page
 * @constant: per function, what it adds to its argument
 * @random: chooses functions and constants
 */
struct code_jit {
	uint8_t *base;
	uint32_t constant[FUNCTIONS];
	uint64_t random;
};

/* Even functions lie inside a page, odd ones across its end. */
static uint8_t *function_at(struct code_jit *j, unsigned int i)
{
	uint8_t *page = j->base + i / 2 * PAGE_SIZE;

	if (i % 2)
		return page + PAGE_SIZE - 1 - i / 2 % (FUNCTION_BYTES - 1);
	return page + PAGE_SIZE / 2;
}

static void function_write(struct code_jit *j, unsigned int i)
{
	uint8_t *code = function_at(j, i);

	j->constant[i] = tsmc_random(&j->random);
	code[0] = 0xb8;
	memcpy(code + 1, &j->constant[i], sizeof(j->constant[i]));
	code[5] = 0x01;
	code[6] = 0xf8;
	code[7] = 0xc3;
}

/**
 * tsmc_code_jit_open() - map the pages and write all functions
 * @seed: of their constants
 *
 * Return: the pages; does not return on failure.
 */
struct code_jit *tsmc_code_jit_open(uint64_t seed)
{
	struct code_jit *j = calloc(1, sizeof(*j));
	unsigned int i;

	if (!j)
		tsmc_die("no memory");
	j->random = seed;
	j->base = mmap(NULL, PAGES * PAGE_SIZE,
		       PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (j->base == MAP_FAILED)
		tsmc_die("no writable and executable memory: %s",
			 strerror(errno));
	for (i = 0; i < FUNCTIONS; i++)
		function_write(j, i);
	return j;
}

/**
 * tsmc_code_jit_address() - where the constant of the first function is
 * @j: the pages
 *
 * Return: its first byte.
 */
void *tsmc_code_jit_address(struct code_jit *j)
{
	return function_at(j, 0) + 1;
}

/**
 * tsmc_code_jit_round() - call every function, rewrite one
 * @j: the pages
 * @r: findings
 */
void tsmc_code_jit_round(struct code_jit *j, struct tsmc_report *r)
{
	uint64_t random = tsmc_random(&j->random);
	uint32_t argument = random >> 32;
	unsigned int i;

	for (i = 0; i < FUNCTIONS; i++) {
		uint32_t expected = j->constant[i] + argument;
		uint32_t found = ((function_t)function_at(j, i))(argument);

		tsmc_report_checks(r, 1);
		if (found != expected)
			tsmc_report_fail(r,
					 "generated function %u at %p: expected %#x found %#x",
					 i, (void *)function_at(j, i),
					 expected, found);
	}
	function_write(j, random % FUNCTIONS);
}
