/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to become of a domain that has shut down. Pure, but for libxl's types.
 */
#ifndef TSMC_DEATH_ACTION_H
#define TSMC_DEATH_ACTION_H

#include <stdbool.h>

#include <libxl.h>

/**
 * struct tsmc_death - a domain has shut down
 * @config: its configuration
 * @reason: SHUTDOWN_*, but for "suspend"
 * @action: filled in: what is to be done, after @dump
 * @dump: filled in: its memory is to be kept in a file
 */
struct tsmc_death {
	const libxl_domain_config *config;
	unsigned int reason;
	libxl_action_on_shutdown action;
	bool dump;
};

/* Decides by configuration and reason. */
void tsmc_death_decide(struct tsmc_death *death);

#endif /* TSMC_DEATH_ACTION_H */
