// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

/**
 * tsmc_json_string - write a text as a JSON string
 * @text: any
 * @out: where to
 */
void tsmc_json_string(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			fprintf(out, "\\u%04x", *text);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}
