// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The agent has to be root: Xen's devices, xenstored's socket and libxl's files are root's. It needs
 * hardly a capability for that, but libxl's hotplug scripts and what carries the channels do, and get
 * them as any program that root starts. So those that nobody needs are out of reach for good, and the
 * agent itself has none but for files that are not root's, and for locked memory.
 *
 * No new privileges (PR_SET_NO_NEW_PRIVS) and Landlock would bind the scripts as well, which may be
 * any program, and need any file.
 */
#include "privileges.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "denied_calls.h"

#define X32_BIT		0x40000000

/* Disks and reports may be in directories of others; a kernel without /dev/xen/hypercall has memory locked. */
static const unsigned int kept[] = { CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_IPC_LOCK };

/* Out of reach also for what the agent starts. */
static const unsigned int renounced[] = {
	CAP_LINUX_IMMUTABLE, CAP_SYS_PACCT, CAP_SYS_BOOT, CAP_SYS_TIME, CAP_SYS_TTY_CONFIG, CAP_LEASE,
	CAP_AUDIT_CONTROL, CAP_MAC_OVERRIDE, CAP_MAC_ADMIN, CAP_SYSLOG, CAP_WAKE_ALARM, CAP_BLOCK_SUSPEND,
	CAP_AUDIT_READ, CAP_PERFMON, CAP_CHECKPOINT_RESTORE,
};

static int renounce(void)
{
	int rc = 0;

	for (unsigned int i = 0; i < sizeof(renounced) / sizeof(*renounced); i++) {
		/* A kernel may not know all of them. */
		if (prctl(PR_CAPBSET_DROP, renounced[i], 0, 0, 0) < 0 && errno != EINVAL)
			rc = -errno;
	}
	return rc;
}

static int keep_few(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	uint32_t keep[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	for (unsigned int i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		keep[CAP_TO_INDEX(kept[i])] |= CAP_TO_MASK(kept[i]);
	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= keep[i];
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

/* Refuses the calls of a list if the accumulator has one of them. */
static unsigned int put_calls(struct sock_filter *at, const unsigned int *calls, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		at[i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], nr - i, 0);
	at[nr] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	at[nr + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	return nr + 2;
}

/* Programs of another kind than the kernel has are let be: there are none. */
static int filter_calls(void)
{
	struct sock_filter code[TSMC_NR_DENIED_64 + TSMC_NR_DENIED_32 + 16] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 3 + TSMC_NR_DENIED_64 + 2, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, TSMC_NR_DENIED_64 + 1, 0),
	};
	struct sock_fprog program = { .filter = code };
	unsigned int len = 6;

	len += put_calls(code + len, tsmc_denied_calls_64, TSMC_NR_DENIED_64);
	code[len++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	len += put_calls(code + len, tsmc_denied_calls_32, TSMC_NR_DENIED_32);
	program.len = len;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}

static void tell(const struct tsmc_log *log, const char *what, int rc)
{
	if (rc)
		tsmc_log(log, TSMC_LOG_DEBUG, "privileges: cannot %s: %s", what, strerror(-rc));
	else
		tsmc_log(log, TSMC_LOG_DEBUG, "privileges: %s", what);
}

/**
 * tsmc_privileges_drop - do without what is not needed
 * @log: where it is told what was dropped, and what could not be
 *
 * Call it before there is another thread. Processes that are started later inherit the filter of
 * system calls, and can have no capability that was renounced. What this process may not or cannot
 * drop stays: no migration is worth less for that.
 */
void tsmc_privileges_drop(const struct tsmc_log *log)
{
	/* In this order: each step takes away what the one before needs. */
	tell(log, "put capabilities that no script needs out of reach", renounce());
	tell(log, "filter system calls that nobody needs", filter_calls());
	tell(log, "drop all capabilities but dac_override, dac_read_search and ipc_lock", keep_few());
}
