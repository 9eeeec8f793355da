// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of address spaces in the hint table.
 *
 * Dom0 finds out from a process's page tables which pages are neighbours
 * there: that costs the guest nothing but naming their root. What only the guest
 * knows is which process is likely to run next: the scheduler's own moving
 * average of each thread's load says which ones ran of late.
 */
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <xen/page.h>

#include "address_spaces.h"
#include "hint_table.h"
#include "processes.h"

#define WEIGHT_MAX	1000U

/* Share of one CPU that all threads of a process had of late, per mille. */
static unsigned int weight_of(struct task_struct *process)
{
	struct task_struct *thread;
	unsigned long load = 0;

	for_each_thread(process, thread)
		load += READ_ONCE(thread->se.avg.util_avg);
	return min_t(unsigned long, WEIGHT_MAX,
		     mult_frac(load, WEIGHT_MAX, SCHED_CAPACITY_SCALE));
}

static unsigned int lightest(const struct tsmc_hint_space *spaces)
{
	unsigned int least = 0, i;

	for (i = 1; i < TSMC_HINT_SPACES_MAX; i++)
		if (spaces[i].weight < spaces[least].weight)
			least = i;
	return least;
}

/**
 * tsmc_address_spaces_settle - list the processes' page tables
 * @table: its page of address spaces is filled in
 *
 * Of more processes than there is room for, those that ran most are listed.
 *
 * Context: one CPU runs this with interrupts off, all others are stopped.
 * Return: how many are listed.
 */
unsigned int tsmc_address_spaces_settle(struct tsmc_hint_table *table)
{
	struct tsmc_hint_space *spaces = table->spaces;
	struct task_struct *process, *thread;
	unsigned int nr = 0, at, weight;

	rcu_read_lock();
	for_each_process(process) {
		thread = tsmc_thread_with_mm(process);
		if (!thread)
			continue;
		weight = weight_of(process);
		at = nr;
		if (nr == TSMC_HINT_SPACES_MAX) {
			at = lightest(spaces);
			if (weight <= spaces[at].weight)
				continue;
		} else {
			nr++;
		}
		spaces[at] = (struct tsmc_hint_space){
			.root_gfn = xen_page_to_gfn(virt_to_page(thread->mm->pgd)),
			.weight = weight,
			.levels = pgtable_l5_enabled() ? 5 : 4,
		};
	}
	rcu_read_unlock();
	return nr;
}
