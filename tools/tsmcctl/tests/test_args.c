// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Command lines: numbers, options, and what verbs refuse.
 */
#include <string.h>

#include <linux/tsmc_hint.h>

#include "unit.h"
#include "verbs.h"

static bool is(const char *text, uint64_t max, uint64_t expected)
{
	uint64_t value = ~expected;

	return tsmc_number(text, max, &value) && value == expected;
}

static void numbers(void)
{
	EXPECT(is("0", 0, 0));
	EXPECT(is("10", 10, 10));
	EXPECT(is("0x10", 16, 16));
	EXPECT(is("0XfF", 255, 255));
	EXPECT(is("010", 10, 10));
	EXPECT(is("18446744073709551615", UINT64_MAX, UINT64_MAX));
	EXPECT(is("0xffffffffffffffff", UINT64_MAX, UINT64_MAX));
}

static void no_numbers(void)
{
	static const char *const bad[] = {
		"", " ", "-1", "+1", " 1", "1 ", "1k", "x", "0x", "0x-1", "0x 1", "0x0x1", "1.5", "a",
		"18446744073709551616", "0x10000000000000000", "12\n",
	};
	uint64_t value = 7;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT(!tsmc_number(bad[i], UINT64_MAX, &value));
	EXPECT(!tsmc_number("11", 10, &value));
	EXPECT(value == 7);
}

/* Words up to NULL, the verb first. */
static bool accepted(struct tsmc_args *args, char *const *words, char *why, size_t size)
{
	const struct tsmc_verb *verb = tsmc_verb_find(words[0]);
	int count = 0;

	EXPECT(verb);
	while (words[count + 1])
		count++;
	why[0] = '\0';
	if (!tsmc_args_parse(args, verb->options, count, words + 1, why, size) &&
	    tsmc_verb_check(verb, args, why, size))
		return true;
	/* Who is refused is told why. */
	EXPECT(why[0]);
	return false;
}

#define ACCEPTED(args, ...) \
	accepted(args, (char *const []){ __VA_ARGS__, NULL }, (char [256]){ 0 }, 256)
#define REFUSED(...) (!ACCEPTED(&(struct tsmc_args){ 0 }, __VA_ARGS__))

static void options(void)
{
	struct tsmc_args args;

	EXPECT(ACCEPTED(&args, "hot"));
	EXPECT(!args.given && !args.json && !args.help && args.seconds == TSMC_WATCH_SECONDS);
	EXPECT(ACCEPTED(&args, "hot", "--min", "0", "--class=shmem", "--limit", "7", "--json"));
	EXPECT(args.given == (TSMC_OPT_MIN | TSMC_OPT_CLASS | TSMC_OPT_LIMIT) && args.json);
	EXPECT(args.min == 0 && args.class == TSMC_CLASS_SHMEM && args.limit == 7);
	EXPECT(ACCEPTED(&args, "hint", "0x1000", "--pid", "12", "4096", "hot"));
	EXPECT(args.pid == 12 && args.nr_operands == 3 && !strcmp(args.operands[1], "4096"));
}

static void watch(void)
{
	struct tsmc_args args;

	EXPECT(ACCEPTED(&args, "hot", "--watch") && args.given == TSMC_OPT_WATCH);
	EXPECT(args.seconds == TSMC_WATCH_SECONDS);
	EXPECT(ACCEPTED(&args, "hot", "--watch", "5") && args.seconds == 5);
	EXPECT(ACCEPTED(&args, "hot", "--watch=9") && args.seconds == 9);
	EXPECT(ACCEPTED(&args, "hot", "--watch", "--min", "4") && args.min == 4);
	EXPECT(args.seconds == TSMC_WATCH_SECONDS);
	EXPECT(REFUSED("hot", "--watch", "0"));
	EXPECT(REFUSED("hot", "--watch", "3601"));
	EXPECT(REFUSED("hot", "--watch", "1.5"));
	EXPECT(REFUSED("hot", "--watch="));
	EXPECT(REFUSED("hot", "--watch", "soon"));
}

static void bad_options(void)
{
	EXPECT(REFUSED("hot", "--min"));
	EXPECT(REFUSED("hot", "--min", "16"));
	EXPECT(REFUSED("hot", "--min", "-1"));
	EXPECT(REFUSED("hot", "--class", "warm"));
	EXPECT(REFUSED("hot", "--class", "class-11"));
	EXPECT(REFUSED("hot", "--limit", "all"));
	EXPECT(REFUSED("hot", "--lim", "1"));
	EXPECT(REFUSED("hot", "--minimum", "1"));
	EXPECT(REFUSED("hot", "-j"));
	EXPECT(REFUSED("hot", "-"));
	EXPECT(REFUSED("status", "--min", "1"));
	EXPECT(REFUSED("status", "--json=1"));
	EXPECT(REFUSED("hint", "--pid", "0", "0", "4096", "hot"));
	EXPECT(REFUSED("hint", "--pid", "2147483648", "0", "4096", "hot"));
}

static void operands(void)
{
	struct tsmc_args args;

	EXPECT(REFUSED("status", "more"));
	EXPECT(REFUSED("hot", "more"));
	EXPECT(REFUSED("classes", "more"));
	EXPECT(REFUSED("processes", "1"));
	EXPECT(REFUSED("monitor", "--", "--json"));
	EXPECT(REFUSED("mappings"));
	EXPECT(REFUSED("mappings", "1", "2"));
	EXPECT(REFUSED("mappings", "0"));
	EXPECT(REFUSED("mappings", "init"));
	EXPECT(ACCEPTED(&args, "mappings", "1"));
	EXPECT(REFUSED("mappings", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
}

static void settings(void)
{
	struct tsmc_args args;

	EXPECT(ACCEPTED(&args, "set"));
	EXPECT(ACCEPTED(&args, "set", "interval-ms", "20", "budget-permille", "10", "background-ms", "0"));
	EXPECT(REFUSED("set", "interval-ms"));
	EXPECT(REFUSED("set", "interval_ms", "20"));
	EXPECT(REFUSED("set", "pid", "20"));
	EXPECT(REFUSED("set", "interval-ms", "often"));
	EXPECT(REFUSED("set", "interval-ms", "4294967296"));
	EXPECT(REFUSED("set", "interval-ms", "20", "interval-ms", "30"));
	EXPECT(REFUSED("set", "interval-ms", "20", "background-ms"));
}

static void hints(void)
{
	struct tsmc_args args;

	EXPECT(ACCEPTED(&args, "hint", "0x7f0000000000", "4096", "discardable"));
	EXPECT(ACCEPTED(&args, "hint", "0", "0x1000", "none"));
	EXPECT(REFUSED("hint", "0x1000", "4096"));
	EXPECT(REFUSED("hint", "0x1000", "4096", "warm"));
	EXPECT(REFUSED("hint", "0x1000", "4K", "hot"));
	EXPECT(REFUSED("hint", "7f0000000000", "4096", "hot"));
	EXPECT(REFUSED("hint", "0x1000", "4096", "hot", "cold"));
}

static void verbs(void)
{
	static const char *const names[] = {
		"status", "hot", "classes", "processes", "mappings", "set", "hint", "monitor",
	};
	struct tsmc_args args;
	char why[256];

	for (unsigned int i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct tsmc_verb *verb = tsmc_verb_find(names[i]);

		EXPECT(verb && !strcmp(verb->name, names[i]) && verb->help[0]);
		EXPECT(!tsmc_args_parse(&args, verb->options, 2, (char *const []){ "--help", "--json", NULL },
					why, sizeof(why)));
		EXPECT(args.help && args.json);
	}
	EXPECT(!tsmc_verb_find("stat") && !tsmc_verb_find("") && !tsmc_verb_find("statuses"));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "numbers are decimal, or hexadecimal with 0x, up to their limit", numbers },
		{ "anything else is no number, and changes nothing", no_numbers },
		{ "options are read, before and between other words", options },
		{ "--watch takes a number of seconds or none", watch },
		{ "wrong options and values are refused with a reason", bad_options },
		{ "verbs take as many words as they need", operands },
		{ "settings come in pairs, each once, by their names", settings },
		{ "hints are an address, a length and a kind", hints },
		{ "every verb is there, with --json and --help", verbs },
	};

	unit_run(tests, sizeof(tests) / sizeof(*tests));
}
