// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's part in a migration.
 *
 *   idle --prepare--> prepared --suspend--> settled --resume--> prepared
 *                        ^  `--prepare (a new scan)                |
 *                        `----------------------------- finish --> idle
 *
 * While prepared, the module holds a reference on itself, the guard is
 * armed, and the table is brought up to date now and then so that little is
 * left to write at the end of suspend. In a new domain it stays prepared until
 * Dom0 says that no page is missing any more.
 */
#define pr_fmt(fmt) "tsmc: " fmt

#include <linux/bitops.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <asm/tsc.h>
#include <xen/interface/xen.h>
#include <xen/interface/vcpu.h>

#include "address_spaces.h"
#include "classify.h"
#include "migration.h"
#include "netlink.h"
#include "user_mappings.h"

/* Pause between scans: at least this, and so many times what one took: 1 %. */
#define SCAN_PAUSE_MIN	HZ
#define SCAN_PAUSE_LOAD	100

static void header_set_state(struct tsmc_hint_header *header,
			     enum tsmc_hint_state state)
{
	WRITE_ONCE(header->state, state);
}

static void queue_scan(struct tsmc_migration *migration, unsigned long delay)
{
	queue_delayed_work(system_unbound_wq, &migration->scan_work, delay);
}

/*
 * Describes all pages of the running guest; returns whether it got through.
 * Without memory for the executable ones these are left to the settling.
 */
static bool scan_pages(struct tsmc_migration *migration)
{
	struct tsmc_hint_table *table = &migration->table;
	unsigned long *exec;
	bool done;

	exec = kvcalloc(BITS_TO_LONGS(table->nr_pfns), sizeof(*exec),
			GFP_KERNEL | __GFP_NOWARN);
	if (exec)
		tsmc_user_mappings_scan(exec, table->nr_pfns,
					&migration->stop);
	done = tsmc_classify_scan(table, exec, READ_ONCE(migration->cache),
				  &migration->stop);
	kvfree(exec);
	return done;
}

static void scan(struct work_struct *work)
{
	struct tsmc_migration *migration =
		container_of(to_delayed_work(work), struct tsmc_migration,
			     scan_work);
	struct tsmc_hint_table *table = &migration->table;
	struct tsmc_hint_header *header = table->header;
	unsigned long began = jiffies, flags, pause;
	u64 request;

	mutex_lock(&migration->lock);
	request = migration->request;
	mutex_unlock(&migration->lock);

	if (!scan_pages(migration))
		return;

	mutex_lock(&migration->lock);
	flags = tsmc_hint_header_begin(table);
	WRITE_ONCE(header->generation, header->generation + 1);
	WRITE_ONCE(header->guard_touches,
		   atomic64_read(&migration->guard.grant_touches));
	if (request && request == migration->request)
		WRITE_ONCE(header->prepared, request);
	tsmc_hint_header_end(table, flags);
	if (migration->request && !READ_ONCE(migration->stop)) {
		pause = SCAN_PAUSE_LOAD * (jiffies - began);
		queue_scan(migration, max_t(unsigned long, pause,
					    SCAN_PAUSE_MIN));
	}
	mutex_unlock(&migration->lock);
}

static void publish(struct work_struct *work)
{
	struct tsmc_migration *migration =
		container_of(work, struct tsmc_migration, publish_work);

	tsmc_share_publish(tsmc_hint_table_gfn(&migration->table));
	mutex_lock(&migration->lock);
	/* Dom0 takes its word back before it says that the migration is over. */
	WRITE_ONCE(migration->guard.incomplete,
		   migration->request && tsmc_share_missing());
	mutex_unlock(&migration->lock);
}

static void prepare(struct tsmc_share *share, u64 number, bool cache)
{
	struct tsmc_migration *migration =
		container_of(share, struct tsmc_migration, share);
	struct tsmc_hint_table *table = &migration->table;
	bool first = !migration->request;
	unsigned long flags;

	if (number == migration->request)
		return;
	/* Nobody has said that the one before is over. */
	tsmc_drop_release(&migration->drop);
	if (first) {
		if (!try_module_get(THIS_MODULE))
			return;
		if (tsmc_guard_arm(&migration->guard)) {
			module_put(THIS_MODULE);
			return;
		}
	}

	mutex_lock(&migration->lock);
	migration->request = number;
	WRITE_ONCE(migration->cache, cache);
	flags = tsmc_hint_header_begin(table);
	WRITE_ONCE(table->header->prepared, 0);
	header_set_state(table->header, TSMC_HINT_PREPARED);
	tsmc_hint_header_end(table, flags);
	mutex_unlock(&migration->lock);
	mod_delayed_work(system_unbound_wq, &migration->scan_work, 0);
	tsmc_heat_near(&migration->heat, true);
	tsmc_netlink_event(TSMC_EVENT_ANNOUNCED, migration->request);
}

static void finish(struct tsmc_share *share)
{
	struct tsmc_migration *migration =
		container_of(share, struct tsmc_migration, share);
	struct tsmc_hint_table *table = &migration->table;
	u64 number = migration->request;
	unsigned long flags;

	if (!number)
		return;
	tsmc_guard_disarm(&migration->guard);

	mutex_lock(&migration->lock);
	migration->request = 0;
	WRITE_ONCE(migration->guard.incomplete, false);
	flags = tsmc_hint_header_begin(table);
	header_set_state(table->header, TSMC_HINT_IDLE);
	WRITE_ONCE(table->header->prepared, 0);
	WRITE_ONCE(table->header->guard_touches,
		   atomic64_read(&migration->guard.grant_touches));
	tsmc_hint_header_end(table, flags);
	mutex_unlock(&migration->lock);
	cancel_delayed_work(&migration->scan_work);
	tsmc_drop_release(&migration->drop);
	tsmc_heat_near(&migration->heat, false);
	tsmc_netlink_event(TSMC_EVENT_COMPLETE, number);
	module_put(THIS_MODULE);
}

static void drop(struct tsmc_share *share)
{
	struct tsmc_migration *migration =
		container_of(share, struct tsmc_migration, share);

	if (migration->request)
		tsmc_drop_asked(&migration->drop);
}

static const struct tsmc_share_ops share_ops = {
	.prepare = prepare,
	.finish = finish,
	.drop = drop,
};

/**
 * tsmc_migration_freeze - the guest is about to suspend
 * @migration: the module's state
 *
 * Context: may sleep. User tasks are frozen, but time still counts.
 */
void tsmc_migration_freeze(struct tsmc_migration *migration)
{
	WRITE_ONCE(migration->stop, true);
	cancel_delayed_work_sync(&migration->scan_work);
	tsmc_drop_stop(&migration->drop);
	tsmc_heat_freeze(&migration->heat);
	tsmc_netlink_event(TSMC_EVENT_SUSPENDING, migration->request);
}

/*
 * The last thing that allocates memory before the guest stops is Xen's
 * accounting of stolen time, after us. A free page that it took then would be
 * reported free though it is in use. So we allocate the same before we look,
 * and give it back when done: what it gets is what we had.
 */
static void *take_next_allocation(void)
{
	return kmalloc_array(num_possible_cpus(),
			     sizeof(struct vcpu_runstate_info),
			     GFP_ATOMIC | __GFP_NOWARN);
}

/**
 * tsmc_migration_settle - make the table exact, if a migration is announced
 * @migration: the module's state
 *
 * Context: syscore suspend: one CPU, interrupts off, all others stopped.
 */
void tsmc_migration_settle(struct tsmc_migration *migration)
{
	struct tsmc_hint_table *table = &migration->table;
	u64 began = rdtsc_ordered(), cycles;
	unsigned int spaces;
	unsigned long flags;
	void *next;

	if (!migration->request)
		return;
	next = take_next_allocation();
	tsmc_classify_settle(table, migration->cache);
	tsmc_user_mappings_settle(table);
	spaces = tsmc_address_spaces_settle(table);
	kfree(next);

	cycles = rdtsc_ordered() - began;
	flags = tsmc_hint_header_begin(table);
	header_set_state(table->header, TSMC_HINT_SETTLED);
	WRITE_ONCE(table->header->nr_spaces, spaces);
	WRITE_ONCE(table->header->settle_ns,
		   tsc_khz ? mul_u64_u32_div(cycles, 1000000, tsc_khz) : 0);
	tsmc_hint_header_end(table, flags);
}

/**
 * tsmc_migration_unsettle - the guest runs again, here or elsewhere
 * @migration: the module's state
 *
 * Context: syscore resume: one CPU, interrupts off, all others stopped.
 */
void tsmc_migration_unsettle(struct tsmc_migration *migration)
{
	struct tsmc_hint_table *table = &migration->table;
	unsigned long flags;

	if (!migration->request)
		return;
	flags = tsmc_hint_header_begin(table);
	header_set_state(table->header, TSMC_HINT_PREPARED);
	tsmc_hint_header_end(table, flags);
}

/**
 * tsmc_migration_thaw - the suspend was cancelled, or is over
 * @migration: the module's state
 */
void tsmc_migration_thaw(struct tsmc_migration *migration)
{
	WRITE_ONCE(migration->stop, false);
	if (migration->request)
		queue_scan(migration, SCAN_PAUSE_MIN);
	tsmc_heat_thaw(&migration->heat);
	tsmc_netlink_event(TSMC_EVENT_RESUMED, migration->request);
}

/**
 * tsmc_migration_restore - the guest runs in a new domain
 * @migration: the module's state
 *
 * User tasks are still frozen, so xenstore is not waited for here. Until it has told
 * whether pages are missing, they may be.
 */
void tsmc_migration_restore(struct tsmc_migration *migration)
{
	struct tsmc_hint_table *table = &migration->table;
	unsigned long flags;

	flags = tsmc_hint_header_begin(table);
	WRITE_ONCE(table->header->epoch, table->header->epoch + 1);
	tsmc_hint_header_end(table, flags);
	WRITE_ONCE(migration->guard.incomplete, migration->request);
	schedule_work(&migration->publish_work);
	tsmc_migration_thaw(migration);
}

/**
 * tsmc_migration_init - publish a table and be ready for a migration
 * @migration: to set up; all zero
 *
 * Return: 0 or a negative error, after a message that says what is missing.
 */
int tsmc_migration_init(struct tsmc_migration *migration)
{
	u64 features = TSMC_HINT_F_GUARD | TSMC_HINT_F_HEAT |
		       TSMC_HINT_F_SPACES | TSMC_HINT_F_CACHE |
		       TSMC_HINT_F_DROP;
	int ret;

	mutex_init(&migration->lock);
	INIT_DELAYED_WORK(&migration->scan_work, scan);
	INIT_WORK(&migration->publish_work, publish);

	if (tsmc_classify_free_known())
		features |= TSMC_HINT_F_FREE;
	ret = tsmc_hint_table_create(&migration->table,
				     tsmc_classify_nr_pfns(), features);
	if (ret)
		return ret;
	ret = tsmc_drop_init(&migration->drop);
	if (ret)
		goto free_table;
	migration->table.header->drop_gfn = tsmc_drop_gfn(&migration->drop);
	ret = tsmc_guard_init(&migration->guard);
	if (ret)
		goto free_drop;
	ret = tsmc_heat_init(&migration->heat, &migration->table);
	if (ret)
		goto free_guard;
	ret = tsmc_netlink_init(&(struct tsmc_netlink){
		.table = &migration->table,
		.guard = &migration->guard,
		.heat = &migration->heat,
		.request = &migration->request,
	});
	if (ret)
		goto free_heat;
	ret = tsmc_share_start(&migration->share, &share_ops,
			       tsmc_hint_table_gfn(&migration->table));
	if (ret)
		goto free_netlink;
	queue_scan(migration, 0);
	return 0;

free_netlink:
	tsmc_netlink_exit();
free_heat:
	tsmc_heat_exit(&migration->heat);
free_guard:
	tsmc_guard_exit(&migration->guard);
free_drop:
	tsmc_drop_exit(&migration->drop);
free_table:
	tsmc_hint_table_destroy(&migration->table);
	return ret;
}

/**
 * tsmc_migration_exit - undo tsmc_migration_init()
 * @migration: the module's state; no migration is announced
 */
void tsmc_migration_exit(struct tsmc_migration *migration)
{
	tsmc_share_stop(&migration->share);
	WRITE_ONCE(migration->stop, true);
	cancel_delayed_work_sync(&migration->scan_work);
	cancel_work_sync(&migration->publish_work);
	tsmc_netlink_exit();
	tsmc_heat_exit(&migration->heat);
	tsmc_guard_exit(&migration->guard);
	tsmc_drop_exit(&migration->drop);
	tsmc_hint_table_destroy(&migration->table);
}
