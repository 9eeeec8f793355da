/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How soon each page will be needed, from how often it was touched of late.
 */
#ifndef TSMC_HEAT_H
#define TSMC_HEAT_H

#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/shrinker.h>
#include <linux/types.h>

#include "app_advice.h"
#include "hint_table.h"

/**
 * struct tsmc_heat_settings - what a user may choose
 * @interval_ms: from sample to sample while a migration is near; more if the
 *	budget asks for it
 * @background_ms: the same at other times; 0: asleep
 * @budget_permille: of one CPU's time, for samples in all
 */
struct tsmc_heat_settings {
	u32 interval_ms;
	u32 background_ms;
	u32 budget_permille;
};

/**
 * struct tsmc_heat_stats - what was done so far
 * @samples: taken
 * @sample_ns: processor time they took
 * @sample_pages: pages that the newest saw touched
 * @interval_now_ms: to the next one; 0: asleep
 * @put_back: accessed bits that were given back
 * @yields: times that reclaim wanted them
 */
struct tsmc_heat_stats {
	u64 samples;
	u64 sample_ns;
	u64 sample_pages;
	u32 interval_now_ms;
	u64 put_back;
	u64 yields;
};

/**
 * struct tsmc_heat - the tracker; its state is the heat in the table
 * @table: where heat is kept
 * @advice: what applications say, which overrides what is seen
 * @seen: a bit per pfn, touched since the sample before
 * @written: a bit per pfn, and its entry says that it was written
 * @owed: a bit per pfn: its accessed bit was taken and not given back yet
 * @lock: held while a sample is taken and while settings or stats are read
 *	or changed
 * @settings: as last set
 * @stats: as counted
 * @idle_steps: how often the interval was doubled because nothing changed
 * @near: a migration is near
 * @taking: accessed bits were taken, so the next sample means something
 * @stop: ends a sample early
 * @reclaim: jiffies when reclaim last ran, 0: never
 * @shrinker: hears of reclaim
 * @worker: the thread that takes samples
 * @work: takes the next one
 */
struct tsmc_heat {
	struct tsmc_hint_table *table;
	struct tsmc_app_advice advice;
	unsigned long *seen;
	unsigned long *written;
	unsigned long *owed;
	struct mutex lock;
	struct tsmc_heat_settings settings;
	struct tsmc_heat_stats stats;
	unsigned int idle_steps;
	bool near;
	bool taking;
	bool stop;
	unsigned long reclaim;
	struct shrinker shrinker;
	struct kthread_worker *worker;
	struct kthread_delayed_work work;
};

int tsmc_heat_init(struct tsmc_heat *heat, struct tsmc_hint_table *table);
void tsmc_heat_exit(struct tsmc_heat *heat);
void tsmc_heat_near(struct tsmc_heat *heat, bool near);
void tsmc_heat_freeze(struct tsmc_heat *heat);
void tsmc_heat_thaw(struct tsmc_heat *heat);
int tsmc_heat_set(struct tsmc_heat *heat,
		  const struct tsmc_heat_settings *settings);
void tsmc_heat_get(struct tsmc_heat *heat, struct tsmc_heat_settings *settings,
		   struct tsmc_heat_stats *stats);

#endif /* TSMC_HEAT_H */
