/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the record of a migration means to an operator. See Documentation/ownership.md.
 */
#ifndef TSMC_SITUATION_H
#define TSMC_SITUATION_H

#include <stdbool.h>

#include "journal.h"

enum tsmc_owner {
	TSMC_OWNER_HERE,
	TSMC_OWNER_THERE,
	TSMC_OWNER_SOURCE_KNOWS,
};

enum tsmc_next {
	TSMC_NEXT_NOTHING,
	TSMC_NEXT_RECOVER,		/* tsmc-agent recover, here */
	TSMC_NEXT_RECOVER_THERE,	/* the same at the source */
	TSMC_NEXT_ABORT_LOST,		/* tsmc-agent abort --lost, here */
};

/**
 * struct tsmc_situation - a record in an operator's words
 * @what: how it stands with the guest; completes "web1: "
 * @owner: whose the guest is
 * @next: what the operator has to do
 * @why: what that brings, or why it is nothing
 * @interrupted: it does not go on unless somebody does something
 */
struct tsmc_situation {
	const char *what;
	enum tsmc_owner owner;
	enum tsmc_next next;
	const char *why;
	bool interrupted;
};

/* Pure. @alive: the agent that the record names is at work. */
struct tsmc_situation tsmc_situation_of(enum tsmc_phase phase, bool alive);

#endif /* TSMC_SITUATION_H */
