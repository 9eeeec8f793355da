// SPDX-License-Identifier: GPL-2.0-or-later
#include "report_reader.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "hints.h"
#include "linux/tsmc_hint.h"

/**
 * tsmc_read_fail - say what is wrong
 * @reader: keeps the first only
 * @fmt: as printf()
 */
void tsmc_read_fail(struct tsmc_reader *reader, const char *fmt, ...)
{
	va_list args;

	if (reader->failed)
		return;
	reader->failed = true;
	va_start(args, fmt);
	vsnprintf(reader->why, reader->why_len, fmt, args);
	va_end(args);
}

/**
 * tsmc_read_member - find a member
 * @reader: fails if it is not there, or is something else
 * @object: where, or NULL after a failure
 * @key: its name
 * @type: what it is
 *
 * Return: it, owned by @object; or NULL.
 */
struct json_object *tsmc_read_member(struct tsmc_reader *reader, const struct json_object *object,
				     const char *key, enum json_type type)
{
	struct json_object *member = NULL;

	if (reader->failed)
		return NULL;
	if (!json_object_object_get_ex(object, key, &member))
		tsmc_read_fail(reader, "it is no report of tsmc-agent migrate: '%s' is missing", key);
	else if (!json_object_is_type(member, type))
		tsmc_read_fail(reader, "'%s' is not of type %s", key, json_type_to_name(type));
	return reader->failed ? NULL : member;
}

/**
 * tsmc_read_string - read a member
 * @reader: fails without it
 * @object: where
 * @key: its name
 *
 * Return: a string, owned by @object; empty after a failure.
 */
const char *tsmc_read_string(struct tsmc_reader *reader, const struct json_object *object, const char *key)
{
	struct json_object *member = tsmc_read_member(reader, object, key, json_type_string);

	return member ? json_object_get_string(member) : "";
}

/**
 * tsmc_read_count_value - read a number of something
 * @reader: fails when it is none
 * @value: a value, or NULL
 * @what: its name
 *
 * Return: the number, 0 after a failure.
 */
uint64_t tsmc_read_count_value(struct tsmc_reader *reader, const struct json_object *value, const char *what)
{
	int64_t number = json_object_get_int64(value);

	if (reader->failed)
		return 0;
	if (!json_object_is_type(value, json_type_int) || number < 0 || (uint64_t)number > TSMC_READ_COUNT_MAX)
		tsmc_read_fail(reader, "'%s' is not a count", what);
	return reader->failed ? 0 : (uint64_t)number;
}

/**
 * tsmc_read_count - read a member that is a number of something
 * @reader: fails without it
 * @object: where
 * @key: its name
 *
 * Return: the number, 0 after a failure.
 */
uint64_t tsmc_read_count(struct tsmc_reader *reader, const struct json_object *object, const char *key)
{
	return tsmc_read_count_value(reader, tsmc_read_member(reader, object, key, json_type_int), key);
}

/**
 * tsmc_read_seconds_value - read a time
 * @reader: fails when it is none
 * @value: a value in seconds, or NULL
 * @what: its name
 *
 * Return: ns, 0 after a failure.
 */
uint64_t tsmc_read_seconds_value(struct tsmc_reader *reader, const struct json_object *value, const char *what)
{
	double seconds = json_object_get_double(value);
	bool number = json_object_is_type(value, json_type_double) || json_object_is_type(value, json_type_int);

	if (reader->failed)
		return 0;
	if (!number || !isfinite(seconds) || seconds < 0 || seconds > TSMC_READ_SECONDS_MAX)
		tsmc_read_fail(reader, "'%s' is not a time in seconds", what);
	return reader->failed ? 0 : (uint64_t)llround(seconds * 1e9);
}

/**
 * tsmc_read_seconds - read a member that is a time
 * @reader: fails without it
 * @object: where
 * @key: its name
 *
 * Return: ns, 0 after a failure.
 */
uint64_t tsmc_read_seconds(struct tsmc_reader *reader, const struct json_object *object, const char *key)
{
	struct json_object *member = NULL;

	if (!reader->failed && !json_object_object_get_ex(object, key, &member))
		tsmc_read_fail(reader, "it is no report of tsmc-agent migrate: '%s' is missing", key);
	return tsmc_read_seconds_value(reader, member, key);
}

/**
 * tsmc_read_row - one row of a table
 * @reader: fails when it is no array of that length
 * @rows: array
 * @index: below its length
 * @columns: that it has
 * @what: name of the table
 *
 * Return: the row, or NULL after a failure.
 */
const struct json_object *tsmc_read_row(struct tsmc_reader *reader, const struct json_object *rows,
					size_t index, size_t columns, const char *what)
{
	const struct json_object *row = json_object_array_get_idx(rows, index);

	if (!reader->failed && (!json_object_is_type(row, json_type_array) || json_object_array_length(row) != columns))
		tsmc_read_fail(reader, "'%s': entry %zu is not an array of %zu values", what, index + 1, columns);
	return reader->failed ? NULL : row;
}

/**
 * tsmc_read_class - what a name of a class means
 * @reader: fails when it means nothing
 * @name: any
 *
 * Return: enum tsmc_class.
 */
unsigned int tsmc_read_class(struct tsmc_reader *reader, const char *name)
{
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++)
		if (!strcmp(name, tsmc_class_name(class)))
			return class;
	tsmc_read_fail(reader, "there is no class '%s': was it written by a newer tsmc-agent?", name);
	return 0;
}
