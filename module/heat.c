// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tracker: when a sample is taken, and what it changes.
 *
 * Asleep by default. From the announcement of a migration on it takes the
 * accessed bits of all processes, again and again, and lets the pages that
 * had theirs set rise in heat and all others fall. In the background, if it
 * is told to, it takes them twice, an interval apart, and gives them back
 * at once: at any other time reclaim finds them as they would be without us.
 *
 * A sample may take its share of one CPU's time and no more: the next one is
 * put off until that is so. The thread's own accounted time is what counts.
 */
#define pr_fmt(fmt) "tsmc: " fmt

#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/vmalloc.h>

#include "heat.h"
#include "heat_step.h"
#include "heat_walk.h"
#include "processes.h"

static const struct tsmc_heat_settings defaults = {
	.interval_ms = 250,
	.background_ms = 0,
	.budget_permille = 10,
};

/* How long reclaim is left alone after it last ran. */
#define RECLAIM_PAUSE	(2 * HZ)
/* The interval is doubled at most so often while nothing changes. */
#define IDLE_STEPS_MAX	3

/* A word of table bytes none of which has heat. */
#define HEAT_WORD	0xf0f0f0f0f0f0f0f0ULL

static struct tsmc_heat_walk walk_of(struct tsmc_heat *heat)
{
	return (struct tsmc_heat_walk){
		.nr_pfns = heat->table->nr_pfns,
		.seen = heat->seen,
		.written = heat->written,
		.owed = heat->owed,
	};
}

/* Returns whether the heat of the page changed. */
static bool step(struct tsmc_heat *heat, unsigned long pfn)
{
	u8 byte = heat->table->bytes[pfn];
	unsigned int class = TSMC_HINT_CLASS(byte), old = TSMC_HINT_HEAT(byte);
	unsigned int new;

	if (!tsmc_class_has_heat(class))
		return false;
	new = tsmc_heat_step(old, test_bit(pfn, heat->seen),
			     test_bit(pfn, heat->written));
	if (new == old)
		return false;
	tsmc_hint_put(heat->table, pfn, 1, TSMC_HINT_BYTE(class, new));
	return true;
}

/* Returns how many pages changed their heat. */
static unsigned long step_all(struct tsmc_heat *heat)
{
	struct tsmc_hint_table *table = heat->table;
	unsigned long pfn = 0, changed = 0;
	const u64 *word;

	mutex_lock(&table->bytes_lock);
	while (pfn < table->nr_pfns) {
		word = (const u64 *)(table->bytes + pfn);
		if (pfn % 8 == 0 && pfn + 8 <= table->nr_pfns &&
		    !(*word & HEAT_WORD)) {
			pfn += 8;
			continue;
		}
		changed += step(heat, pfn++);
		if (pfn % PAGE_SIZE == 0)
			cond_resched();
	}
	tsmc_app_advice_apply(&heat->advice, table, &heat->stop);
	mutex_unlock(&table->bytes_lock);
	return changed;
}

/* Returns false if it was stopped: what is missing then is no sign of cold. */
static bool take(struct tsmc_heat *heat)
{
	struct tsmc_heat_walk walk = walk_of(heat);
	bool through;

	bitmap_zero(heat->seen, walk.nr_pfns);
	bitmap_zero(heat->written, walk.nr_pfns);
	through = tsmc_visit_each_mm(tsmc_heat_walk_take, &walk, &heat->stop);
	tsmc_heat_walk_flush();
	heat->taking = true;
	return through;
}

static void give_back(struct tsmc_heat *heat)
{
	struct tsmc_heat_walk walk = walk_of(heat);
	static const bool never;

	if (!heat->taking)
		return;
	tsmc_visit_each_mm(tsmc_heat_walk_give, &walk, &never);
	bitmap_zero(heat->owed, walk.nr_pfns);
	heat->stats.put_back += walk.given;
	heat->taking = false;
}

static void count_sample(struct tsmc_heat *heat)
{
	unsigned long changed = step_all(heat);

	heat->stats.samples++;
	heat->stats.sample_pages = bitmap_weight(heat->seen,
						 heat->table->nr_pfns);
	heat->idle_steps = changed ? 0 : min(heat->idle_steps + 1,
					     (unsigned int)IDLE_STEPS_MAX);
}

/* The thread's time is accounted at ticks: what is late counts next time. */
static u64 account(struct tsmc_heat *heat)
{
	u64 now = heat->worker->task->se.sum_exec_runtime;
	u64 spent = now - heat->stats.sample_ns;

	heat->stats.sample_ns = now;
	return spent;
}

static void queue_next(struct tsmc_heat *heat, u32 ms, u64 spent_ns)
{
	u64 by_budget = div_u64(spent_ns, 1000 * heat->settings.budget_permille);

	ms = max_t(u64, ms, min_t(u64, by_budget, 3600 * MSEC_PER_SEC));
	heat->stats.interval_now_ms = ms;
	if (!READ_ONCE(heat->stop))
		kthread_mod_delayed_work(heat->worker, &heat->work,
					 msecs_to_jiffies(ms));
}

static bool reclaim_runs(const struct tsmc_heat *heat)
{
	unsigned long last = READ_ONCE(heat->reclaim);

	return last && time_before(jiffies, last + RECLAIM_PAUSE);
}

static void sample(struct tsmc_heat *heat)
{
	const struct tsmc_heat_settings *settings = &heat->settings;
	bool near = READ_ONCE(heat->near), began = heat->taking;

	if (reclaim_runs(heat)) {
		heat->stats.yields += heat->taking;
		give_back(heat);
		queue_next(heat, jiffies_to_msecs(RECLAIM_PAUSE), 0);
		return;
	}
	if (!near && !settings->background_ms) {
		give_back(heat);
		heat->stats.interval_now_ms = 0;
		return;
	}
	if (take(heat) && began)
		count_sample(heat);
	if (!near && began) {
		give_back(heat);
		queue_next(heat, settings->background_ms, account(heat));
	} else {
		queue_next(heat, settings->interval_ms << heat->idle_steps,
			   account(heat));
	}
}

static void work(struct kthread_work *work)
{
	struct tsmc_heat *heat =
		container_of(work, struct tsmc_heat, work.work);

	mutex_lock(&heat->lock);
	if (!READ_ONCE(heat->stop))
		sample(heat);
	mutex_unlock(&heat->lock);
}

static void wake(struct tsmc_heat *heat)
{
	if (!READ_ONCE(heat->stop))
		kthread_mod_delayed_work(heat->worker, &heat->work, 0);
}

/* Reclaim looks for something to shrink before it judges pages by their age. */
static unsigned long reclaim_begins(struct shrinker *shrinker,
				    struct shrink_control *control)
{
	struct tsmc_heat *heat = container_of(shrinker, struct tsmc_heat,
					      shrinker);
	bool running = reclaim_runs(heat);

	WRITE_ONCE(heat->reclaim, jiffies | 1);
	if (!running && READ_ONCE(heat->taking))
		wake(heat);
	return 0;
}

static unsigned long nothing_to_free(struct shrinker *shrinker,
				     struct shrink_control *control)
{
	return SHRINK_STOP;
}

/**
 * tsmc_heat_near - a migration is near, or no longer
 * @heat: the tracker
 * @near: which
 *
 * Context: any.
 */
void tsmc_heat_near(struct tsmc_heat *heat, bool near)
{
	WRITE_ONCE(heat->near, near);
	wake(heat);
}

/**
 * tsmc_heat_freeze - take no more samples; the guest is about to suspend
 * @heat: the tracker
 *
 * Context: may sleep. User tasks are frozen.
 */
void tsmc_heat_freeze(struct tsmc_heat *heat)
{
	WRITE_ONCE(heat->stop, true);
	kthread_cancel_delayed_work_sync(&heat->work);
}

/**
 * tsmc_heat_thaw - the guest runs again, here or elsewhere
 * @heat: the tracker
 */
void tsmc_heat_thaw(struct tsmc_heat *heat)
{
	WRITE_ONCE(heat->stop, false);
	wake(heat);
}

/**
 * tsmc_heat_set - change the settings
 * @heat: the tracker
 * @settings: all of them
 *
 * Context: may sleep.
 * Return: 0; -EINVAL when a value is out of its range, see tsmc_netlink.h.
 */
int tsmc_heat_set(struct tsmc_heat *heat,
		  const struct tsmc_heat_settings *settings)
{
	if (settings->interval_ms < 20 || settings->interval_ms > 60000 ||
	    (settings->background_ms && settings->background_ms < 1000) ||
	    settings->background_ms > 3600000 ||
	    !settings->budget_permille || settings->budget_permille > 500)
		return -EINVAL;
	mutex_lock(&heat->lock);
	heat->settings = *settings;
	heat->idle_steps = 0;
	mutex_unlock(&heat->lock);
	wake(heat);
	return 0;
}

/**
 * tsmc_heat_get - read settings and counters
 * @heat: the tracker
 * @settings: result
 * @stats: result
 *
 * Context: may sleep, for as long as a sample takes.
 */
void tsmc_heat_get(struct tsmc_heat *heat, struct tsmc_heat_settings *settings,
		   struct tsmc_heat_stats *stats)
{
	mutex_lock(&heat->lock);
	*settings = heat->settings;
	*stats = heat->stats;
	mutex_unlock(&heat->lock);
}

static unsigned long *bits_alloc(unsigned long nr)
{
	return vzalloc(BITS_TO_LONGS(nr) * sizeof(unsigned long));
}

static void bits_free(struct tsmc_heat *heat)
{
	vfree(heat->seen);
	vfree(heat->written);
	vfree(heat->owed);
}

/**
 * tsmc_heat_init - get ready to track; nothing is done before it is asked for
 * @heat: to set up; all zero
 * @table: where heat is kept
 *
 * Takes three bits of memory for each page of the guest.
 *
 * Return: 0 or a negative error.
 */
int tsmc_heat_init(struct tsmc_heat *heat, struct tsmc_hint_table *table)
{
	int ret = -ENOMEM;

	heat->table = table;
	heat->settings = defaults;
	mutex_init(&heat->lock);
	tsmc_app_advice_init(&heat->advice);
	kthread_init_delayed_work(&heat->work, work);

	heat->seen = bits_alloc(table->nr_pfns);
	heat->written = bits_alloc(table->nr_pfns);
	heat->owed = bits_alloc(table->nr_pfns);
	if (!heat->seen || !heat->written || !heat->owed)
		goto free_bits;
	heat->worker = kthread_create_worker(0, "tsmc_heat");
	if (IS_ERR(heat->worker)) {
		ret = PTR_ERR(heat->worker);
		goto free_bits;
	}
	heat->shrinker.count_objects = reclaim_begins;
	heat->shrinker.scan_objects = nothing_to_free;
	heat->shrinker.seeks = DEFAULT_SEEKS;
	ret = register_shrinker(&heat->shrinker, "tsmc");
	if (ret)
		goto destroy_worker;
	return 0;

destroy_worker:
	kthread_destroy_worker(heat->worker);
free_bits:
	pr_err("cannot track pages: error %d\n", ret);
	bits_free(heat);
	return ret;
}

/**
 * tsmc_heat_exit - undo tsmc_heat_init(), and all that was done to page tables
 * @heat: the tracker
 */
void tsmc_heat_exit(struct tsmc_heat *heat)
{
	unregister_shrinker(&heat->shrinker);
	tsmc_heat_freeze(heat);
	kthread_destroy_worker(heat->worker);
	give_back(heat);
	tsmc_app_advice_exit(&heat->advice);
	bits_free(heat);
}
