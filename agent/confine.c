// SPDX-License-Identifier: GPL-2.0-or-later
#include "confine.h"

#include <errno.h>
#include <grp.h>
#include <linux/landlock.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian's nobody and nogroup. */
#define NOBODY 65534

/* No network, no host name, no System V IPC but its own; sockets that are open stay open. */
static int leave_namespaces(void)
{
	return unshare(CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC) < 0 ? -errno : 0;
}

static int become_nobody(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		return -errno;
	return 0;
}

/* No path can be opened, made, removed or executed: all is ruled, and nothing allowed. */
static int forget_files(void)
{
	const struct landlock_ruleset_attr all = {
		.handled_access_fs = 2 * LANDLOCK_ACCESS_FS_MAKE_SYM - 1,
	};
	int ruleset = syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	int rc = 0;

	if (ruleset < 0)
		return -errno;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		rc = -errno;
	close(ruleset);
	return rc;
}

/**
 * tsmc_confine - give up all privileges of this process
 * @log: where troubles are told
 *
 * As root it becomes nobody, without capabilities and without a network but the sockets that are
 * open. As anyone it gains no privileges any more, starts no processes, is not traced, and reaches
 * no file. What the kernel cannot do (namespaces, Landlock) is done without.
 *
 * Return: 0 or negative errno; logged. After an error the process must not go on.
 */
int tsmc_confine(const struct tsmc_log *log)
{
	const struct rlimit none = { 0, 0 };
	int rc = 0;

	if (!geteuid()) {
		rc = leave_namespaces();
		if (rc)
			tsmc_log(log, TSMC_LOG_DEBUG, "the relay keeps its network: %s", strerror(-rc));
		rc = become_nobody();
	}
	if (!rc && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
		    setrlimit(RLIMIT_NPROC, &none) < 0))
		rc = -errno;
	if (rc) {
		tsmc_log(log, TSMC_LOG_ERROR, "cannot give up privileges: %s", strerror(-rc));
		return rc;
	}
	rc = forget_files();
	if (rc)
		tsmc_log(log, TSMC_LOG_DEBUG, "the relay can still open files: %s", strerror(-rc));
	return 0;
}
