/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at a running domain as a migration would, and sends nothing.
 */
#ifndef TSMC_DOMAIN_WATCH_H
#define TSMC_DOMAIN_WATCH_H

#include "agent.h"
#include "estimate.h"

/* Seconds that a watch may take. */
#define TSMC_WATCH_MIN_S	2u
#define TSMC_WATCH_MAX_S	600u

/**
 * struct tsmc_domain_watch - zeroed, or the result of a watch
 * @name: of the domain
 * @why: why only precopy is possible; empty when all is
 * @seen: the result; its looks are @looks
 * @looks: malloc'ed
 */
struct tsmc_domain_watch {
	char *name;
	char why[256];
	struct tsmc_observations seen;
	struct tsmc_look *looks;
};

/* Watches for so long; the domain is as before afterwards, also after an error or an interrupt. */
int tsmc_domain_watch(struct tsmc_agent *agent, const char *domain, double seconds,
		      struct tsmc_domain_watch *watch);
void tsmc_domain_watch_destroy(struct tsmc_domain_watch *watch);

#endif /* TSMC_DOMAIN_WATCH_H */
