/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the unit tests share: a list of checks that report KTAP, and random
 * numbers that are the same in each run.
 */
#ifndef TSMC_UNIT_H
#define TSMC_UNIT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "kselftest.h"

/**
 * struct unit_test - one line of the report
 * @name: what holds when it passes
 * @run: returns when it holds; ended by EXPECT() when not
 */
struct unit_test {
	const char *name;
	void (*run)(void);
};

static jmp_buf unit_failed;

static inline void unit_expect(bool holds, const char *file, unsigned int line, const char *what)
{
	if (holds)
		return;
	ksft_print_msg("%s:%u: does not hold: %s\n", file, line, what);
	longjmp(unit_failed, 1);
}

/* Ends the running test, saying what does not hold. */
#define EXPECT(condition) unit_expect(condition, __FILE__, __LINE__, #condition)

/* Runs all and ends the program: status 0 when all passed. */
static inline void unit_run(const struct unit_test *tests, unsigned int count)
{
	/* Survives the return to setjmp(). */
	static unsigned int i;

	/* When a sanitizer ends a test, the results before it are not lost. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	ksft_print_header();
	ksft_set_plan(count);
	for (i = 0; i < count; i++) {
		if (setjmp(unit_failed)) {
			ksft_test_result_fail("%s\n", tests[i].name);
			continue;
		}
		tests[i].run();
		ksft_test_result_pass("%s\n", tests[i].name);
	}
	ksft_finished();
}

/* xorshift64*; the state must not be zero. */
static inline uint64_t unit_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static inline uint64_t unit_below(uint64_t *state, uint64_t limit)
{
	return (unit_random(state) >> 11) % limit;
}

#endif /* TSMC_UNIT_H */
