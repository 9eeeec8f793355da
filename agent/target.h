/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target's side of a migration.
 */
#ifndef TSMC_TARGET_H
#define TSMC_TARGET_H

#include "agent.h"
#include "session.h"

/* Receives one guest. Returns an enum tsmc_exit; before the hand-over any failure removes what was built. */
int tsmc_target_receive(struct tsmc_agent *agent, struct tsmc_session *session);

#endif /* TSMC_TARGET_H */
