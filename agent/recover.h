/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source calls the target again, about a migration that both have begun.
 */
#ifndef TSMC_RECOVER_H
#define TSMC_RECOVER_H

#include "agent.h"
#include "journal.h"
#include "report.h"

/*
 * The guest is the target's: serves what is missing there, however often the link breaks, then
 * removes the copy here. TSMC_EXIT_OK, or TSMC_EXIT_AWAY when the operator stops it or the
 * target knows nothing of the guest.
 */
enum tsmc_exit tsmc_recover_given(struct tsmc_agent *agent, struct tsmc_journal *journal,
				  struct tsmc_report *report);
/* The guest is ours: has the target remove what it has of it. TSMC_EXIT_FAILED, as before. */
enum tsmc_exit tsmc_recover_withdrawn(struct tsmc_agent *agent, struct tsmc_journal *journal);

#endif /* TSMC_RECOVER_H */
