// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The text of a record, there and back, and what is no such text.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "unit.h"

static const struct tsmc_journal sample = {
	.session = { 0, 1, 2, 3, 0xff, 0x80, 0x7f, 10, 11, 12, 13, 14, 15, 16, 17, 18 },
	.phase = TSMC_PHASE_GIVEN,
	.domid = 4242,
	.pid = 77,
	.name = "guest 100%",
	.host = "socat - TCP:192.0.2.2:8002\n# x",
	.carrier = TSMC_CARRIER_TLS,
	.via = "/etc/my tsmc",
};

static const char sample_text[] =
	"tsmc-journal 1\n"
	"session 00010203ff807f0a0b0c0d0e0f101112\n"
	"phase given\n"
	"domid 4242\n"
	"pid 77\n"
	"name guest%20100%25\n"
	"host socat%20-%20TCP:192.0.2.2:8002%0a#%20x\n"
	"carrier tls\n"
	"via /etc/my%20tsmc\n";

static bool same(const struct tsmc_journal *a, const struct tsmc_journal *b)
{
	return !memcmp(a->session, b->session, sizeof(a->session)) && a->phase == b->phase &&
	       a->domid == b->domid && a->pid == b->pid && !strcmp(a->name, b->name) &&
	       !strcmp(a->host, b->host) && a->carrier == b->carrier && !strcmp(a->via, b->via);
}

static void text_is_as_documented(void)
{
	char text[TSMC_JOURNAL_MAX];

	EXPECT(tsmc_journal_format(&sample, text, sizeof(text)) == (int)strlen(sample_text));
	EXPECT(!memcmp(text, sample_text, strlen(sample_text)));
}

static void every_phase_comes_back(void)
{
	struct tsmc_journal journal = sample, back;
	char text[TSMC_JOURNAL_MAX];

	for (journal.phase = 0; journal.phase < TSMC_PHASE_NR; journal.phase++) {
		int len = tsmc_journal_format(&journal, text, sizeof(text));

		EXPECT(len > 0 && !tsmc_journal_parse(text, len, &back));
		EXPECT(same(&journal, &back));
		EXPECT(strstr(text, tsmc_phase_name(journal.phase)));
	}
	EXPECT(tsmc_phase_is_source(TSMC_PHASE_WITHDRAWN) && !tsmc_phase_is_source(TSMC_PHASE_INCOMING));
}

static void longest_fields_fit(void)
{
	struct tsmc_journal journal = sample, back;
	char text[TSMC_JOURNAL_MAX];
	int len;

	memset(journal.name, '\1', sizeof(journal.name) - 1);
	memset(journal.host, '%', sizeof(journal.host) - 1);
	memset(journal.via, '\xff', sizeof(journal.via) - 1);
	journal.domid = UINT32_MAX;
	journal.pid = INT32_MAX;
	len = tsmc_journal_format(&journal, text, sizeof(text));
	EXPECT(len > 0 && !tsmc_journal_parse(text, len, &back));
	EXPECT(same(&journal, &back));
}

static void short_room_is_refused(void)
{
	char *text = malloc(strlen(sample_text));
	size_t len;

	EXPECT(text);
	for (len = 0; len < strlen(sample_text); len++)
		EXPECT(tsmc_journal_format(&sample, text, len) == -E2BIG);
	free(text);
}

/* In memory of its own size, so that the sanitizer sees what is read beyond. */
static int parse(const char *text, size_t len, struct tsmc_journal *journal)
{
	char *copy = malloc(len ? len : 1);
	int rc;

	memcpy(copy, text, len);
	rc = tsmc_journal_parse(copy, len, journal);
	free(copy);
	return rc;
}

static void no_part_is_taken_for_the_whole(void)
{
	struct tsmc_journal journal;
	char more[sizeof(sample_text) + 1];
	size_t len;

	for (len = 0; len < strlen(sample_text); len++)
		EXPECT(parse(sample_text, len, &journal) == -EPROTO);
	EXPECT(!parse(sample_text, len, &journal));
	memcpy(more, sample_text, len);
	more[len] = '\n';
	EXPECT(parse(more, len + 1, &journal) == -EPROTO);
}

static void every_changed_byte_is_noticed_or_harmless(void)
{
	char text[sizeof(sample_text)];
	struct tsmc_journal journal;

	for (size_t at = 0; at < strlen(sample_text); at++) {
		for (int byte = 0; byte < 256; byte++) {
			memcpy(text, sample_text, sizeof(text));
			text[at] = (char)byte;
			if (parse(text, strlen(sample_text), &journal))
				continue;
			EXPECT(journal.phase < TSMC_PHASE_NR && journal.pid >= 0);
			EXPECT(strnlen(journal.name, sizeof(journal.name)) < sizeof(journal.name));
			EXPECT(strnlen(journal.host, sizeof(journal.host)) < sizeof(journal.host));
			EXPECT(strnlen(journal.via, sizeof(journal.via)) < sizeof(journal.via));
			EXPECT(journal.carrier <= TSMC_CARRIER_TCP);
		}
	}
}

/* One line replaced by another. */
static bool with_line(const char *old, const char *new, struct tsmc_journal *journal)
{
	char text[2 * TSMC_JOURNAL_MAX];
	const char *at = strstr(sample_text, old);

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - sample_text), sample_text, new, at + strlen(old));
	return !parse(text, strlen(text), journal);
}

static void fields_have_bounds(void)
{
	struct tsmc_journal journal;
	char name[2 * TSMC_JOURNAL_NAME_MAX] = "name ";

	EXPECT(with_line("domid 4242", "domid 4294967295", &journal) && journal.domid == UINT32_MAX);
	EXPECT(!with_line("domid 4242", "domid 4294967296", &journal));
	EXPECT(!with_line("domid 4242", "domid -1", &journal));
	EXPECT(!with_line("domid 4242", "domid %2d1", &journal));
	EXPECT(!with_line("domid 4242", "domid 1x", &journal));
	EXPECT(!with_line("domid 4242", "domid ", &journal));
	EXPECT(!with_line("pid 77", "pid 2147483648", &journal));
	EXPECT(!with_line("pid 77", "pid 99999999999999999999999", &journal));
	EXPECT(!with_line("phase given", "phase lost", &journal));
	EXPECT(!with_line("phase given", "phase give", &journal));
	EXPECT(!with_line("session 0001", "session 001", &journal));
	EXPECT(!with_line("session 0001", "session 0g01", &journal));
	EXPECT(!with_line("name guest", "name %00guest", &journal));
	EXPECT(!with_line("tsmc-journal 1", "tsmc-journal 2", &journal));
	EXPECT(with_line("via /etc/my%20tsmc", "via ", &journal) && !journal.via[0]);
	EXPECT(!with_line("carrier tls", "carrier ssh", &journal));
	EXPECT(with_line("carrier tls", "carrier command", &journal) && journal.carrier == TSMC_CARRIER_COMMAND);
	memset(name + 5, 'n', TSMC_JOURNAL_NAME_MAX - 1);
	EXPECT(with_line("name guest%20100%25", name, &journal));
	memset(name + 5, 'n', TSMC_JOURNAL_NAME_MAX);
	EXPECT(!with_line("name guest%20100%25", name, &journal));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the text is as documented", text_is_as_documented },
		{ "every phase comes back", every_phase_comes_back },
		{ "the longest fields fit", longest_fields_fit },
		{ "a record that does not fit is refused", short_room_is_refused },
		{ "no part is taken for the whole", no_part_is_taken_for_the_whole },
		{ "every changed byte is noticed or harmless", every_changed_byte_is_noticed_or_harmless },
		{ "fields have bounds", fields_have_bounds },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
