/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing JSON, and text that does no harm to a terminal.
 */
#ifndef TSMC_JSON_H
#define TSMC_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct tsmc_json - JSON that is being written
 * @out: where to
 * @comma: something stands before at this level
 */
struct tsmc_json {
	FILE *out;
	bool comma;
};

void tsmc_json_open(struct tsmc_json *json, const char *key, char bracket);
void tsmc_json_close(struct tsmc_json *json, char bracket);
void tsmc_json_number(struct tsmc_json *json, const char *key, uint64_t value);
void tsmc_json_bool(struct tsmc_json *json, const char *key, bool value);
void tsmc_json_string(struct tsmc_json *json, const char *key, const char *text);
void tsmc_text_safe(FILE *out, const char *text, unsigned int width);

#endif /* TSMC_JSON_H */
