/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TSMC_JSON_H
#define TSMC_JSON_H

#include <stdio.h>

/* Writes a text as a JSON string, quotes included. */
void tsmc_json_string(const char *text, FILE *out);

#endif /* TSMC_JSON_H */
