// SPDX-License-Identifier: GPL-2.0-or-later
#include "json.h"

#include <inttypes.h>

/* Number of bytes of the UTF-8 character at the start of text; 0: it is none. */
static unsigned int utf8_length(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int length;
	uint32_t point;

	if (byte[0] < 0x80)
		return 1;
	if (byte[0] >= 0xc2 && byte[0] < 0xe0)
		length = 2;
	else if (byte[0] >= 0xe0 && byte[0] < 0xf0)
		length = 3;
	else if (byte[0] >= 0xf0 && byte[0] < 0xf5)
		length = 4;
	else
		return 0;
	point = byte[0] & (0x7f >> length);
	for (unsigned int i = 1; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (byte[i] & 0x3f);
	}
	if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	return length;
}

/*
 * Names of processes and files are any bytes. Those that are no UTF-8 have no
 * place in JSON: U+FFFD stands for each.
 */
static void quoted(FILE *out, const char *text)
{
	fputc('"', out);
	while (*text) {
		unsigned int length = utf8_length(text);

		if (!length)
			fputs("\\ufffd", out);
		else if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20 || *text == 0x7f)
			fprintf(out, "\\u%04x", *text);
		else
			fwrite(text, 1, length, out);
		text += length ? length : 1;
	}
	fputc('"', out);
}

static void begin(struct tsmc_json *json, const char *key)
{
	if (json->comma)
		fputs(", ", json->out);
	json->comma = true;
	if (key) {
		quoted(json->out, key);
		fputs(": ", json->out);
	}
}

/**
 * tsmc_json_open - begin an object or an array
 * @json: where
 * @key: NULL in an array and outside of everything
 * @bracket: '{' or '['
 */
void tsmc_json_open(struct tsmc_json *json, const char *key, char bracket)
{
	begin(json, key);
	fputc(bracket, json->out);
	json->comma = false;
}

/**
 * tsmc_json_close - end the newest object or array that is open
 * @json: where
 * @bracket: '}' or ']'
 */
void tsmc_json_close(struct tsmc_json *json, char bracket)
{
	fputc(bracket, json->out);
	json->comma = true;
}

/**
 * tsmc_json_number - write a number
 * @json: where
 * @key: NULL in an array
 * @value: the number
 */
void tsmc_json_number(struct tsmc_json *json, const char *key, uint64_t value)
{
	begin(json, key);
	fprintf(json->out, "%" PRIu64, value);
}

/**
 * tsmc_json_bool - write true or false
 * @json: where
 * @key: NULL in an array
 * @value: which
 */
void tsmc_json_bool(struct tsmc_json *json, const char *key, bool value)
{
	begin(json, key);
	fputs(value ? "true" : "false", json->out);
}

/**
 * tsmc_json_string - write a string
 * @json: where
 * @key: NULL in an array
 * @text: any bytes up to a zero
 */
void tsmc_json_string(struct tsmc_json *json, const char *key, const char *text)
{
	begin(json, key);
	quoted(json->out, text);
}

/**
 * tsmc_text_safe - write a name for people to read
 * @out: where
 * @text: any bytes up to a zero; control characters, which could take over a
 *	terminal, and what is no UTF-8 are written as \xNN
 * @width: columns to fill up with spaces, as far as columns can be told
 */
void tsmc_text_safe(FILE *out, const char *text, unsigned int width)
{
	unsigned int columns = 0;

	while (*text) {
		unsigned int length = utf8_length(text);
		/* U+0080 to U+009F are control characters, too. */
		bool control = (unsigned char)*text < 0x20 || *text == 0x7f ||
			       (length == 2 && (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0);

		if (!length || control) {
			columns += fprintf(out, "\\x%02x", (unsigned char)*text);
			text++;
			continue;
		}
		fwrite(text, 1, length, out);
		text += length;
		columns++;
	}
	fprintf(out, "%*s", columns < width ? (int)(width - columns) : 0, "");
}
