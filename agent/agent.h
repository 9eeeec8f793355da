/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verbs share: the handles, the options and the exit statuses.
 */
#ifndef TSMC_AGENT_H
#define TSMC_AGENT_H

#include <stdbool.h>

#include "codec_choice.h"
#include "ending.h"
#include "mode.h"
#include "push_order.h"
#include "route.h"
#include "xen_glue.h"

/* Bounds of the options. */
#define TSMC_PREPULL_MAX	255u
#define TSMC_PUSH_BATCH_MAX	256u
#define TSMC_PUSH_INTERVAL_MAX	5000u	/* ms; well below the silence of a lost link */
#define TSMC_MAX_DOWNTIME_MAX	3600000u	/* ms */
#define TSMC_BWLIMIT_MAX	1000000u	/* MiB/s */

/**
 * struct tsmc_options - how a migration is done
 * @mode: what crosses before the suspend
 * @verify: fill all holes before the unpause and compare every page
 * @json: file that the report is also written to, as JSON; NULL: none
 * @events: file that gets events while it goes on; NULL: none
 * @route: how the other host is reached
 * @prepull: neighbours fetched along with a demanded page
 * @push_batch: pages of one active push, 1 .. TSMC_PUSH_BATCH_MAX
 * @push_interval_ms: pause between two active pushes
 * @order: which page is pushed first
 * @max_downtime_ms: the guest may stand still for so long; 0: as short as is worth it
 * @bwlimit_mib: most that is sent while the guest runs, MiB/s; 0: no limit
 * @compress: how the content of pages is packed
 */
struct tsmc_options {
	enum tsmc_mode mode;
	bool verify;
	const char *json;
	const char *events;
	struct tsmc_route route;
	unsigned int prepull;
	unsigned int push_batch;
	unsigned int push_interval_ms;
	enum tsmc_order order;
	unsigned int max_downtime_ms;
	unsigned int bwlimit_mib;
	enum tsmc_compress compress;
};

/* Without any on the command line. */
#define tsmc_options_default \
	((struct tsmc_options){ .prepull = 8, .push_batch = 64 })

struct tsmc_progress;

/**
 * struct tsmc_agent - one run of the agent
 * @xen: handles to Xen
 * @log: where messages go
 * @options: as given on the command line
 * @ending: of the migration that this run brought to an end, if it did
 * @quiet: only warnings and errors are shown
 * @progress: for who looks on; NULL: nobody does
 */
struct tsmc_agent {
	struct tsmc_xen *xen;
	struct tsmc_log log;
	struct tsmc_options options;
	struct tsmc_ending ending;
	bool quiet;
	struct tsmc_progress *progress;
};

/* Exit statuses. */
enum tsmc_exit {
	TSMC_EXIT_OK		= 0,	/* the guest runs at the target, the source is gone */
	TSMC_EXIT_FAILED	= 1,	/* nothing changed: the guest runs where it was */
	TSMC_EXIT_USAGE		= 2,
	TSMC_EXIT_AWAY		= 3,	/* handed over, but not completed: see the messages */
};

/* The verbs: argc and argv from the verb on; return an exit status. */
int tsmc_cmd_migrate(struct tsmc_agent *agent, int argc, char **argv);
int tsmc_cmd_recover(struct tsmc_agent *agent, int argc, char **argv);
int tsmc_cmd_abort(struct tsmc_agent *agent, int argc, char **argv);
int tsmc_cmd_listen(struct tsmc_agent *agent, int argc, char **argv);
int tsmc_cmd_receive(struct tsmc_agent *agent, int argc, char **argv);
int tsmc_cmd_connect(struct tsmc_agent *agent, int argc, char **argv);
int tsmc_cmd_list(struct tsmc_agent *agent, int argc, char **argv);
int tsmc_cmd_status(struct tsmc_agent *agent, int argc, char **argv);
int tsmc_cmd_metrics(struct tsmc_agent *agent, int argc, char **argv);
int tsmc_cmd_hints(struct tsmc_agent *agent, int argc, char **argv);
int tsmc_cmd_estimate(struct tsmc_agent *agent, int argc, char **argv);
int tsmc_cmd_monitor(struct tsmc_agent *agent, int argc, char **argv);
int tsmc_cmd_report(struct tsmc_agent *agent, int argc, char **argv);

#endif /* TSMC_AGENT_H */
