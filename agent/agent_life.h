/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TSMC_AGENT_LIFE_H
#define TSMC_AGENT_LIFE_H

#include <stdbool.h>

#include "journal.h"

/* Whether the agent, or the guardian, that a record names is at work. */
bool tsmc_agent_lives(const struct tsmc_journal *journal);

#endif /* TSMC_AGENT_LIFE_H */
