/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line after the verb.
 */
#ifndef TSMC_ARGS_H
#define TSMC_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TSMC_OPERANDS_MAX	8
#define TSMC_WATCH_SECONDS	2
#define TSMC_WATCH_SECONDS_MAX	3600

/* Options that not all verbs have. */
#define TSMC_OPT_MIN	(1u << 0)
#define TSMC_OPT_CLASS	(1u << 1)
#define TSMC_OPT_LIMIT	(1u << 2)
#define TSMC_OPT_WATCH	(1u << 3)
#define TSMC_OPT_PID	(1u << 4)

/**
 * struct tsmc_args - what the command line says
 * @given: TSMC_OPT_* that are there
 * @json: machines read the output
 * @help: show how the verb is used, nothing else
 * @min: heat, 0 to 15
 * @class: enum tsmc_class
 * @limit: lines at most; 0: no limit
 * @seconds: from frame to frame
 * @pid: of a process
 * @operands: the rest, in order
 * @nr_operands: how many there are
 */
struct tsmc_args {
	unsigned int given;
	bool json;
	bool help;
	unsigned int min;
	unsigned int class;
	uint64_t limit;
	unsigned int seconds;
	uint32_t pid;
	const char *operands[TSMC_OPERANDS_MAX];
	unsigned int nr_operands;
};

bool tsmc_number(const char *text, uint64_t max, uint64_t *value);
int tsmc_args_parse(struct tsmc_args *args, unsigned int options, int argc, char *const *argv,
		    char *why, size_t size);

#endif /* TSMC_ARGS_H */
