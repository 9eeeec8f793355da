// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel does to pages of a program, and what a program does to its
 * own that is more than reading and writing.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hard.h"
#include "report.h"

#define LENGTH		5000
#define CORE_MAX	(256u << 20)
#define ANONYMOUS	"0x1"	/* what a core file holds: private memory without a file */

static uint64_t sum(const uint8_t *bytes, size_t count)
{
	uint64_t s = 0;

	for (size_t i = 0; i < count; i++)
		s = s * 31 + bytes[i];
	return s;
}

static uint8_t *first_page(uint8_t *p)
{
	return (uint8_t *)((uintptr_t)p & ~(uintptr_t)(HARD_PAGE - 1));
}

/* The kernel reads what a program writes. */
static void pipe_out(uint8_t *p, uint64_t *out)
{
	uint8_t got[LENGTH] = { 0 };
	int fds[2];

	if (pipe(fds))
		return;
	out[0] = write(fds[1], p, LENGTH);
	out[1] = read(fds[0], got, LENGTH);
	out[2] = sum(got, LENGTH);
	close(fds[0]);
	close(fds[1]);
}

/* The kernel writes what a program reads, by a list that lies there as well. */
static void pipe_in(uint8_t *p, uint64_t *out)
{
	struct iovec *pieces = (struct iovec *)(p - 512);
	uint8_t bytes[LENGTH];
	int fds[2];

	if (pipe(fds))
		return;
	for (size_t i = 0; i < LENGTH; i++)
		bytes[i] = i * 7 + (i >> 8);
	out[0] = write(fds[1], bytes, LENGTH);
	pieces[0] = (struct iovec){ p, 1001 };
	pieces[1] = (struct iovec){ p + 1001, LENGTH - 1001 };
	out[1] = readv(fds[0], pieces, 2);
	memset(pieces, 0, 2 * sizeof(*pieces));
	close(fds[0]);
	close(fds[1]);
}

/* Pages themselves go into the pipe. */
static void splice_out(uint8_t *p, uint64_t *out)
{
	struct iovec piece = { p, LENGTH };
	uint8_t got[LENGTH] = { 0 };
	int fds[2];

	if (pipe(fds))
		return;
	out[0] = vmsplice(fds[1], &piece, 1, 0);
	out[1] = read(fds[0], got, LENGTH);
	out[2] = sum(got, LENGTH);
	close(fds[0]);
	close(fds[1]);
}

static void datagram(uint8_t *p, uint64_t *out)
{
	uint8_t got[LENGTH] = { 0 };
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
		return;
	out[0] = send(fds[0], p, LENGTH, 0);
	out[1] = recv(fds[1], got, LENGTH, 0);
	out[2] = sum(got, LENGTH);
	out[3] = send(fds[1], got + 1, LENGTH - 1, 0);
	out[4] = recv(fds[0], p + 1, LENGTH, 0);
	close(fds[0]);
	close(fds[1]);
}

static void other_process(uint8_t *p, uint64_t *out)
{
	uint8_t got[LENGTH] = { 0 };
	struct iovec here = { got, LENGTH }, there = { p, LENGTH };

	out[0] = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
	out[1] = sum(got, LENGTH);
	got[0] ^= 1;
	out[2] = process_vm_writev(getpid(), &here, 1, &there, 1, 0);
}

/* The kernel's locked operations on a word of a program. */
static void futex(uint8_t *p, uint64_t *out)
{
	uint32_t own = 0;

	out[0] = syscall(SYS_futex, &own, FUTEX_WAKE_OP, 1, 1, p,
			 FUTEX_OP(FUTEX_OP_XOR, 0x5a5, FUTEX_OP_CMP_EQ, 0));
	out[1] = syscall(SYS_futex, p, FUTEX_WAIT, own, NULL, NULL, 0);
}

static volatile sig_atomic_t handled;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	asm volatile("pcmpeqd %%xmm7, %%xmm7; pcmpeqd %%xmm0, %%xmm0" : : : "xmm0", "xmm7");
	handled = info->si_code == SI_TKILL;
}

/* The frame of a signal, with all registers, is written and read there. */
static void frame(uint8_t *p, uint64_t *out)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_ONSTACK | SA_SIGINFO }, old;
	stack_t stack = { .ss_sp = first_page(p) - HARD_PAGE }, old_stack;
	const uint64_t value = 0x6172726976656421;

	stack.ss_size = p - (uint8_t *)stack.ss_sp;
	sigaltstack(&stack, &old_stack);
	sigaction(SIGRTMIN, &action, &old);
	handled = 0;
	asm volatile("movq %[value], %%xmm7\n\tsyscall\n\tmovq %%xmm7, %[seen]"
		     : [seen] "=r" (out[1])
		     : [value] "r" (value), "a" (SYS_tgkill), "D" (getpid()), "S" (gettid()), "d" (SIGRTMIN)
		     : "rcx", "r11", "xmm7", "memory");
	out[0] = handled;
	sigaction(SIGRTMIN, &old, NULL);
	sigaltstack(&old_stack, NULL);
}

/* Code is written, and becomes executable later. */
static void code_at(uint8_t *p)
{
	static const uint8_t code[] = { 0xb8, 0x15, 0xcd, 0x5b, 0x07, 0xc3 };	/* mov $123456789, %eax; ret */

	memcpy(p, code, sizeof(code));
}

static void new_code(uint8_t *p, uint64_t *out)
{
	int (*function)(void) = (int (*)(void))p;

	out[0] = mprotect(first_page(p), 2 * HARD_PAGE, PROT_READ | PROT_EXEC);
	out[1] = out[0] ? 0 : function();
	out[2] = mprotect(first_page(p), 2 * HARD_PAGE, PROT_READ | PROT_WRITE);
}

/* Parent and child share the pages until one writes. */
static void fork_and_write(uint8_t *p, uint64_t *out)
{
	pid_t child = fork();
	int status = -1;

	if (!child) {
		p[HARD_PAGE] ^= 0xff;
		_exit((sum(p, LENGTH) ^ p[HARD_PAGE]) & 0x7f);
	}
	p[1] ^= 0xff;
	waitpid(child, &status, 0);
	p[1] ^= 0xff;
	out[0] = status;
}

static void number_at(uint8_t *p)
{
	memcpy(p, "--exit=42", 10);
}

/* The arguments of a program lie there. */
static void exec_with(uint8_t *p, uint64_t *out)
{
	pid_t child = vfork();
	int status = -1;

	if (!child) {
		execl("/proc/self/exe", "hard", (char *)p, NULL);
		_exit(1);
	}
	waitpid(child, &status, 0);
	out[0] = status;
}

static int with_stack(void *at)
{
	*(uint64_t *)at += 5;
	return 0;
}

/* A thread starts with its stack there. */
static void thread_stack(uint8_t *p, uint64_t *out)
{
	uint64_t counted = 7;
	pid_t child = clone(with_stack, (void *)((uintptr_t)p & ~15UL), CLONE_VM | CLONE_VFORK | SIGCHLD,
			    &counted);

	out[0] = waitpid(child, NULL, 0) == child;
	out[1] = counted;
}

static void give_back(uint8_t *p, uint64_t *out)
{
	out[0] = madvise(first_page(p), HARD_PAGE, MADV_DONTNEED);
	out[1] = *p;
}

static void move(uint8_t *p, uint64_t *out)
{
	uint8_t *page = first_page(p), *moved = mremap(page, HARD_PAGE, HARD_PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
						       page + HARD_PAGE);

	out[0] = moved == page + HARD_PAGE;
	out[1] = mmap(page, HARD_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == page;
}

static void lock_there(uint8_t *p, uint64_t *out)
{
	out[0] = mlock(first_page(p), 2 * HARD_PAGE);
	out[1] = munlock(first_page(p), 2 * HARD_PAGE);
}

/* Another process looks at them and changes them. */
static void traced(uint8_t *p, uint64_t *out)
{
	pid_t child = fork();
	int status = -1;

	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(*p & 0x7f);
	}
	waitpid(child, &status, 0);
	out[0] = ptrace(PTRACE_PEEKDATA, child, p, NULL);
	out[1] = ptrace(PTRACE_POKEDATA, child, p, (void *)0x29UL);
	ptrace(PTRACE_CONT, child, NULL, NULL);
	waitpid(child, &status, 0);
	out[2] = status;
}

static bool holds(const char *path, const uint8_t *bytes, size_t length)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	void *core = size > 0 ? mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
	bool found = core != MAP_FAILED && memmem(core, size, bytes, length);

	if (core != MAP_FAILED)
		munmap(core, size);
	if (fd >= 0)
		close(fd);
	return found;
}

/* Needs a core_pattern of "core"; with another there is no core file, before and after. */
static void core_dump(uint8_t *p, uint64_t *out)
{
	const struct rlimit limit = { CORE_MAX, CORE_MAX };
	char directory[] = "/tmp/hard-XXXXXX", core[64];
	int status = -1, fd;
	pid_t child;

	if (!mkdtemp(directory))
		return;
	child = fork();
	if (!child) {
		setrlimit(RLIMIT_CORE, &limit);
		signal(SIGABRT, SIG_DFL);
		fd = open("/proc/self/coredump_filter", O_WRONLY);
		if (fd < 0 || write(fd, ANONYMOUS, sizeof(ANONYMOUS) - 1) < 0 || chdir(directory))
			_exit(1);
		kill(getpid(), SIGABRT);
		_exit(2);
	}
	waitpid(child, &status, 0);
	snprintf(core, sizeof(core), "%s/core", directory);
	if (access(core, F_OK))
		snprintf(core, sizeof(core), "%s/core.%d", directory, child);
	out[0] = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	out[1] = holds(core, p, 2 * HARD_PAGE);
	unlink(core);
	rmdir(directory);
}

static const struct hard_kind kinds[] = {
#define BOTH(name, id)	\
	{ name, id, NULL, HARD_IN, NULL, false }, { name " across", id, NULL, HARD_ACROSS, NULL, false }
	BOTH("write", pipe_out), BOTH("readv", pipe_in), BOTH("vmsplice", splice_out),
	BOTH("send and receive", datagram), BOTH("process_vm_readv and writev", other_process),
	{ "futex", futex, NULL, HARD_IN, NULL, false },
	{ "signal frame", frame, NULL, 3 * HARD_PAGE, NULL, true },
	{ "signal frame, state across", frame, NULL, 2 * HARD_PAGE + 320, NULL, true },
	{ "signal frame, header across", frame, NULL, 2 * HARD_PAGE + 768, NULL, true },
	{ "signal frame, registers across", frame, NULL, 2 * HARD_PAGE + 1100, NULL, true },
	{ "new code", new_code, code_at, HARD_IN, NULL, false },
	{ "new code across", new_code, code_at, HARD_ACROSS, NULL, false },
	BOTH("fork", fork_and_write),
	{ "exec", exec_with, number_at, HARD_IN, NULL, false },
	{ "exec across", exec_with, number_at, HARD_ACROSS, NULL, false },
	{ "stack of a thread", thread_stack, NULL, 2 * HARD_PAGE + 8, NULL, true },
	{ "madvise", give_back, NULL, HARD_IN, NULL, false },
	{ "mremap", move, NULL, HARD_IN, NULL, false },
	{ "mlock", lock_there, NULL, HARD_IN, NULL, false },
	BOTH("ptrace", traced),
	{ "core dump", core_dump, NULL, HARD_IN, NULL, false },
#undef BOTH
};

const struct hard_set tsmc_hard_system = { kinds, ARRAY_SIZE(kinds) };
