/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's part in a migration, from announcement to end.
 */
#ifndef TSMC_MIGRATION_H
#define TSMC_MIGRATION_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "drop.h"
#include "guard.h"
#include "heat.h"
#include "hint_table.h"
#include "share.h"

/**
 * struct tsmc_migration - everything the module knows
 * @table: what Dom0 reads
 * @guard: armed while a migration is announced
 * @heat: the tracker
 * @drop: page cache that Dom0 wants to be given up
 * @share: what Dom0 asks through
 * @lock: serialises requests with the end of a scan
 * @request: number of the migration announced, or 0
 * @cache: who announced it knows TSMC_CLASS_CACHE
 * @stop: ends a running scan, and keeps the next from being queued
 * @scan_work: describes all pages
 * @publish_work: repeats in a new domain what is lost with the old one
 */
struct tsmc_migration {
	struct tsmc_hint_table table;
	struct tsmc_guard guard;
	struct tsmc_heat heat;
	struct tsmc_drop drop;
	struct tsmc_share share;
	struct mutex lock;
	u64 request;
	bool cache;
	bool stop;
	struct delayed_work scan_work;
	struct work_struct publish_work;
};

int tsmc_migration_init(struct tsmc_migration *migration);
void tsmc_migration_exit(struct tsmc_migration *migration);
void tsmc_migration_freeze(struct tsmc_migration *migration);
void tsmc_migration_settle(struct tsmc_migration *migration);
void tsmc_migration_unsettle(struct tsmc_migration *migration);
void tsmc_migration_thaw(struct tsmc_migration *migration);
void tsmc_migration_restore(struct tsmc_migration *migration);

#endif /* TSMC_MIGRATION_H */
