// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records go from one state to the next as Documentation/ownership.md has it, and
 * only when nothing is left to decide they go.
 */
#include "fake_records.h"

#include <errno.h>
#include <fcntl.h>
#include <sanitizer/asan_interface.h>
#include <unistd.h>

#include "carry_over.h"
#include "claim.h"
#include "fake_host.h"

/* Two sessions have a record and pages each at most. */
#define SESSIONS	2u

/**
 * struct kept - of one session
 * @session: which
 * @used: there is one
 * @text: the record, @len bytes; 0: there is none
 * @before: its phase before a write that failed, which may be what the agent believes
 * @pages: what stage three keeps; @pages.area is NULL without
 */
struct kept {
	uint8_t session[TSMC_WIRE_SESSION_LEN];
	bool used;
	char text[TSMC_JOURNAL_MAX];
	size_t len;
	enum tsmc_phase before;
	struct tsmc_carry_over pages;
};

static struct kept kept[SESSIONS];
static unsigned int writes_left;
static bool fails_after, failed;

void records_begin(unsigned int failing, bool after)
{
	for (unsigned int i = 0; i < SESSIONS; i++) {
		free(kept[i].pages.area);
		kept[i].pages.area = NULL;
		kept[i].used = false;
		kept[i].len = 0;
	}
	writes_left = failing;
	fails_after = after;
	failed = false;
}

bool records_failed(void)
{
	return failed;
}

static struct kept *find(const uint8_t *session)
{
	for (unsigned int i = 0; i < SESSIONS; i++) {
		if (kept[i].used && !memcmp(kept[i].session, session, TSMC_WIRE_SESSION_LEN))
			return &kept[i];
	}
	return NULL;
}

static struct kept *get(const uint8_t *session)
{
	struct kept *one = find(session);

	for (unsigned int i = 0; !one && i < SESSIONS; i++) {
		if (kept[i].used)
			continue;
		one = &kept[i];
		one->used = true;
		memcpy(one->session, session, TSMC_WIRE_SESSION_LEN);
	}
	MUST(one);
	return one;
}

enum tsmc_phase records_phase(const uint8_t *session)
{
	struct tsmc_journal journal;

	return tsmc_journal_of_session(session, &journal) ? TSMC_PHASE_NR : journal.phase;
}

bool records_have_pages(const uint8_t *session)
{
	const struct kept *one = find(session);

	return one && one->pages.area;
}

unsigned int records_count(void)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < SESSIONS; i++)
		count += kept[i].used && kept[i].len;
	return count;
}

/* ---- records ---- */

static bool may_follow(enum tsmc_phase before, enum tsmc_phase phase)
{
	static const unsigned int next[TSMC_PHASE_NR + 1] = {
		[TSMC_PHASE_INCOMING] = 1u << TSMC_PHASE_PREPARED,
		[TSMC_PHASE_PREPARED] = 1u << TSMC_PHASE_OWNER | 1u << TSMC_PHASE_WAITING,
		[TSMC_PHASE_OWNER] = 1u << TSMC_PHASE_WAITING | 1u << TSMC_PHASE_COMPLETE,
		[TSMC_PHASE_WAITING] = 1u << TSMC_PHASE_OWNER,
		[TSMC_PHASE_NR] = 1u << TSMC_PHASE_INCOMING,
	};

	return before == phase || next[before] >> phase & 1;
}

static void replace(struct kept *one, const struct tsmc_journal *journal)
{
	int len = tsmc_journal_format(journal, one->text, sizeof(one->text));

	MUST(len > 0);
	one->len = len;
}

int tsmc_journal_write(const struct tsmc_journal *journal, const struct tsmc_log *log)
{
	enum tsmc_phase before = records_phase(journal->session);
	struct kept *one = get(journal->session);
	bool fails = writes_left && !--writes_left;

	(void)log;
	MUST(!tsmc_phase_is_source(journal->phase));
	MUST(may_follow(before, journal->phase) || (failed && may_follow(one->before, journal->phase)));
	if (fails) {
		failed = true;
		one->before = before;
	}
	if (!fails || fails_after)
		replace(one, journal);
	return fails ? -ENOSPC : 0;
}

int tsmc_journal_enter(struct tsmc_journal *journal, enum tsmc_phase phase, const struct tsmc_log *log)
{
	enum tsmc_phase before = journal->phase;
	int rc;

	journal->phase = phase;
	rc = tsmc_journal_write(journal, log);
	if (rc)
		journal->phase = before;
	return rc;
}

/* Nothing is left to decide: of a guest that is here, only when the source knows that it is complete. */
void tsmc_journal_remove(const struct tsmc_journal *journal)
{
	struct kept *one = find(journal->session);

	if (!one || !one->len)
		return;
	MUST(!host_is_of(journal->session) ||
	     (records_phase(journal->session) == TSMC_PHASE_COMPLETE && host_heard_done()));
	one->len = 0;
}

/* A record that was written can be read. */
int tsmc_journal_of_session(const uint8_t *session, struct tsmc_journal *journal)
{
	const struct kept *one = find(session);

	if (!one || !one->len)
		return -ENOENT;
	MUST(!tsmc_journal_parse(one->text, one->len, journal));
	MUST(!memcmp(journal->session, session, TSMC_WIRE_SESSION_LEN));
	return 0;
}

/* ---- what stage three keeps ---- */

static size_t map_words(uint64_t nr_gfns)
{
	return (nr_gfns + 63) / 64;
}

int tsmc_carry_over_create(struct tsmc_carry_over *carry, const uint8_t *session, uint64_t nr_gfns,
			   unsigned int nr_vcpus)
{
	struct kept *one = get(session);

	MUST(nr_gfns && nr_vcpus && !one->pages.area);
	*carry = (struct tsmc_carry_over){ .nr_gfns = nr_gfns, .nr_vcpus = nr_vcpus };
	memcpy(carry->session, session, sizeof(carry->session));
	carry->len = map_words(nr_gfns) * 8 + tsmc_ioreq_state_len(nr_vcpus);
	carry->area = calloc(1, carry->len);
	if (!carry->area)
		return -ENOMEM;
	carry->missing = carry->area;
	carry->io = carry->missing + map_words(nr_gfns);
	one->pages = *carry;
	return 0;
}

int tsmc_carry_over_open(struct tsmc_carry_over *carry, const uint8_t *session)
{
	const struct kept *one = find(session);

	*carry = (struct tsmc_carry_over){ 0 };
	if (!one || !one->pages.area)
		return -ENOENT;
	*carry = one->pages;
	__asan_unpoison_memory_region(carry->area, carry->len);
	return 0;
}

/* Until it is opened again nobody may touch it. */
void tsmc_carry_over_close(struct tsmc_carry_over *carry)
{
	const struct kept *one = find(carry->session);

	if (carry->area && one && one->pages.area == carry->area)
		__asan_poison_memory_region(carry->area, carry->len);
	*carry = (struct tsmc_carry_over){ 0 };
}

/* Who has it mapped keeps the memory: nobody looks at it after this, or the sanitizer says so. */
void tsmc_carry_over_remove(const uint8_t *session)
{
	struct kept *one = find(session);

	if (!one || !one->pages.area)
		return;
	MUST(!host_is_of(session) || !host_is_guarded());
	__asan_unpoison_memory_region(one->pages.area, one->pages.len);
	free(one->pages.area);
	one->pages.area = NULL;
}

/* ---- one agent at a time ---- */

/* The one before is always gone. */
int tsmc_claim(uint32_t domid)
{
	MUST(domid == HOST_DOMID || !domid || domid == TSMC_CLAIM_BUILD);
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int tsmc_journal_each(int (*take)(const struct tsmc_journal *journal, void *opaque), void *opaque)
{
	struct tsmc_journal journal;
	int rc = 0;

	for (unsigned int i = 0; !rc && i < SESSIONS; i++) {
		if (!kept[i].used || !kept[i].len)
			continue;
		MUST(!tsmc_journal_parse(kept[i].text, kept[i].len, &journal));
		rc = take(&journal, opaque);
	}
	return rc;
}
