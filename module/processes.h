/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's processes, one after the other.
 */
#ifndef TSMC_PROCESSES_H
#define TSMC_PROCESSES_H

#include <linux/types.h>

struct mm_struct;
struct task_struct;

struct task_struct *tsmc_thread_with_mm(struct task_struct *process);
bool tsmc_visit_each_mm(void (*visit)(struct mm_struct *mm, void *opaque),
		      void *opaque, const bool *stop);

#endif /* TSMC_PROCESSES_H */
