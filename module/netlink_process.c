// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dumps of processes and of one process's mappings.
 *
 * Both go on by number and by address: what comes or goes meanwhile is listed
 * or not, but nothing is listed twice.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <net/genetlink.h>

#include "netlink.h"
#include "netlink_ops.h"
#include "page_counts.h"
#include "processes.h"

/* Pages to count for one message, beyond the last process or mapping. */
#define MESSAGE_PAGES	(1UL << 20)

#define PROT_READ_BIT	BIT(0)
#define PROT_WRITE_BIT	BIT(1)
#define PROT_EXEC_BIT	BIT(2)
#define PROT_SHARED_BIT	BIT(3)

/**
 * struct process_dump - how far a dump of processes is
 * @pid: the number to go on with
 */
struct process_dump {
	int pid;
};

/**
 * struct mapping_dump - how far a dump of mappings is
 * @mm: of the process, with a reference on the structure
 * @addr: the address to go on with
 */
struct mapping_dump {
	struct mm_struct *mm;
	unsigned long addr;
};

/**
 * struct mapping - a mapping as it was when looked at
 * @start: first address
 * @end: address behind the last
 * @prot: as in TSMC_A_PROT
 * @name: last part of the file's name, or empty
 */
struct mapping {
	unsigned long start;
	unsigned long end;
	u32 prot;
	char name[NAME_MAX + 1];
};

static_assert(sizeof(struct process_dump) <=
	      sizeof_field(struct netlink_callback, ctx));
static_assert(sizeof(struct mapping_dump) <=
	      sizeof_field(struct netlink_callback, ctx));

/* The memory of a process, with a user's reference; RCU read lock held. */
static struct mm_struct *process_mm(struct pid *pid, char *comm)
{
	struct task_struct *process = pid_task(pid, PIDTYPE_TGID), *thread;

	thread = process ? tsmc_thread_with_mm(process) : NULL;
	if (!thread)
		return NULL;
	if (comm)
		__get_task_comm(comm, TASK_COMM_LEN, process);
	return get_task_mm(thread);
}

/**
 * tsmc_netlink_mm - the memory of a process
 * @pid: its number in the first namespace
 *
 * Return: with a user's reference, or NULL if there is no such process or it
 * has no memory of its own.
 */
struct mm_struct *tsmc_netlink_mm(u32 pid)
{
	struct mm_struct *mm;

	rcu_read_lock();
	mm = process_mm(find_pid_ns(pid, &init_pid_ns), NULL);
	rcu_read_unlock();
	return mm;
}

/* The process of that number or the next that has memory; updates @nr. */
static struct mm_struct *next_process(int *nr, char *comm)
{
	struct mm_struct *mm = NULL;
	struct pid *pid;

	do {
		rcu_read_lock();
		pid = find_ge_pid(*nr, &init_pid_ns);
		if (pid) {
			*nr = pid_nr_ns(pid, &init_pid_ns);
			mm = process_mm(pid, comm);
		}
		rcu_read_unlock();
		if (!mm)
			++*nr;
		cond_resched();
	} while (pid && !mm);
	return mm;
}

static int put_counts(struct sk_buff *skb,
		      const struct tsmc_page_counts *counts)
{
	return tsmc_netlink_put_u64(skb, TSMC_A_PAGES,
				    tsmc_count_pages(counts)) ?:
	       tsmc_netlink_put_u64(skb, TSMC_A_HOT, tsmc_count_hot(counts)) ?:
	       tsmc_netlink_put_u64(skb, TSMC_A_WRITTEN, counts->written) ?:
	       tsmc_netlink_put_classes(skb, counts);
}

static int put_process(struct sk_buff *skb, struct netlink_callback *cb,
		       u32 pid, const char *comm,
		       const struct tsmc_page_counts *counts)
{
	void *header = tsmc_netlink_dump_begin(skb, cb);

	if (!header)
		return -EMSGSIZE;
	if (nla_put_u32(skb, TSMC_A_PID, pid) ||
	    nla_put_string(skb, TSMC_A_COMM, comm) ||
	    put_counts(skb, counts)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/**
 * tsmc_netlink_process_start - TSMC_CMD_PROCESS_GET: may it be asked?
 * @cb: the dump
 *
 * Return: 0 or a negative error.
 */
int tsmc_netlink_process_start(struct netlink_callback *cb)
{
	struct process_dump *dump = (void *)cb->ctx;

	dump->pid = 1;
	return tsmc_netlink_dump_start(cb);
}

/**
 * tsmc_netlink_process_dump - TSMC_CMD_PROCESS_GET: as much as a message holds
 * @skb: the message
 * @cb: the dump
 *
 * Return: its length, 0 at the end, or a negative error.
 */
int tsmc_netlink_process_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct process_dump *dump = (void *)cb->ctx;
	char comm[TASK_COMM_LEN];
	struct mm_struct *mm;
	u64 counted = 0;
	int ret;

	while (counted < MESSAGE_PAGES) {
		struct tsmc_page_counts counts = { };

		mm = next_process(&dump->pid, comm);
		if (!mm)
			break;
		ret = tsmc_count_mapped(&counts, tsmc_netlink_shown()->table,
					mm, 0, TASK_SIZE_MAX);
		mmput(mm);
		if (ret)
			return ret;
		if (put_process(skb, cb, dump->pid, comm, &counts))
			break;
		dump->pid++;
		counted += tsmc_count_pages(&counts);
	}
	return skb->len;
}

static u32 mapping_prot(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & VM_READ ? PROT_READ_BIT : 0) |
	       (vma->vm_flags & VM_WRITE ? PROT_WRITE_BIT : 0) |
	       (vma->vm_flags & VM_EXEC ? PROT_EXEC_BIT : 0) |
	       (vma->vm_flags & VM_SHARED ? PROT_SHARED_BIT : 0);
}

/* Finds the mapping at @addr or the next. Returns 1, 0 if there is none. */
static int next_mapping(struct mm_struct *mm, unsigned long addr,
			struct mapping *mapping)
{
	const struct vm_area_struct *vma;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	vma = find_vma(mm, addr);
	if (vma) {
		mapping->start = vma->vm_start;
		mapping->end = vma->vm_end;
		mapping->prot = mapping_prot(vma);
		mapping->name[0] = '\0';
		if (vma->vm_file)
			scnprintf(mapping->name, sizeof(mapping->name), "%pD",
				  vma->vm_file);
	}
	mmap_read_unlock(mm);
	return !!vma;
}

static int put_mapping(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct mapping *mapping,
		       const struct tsmc_page_counts *counts)
{
	void *header = tsmc_netlink_dump_begin(skb, cb);

	if (!header)
		return -EMSGSIZE;
	if (tsmc_netlink_put_u64(skb, TSMC_A_START, mapping->start) ||
	    tsmc_netlink_put_u64(skb, TSMC_A_LENGTH,
				 mapping->end - mapping->start) ||
	    nla_put_u32(skb, TSMC_A_PROT, mapping->prot) ||
	    (mapping->name[0] &&
	     nla_put_string(skb, TSMC_A_NAME, mapping->name)) ||
	    put_counts(skb, counts)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/**
 * tsmc_netlink_mapping_start - TSMC_CMD_MAPPING_GET: of which process
 * @cb: the dump
 *
 * Return: 0 or a negative error.
 */
int tsmc_netlink_mapping_start(struct netlink_callback *cb)
{
	struct nlattr *pid = genl_dumpit_info(cb)->attrs[TSMC_A_PID];
	struct mapping_dump *dump = (void *)cb->ctx;
	struct mm_struct *mm;
	int ret;

	ret = tsmc_netlink_dump_start(cb);
	if (ret)
		return ret;
	if (!pid) {
		NL_SET_ERR_MSG(cb->extack, "give the number of a process");
		return -EINVAL;
	}
	mm = tsmc_netlink_mm(nla_get_u32(pid));
	if (!mm) {
		NL_SET_ERR_MSG_ATTR(cb->extack, pid,
				    "there is no such process, or it has no memory of its own");
		return -ESRCH;
	}
	mmgrab(mm);
	mmput(mm);
	dump->mm = mm;
	return 0;
}

/* Fills a message; returns 0 or a negative error. */
static int dump_mappings(struct sk_buff *skb, struct netlink_callback *cb,
			 struct mapping_dump *dump)
{
	struct mapping mapping;
	u64 counted = 0;
	int ret;

	while (counted < MESSAGE_PAGES) {
		struct tsmc_page_counts counts = { };

		ret = next_mapping(dump->mm, dump->addr, &mapping);
		if (ret <= 0)
			return ret;
		ret = tsmc_count_mapped(&counts, tsmc_netlink_shown()->table,
					dump->mm, mapping.start, mapping.end);
		if (ret)
			return ret;
		if (put_mapping(skb, cb, &mapping, &counts))
			return 0;
		dump->addr = mapping.end;
		counted += tsmc_count_pages(&counts);
	}
	return 0;
}

/**
 * tsmc_netlink_mapping_dump - TSMC_CMD_MAPPING_GET: as much as a message holds
 * @skb: the message
 * @cb: the dump
 *
 * Return: its length, 0 at the end, or a negative error.
 */
int tsmc_netlink_mapping_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct mapping_dump *dump = (void *)cb->ctx;
	int ret;

	/* What has exited meanwhile has no mappings any more. */
	if (!mmget_not_zero(dump->mm))
		return 0;
	ret = dump_mappings(skb, cb, dump);
	mmput(dump->mm);
	return ret ?: skb->len;
}

/**
 * tsmc_netlink_mapping_done - TSMC_CMD_MAPPING_GET: no more is wanted
 * @cb: the dump
 *
 * Return: 0.
 */
int tsmc_netlink_mapping_done(struct netlink_callback *cb)
{
	struct mapping_dump *dump = (void *)cb->ctx;

	mmdrop(dump->mm);
	return 0;
}
