/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source's side of a migration, from the checks to the end.
 */
#ifndef TSMC_SOURCE_H
#define TSMC_SOURCE_H

#include "agent.h"
#include "report.h"

/*
 * Moves the domain to the host. Returns an enum tsmc_exit; the report is valid when it is
 * TSMC_EXIT_OK. Until the hand-over any failure leaves the guest running here.
 */
int tsmc_source_migrate(struct tsmc_agent *agent, const char *domain, const char *host,
			struct tsmc_report *report);

#endif /* TSMC_SOURCE_H */
