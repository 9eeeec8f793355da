/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that is moved. For source*.c alone.
 */
#ifndef TSMC_SOURCE_STATE_H
#define TSMC_SOURCE_STATE_H

#include "advice.h"
#include "journal.h"
#include "session.h"
#include "source.h"
#include "split.h"
#include "stage_one.h"
#include "stage_three.h"
#include "subject.h"

/**
 * struct source - one migration
 * @agent: handles and options
 * @log: the agent's
 * @report: figures
 * @mode: what is done, which may be less than what was asked for
 * @subject: the guest here
 * @session: to the target
 * @pace: of what is sent while the guest runs
 * @ld: log-dirty, from stage one on
 * @advice: the guest's module's; none in precopy
 * @one: stage one, which knows what changed
 * @sender: sends stages one and two
 * @dropped: pages of @split.missing that did not cross
 * @split: what stage two does with which page
 * @pages_per_s: that the link carries
 * @three: pushes what is missing, from the end of stage two on
 * @stopping: what an interrupt says
 * @journal: what is written down; from TSMC_PHASE_GIVEN on the guest must never be resumed here
 */
struct source {
	struct tsmc_agent *agent;
	const struct tsmc_log *log;
	struct tsmc_report *report;
	enum tsmc_mode mode;
	struct tsmc_subject subject;
	struct tsmc_session session;
	struct tsmc_pace pace;
	struct tsmc_logdirty *ld;
	struct tsmc_advice advice;
	struct tsmc_stage_one one;
	struct tsmc_page_sender sender;
	struct tsmc_split split;
	struct tsmc_pagemap dropped;
	uint64_t pages_per_s;
	struct tsmc_stage_three *three;
	char stopping[TSMC_JOURNAL_NAME_MAX + 64];
	struct tsmc_journal journal;
};

/* source_end.c: after migrate() has ended with rc, well or not. */
enum tsmc_exit tsmc_source_conclude(struct source *src, int rc, const char *host);

#endif /* TSMC_SOURCE_STATE_H */
