// SPDX-License-Identifier: GPL-2.0-or-later
#include "plain_text.h"

/**
 * tsmc_plain_text - write a text of somebody else for people
 * @text: any, such as the name that another host gave a guest
 * @out: where to
 *
 * Control characters of ASCII become '?', so that the text stays in its line. UTF-8 stays as it is.
 *
 * Return: bytes written.
 */
int tsmc_plain_text(const char *text, FILE *out)
{
	int len = 0;

	for (; text[len]; len++) {
		unsigned char byte = text[len];

		fputc(byte < ' ' || byte == 0x7f ? '?' : byte, out);
	}
	return len;
}
