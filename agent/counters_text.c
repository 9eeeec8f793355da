// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The counters as text: a line for each side and outcome, in a fixed order, and one for the maximum.
 */
#include "counters.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD	"tsmc-counters 1"
#define COLUMNS	7

static const char * const sides[TSMC_SIDE_NR] = {
	[TSMC_SIDE_SOURCE]	= "source",
	[TSMC_SIDE_TARGET]	= "target",
};

static const char * const outcomes[TSMC_OUTCOME_NR] = {
	[TSMC_OUTCOME_NONE]		= "none",
	[TSMC_OUTCOME_COMPLETED]	= "completed",
	[TSMC_OUTCOME_FAILED]		= "failed",
	[TSMC_OUTCOME_ABANDONED]	= "abandoned",
};

/**
 * tsmc_side_name - a side in a word
 * @side: below TSMC_SIDE_NR
 *
 * Return: the word.
 */
const char *tsmc_side_name(enum tsmc_side side)
{
	return sides[side];
}

/**
 * tsmc_outcome_name - an outcome in a word
 * @outcome: below TSMC_OUTCOME_NR
 *
 * Return: the word.
 */
const char *tsmc_outcome_name(enum tsmc_outcome outcome)
{
	return outcomes[outcome];
}

/**
 * tsmc_counters_add - count one more
 * @counters: changed
 * @ending: its outcome is one
 */
void tsmc_counters_add(struct tsmc_counters *counters, const struct tsmc_ending *ending)
{
	struct tsmc_figures *sum = &counters->figures[ending->side][ending->outcome];
	const struct tsmc_figures *more = &ending->figures;

	counters->ended[ending->side][ending->outcome]++;
	sum->ns += more->ns;
	sum->bytes += more->bytes;
	sum->pages += more->pages;
	sum->downtime_ns += more->downtime_ns;
	sum->faults += more->faults;
	sum->fault_wait_ns += more->fault_wait_ns;
	if (more->downtime_ns > counters->downtime_max_ns)
		counters->downtime_max_ns = more->downtime_ns;
}

static void put_line(FILE *out, const struct tsmc_counters *counters, enum tsmc_side side, enum tsmc_outcome outcome)
{
	const struct tsmc_figures *sum = &counters->figures[side][outcome];

	fprintf(out, "%s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
		sides[side], outcomes[outcome], counters->ended[side][outcome], sum->ns, sum->bytes, sum->pages,
		sum->downtime_ns, sum->faults, sum->fault_wait_ns);
}

/**
 * tsmc_counters_format - the text of counters
 * @counters: any
 * @text: result, terminated
 * @len: room; TSMC_COUNTERS_MAX is enough
 *
 * Return: bytes written without the terminator; -E2BIG; -ENOMEM.
 */
int tsmc_counters_format(const struct tsmc_counters *counters, char *text, size_t len)
{
	FILE *out = fmemopen(text, len, "w");
	long end;

	if (!out)
		return -ENOMEM;
	fprintf(out, HEAD "\n");
	for (enum tsmc_side side = 0; side < TSMC_SIDE_NR; side++) {
		for (enum tsmc_outcome outcome = TSMC_OUTCOME_COMPLETED; outcome < TSMC_OUTCOME_NR; outcome++)
			put_line(out, counters, side, outcome);
	}
	fprintf(out, "downtime-max-ns %" PRIu64 "\n", counters->downtime_max_ns);
	/* What does not fit shows when it is flushed. */
	end = fflush(out) ? -1 : ftell(out);
	return fclose(out) || end < 0 || (size_t)end >= len ? -E2BIG : (int)end;
}

/* Moves *at behind a word that must come next, with what ends it. */
static int take_word(const char **at, const char *word, char end)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) || (*at)[len] != end)
		return -EPROTO;
	*at += len + 1;
	return 0;
}

static int take_number(const char **at, char end, uint64_t *number)
{
	char *stop;

	if (!isdigit((unsigned char)**at))
		return -EPROTO;
	errno = 0;
	*number = strtoull(*at, &stop, 10);
	if (errno || *stop != end)
		return -EPROTO;
	*at = stop + 1;
	return 0;
}

static int take_line(const char **at, struct tsmc_counters *counters, enum tsmc_side side, enum tsmc_outcome outcome)
{
	struct tsmc_figures *sum = &counters->figures[side][outcome];
	uint64_t *const columns[COLUMNS] = { &counters->ended[side][outcome], &sum->ns, &sum->bytes, &sum->pages,
					     &sum->downtime_ns, &sum->faults, &sum->fault_wait_ns };
	int rc;

	rc = take_word(at, sides[side], ' ');
	if (!rc)
		rc = take_word(at, outcomes[outcome], ' ');
	for (unsigned int i = 0; !rc && i < COLUMNS; i++)
		rc = take_number(at, i + 1 < COLUMNS ? ' ' : '\n', columns[i]);
	return rc;
}

/**
 * tsmc_counters_parse - read the text of counters
 * @text: any bytes, with one more behind them that is 0
 * @len: how many
 * @counters: result
 *
 * Return: 0; -EPROTO when it is not the whole text of counters.
 */
int tsmc_counters_parse(const char *text, size_t len, struct tsmc_counters *counters)
{
	const char *at = text;
	int rc;

	*counters = (struct tsmc_counters){ 0 };
	rc = strlen(text) == len ? take_word(&at, HEAD, '\n') : -EPROTO;
	for (enum tsmc_side side = 0; side < TSMC_SIDE_NR; side++) {
		for (enum tsmc_outcome outcome = TSMC_OUTCOME_COMPLETED; !rc && outcome < TSMC_OUTCOME_NR; outcome++)
			rc = take_line(&at, counters, side, outcome);
	}
	if (!rc)
		rc = take_word(&at, "downtime-max-ns", ' ');
	if (!rc)
		rc = take_number(&at, '\n', &counters->downtime_max_ns);
	return rc || at != text + len ? -EPROTO : 0;
}
