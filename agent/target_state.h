/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that comes in. For target*.c alone.
 */
#ifndef TSMC_TARGET_STATE_H
#define TSMC_TARGET_STATE_H

#include "carry_over.h"
#include "fault_server.h"
#include "journal.h"
#include "page_unpacker.h"
#include "parking.h"
#include "target.h"

/**
 * struct target - one guest that comes in
 * @agent: handles
 * @log: the agent's
 * @session: to the source
 * @verify: the source asked for a comparison
 * @name: it will have
 * @incoming: it has until the hand-over
 * @json: its configuration
 * @top_gfn: bound of its frames
 * @build: libxl's restore, in its own process
 * @turn: keeps others of this host from building guests meanwhile; -1: it does not
 * @said_ns: when the source last heard that we are working
 * @domid: the domain; valid once @built
 * @built: it exists
 * @claim: keeps other agents of this host away from the domain; -1: none
 * @journal: what is written down of it; nothing before it was built
 * @unpacker: for packed pages of stages one and two
 * @parking: frames that are likely to be missing at the resume
 * @missing: frames that are
 * @carry: what another process needs to go on in stage three
 * @server: guards them
 * @hint_gfn: header of the guest's hint table, or 0
 * @refused: the source was told why already
 * @handed_over: the guest is ours
 */
struct target {
	struct tsmc_agent *agent;
	const struct tsmc_log *log;
	struct tsmc_session *session;
	bool verify;
	char name[256];
	char incoming[300];
	char *json;
	uint64_t top_gfn;
	struct tsmc_build *build;
	int turn;
	uint64_t said_ns;
	uint32_t domid;
	bool built;
	int claim;
	struct tsmc_journal journal;
	struct tsmc_page_unpacker unpacker;
	struct tsmc_parking *parking;
	struct tsmc_pagemap missing;
	struct tsmc_carry_over carry;
	struct tsmc_fault_server *server;
	uint64_t hint_gfn;
	bool refused;
	bool handed_over;
};

static inline struct tsmc_channel *tsmc_target_bulk(struct target *tgt)
{
	return &tgt->session->bulk;
}

static inline struct tsmc_channel *tsmc_target_urgent(struct target *tgt)
{
	return &tgt->session->urgent;
}

/* target_build.c: has libxl build the domain from what comes after CONFIG, up to BUILT. */
int tsmc_target_build(struct target *tgt, const struct tsmc_record *config);

/* target_turn.c: guests are built one after the other. */
int tsmc_target_turn_take(struct target *tgt);
int tsmc_target_turn_look(struct target *tgt);
void tsmc_target_turn_end(struct target *tgt);
int tsmc_target_await_plugged(struct target *tgt);
/* To be called now and then in what takes long: the source hears that the link and we are there. */
int tsmc_target_working(struct target *tgt);

/* target_land.c: from READY to the last page. */
int tsmc_target_take_over(struct target *tgt);
int tsmc_target_finish(struct target *tgt, uint64_t switch_ns);
/* Stage three broke off: the guest stands still until pages come again. */
void tsmc_target_wait(struct target *tgt);

/* Another process goes on with it: what guards the holes stays in Xen, and the record names no agent. */
void tsmc_target_leave(struct target *tgt);
void tsmc_target_forget(struct target *tgt);

/* target_resume.c: instead of a new guest, an old migration goes on. */
enum tsmc_exit tsmc_target_resume(struct target *tgt, const struct tsmc_record *resume);

#endif /* TSMC_TARGET_STATE_H */
