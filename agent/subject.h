/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The domain that is to be moved: found, checked, described to the target.
 */
#ifndef TSMC_SUBJECT_H
#define TSMC_SUBJECT_H

#include "agent.h"
#include "layout.h"
#include "transport.h"

/**
 * struct tsmc_subject - a running domain that can be moved
 * @domid: its number here
 * @name: its name
 * @json: its configuration
 * @disks_direct: its disks have all that it has written
 * @tot_pages: memory it owned when it was found
 * @layout: where that is; the caller finds out
 * @claim: keeps other agents of this host away from it
 * @claimed: @claim is held
 */
struct tsmc_subject {
	uint32_t domid;
	char *name;
	char *json;
	bool disks_direct;
	uint64_t tot_pages;
	struct tsmc_layout layout;
	int claim;
	bool claimed;
};

/* Finds and claims it, by name or number; refuses, with the reason in the log, what cannot be moved. */
int tsmc_subject_find(struct tsmc_agent *agent, const char *domain, struct tsmc_subject *subject);
/* Whether a domain of that kind and state can be moved; if not, why completes "web1 cannot be migrated: ". */
int tsmc_subject_movable(struct tsmc_agent *agent, const char *json, const struct tsmc_domain_info *info,
			 char *why, size_t why_len);
/* Sends CONFIG, PLATFORM and LAYOUT: all that the target needs to build it. */
int tsmc_subject_describe(struct tsmc_agent *agent, struct tsmc_channel *bulk,
			  struct tsmc_subject *subject);
void tsmc_subject_destroy(struct tsmc_subject *subject);

#endif /* TSMC_SUBJECT_H */
