// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Strings that are any bytes, in JSON and on a terminal.
 */
#include "json.h"
#include "made_messages.h"

static bool quoted(const char *text, const char *expected)
{
	struct written written;
	struct tsmc_json json = { 0 };

	written_begin(&written);
	json.out = written.out;
	tsmc_json_string(&json, NULL, text);
	return written_is(&written, expected);
}

static bool safe(const char *text, unsigned int width, const char *expected)
{
	struct written written;

	written_begin(&written);
	tsmc_text_safe(written.out, text, width);
	return written_is(&written, expected);
}

static void plain(void)
{
	EXPECT(quoted("", "\"\""));
	EXPECT(quoted("kworker/0:1", "\"kworker/0:1\""));
	EXPECT(quoted("a\"b\\c/d", "\"a\\\"b\\\\c/d\""));
	EXPECT(quoted("\n\t\x01\x1f\x7f", "\"\\u000a\\u0009\\u0001\\u001f\\u007f\""));
}

static void utf8(void)
{
	EXPECT(quoted("\xc3\xbc", "\"\xc3\xbc\""));
	EXPECT(quoted("\xe2\x82\xac.", "\"\xe2\x82\xac.\""));
	EXPECT(quoted("\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""));
	EXPECT(quoted("\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\""));
	EXPECT(quoted("\xed\x9f\xbf\xee\x80\x80", "\"\xed\x9f\xbf\xee\x80\x80\""));
}

static void no_utf8(void)
{
	/* A lone byte, one cut short, overlong forms, surrogates, too large. */
	EXPECT(quoted("\x80", "\"\\ufffd\""));
	EXPECT(quoted("\xff\xfe", "\"\\ufffd\\ufffd\""));
	EXPECT(quoted("\xc3", "\"\\ufffd\""));
	EXPECT(quoted("\xc3\"", "\"\\ufffd\\\"\""));
	EXPECT(quoted("\xe2\x82", "\"\\ufffd\\ufffd\""));
	EXPECT(quoted("\xc0\xaf", "\"\\ufffd\\ufffd\""));
	EXPECT(quoted("\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\""));
	EXPECT(quoted("\xf0\x8f\xbf\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""));
	EXPECT(quoted("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""));
	EXPECT(quoted("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""));
}

/* Whatever a name is, a strict reader of JSON sees one string. */
static void any_bytes(void)
{
	uint64_t state = 1;

	for (unsigned int round = 0; round < 20000; round++) {
		struct tsmc_json json = { 0 };
		struct written written;
		char text[17] = "";
		size_t end;

		for (unsigned int i = 0; i < 16; i++)
			text[i] = 1 + unit_below(&state, 255);
		written_begin(&written);
		json.out = written.out;
		tsmc_json_string(&json, NULL, text);
		fflush(written.out);
		end = strlen(written.text) - 1;
		EXPECT(written.text[0] == '"' && written.text[end] == '"' && end > 0);
		for (size_t i = 1; i < end; i++) {
			EXPECT((unsigned char)written.text[i] >= 0x20 && written.text[i] != '"');
			if (written.text[i] == '\\')
				i += written.text[i + 1] == 'u' ? 5 : 1;
		}
		fclose(written.out);
		free(written.text);
	}
}

static void levels(void)
{
	struct written written;
	struct tsmc_json json = { 0 };

	written_begin(&written);
	json.out = written.out;
	tsmc_json_open(&json, NULL, '{');
	tsmc_json_number(&json, "a", UINT64_MAX);
	tsmc_json_open(&json, "b", '[');
	tsmc_json_close(&json, ']');
	tsmc_json_open(&json, "c", '[');
	tsmc_json_number(&json, NULL, 0);
	tsmc_json_open(&json, NULL, '{');
	tsmc_json_bool(&json, "d", true);
	tsmc_json_close(&json, '}');
	tsmc_json_close(&json, ']');
	tsmc_json_string(&json, "e", "f");
	tsmc_json_close(&json, '}');
	EXPECT(written_is(&written, "{\"a\": 18446744073709551615, \"b\": [], \"c\": [0, {\"d\": true}], \"e\": \"f\"}"));
}

static void terminal(void)
{
	EXPECT(safe("memory", 8, "memory  "));
	EXPECT(safe("memory", 0, "memory"));
	EXPECT(safe("\033[2Jx", 10, "\\x1b[2Jx  "));
	EXPECT(safe("a\nb\x7f", 0, "a\\x0ab\\x7f"));
	EXPECT(safe("\xc3\xbc", 3, "\xc3\xbc  "));
	EXPECT(safe("\xc2\x9b\x32J", 0, "\\xc2\\x9b2J"));
	EXPECT(safe("\xff", 0, "\\xff"));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "quotes, backslashes and control characters are escaped", plain },
		{ "UTF-8 stays as it is", utf8 },
		{ "what is no UTF-8 is replaced, byte by byte", no_utf8 },
		{ "any bytes are one string of JSON", any_bytes },
		{ "commas stand between, at each level", levels },
		{ "names cannot take over a terminal", terminal },
	};

	unit_run(tests, sizeof(tests) / sizeof(*tests));
}
