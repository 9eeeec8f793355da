/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tsmcctl can do.
 */
#ifndef TSMC_VERBS_H
#define TSMC_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "args.h"
#include "list.h"
#include "netlink.h"

/**
 * struct tsmc_verb - one of the things to do
 * @name: as typed
 * @words: that follow it, for a summary of its use
 * @summary: what it does, in one line
 * @help: what else there is to know
 * @options: TSMC_OPT_* that it has
 * @least: operands that it needs
 * @most: operands that it takes
 * @check: looks at the operands before anything is done, NULL if they need no
 *	look; on false @why says what is wrong
 * @run: does it; 0 or a negative errno, for tsmc_netlink_complain()
 */
struct tsmc_verb {
	const char *name;
	const char *words;
	const char *summary;
	const char *help;
	unsigned int options;
	unsigned int least;
	unsigned int most;
	bool (*check)(const struct tsmc_args *args, char *why, size_t size);
	int (*run)(struct tsmc_netlink *netlink, const struct tsmc_args *args);
};

extern const struct tsmc_verb tsmc_verb_status;
extern const struct tsmc_verb tsmc_verb_hot;
extern const struct tsmc_verb tsmc_verb_classes;
extern const struct tsmc_verb tsmc_verb_processes;
extern const struct tsmc_verb tsmc_verb_mappings;
extern const struct tsmc_verb tsmc_verb_set;
extern const struct tsmc_verb tsmc_verb_hint;
extern const struct tsmc_verb tsmc_verb_monitor;

/* A page is hot from this heat on. */
#define TSMC_HOT_LEAST	8

struct tsmc_status;

const struct tsmc_verb *tsmc_verb_find(const char *name);
void tsmc_verb_list(FILE *out);
bool tsmc_verb_check(const struct tsmc_verb *verb, const struct tsmc_args *args, char *why,
		     size_t size);
int tsmc_get_status(struct tsmc_netlink *netlink, struct tsmc_status *status);
int tsmc_get_processes(struct tsmc_netlink *netlink, struct tsmc_list *processes);
struct nl_msg *tsmc_hot_request(struct tsmc_netlink *netlink, const struct tsmc_args *args);
int tsmc_watch(struct tsmc_netlink *netlink, const struct tsmc_args *args);

#endif /* TSMC_VERBS_H */
