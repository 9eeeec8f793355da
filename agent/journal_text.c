// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A record as text: a line for each field, in a fixed order, so that an operator can read it. Bytes that
 * would not show in a line are written as %XX.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"

#define HEAD	"tsmc-journal 1\n"

static const char * const phases[TSMC_PHASE_NR] = {
	[TSMC_PHASE_MOVING]	= "moving",
	[TSMC_PHASE_SUSPENDING]	= "suspending",
	[TSMC_PHASE_TOLD]	= "told",
	[TSMC_PHASE_GIVEN]	= "given",
	[TSMC_PHASE_WITHDRAWN]	= "withdrawn",
	[TSMC_PHASE_INCOMING]	= "incoming",
	[TSMC_PHASE_PREPARED]	= "prepared",
	[TSMC_PHASE_OWNER]	= "owner",
	[TSMC_PHASE_WAITING]	= "waiting",
	[TSMC_PHASE_COMPLETE]	= "complete",
};

static const char * const carriers[] = {
	[TSMC_CARRIER_COMMAND]	= "command",
	[TSMC_CARRIER_TLS]	= "tls",
	[TSMC_CARRIER_TCP]	= "tcp",
};

/**
 * tsmc_phase_is_source - which side is in a phase
 * @phase: any
 *
 * Return: true for the source.
 */
bool tsmc_phase_is_source(enum tsmc_phase phase)
{
	return phase < TSMC_PHASE_INCOMING;
}

/**
 * tsmc_phase_name - a phase in a word
 * @phase: below TSMC_PHASE_NR
 *
 * Return: the word.
 */
const char *tsmc_phase_name(enum tsmc_phase phase)
{
	return phases[phase];
}

/**
 * struct writer - a text that grows
 * @text: where
 * @len: room
 * @at: used, may pass @len when it does not fit
 */
struct writer {
	char *text;
	size_t len, at;
};

static void put(struct writer *writer, char byte)
{
	if (writer->at < writer->len)
		writer->text[writer->at] = byte;
	writer->at++;
}

static void put_plain(struct writer *writer, const char *text)
{
	while (*text)
		put(writer, *text++);
}

static void put_field(struct writer *writer, const char *key, const char *value)
{
	static const char digits[] = "0123456789abcdef";

	put_plain(writer, key);
	put(writer, ' ');
	for (; *value; value++) {
		unsigned char byte = *value;

		if (byte > ' ' && byte < 0x7f && byte != '%') {
			put(writer, byte);
			continue;
		}
		put(writer, '%');
		put(writer, digits[byte >> 4]);
		put(writer, digits[byte & 15]);
	}
	put(writer, '\n');
}

static void put_number(struct writer *writer, const char *key, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	put_field(writer, key, text);
}

/**
 * tsmc_journal_format - a record's text
 * @journal: the record
 * @text: result; not terminated
 * @len: room
 *
 * Return: bytes written; -E2BIG.
 */
int tsmc_journal_format(const struct tsmc_journal *journal, char *text, size_t len)
{
	struct writer writer = { text, len, 0 };
	char hex[2 * TSMC_WIRE_SESSION_LEN + 1];

	for (unsigned int i = 0; i < TSMC_WIRE_SESSION_LEN; i++)
		sprintf(hex + 2 * i, "%02x", journal->session[i]);
	put_plain(&writer, HEAD);
	put_field(&writer, "session", hex);
	put_field(&writer, "phase", phases[journal->phase]);
	put_number(&writer, "domid", journal->domid);
	put_number(&writer, "pid", journal->pid);
	put_field(&writer, "name", journal->name);
	put_field(&writer, "host", journal->host);
	put_field(&writer, "carrier", carriers[journal->carrier]);
	put_field(&writer, "via", journal->via);
	return writer.at > len ? -E2BIG : (int)writer.at;
}

static int hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Two digits, or -1. */
static int hex_byte(const char *text, const char *end)
{
	int high, low;

	if (end - text < 2)
		return -1;
	high = hex_value(text[0]);
	low = hex_value(text[1]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* The value of the line that must come next, terminated; moves *at behind it. */
static int get_field(const char **at, const char *end, const char *key, char *value, size_t room)
{
	size_t len = strlen(key), used = 0;
	const char *text = *at;

	if ((size_t)(end - text) <= len || memcmp(text, key, len) || text[len] != ' ')
		return -EPROTO;
	for (text += len + 1; text < end && *text != '\n'; text++) {
		int byte = (unsigned char)*text;

		if (byte == '%') {
			byte = hex_byte(text + 1, end);
			text += 2;
		}
		if (byte <= 0 || used == room - 1)
			return -EPROTO;
		value[used++] = (char)byte;
	}
	if (text == end)
		return -EPROTO;
	value[used] = '\0';
	*at = text + 1;
	return 0;
}

static int get_number(const char **at, const char *end, const char *key, uint64_t most, uint64_t *number)
{
	char value[TSMC_JOURNAL_TEXT_MAX], *stop;

	if (get_field(at, end, key, value, sizeof(value)) || !isdigit((unsigned char)value[0]))
		return -EPROTO;
	errno = 0;
	*number = strtoull(value, &stop, 10);
	return errno || *stop || *number > most ? -EPROTO : 0;
}

static int get_session(const char **at, const char *end, uint8_t *session)
{
	char value[TSMC_JOURNAL_TEXT_MAX];

	if (get_field(at, end, "session", value, sizeof(value)) || strlen(value) != 2 * TSMC_WIRE_SESSION_LEN)
		return -EPROTO;
	for (unsigned int i = 0; i < TSMC_WIRE_SESSION_LEN; i++) {
		int byte = hex_byte(value + 2 * i, value + sizeof(value));

		if (byte < 0)
			return -EPROTO;
		session[i] = byte;
	}
	return 0;
}

/* One of some words: its number, or -EPROTO. */
static int get_word(const char **at, const char *end, const char *key, const char *const *words, int nr)
{
	char value[TSMC_JOURNAL_TEXT_MAX];

	if (get_field(at, end, key, value, sizeof(value)))
		return -EPROTO;
	for (int i = 0; i < nr; i++) {
		if (!strcmp(value, words[i]))
			return i;
	}
	return -EPROTO;
}

static int get_phase(const char **at, const char *end, enum tsmc_phase *phase)
{
	int number = get_word(at, end, "phase", phases, TSMC_PHASE_NR);

	*phase = number < 0 ? 0 : number;
	return number < 0 ? number : 0;
}

static int get_carrier(const char **at, const char *end, enum tsmc_carrier *carrier)
{
	int number = get_word(at, end, "carrier", carriers, sizeof(carriers) / sizeof(*carriers));

	*carrier = number < 0 ? 0 : number;
	return number < 0 ? number : 0;
}

/**
 * tsmc_journal_parse - read a record's text
 * @text: any bytes
 * @len: how many
 * @journal: result
 *
 * Return: 0; -EPROTO when it is not the whole text of a record.
 */
int tsmc_journal_parse(const char *text, size_t len, struct tsmc_journal *journal)
{
	const char *at = text, *end = text + len;
	uint64_t domid, pid;
	int rc = 0;

	*journal = (struct tsmc_journal){ 0 };
	if (len < strlen(HEAD) || memcmp(text, HEAD, strlen(HEAD)))
		return -EPROTO;
	at += strlen(HEAD);
	rc = get_session(&at, end, journal->session);
	if (!rc)
		rc = get_phase(&at, end, &journal->phase);
	if (!rc)
		rc = get_number(&at, end, "domid", UINT32_MAX, &domid);
	if (!rc)
		rc = get_number(&at, end, "pid", INT32_MAX, &pid);
	if (!rc)
		rc = get_field(&at, end, "name", journal->name, sizeof(journal->name));
	if (!rc)
		rc = get_field(&at, end, "host", journal->host, sizeof(journal->host));
	if (!rc)
		rc = get_carrier(&at, end, &journal->carrier);
	if (!rc)
		rc = get_field(&at, end, "via", journal->via, sizeof(journal->via));
	if (rc || at != end)
		return -EPROTO;
	journal->domid = domid;
	journal->pid = pid;
	return 0;
}
