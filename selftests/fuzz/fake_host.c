// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_host_state.h"

#include "agent.h"
#include "fake_records.h"

struct host host = { .fd = -1 };

void host_begin(struct fuzz_input accesses, bool drops)
{
	host.drops = drops;
	host_clear_memory();
	memset(host.owner, 0, sizeof(host.owner));
	memset(host.waits, 0, sizeof(host.waits));
	memset(host.again, 0, sizeof(host.again));
	host.built = false;
	host.ready = false;
	host.runs = false;
	host.has_run = false;
	host.guarded = false;
	host.attached = false;
	host.vanished = false;
	host.breath = false;
	host.writes = 0;
	host.accesses = accesses;
}

void host_session(const uint8_t *id, struct tsmc_channel *second)
{
	memcpy(host.id, id, sizeof(host.id));
	host.second = second;
	host.was_built = host.built;
	host.phase_before = host.built ? records_phase(host.owner) : TSMC_PHASE_NR;
	host.says_ready = false;
	host.ran = false;
	host.go = false;
	host.error = false;
	host.done = false;
	host.withdrawn = false;
	host.resumed = false;
}

/* ---- what is said ---- */

void host_heard(const struct tsmc_record *record)
{
	struct tsmc_wire_resume resume;

	host.go |= record->type == TSMC_REC_GO && host.says_ready;
	host.error |= record->type == TSMC_REC_ERROR;
	host.done |= record->type == TSMC_REC_DONE;
	if (tsmc_wire_get_resume(record, &resume) || memcmp(resume.session, host.owner, sizeof(host.owner)))
		return;
	host.resumed = true;
	host.withdrawn |= resume.verdict == TSMC_VERDICT_WITHDRAWN;
}

bool host_heard_done(void)
{
	return host.done;
}

static void tells_state(const struct tsmc_wire_state *state, enum tsmc_phase phase)
{
	bool parked;

	if (state->standing == TSMC_STANDING_WAITING)
		MUST(host.built && !host.runs && host.attached == host.guarded &&
		     state->nr_missing == host_count_missing(&parked));
	if (state->standing == TSMC_STANDING_COMPLETE)
		MUST(phase == TSMC_PHASE_COMPLETE);
	if (state->standing == TSMC_STANDING_NONE)
		MUST(!host.resumed || !host.built || phase == TSMC_PHASE_NR);
}

/* What each message guards: see Documentation/ownership.md. */
void host_tells(unsigned int type, const void *payload)
{
	enum tsmc_phase phase = host.built ? records_phase(host.owner) : TSMC_PHASE_NR;
	bool parked;

	host_count_missing(&parked);
	if (type == TSMC_REC_READY) {
		MUST(phase >= TSMC_PHASE_PREPARED && phase < TSMC_PHASE_COMPLETE);
		MUST(!host.runs && (!parked || (host.guarded && host.attached)));
		host.says_ready = true;
		host.ready = true;
	}
	if (type == TSMC_REC_RUNNING)
		MUST(phase == TSMC_PHASE_OWNER && host.runs);
	if (type == TSMC_REC_SAFE)
		MUST(phase == TSMC_PHASE_OWNER && host.runs &&
		     ((const struct tsmc_wire_safe *)payload)->nr_missing == host_count_missing(&parked));
	/* Of one that is compared before it runs it tells only that. */
	if (type == TSMC_REC_COMPLETE)
		MUST(!parked && (phase == TSMC_PHASE_PREPARED ||
				 (phase == TSMC_PHASE_COMPLETE && host.runs && !host.guarded)));
	if (type == TSMC_REC_STATE)
		tells_state(payload, phase);
}

/* ---- the end of a session ---- */

/* A guest is in one state, which is the one that is written down. */
static void check_record(enum tsmc_phase phase)
{
	bool parked, pages = records_have_pages(host.owner);

	host_count_missing(&parked);
	MUST(host.vanished || records_count() == (phase != TSMC_PHASE_NR));
	MUST(!host.attached && !host.mapped);
	MUST(!parked || (host.guarded && pages));
	switch (phase) {
	case TSMC_PHASE_PREPARED:
		MUST(host.ready && !host.has_run && pages);
		break;
	case TSMC_PHASE_OWNER:
		MUST(pages && (!host.runs || (records_failed() && !parked)));
		break;
	case TSMC_PHASE_WAITING:
		MUST(pages && !host.runs);
		break;
	case TSMC_PHASE_COMPLETE:
		MUST(host.runs && !parked && !host.guarded && (!pages || records_failed()));
		break;
	default:
		/* The source knows that it is complete. */
		MUST(phase == TSMC_PHASE_NR && host.runs && !parked && !host.guarded && !pages);
	}
}

/* Who called about an old migration, or began a new one beside it. */
static void check_left(int status, enum tsmc_phase phase)
{
	MUST(host.built || (host.withdrawn && status == TSMC_EXIT_OK && !host.has_run));
	if (host.built && phase != host.phase_before)
		MUST(status != TSMC_EXIT_FAILED && (phase != TSMC_PHASE_NR || host.done));
}

/* Nothing is left of a guest that is not here; one that an operator has destroyed is found out when the source calls. */
static void check_gone(int status)
{
	bool told = !host.vanished || (host.resumed && status == TSMC_EXIT_OK);

	MUST(!host.guarded && !host.attached && !host.mapped);
	MUST(!told || records_phase(host.owner) == TSMC_PHASE_COMPLETE ||
	     (!records_count() && !records_have_pages(host.id) && !records_have_pages(host.owner)));
}

void host_end(int status)
{
	enum tsmc_phase phase = host.built ? records_phase(host.owner) : TSMC_PHASE_NR;
	bool parked;

	for (uint64_t gfn = 0; host.has_run && gfn < HOST_GFNS; gfn++) {
		if (host.place[gfn] == HOME || host.known[gfn])
			host_look(gfn);
	}
	MUST(status == TSMC_EXIT_OK || status == TSMC_EXIT_FAILED || status == TSMC_EXIT_AWAY);
	MUST(status != TSMC_EXIT_AWAY || host.built || host.vanished);
	if (host.was_built) {
		check_left(status, phase);
	} else {
		/* Before the hand-over nothing is left here, after it the guest is kept. */
		MUST(status != TSMC_EXIT_FAILED || !host.built);
		MUST(status != TSMC_EXIT_OK || !host.built || host.runs);
		MUST(status != TSMC_EXIT_AWAY || !host.runs);
	}
	if (host.built)
		check_record(phase);
	else
		check_gone(status);
	/* Once all of it is here it runs, whatever becomes of the link. */
	MUST(!host.ran || host.runs || host_count_missing(&parked));
}

/* ---- what the toolstack does ---- */

void host_create(void)
{
	MUST(!host.built);
	host_clear_memory();
	host.built = true;
	memcpy(host.owner, host.id, sizeof(host.owner));
}

static void forget_guest(void)
{
	host.built = false;
	host.ready = false;
	host.runs = false;
	host.has_run = false;
	host.guarded = false;
	memset(host.waits, 0, sizeof(host.waits));
	memset(host.again, 0, sizeof(host.again));
	host_clear_memory();
}

/* A domain whose pages are mapped would linger; one that is prepared is the source's to give up. */
void host_destroy(void)
{
	MUST(host.built && !host.has_run && !host.mapped && !host.attached);
	MUST(!host.ready || host.error || host.withdrawn);
	forget_guest();
}

void host_vanish(void)
{
	if (!host.built)
		return;
	host.vanished = records_phase(host.owner) != TSMC_PHASE_NR;
	forget_guest();
}

/* Only who was told GO may, and has written it down. */
void host_run(void)
{
	MUST(host.built && !host.runs && host.go);
	MUST(records_phase(host.owner) == TSMC_PHASE_OWNER);
	for (uint64_t gfn = 0; gfn < HOST_GFNS; gfn++) {
		MUST(host.place[gfn] != PARKED || (host.guarded && host.attached));
		if (host.place[gfn] == HOME)
			host_look(gfn);
	}
	host.runs = true;
	host.ran = true;
	host.has_run = true;
}

void host_pause(void)
{
	host.runs = false;
}

bool host_runs(void)
{
	return host.runs;
}

bool host_is_built(void)
{
	return host.built;
}

bool host_is_of(const uint8_t *session)
{
	return host.built && !memcmp(host.owner, session, sizeof(host.owner));
}

bool host_is_guarded(void)
{
	return host.guarded;
}

struct tsmc_channel *host_take_second_channel(void)
{
	struct tsmc_channel *second = host.second;

	host.second = NULL;
	return second;
}

