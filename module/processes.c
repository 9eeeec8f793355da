// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of tasks is protected by RCU alone for a module, under which nobody
 * may sleep: so threads are collected first, and visited afterwards.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "processes.h"

/**
 * tsmc_thread_with_mm - a thread of a process that still has its memory
 * @process: the process
 *
 * Context: RCU read lock held, or nothing else runs.
 * Return: NULL for a kernel thread and for a process that has exited.
 */
struct task_struct *tsmc_thread_with_mm(struct task_struct *process)
{
	struct task_struct *thread;

	if (process->flags & PF_KTHREAD)
		return NULL;
	for_each_thread(process, thread)
		if (READ_ONCE(thread->mm))
			return thread;
	return NULL;
}

/* Collects one thread per process, with a reference each. */
static unsigned int get_processes(struct task_struct ***threads)
{
	struct task_struct *process, *thread, **list;
	unsigned int max = 0, nr = 0;

	rcu_read_lock();
	for_each_process(process)
		max++;
	rcu_read_unlock();

	list = kvmalloc_array(max, sizeof(*list), GFP_KERNEL | __GFP_NOWARN);
	*threads = list;
	if (!list)
		return 0;

	rcu_read_lock();
	for_each_process(process) {
		if (nr == max)
			break;
		thread = tsmc_thread_with_mm(process);
		if (thread)
			list[nr++] = get_task_struct(thread);
	}
	rcu_read_unlock();
	return nr;
}

/**
 * tsmc_visit_each_mm - visit the memory of each process
 * @visit: called with a reference held; may sleep
 * @opaque: handed on
 * @stop: ends it early once true
 *
 * A process that is born meanwhile is left out.
 *
 * Context: process context, may sleep.
 * Return: whether it got through; false also when there is no memory for it.
 */
bool tsmc_visit_each_mm(void (*visit)(struct mm_struct *mm, void *opaque),
		      void *opaque, const bool *stop)
{
	struct task_struct **threads;
	struct mm_struct *mm;
	unsigned int nr, i;

	nr = get_processes(&threads);
	for (i = 0; i < nr; i++) {
		mm = READ_ONCE(*stop) ? NULL : get_task_mm(threads[i]);
		if (mm) {
			visit(mm, opaque);
			mmput_async(mm);
		}
		put_task_struct(threads[i]);
		cond_resched();
	}
	kvfree(threads);
	return nr && !READ_ONCE(*stop);
}
