/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of JSON objects, checked. For report_read*.c alone.
 */
#ifndef TSMC_REPORT_READER_H
#define TSMC_REPORT_READER_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No time and no count of a migration is greater. */
#define TSMC_READ_SECONDS_MAX	1e8
#define TSMC_READ_COUNT_MAX	(1ULL << 60)

/**
 * struct tsmc_reader - remembers the first thing that is wrong; then all else is 0 or NULL
 * @why: gets what it is
 * @why_len: room there
 * @failed: something is
 */
struct tsmc_reader {
	char *why;
	size_t why_len;
	bool failed;
};

__attribute__((format(printf, 2, 3)))
void tsmc_read_fail(struct tsmc_reader *reader, const char *fmt, ...);
/* A member that has to be there, of this type. */
struct json_object *tsmc_read_member(struct tsmc_reader *reader, const struct json_object *object,
				     const char *key, enum json_type type);
const char *tsmc_read_string(struct tsmc_reader *reader, const struct json_object *object, const char *key);
uint64_t tsmc_read_count(struct tsmc_reader *reader, const struct json_object *object, const char *key);
/* In ns. */
uint64_t tsmc_read_seconds(struct tsmc_reader *reader, const struct json_object *object, const char *key);
/* The same of a value that is at hand; what names it in messages. */
uint64_t tsmc_read_count_value(struct tsmc_reader *reader, const struct json_object *value, const char *what);
uint64_t tsmc_read_seconds_value(struct tsmc_reader *reader, const struct json_object *value, const char *what);
/* An array of so many values, or NULL. */
const struct json_object *tsmc_read_row(struct tsmc_reader *reader, const struct json_object *rows,
					size_t index, size_t columns, const char *what);
/* Number of a class; 0 after a failure. */
unsigned int tsmc_read_class(struct tsmc_reader *reader, const char *name);

/* report_read_course.c: what tsmc_report_course_json() has written. */
struct tsmc_series *tsmc_read_series(struct tsmc_reader *reader, const struct json_object *object);
struct tsmc_memory_map *tsmc_read_map(struct tsmc_reader *reader, const struct json_object *object);

#endif /* TSMC_REPORT_READER_H */
