/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a side of a migration has written down, so that whoever looks after it next
 * knows who owns the guest. See Documentation/ownership.md.
 */
#ifndef TSMC_JOURNAL_H
#define TSMC_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "route.h"
#include "wire_format.h"
#include "xen_glue.h"

#define TSMC_RUN_DIR	"/run/tsmc"

/* Longest record, and longest text in it. */
#define TSMC_JOURNAL_MAX	16384u
#define TSMC_JOURNAL_TEXT_MAX	1024u
#define TSMC_JOURNAL_NAME_MAX	256u

/* The order is that of time; a source's come before a target's. */
enum tsmc_phase {
	TSMC_PHASE_MOVING,	/* source: the guest runs here */
	TSMC_PHASE_SUSPENDING,	/* source: it was asked to suspend */
	TSMC_PHASE_TOLD,	/* source: FINAL may have been sent */
	TSMC_PHASE_GIVEN,	/* source: the guest is the target's */
	TSMC_PHASE_WITHDRAWN,	/* source: it is ours again, and the target may not know */
	TSMC_PHASE_INCOMING,	/* target: the domain is being built and filled */
	TSMC_PHASE_PREPARED,	/* target: READY may have been said; the source knows who owns it */
	TSMC_PHASE_OWNER,	/* target: GO was said */
	TSMC_PHASE_WAITING,	/* target: likewise, and the guest is paused until pages come */
	TSMC_PHASE_COMPLETE,	/* target: no page is missing */
	TSMC_PHASE_NR
};

/**
 * struct tsmc_journal - one side's record of one migration
 * @session: names the migration; a secret
 * @phase: how far it is, which also tells the side
 * @domid: the domain here
 * @pid: the agent that deals with it; 0: none any more
 * @name: the guest's
 * @host: source: the target, as the operator gave it
 * @carrier: source: what reaches it
 * @via: the command or the directory of certificates, as @carrier wants it
 */
struct tsmc_journal {
	uint8_t session[TSMC_WIRE_SESSION_LEN];
	enum tsmc_phase phase;
	uint32_t domid;
	pid_t pid;
	char name[TSMC_JOURNAL_NAME_MAX];
	char host[TSMC_JOURNAL_TEXT_MAX];
	enum tsmc_carrier carrier;
	char via[TSMC_JOURNAL_TEXT_MAX];
};

/* Pure: the text of a record, and back. */
int tsmc_journal_format(const struct tsmc_journal *journal, char *text, size_t len);
int tsmc_journal_parse(const char *text, size_t len, struct tsmc_journal *journal);
bool tsmc_phase_is_source(enum tsmc_phase phase);
const char *tsmc_phase_name(enum tsmc_phase phase);

/* Replaces the record, so that it outlives whatever happens to this process. */
int tsmc_journal_write(const struct tsmc_journal *journal, const struct tsmc_log *log);
/* Changes the phase, then writes; after a failure it is as it was. */
int tsmc_journal_enter(struct tsmc_journal *journal, enum tsmc_phase phase, const struct tsmc_log *log);
void tsmc_journal_remove(const struct tsmc_journal *journal);
/* Reads it again: it may have changed until the claim on its domain was ours. 0 or -ENOENT. */
int tsmc_journal_reload(struct tsmc_journal *journal);
/* Reads the target's record of a session: 0 or -ENOENT. */
int tsmc_journal_of_session(const uint8_t *session, struct tsmc_journal *journal);

/* Reads this host's record of a guest that leaves it, or has left: 0 or -ENOENT. */
int tsmc_journal_of_source(const char *name, struct tsmc_journal *journal);

/* Whether this process may read them; told if not. */
bool tsmc_journal_readable(const struct tsmc_log *log);
/* Calls take() for each record of this host until it returns other than 0, and returns that. */
int tsmc_journal_each(int (*take)(const struct tsmc_journal *journal, void *opaque), void *opaque);
/* Name of a file of this session below TSMC_RUN_DIR; room for TSMC_RUN_PATH_MAX. */
#define TSMC_RUN_PATH_MAX	80
void tsmc_run_path(const uint8_t *session, const char *suffix, char *path);
/* Makes the directory: 0 or negative errno. */
int tsmc_run_dir(void);

#endif /* TSMC_JOURNAL_H */
