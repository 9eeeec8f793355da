// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every instruction and every system call of a list, on pages that nobody has
 * touched since before a migration.
 *
 * SIGUSR1: write all pages. SIGUSR2: do everything on them, once. In between
 * nothing touches them, so that at the target they are missing until then.
 * A second thread is inside a signal handler nearly all the time, far down its
 * stack: what it returns to is missing, too.
 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hard.h"
#include "pattern.h"
#include "report.h"

#define ALT_STACK	(64 * 1024)
#define CONTROL		0x1f80		/* of SSE, as every program has it */
#define DEEP		(48 * 1024)
#define TICK_US		20000
#define HANDLER_US	100000

static const char help[] =
	"usage: hard [options]\n"
	"Does hard things to pages that are missing after a migration.\n"
	"SIGUSR1: write the pages; SIGUSR2: do everything on them, once.\n"
	"  --exit NUMBER      end at once with that status\n"
	TSMC_REPORT_HELP;

static const struct hard_set *const sets[] = {
	&tsmc_hard_scalar, &tsmc_hard_vector, &tsmc_hard_state, &tsmc_hard_system,
};

/**
 * struct hard - the program
 * @report: findings
 * @flags: of the processor, as /proc/cpuinfo has them
 * @cells: the pages, HARD_PAGES for each thing
 * @mirror: where each thing is done for comparison
 * @expected: what that left
 * @out: what a thing is given and returns; always at one place, of which states tell
 * @runs: times that everything was done
 * @impossible: things that this processor could not do the last time
 * @handler: the second thread
 */
static struct hard {
	struct tsmc_report report;
	char flags[8192];
	uint8_t *cells;
	uint8_t *mirror;
	uint8_t expected[HARD_CELL];
	uint64_t out[HARD_WORDS];
	uint64_t runs;
	size_t impossible;
	pthread_t handler;
} hard = { .report = TSMC_REPORT_INIT("hard") };

static volatile sig_atomic_t to_write, to_run;
static volatile uint64_t returns, wrong_returns;
static sigjmp_buf refused;

static void on_request(int sig)
{
	if (sig == SIGUSR1)
		to_write = 1;
	else
		to_run = 1;
}

static void on_refusal(int sig)
{
	siglongjmp(refused, sig);
}

static void read_flags(void)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[sizeof(hard.flags) - 2];

	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "flags", 5))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(hard.flags, sizeof(hard.flags), "%s ", strchr(line, ':') + 1);
		break;
	}
	if (file)
		fclose(file);
}

static bool can(const struct hard_kind *kind)
{
	char word[32];

	snprintf(word, sizeof(word), " %s ", kind->needs ? kind->needs : "");
	return !kind->needs || strstr(hard.flags, word);
}

static void fill(uint8_t *cell, size_t number, const struct hard_kind *kind)
{
	uint64_t *words = (uint64_t *)cell;

	for (size_t i = 0; i < HARD_CELL / sizeof(*words); i++)
		words[i] = tsmc_pattern_word(tsmc_mix64(number + 1), i);
	if (kind->prepare)
		kind->prepare(cell + kind->at);
}

static void seed_out(size_t number)
{
	for (size_t i = 0; i < HARD_WORDS; i++)
		hard.out[i] = tsmc_mix64(number * HARD_WORDS + i);
}

/* 0, or the signal that ended it. */
static int attempt(const struct hard_kind *kind, uint8_t *cell, size_t number)
{
	const uint32_t control = CONTROL;
	int sig = sigsetjmp(refused, 1);

	if (sig)
		return sig;
	seed_out(number);
	asm volatile("ldmxcsr %0" : : "m" (control));
	kind->run(cell + kind->at, hard.out);
	return 0;
}

/* Offset of the first byte that is not as expected. */
static size_t first_difference(const uint8_t *cell)
{
	size_t i;

	for (i = 0; i < HARD_CELL && cell[i] == hard.expected[i]; i++)
		;
	return i;
}

static void do_one(const struct hard_kind *kind, uint8_t *cell, size_t number)
{
	uint64_t expected_out[HARD_WORDS];
	size_t at;
	int sig;

	fill(hard.mirror, number, kind);
	sig = attempt(kind, hard.mirror, number);
	/* What is in the flags and yet does not work even here, as AVX on some emulated processors. */
	if (sig == SIGILL) {
		hard.impossible++;
		return;
	}
	if (sig) {
		tsmc_report_fail(&hard.report, "%s on memory: signal %d", kind->name, sig);
		return;
	}
	memcpy(hard.expected, hard.mirror, HARD_CELL);
	memcpy(expected_out, hard.out, sizeof(expected_out));
	sig = attempt(kind, cell, number);
	if (sig) {
		tsmc_report_fail(&hard.report, "%s: signal %d", kind->name, sig);
		return;
	}
	at = first_difference(cell);
	if (at < HARD_CELL && !kind->any_memory)
		tsmc_report_fail(&hard.report, "%s: byte %zd from its place: expected %#x found %#x",
				 kind->name, (ssize_t)(at - kind->at), hard.expected[at], cell[at]);
	for (size_t i = 0; i < HARD_WORDS; i++)
		if (hard.out[i] != expected_out[i]) {
			tsmc_report_fail(&hard.report, "%s: result %zu: expected %#llx found %#llx", kind->name,
					 i, (unsigned long long)expected_out[i],
					 (unsigned long long)hard.out[i]);
			break;
		}
	tsmc_report_checks(&hard.report, 1);
}

/* Calls what for each kind that this processor has, with its pages and its number. */
static size_t for_each(void (*what)(const struct hard_kind *kind, uint8_t *cell, size_t number))
{
	size_t number = 0;

	for (size_t s = 0; s < ARRAY_SIZE(sets); s++)
		for (size_t k = 0; k < sets[s]->count; k++) {
			if (!can(&sets[s]->kinds[k]))
				continue;
			if (what)
				what(&sets[s]->kinds[k], hard.cells + number * HARD_CELL, number);
			number++;
		}
	return number;
}

static void write_one(const struct hard_kind *kind, uint8_t *cell, size_t number)
{
	fill(cell, number, kind);
}

static void in_depth(void)
{
	volatile uint8_t room[DEEP];

	room[0] = 0;
	usleep(HANDLER_US);
	room[DEEP - 1] = room[0];
}

static void on_deep_signal(int sig)
{
	(void)sig;
	asm volatile("pcmpeqd %%xmm7, %%xmm7" : : : "xmm7");
	in_depth();
}

/* A register must be after each signal what it was before. */
static void *handle(void *unused)
{
	uint64_t seen;

	(void)unused;
	while (!tsmc_stop_requested()) {
		asm volatile("movq %[value], %%xmm7\n\tsyscall\n\tmovq %%xmm7, %[seen]"
			     : [seen] "=r" (seen)
			     : [value] "r" (returns), "a" (SYS_tgkill), "D" (getpid()),
			       "S" (gettid()), "d" (SIGRTMIN + 1)
			     : "rcx", "r11", "xmm7", "memory");
		wrong_returns += seen != returns;
		returns++;
	}
	return NULL;
}

static void setup(void)
{
	struct sigaction request = { .sa_handler = on_request };
	struct sigaction refusal = { .sa_handler = on_refusal, .sa_flags = SA_ONSTACK };
	struct sigaction deep = { .sa_handler = on_deep_signal };
	stack_t stack = { .ss_sp = malloc(ALT_STACK), .ss_size = ALT_STACK };
	size_t bytes;

	read_flags();
	bytes = for_each(NULL) * HARD_CELL;
	hard.cells = mmap(NULL, bytes + HARD_CELL, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (hard.cells == MAP_FAILED || !stack.ss_sp)
		tsmc_die("no memory for %zu bytes", bytes);
	madvise(hard.cells, bytes + HARD_CELL, MADV_NOHUGEPAGE);
	hard.mirror = hard.cells + bytes;
	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &request, NULL);
	sigaction(SIGUSR2, &request, NULL);
	sigaction(SIGILL, &refusal, NULL);
	sigaction(SIGSEGV, &refusal, NULL);
	sigaction(SIGBUS, &refusal, NULL);
	sigaction(SIGRTMIN + 1, &deep, NULL);
	if (pthread_create(&hard.handler, NULL, handle, NULL))
		tsmc_die("cannot start a thread");
}

static void serve_requests(void)
{
	size_t kinds;

	if (to_write) {
		to_write = 0;
		tsmc_report_event(&hard.report, "written", "kinds=%zu", for_each(write_one));
	}
	if (to_run) {
		to_run = 0;
		hard.runs++;
		hard.impossible = 0;
		kinds = for_each(do_one);
		tsmc_report_event(&hard.report, "ran", "kinds=%zu impossible=%zu runs=%llu", kinds, hard.impossible,
				  (unsigned long long)hard.runs);
	}
}

static void look_at_handler(void)
{
	static uint64_t seen;

	if (wrong_returns)
		tsmc_report_fail(&hard.report, "%llu signals returned to a wrong register",
				 (unsigned long long)wrong_returns);
	wrong_returns = 0;
	if (returns != seen)
		tsmc_report_checks(&hard.report, 1);
	seen = returns;
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "exit", required_argument, NULL, 'e' },
		TSMC_OPTION_REPORT,
		TSMC_OPTION_STATUS,
		TSMC_OPTION_HELP,
		{ }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (tsmc_report_option(&hard.report, opt, optarg, help))
			continue;
		if (opt != 'e')
			tsmc_die("try hard --help");
		_exit(tsmc_parse_number("exit", optarg, 0, 255));
	}
	if (optind < argc)
		tsmc_die("unexpected argument %s, try hard --help", argv[optind]);
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	tsmc_report_start(&hard.report);
	setup();
	for_each(write_one);
	tsmc_report_ready(&hard.report, "kinds=%zu pages=%p", for_each(NULL), (void *)hard.cells);
	while (!tsmc_stop_requested()) {
		serve_requests();
		look_at_handler();
		tsmc_report_tick(&hard.report, "runs=%llu", (unsigned long long)hard.runs);
		usleep(TICK_US);
	}
	pthread_join(hard.handler, NULL);
	return tsmc_report_finish(&hard.report);
}
