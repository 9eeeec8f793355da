// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an agent cannot do any more, and what it still can. Each test drops in a process of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privileges.h"
#include "unit.h"

#define BIT(n)		(1ULL << (n))
#define KEPT		(BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_IPC_LOCK))
/* Some that no program of an agent's ever gets. */
#define RENOUNCED	(BIT(CAP_SYS_BOOT) | BIT(CAP_SYS_TIME) | BIT(CAP_SYSLOG) | BIT(CAP_PERFMON))
/* Some that hotplug scripts need. */
#define FOR_SCRIPTS	(BIT(CAP_SYS_ADMIN) | BIT(CAP_NET_ADMIN) | BIT(CAP_SYS_MODULE) | BIT(CAP_MKNOD))
/* Numbers of 32-bit programs. */
#define GETPID_32	20
#define PTRACE_32	26

static char said[512];

void tsmc_log(const struct tsmc_log *log, enum tsmc_log_level level, const char *fmt, ...)
{
	size_t len = strlen(said);
	va_list args;

	(void)log;
	(void)level;
	va_start(args, fmt);
	vsnprintf(said + len, sizeof(said) - len, fmt, args);
	va_end(args);
}

/* A line of /proc/self/status. */
static uint64_t status(const char *name, int base)
{
	uint64_t value = UINT64_MAX;
	char line[256];
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			value = strtoull(line + strlen(name) + 1, NULL, base);
	}
	if (file)
		fclose(file);
	return value;
}

/* Runs in a child; 0 when it holds there. */
static int in_child(int (*holds)(void))
{
	pid_t child = fork();
	int how;

	if (!child)
		_exit(holds());
	return waitpid(child, &how, 0) == child ? how : -1;
}

static int drop(void)
{
	tsmc_privileges_drop(NULL);
	return !*said || strstr(said, "cannot");
}

static int state_is_as_said(void)
{
	uint64_t before = status("CapBnd", 16);

	if (drop())
		return 1;
	if (status("CapEff", 16) & ~KEPT || status("CapPrm", 16) & ~KEPT || status("CapInh", 16))
		return 2;
	if (!(status("CapEff", 16) & BIT(CAP_DAC_OVERRIDE)))
		return 3;
	if (status("CapBnd", 16) & RENOUNCED || (before & ~status("CapBnd", 16)) & FOR_SCRIPTS)
		return 4;
	/* Scripts may be set-uid programs. */
	return status("Seccomp", 10) != 2 || status("NoNewPrivs", 10) ? 5 : 0;
}

static int refused(long rc)
{
	return rc == -1 && errno == EPERM ? 0 : 1;
}

static int traced(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0;
}

static long read_myself(void)
{
	char from = 1, to;
	struct iovec local = { &to, 1 }, remote = { &from, 1 };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
}

static int calls_are_refused(void)
{
	const struct timeval now = { 0 };

	if (drop())
		return 1;
	return refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL)) + refused(read_myself()) +
	       refused(syscall(SYS_kexec_load, 0, 0, NULL, 0)) + refused(syscall(SYS_kexec_file_load, -1, -1, 0, "", 0)) +
	       refused(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0)) + refused(syscall(SYS_userfaultfd, 0)) +
	       refused(settimeofday(&now, NULL)) + refused(syscall(SYS_acct, "/none")) +
	       refused(mount("none", "/", "tmpfs", 0, NULL)) + refused(chroot("/")) +
	       refused(unshare(CLONE_NEWNET)) + refused(sethostname("other", 5));
}

static long call_32(unsigned int number, long first)
{
	long rc;

	asm volatile("int $0x80" : "=a"(rc) : "a"((long)number), "b"(first) : "memory", "r8", "r9", "r10", "r11");
	return rc;
}

static int has_32(void)
{
	return call_32(GETPID_32, 0) != getpid();
}

/* There is no such request: unless it is filtered, that is the error. */
static int calls_32_are_refused(void)
{
	if (call_32(PTRACE_32, 12345) == -EPERM || drop())
		return 1;
	return call_32(PTRACE_32, 12345) != -EPERM || call_32(GETPID_32, 0) != getpid();
}

/* Which has no word about numbers with this bit. */
static int calls_x32_are_refused(void)
{
	return drop() || syscall(0x40000000 | SYS_getpid) != -1 || errno != EPERM;
}

static int run(const char *command)
{
	return system(command) ? 1 : 0;
}

/* A program of root's gets what a hotplug script needs, and the filter. */
static int scripts_have_theirs(void)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "awk '/^CapEff:/ { if ($2 != \"%016llx\") exit 1 } /^Seccomp:/ { if ($2 != 2) exit 1 }' /proc/self/status",
		 (unsigned long long)(drop() ? 0 : status("CapBnd", 16)));
	return run(command);
}

static int files_of_others_are_reached(void)
{
	char dir[] = "/tmp/privilegesXXXXXX", file[64];
	int fd;

	if (!mkdtemp(dir) || chown(dir, 65534, 65534) || chmod(dir, 0700) || drop())
		return 1;
	snprintf(file, sizeof(file), "%s/report", dir);
	fd = open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	unlink(file);
	rmdir(dir);
	return fd < 0;
}

static void it_is_as_it_is_told(void)
{
	EXPECT(!in_child(state_is_as_said));
}

static void forbidden_calls_fail(void)
{
	EXPECT(!in_child(traced) && read_myself() == 1);
	EXPECT(!in_child(calls_are_refused));
	EXPECT(!in_child(calls_x32_are_refused));
}

static void forbidden_calls_of_32_bit_programs_fail(void)
{
	if (in_child(has_32))
		ksft_print_msg("this kernel runs no 32-bit programs\n");
	else
		EXPECT(!in_child(calls_32_are_refused));
}

static void what_is_needed_works(void)
{
	EXPECT(!in_child(scripts_have_theirs));
	EXPECT(!in_child(files_of_others_are_reached));
}

/* As nobody there is nothing to drop, and nothing fails. */
static int as_nobody(void)
{
	if (setgid(65534) || setuid(65534))
		return 1;
	tsmc_privileges_drop(NULL);
	return !strstr(said, "cannot") || status("CapEff", 16);
}

static void nobody_may_try(void)
{
	EXPECT(!in_child(as_nobody));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "three capabilities stay, scripts' and no others can be had again", it_is_as_it_is_told },
		{ "forbidden calls fail", forbidden_calls_fail },
		{ "those of 32-bit programs fail", forbidden_calls_of_32_bit_programs_fail },
		{ "what scripts and reports need works", what_is_needed_works },
		{ "who has no privileges is told, and goes on", nobody_may_try },
	};

	if (~status("CapEff", 16) & (FOR_SCRIPTS | KEPT | BIT(CAP_SETPCAP)))
		ksft_exit_skip("only root has privileges to drop\n");
	unit_run(tests, ARRAY_SIZE(tests));
}
