// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A record's text: any bytes, and any record. What is read can be written and is read
 * again as the same; nothing is touched that is not there.
 *
 * The first byte of an input says whether the rest is a text or a record's fields.
 */
#include <errno.h>

#include "fuzz.h"
#include "journal.h"

static bool ends(const char *text, size_t room)
{
	return memchr(text, 0, room);
}

static void check_same(const struct tsmc_journal *a, const struct tsmc_journal *b)
{
	MUST(!memcmp(a->session, b->session, sizeof(a->session)));
	MUST(a->phase == b->phase && a->domid == b->domid && a->pid == b->pid && a->carrier == b->carrier);
	MUST(!strcmp(a->name, b->name) && !strcmp(a->host, b->host) && !strcmp(a->via, b->via));
}

/* In memory of exactly its size, so that a byte too many is noticed. */
static int parse(const char *text, size_t len, struct tsmc_journal *journal)
{
	char *copy = malloc(len ? len : 1);
	int rc;

	MUST(copy);
	if (len)
		memcpy(copy, text, len);
	memset(journal, 0xa5, sizeof(*journal));
	rc = tsmc_journal_parse(copy, len, journal);
	free(copy);
	return rc;
}

/* Also in too little room, and parts of it are no record. */
static void check_format(const struct tsmc_journal *journal, size_t cut)
{
	char text[TSMC_JOURNAL_MAX], *tight;
	struct tsmc_journal again;
	int len = tsmc_journal_format(journal, text, sizeof(text));

	MUST(len > 0 && (size_t)len <= sizeof(text));
	for (int i = 0; i < len; i++)
		MUST(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
	MUST(!parse(text, len, &again));
	check_same(journal, &again);
	cut %= len;
	MUST(parse(text, cut, &again) == -EPROTO);
	tight = malloc(cut ? cut : 1);
	MUST(tight && tsmc_journal_format(journal, tight, cut) == -E2BIG);
	free(tight);
}

static void read_text(struct fuzz_input input, size_t cut)
{
	struct tsmc_journal journal;
	int rc = parse((const char *)input.bytes, input.left, &journal);

	MUST(!rc || rc == -EPROTO);
	if (rc)
		return;
	MUST(journal.phase < TSMC_PHASE_NR && journal.pid >= 0 && tsmc_phase_name(journal.phase));
	MUST(ends(journal.name, sizeof(journal.name)) && ends(journal.host, sizeof(journal.host)) &&
	     ends(journal.via, sizeof(journal.via)));
	check_format(&journal, cut);
}

/* Any bytes that a C string may have. */
static void take_text(struct fuzz_input *input, char *text, size_t room)
{
	struct fuzz_input part = fuzz_part(input, fuzz_int(input, 2) % room);

	for (size_t i = 0; i < part.left; i++)
		text[i] = part.bytes[i] ? part.bytes[i] : '%';
	text[part.left] = '\0';
}

static void write_fields(struct fuzz_input input, size_t cut)
{
	struct tsmc_journal journal = { 0 };

	for (unsigned int i = 0; i < sizeof(journal.session); i++)
		journal.session[i] = fuzz_int(&input, 1);
	journal.phase = fuzz_int(&input, 1) % TSMC_PHASE_NR;
	journal.carrier = fuzz_int(&input, 1) % (TSMC_CARRIER_TCP + 1);
	journal.domid = fuzz_int(&input, 4);
	journal.pid = fuzz_int(&input, 4) & INT32_MAX;
	take_text(&input, journal.name, sizeof(journal.name));
	take_text(&input, journal.host, sizeof(journal.host));
	take_text(&input, journal.via, sizeof(journal.via));
	check_format(&journal, cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input = { bytes, size };
	bool fields = fuzz_int(&input, 1) & 1;
	size_t cut = fuzz_int(&input, 2);

	if (fields)
		write_fields(input, cut);
	else
		read_text(input, cut);
	return 0;
}
