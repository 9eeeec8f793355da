// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals that arrive while every SIMD register holds a known value: the
 * kernel saves them on the user stack (XSAVE) and the handler destroys them.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "code.h"
#include "pattern.h"

#define REGISTERS	16
#define REGISTER_WORDS	4
#define ALT_STACK_SIZE	(64 * 1024)

/* All SIMD registers; with SSE only, the first half of each entry counts. */
struct registers {
	uint64_t word[REGISTERS][REGISTER_WORDS];
};

/**
 * struct arrivals - what the handlers saw; a handler gets no argument
 * @count: signals handled
 * @frame: an address in the last handler's frame
 * @junk: what handlers put into the registers
 * @avx: registers are 32 bytes wide, not 16
 * @alt_stack: the other stack
 */
static struct arrivals {
	uint32_t count;
	void *frame;
	struct registers junk;
	bool avx;
	uint8_t *alt_stack;
} arrivals;

static void load_junk(void)
{
	if (arrivals.avx)
		asm volatile(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
			     "vmovdqu 32*\\n(%0), %%ymm\\n\n\t"
			     ".endr"
			     : : "r" (&arrivals.junk)
			     : "memory", "xmm0", "xmm1", "xmm2", "xmm3",
			       "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
			       "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
			       "xmm15");
	else
		asm volatile(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
			     "movdqu 32*\\n(%0), %%xmm\\n\n\t"
			     ".endr"
			     : : "r" (&arrivals.junk)
			     : "memory", "xmm0", "xmm1", "xmm2", "xmm3",
			       "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
			       "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
			       "xmm15");
}

static void on_signal(int sig)
{
	arrivals.frame = &sig;
	load_junk();
	__atomic_fetch_add(&arrivals.count, 1, __ATOMIC_RELAXED);
}

/*
 * Load the registers, let a signal arrive, store the registers: one piece of
 * assembly, so that the compiler uses none of them in between.  With @number
 * a signal is sent by that system call and arrives on its return; without, it
 * arrives some time while the loop runs.
 */
static void hold_avx(const struct registers *in, struct registers *out,
		     long number, long tgid, long tid, long sig, uint32_t seen)
{
	asm volatile(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
		     "vmovdqu 32*\\n(%[in]), %%ymm\\n\n\t"
		     ".endr\n\t"
		     "test %%rax, %%rax\n\t"
		     "jz 1f\n\t"
		     "syscall\n"
		     "1:\n\t"
		     "pause\n\t"
		     "cmpl %[seen], %[count]\n\t"
		     "je 1b\n\t"
		     ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
		     "vmovdqu %%ymm\\n, 32*\\n(%[out])\n\t"
		     ".endr\n\t"
		     "vzeroupper"
		     : "+a" (number)
		     : "D" (tgid), "S" (tid), "d" (sig), [in] "r" (in),
		       [out] "r" (out), [seen] "r" (seen),
		       [count] "m" (arrivals.count)
		     : "memory", "cc", "rcx", "r11", "xmm0", "xmm1", "xmm2",
		       "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
		       "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

static void hold_sse(const struct registers *in, struct registers *out,
		     long number, long tgid, long tid, long sig, uint32_t seen)
{
	asm volatile(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
		     "movdqu 32*\\n(%[in]), %%xmm\\n\n\t"
		     ".endr\n\t"
		     "test %%rax, %%rax\n\t"
		     "jz 1f\n\t"
		     "syscall\n"
		     "1:\n\t"
		     "pause\n\t"
		     "cmpl %[seen], %[count]\n\t"
		     "je 1b\n\t"
		     ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
		     "movdqu %%xmm\\n, 32*\\n(%[out])\n\t"
		     ".endr"
		     : "+a" (number)
		     : "D" (tgid), "S" (tid), "d" (sig), [in] "r" (in),
		       [out] "r" (out), [seen] "r" (seen),
		       [count] "m" (arrivals.count)
		     : "memory", "cc", "rcx", "r11", "xmm0", "xmm1", "xmm2",
		       "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
		       "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
}

static void compare(struct tsmc_report *r, const char *how,
		    const struct registers *expected,
		    const struct registers *found)
{
	int words = arrivals.avx ? REGISTER_WORDS : REGISTER_WORDS / 2;
	int n, i;

	for (n = 0; n < REGISTERS; n++) {
		for (i = 0; i < words; i++) {
			if (found->word[n][i] == expected->word[n][i])
				continue;
			tsmc_report_fail(r,
					 "%s: SIMD register %d quarter %d: expected %#llx found %#llx",
					 how, n, i,
					 (unsigned long long)expected->word[n][i],
					 (unsigned long long)found->word[n][i]);
			return;
		}
	}
}

/* @sig is sent by this thread when @number is a system call, else by a timer */
static void one_signal(struct tsmc_report *r, const char *how, long number,
		       int sig, bool alt_stack, uint64_t random)
{
	uint32_t seen = __atomic_load_n(&arrivals.count, __ATOMIC_RELAXED);
	struct registers in, out;
	uint8_t *frame;
	int n, i;

	for (n = 0; n < REGISTERS; n++)
		for (i = 0; i < REGISTER_WORDS; i++)
			in.word[n][i] = tsmc_random(&random);
	memset(&out, 0, sizeof(out));

	if (!number) {
		struct itimerval timer = {
			.it_value.tv_usec = 200 + random % 2000,
		};

		setitimer(ITIMER_REAL, &timer, NULL);
	}
	if (arrivals.avx)
		hold_avx(&in, &out, number, getpid(), gettid(), sig, seen);
	else
		hold_sse(&in, &out, number, getpid(), gettid(), sig, seen);

	compare(r, how, &in, &out);
	frame = arrivals.frame;
	if (alt_stack != (frame >= arrivals.alt_stack &&
			  frame < arrivals.alt_stack + ALT_STACK_SIZE))
		tsmc_report_fail(r, "%s: handler ran at %p, on the wrong stack",
				 how, (void *)frame);
	tsmc_report_checks(r, 1);
}

/**
 * tsmc_code_signal_open() - install handlers and the alternate stack
 */
void tsmc_code_signal_open(void)
{
	struct sigaction normal = { .sa_handler = on_signal };
	struct sigaction other = {
		.sa_handler = on_signal,
		.sa_flags = SA_ONSTACK,
	};
	stack_t stack = { .ss_size = ALT_STACK_SIZE };

	arrivals.avx = __builtin_cpu_supports("avx");
	memset(&arrivals.junk, 0xa5, sizeof(arrivals.junk));
	stack.ss_sp = mmap(NULL, ALT_STACK_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp == MAP_FAILED)
		tsmc_die("no memory for the signal stack");
	arrivals.alt_stack = stack.ss_sp;
	if (sigaltstack(&stack, NULL) || sigaction(SIGUSR1, &normal, NULL) ||
	    sigaction(SIGUSR2, &other, NULL) ||
	    sigaction(SIGALRM, &other, NULL))
		tsmc_die("cannot install signal handlers: %s", strerror(errno));
}

/**
 * tsmc_code_signal_round() - take one signal of each kind
 * @random: of the register contents
 * @r: findings
 */
void tsmc_code_signal_round(uint64_t random, struct tsmc_report *r)
{
	one_signal(r, "signal on the thread's stack", SYS_tgkill, SIGUSR1,
		   false, random);
	one_signal(r, "signal on the signal stack", SYS_tgkill, SIGUSR2,
		   true, random + 1);
	one_signal(r, "signal from a timer", 0, SIGALRM, true, random + 2);
}
