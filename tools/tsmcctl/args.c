// SPDX-License-Identifier: GPL-2.0-or-later
#include "args.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tsmc_hint.h>

#include "names.h"

/**
 * struct option - an option with a value
 * @bit: TSMC_OPT_*
 * @name: as typed
 * @what: its value must be, for a message
 */
static const struct option {
	unsigned int bit;
	const char *name;
	const char *what;
} options[] = {
	{ TSMC_OPT_MIN, "--min", "a heat from 0 to 15" },
	{ TSMC_OPT_CLASS, "--class",
	  "one of unknown, nopage, free, kernel, exec, stack, pinned, anon, file, shmem" },
	{ TSMC_OPT_LIMIT, "--limit", "a number of lines; 0 means all" },
	{ TSMC_OPT_WATCH, "--watch", "a number of seconds from 1 to 3600" },
	{ TSMC_OPT_PID, "--pid", "a process id" },
};

/**
 * tsmc_number - read a whole number
 * @text: decimal, or hexadecimal with 0x; neither sign nor space
 * @max: it may have at most this value
 * @value: set if it is one
 *
 * Return: whether it is one.
 */
bool tsmc_number(const char *text, uint64_t max, uint64_t *value)
{
	int base = !strncmp(text, "0x", 2) || !strncmp(text, "0X", 2) ? 16 : 10;
	const char *digits = base == 16 ? text + 2 : text;
	unsigned long long number;
	char *end;

	if (!isxdigit((unsigned char)*digits))
		return false;
	errno = 0;
	number = strtoull(digits, &end, base);
	/* strtoull() takes another 0x itself. */
	if (errno || *end || end == digits || digits[strspn(digits, "0123456789abcdefABCDEF")] ||
	    number > max)
		return false;
	*value = number;
	return true;
}

static bool set_value(struct tsmc_args *args, unsigned int bit, const char *text)
{
	uint64_t number = 0;

	switch (bit) {
	case TSMC_OPT_MIN:
		if (!tsmc_number(text, TSMC_HINT_HEAT_MAX, &number))
			return false;
		args->min = number;
		return true;
	case TSMC_OPT_CLASS:
		return tsmc_class_find(text, &args->class);
	case TSMC_OPT_LIMIT:
		return tsmc_number(text, UINT64_MAX, &args->limit);
	case TSMC_OPT_WATCH:
		if (!tsmc_number(text, TSMC_WATCH_SECONDS_MAX, &number) || !number)
			return false;
		args->seconds = number;
		return true;
	case TSMC_OPT_PID:
		if (!tsmc_number(text, INT32_MAX, &number) || !number)
			return false;
		args->pid = number;
		return true;
	default:
		return false;
	}
}

static const struct option *find_option(const char *text, unsigned int allowed)
{
	size_t length = strcspn(text, "=");

	for (unsigned int i = 0; i < sizeof(options) / sizeof(*options); i++) {
		if (allowed & options[i].bit && strlen(options[i].name) == length &&
		    !strncmp(options[i].name, text, length))
			return &options[i];
	}
	return NULL;
}

/* Returns how many more words it takes, or a negative errno. */
static int take_option(struct tsmc_args *args, unsigned int allowed, char *const *word,
		       char *why, size_t size)
{
	const struct option *option = find_option(*word, allowed);
	const char *value = strchr(*word, '=');
	int more = 0;

	if (!option) {
		snprintf(why, size, "there is no option '%s' here", *word);
		return -EINVAL;
	}
	args->given |= option->bit;
	if (value) {
		value++;
	} else if (option->bit != TSMC_OPT_WATCH || (word[1] && isdigit((unsigned char)*word[1]))) {
		value = word[1];
		more = 1;
	} else {
		return 0;
	}
	if (!value) {
		snprintf(why, size, "%s needs %s", option->name, option->what);
		return -EINVAL;
	}
	if (!set_value(args, option->bit, value)) {
		snprintf(why, size, "'%s' after %s is not %s", value, option->name, option->what);
		return -EINVAL;
	}
	return more;
}

/**
 * tsmc_args_parse - read the command line after the verb
 * @args: filled in
 * @options: TSMC_OPT_* that the verb has; all have --json and --help
 * @argc: number of words
 * @argv: the words, followed by NULL
 * @why: on errors, what is wrong
 * @size: of @why
 *
 * Return: 0 or -EINVAL.
 */
int tsmc_args_parse(struct tsmc_args *args, unsigned int options, int argc, char *const *argv,
		    char *why, size_t size)
{
	bool literal = false;

	*args = (struct tsmc_args){ .seconds = TSMC_WATCH_SECONDS };
	for (int i = 0; i < argc; i++) {
		if (literal || argv[i][0] != '-') {
			if (args->nr_operands == TSMC_OPERANDS_MAX) {
				snprintf(why, size, "too many words from '%s' on", argv[i]);
				return -EINVAL;
			}
			args->operands[args->nr_operands++] = argv[i];
		} else if (!strcmp(argv[i], "--")) {
			literal = true;
		} else if (!strcmp(argv[i], "--json")) {
			args->json = true;
		} else if (!strcmp(argv[i], "--help")) {
			args->help = true;
		} else {
			int more = take_option(args, options, argv + i, why, size);

			if (more < 0)
				return more;
			i += more;
		}
	}
	return 0;
}
