// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A table in anonymous memory that is accessed by a known pattern, and how
 * fast that goes: before, while and after its guest is migrated.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "pattern.h"

#define PAGES_PER_MIB	((1 << 20) / TSMC_ACCESS_PAGE)

/* Pauses per second of a thread that keeps to a rate. */
#define BATCHES		100
/* Accesses between two looks around without one. */
#define FLAT_OUT_BATCH	256
/* Pages rewritten in between, so that the accesses go on. */
#define REWRITE_BATCH	64
/* Samples per second. */
#define SAMPLES		20

/* The module's header: its state and epoch, as in Documentation/hint-abi.md. */
#define HEADER		"/sys/kernel/debug/tsmc/header"
#define HEADER_STATE	36

static const char help[] =
	"usage: access [OPTION]...\n"
	"Access a table by a pattern, prove that no update is lost, and say when\n"
	"the speed is back after a migration. SIGUSR1: rewrite the whole table.\n"
	"  --pattern NAME     zipf: mostly a hot part, skewed inside (default);\n"
	"                     moving: a window that moves on; scan: one after another\n"
	"  --size MIB         the table (default 32)\n"
	"  --hot PERCENT      hot part (default 15) or window (default 10)\n"
	"  --skew NUMBER      exponent of the zipf law in the hot part (default 0.8)\n"
	"  --stray N          one access in N goes anywhere, 0: none does\n"
	"                     (default 10000)\n"
	"  --step SECONDS     the window moves on this often (default 3)\n"
	"  --scatter          neighbours in the table are none in memory\n"
	"  --threads N        threads (default 2)\n"
	"  --rate N           accesses per second and thread, 0: no limit\n"
	"                     (default 10000)\n"
	"  --truth FILE       write 'PFN hot|cold' for each page (zipf only)\n"
	"  --samples FILE     write 'SECONDS ACCESSES EPOCH STATE' 20 times a second\n"
	"  --header FILE      the module's header, which has epoch and state\n"
	"                     (default " HEADER ")\n"
	"  --seed N           of contents and order (default 1)\n"
	TSMC_REPORT_HELP;

/* Set by the signal handler, which has no other way to the threads. */
static uint32_t rewrites_wanted;

struct files {
	const char *truth;
	const char *samples;
	const char *header;
};

/* What the module says of itself; all 0 without one. */
struct module {
	int fd;
	uint32_t state;
	uint64_t epoch;
};

static void on_rewrite(int sig)
{
	(void)sig;
	__atomic_fetch_add(&rewrites_wanted, 1, __ATOMIC_RELAXED);
}

static void rewrite_some(struct access_worker *w)
{
	struct access *a = w->access;
	unsigned int i;

	if (w->rewritten == __atomic_load_n(&rewrites_wanted, __ATOMIC_RELAXED))
		return;
	for (i = 0; i < REWRITE_BATCH && w->cursor < a->zipf.ranks; i++) {
		tsmc_access_page_rewrite(a, a->page_of[w->cursor],
					 w->rewritten + 1);
		w->cursor += a->threads;
	}
	if (w->cursor < a->zipf.ranks)
		return;
	w->cursor = w->index;
	__atomic_store_n(&w->rewritten, w->rewritten + 1, __ATOMIC_RELEASE);
}

static void access_once(struct access_worker *w)
{
	struct access *a = w->access;
	uint64_t random = tsmc_random(&w->random);

	tsmc_access_page_update(a, a->page_of[a->choose(w, random)], random);
	__atomic_store_n(&w->done, w->done + 1, __ATOMIC_RELAXED);
}

/* An access has ended, for which the thread was ready at @since. */
static uint64_t note_stall(struct access_worker *w, uint64_t since)
{
	uint64_t now = tsmc_now_ns();

	if (now - since > __atomic_load_n(&w->stall_ns, __ATOMIC_RELAXED))
		__atomic_store_n(&w->stall_ns, now - since, __ATOMIC_RELAXED);
	return now;
}

static void *work(void *arg)
{
	struct access_worker *w = arg;
	uint64_t rate = w->access->rate;
	struct tsmc_pace pace = { .rate = rate < BATCHES ? rate : BATCHES };
	uint64_t batch = rate > BATCHES ? rate / BATCHES : 1;
	uint64_t ready = tsmc_now_ns();
	uint64_t i;

	if (!rate)
		batch = FLAT_OUT_BATCH;
	while (!tsmc_stop_requested()) {
		rewrite_some(w);
		tsmc_access_move_window(w);
		for (i = 0; i < batch; i++) {
			access_once(w);
			ready = note_stall(w, ready);
		}
		tsmc_report_checks(&w->access->report, batch);
		tsmc_pace(&pace);
		if (rate)
			ready = pace.next_ns;
	}
	return NULL;
}

static uint64_t all_done(struct access *a)
{
	uint64_t sum = 0;
	unsigned int t;

	for (t = 0; t < a->threads; t++)
		sum += __atomic_load_n(&a->workers[t].done, __ATOMIC_RELAXED);
	return sum;
}

static uint32_t all_rewritten(struct access *a)
{
	uint32_t least = UINT32_MAX, round;
	unsigned int t;

	for (t = 0; t < a->threads; t++) {
		round = __atomic_load_n(&a->workers[t].rewritten,
					__ATOMIC_ACQUIRE);
		if (round < least)
			least = round;
	}
	return least;
}

/* The longest since this was asked last. */
static uint64_t longest_stall(struct access *a)
{
	uint64_t longest = 0, stall;
	unsigned int t;

	for (t = 0; t < a->threads; t++) {
		stall = __atomic_exchange_n(&a->workers[t].stall_ns, 0,
					    __ATOMIC_RELAXED);
		if (stall > longest)
			longest = stall;
	}
	return longest;
}

static void look_at_module(struct module *module)
{
	char bytes[sizeof(module->state) + sizeof(module->epoch)];

	if (pread(module->fd, bytes, sizeof(bytes), HEADER_STATE) !=
	    sizeof(bytes))
		return;
	memcpy(&module->state, bytes, sizeof(module->state));
	memcpy(&module->epoch, bytes + sizeof(module->state),
	       sizeof(module->epoch));
}

/* The main thread watches the others until told to stop. */
static void watch(struct access *a, struct module *module)
{
	struct tsmc_pace pace = { .rate = SAMPLES };
	uint64_t epoch = module->epoch;
	uint32_t rewritten = 0;
	uint64_t stall;
	char remark[48];

	while (!tsmc_stop_requested()) {
		look_at_module(module);
		/* What is found now happened since the last sample. */
		stall = longest_stall(a);
		if (module->epoch != epoch) {
			tsmc_throughput_resumed(&a->throughput,
						tsmc_throughput_newest_ns(&a->throughput));
			a->stall_ns = 0;
		}
		if (stall > a->stall_ns)
			a->stall_ns = stall;
		epoch = module->epoch;
		snprintf(remark, sizeof(remark), " %llu %u",
			 (unsigned long long)epoch, module->state);
		tsmc_throughput_sample(&a->throughput, all_done(a), remark);
		if (all_rewritten(a) != rewritten) {
			rewritten = all_rewritten(a);
			tsmc_report_event(&a->report, "rewritten",
					  "rounds=%u pages=%zu", rewritten,
					  a->zipf.ranks);
		}
		tsmc_report_tick(&a->report, "accesses=%llu epoch=%llu stall_ms=%.1f",
				 (unsigned long long)all_done(a),
				 (unsigned long long)epoch, a->stall_ns / 1e6);
		tsmc_pace(&pace);
	}
}

/* Signals are for the main thread, which blocks them meanwhile. */
static void start_workers(struct access *a)
{
	uint64_t seed = a->seed;
	sigset_t ours, old;
	unsigned int t;

	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &ours, &old);
	a->start_ns = tsmc_now_ns();
	for (t = 0; t < a->threads; t++) {
		struct access_worker *w = &a->workers[t];

		w->access = a;
		w->index = w->next = w->cursor = t;
		w->random = tsmc_random(&seed);
		if (pthread_create(&w->thread, NULL, work, w))
			tsmc_die("cannot start thread %u", t);
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static bool parse_file(struct files *files, int opt, const char *arg)
{
	switch (opt) {
	case 'u':
		files->truth = arg;
		return true;
	case 'm':
		files->samples = arg;
		return true;
	case 'd':
		files->header = arg;
		return true;
	}
	return false;
}

static void parse_one(struct access *a, int opt, const char *arg)
{
	switch (opt) {
	case 's':
		a->zipf.ranks = PAGES_PER_MIB *
			tsmc_parse_number("size", arg, 1, 1 << 20);
		break;
	case 'o':
		a->hot_percent = tsmc_parse_number("hot", arg, 1, 100);
		break;
	case 'k':
		a->skew = tsmc_parse_skew(arg);
		break;
	case 'y':
		a->zipf.stray = tsmc_parse_number("stray", arg, 0, UINT32_MAX);
		break;
	case 'w':
		a->step_s = tsmc_parse_number("step", arg, 1, 3600);
		break;
	case 'c':
		a->scatter = true;
		break;
	case 't':
		a->threads = tsmc_parse_number("threads", arg, 1,
					       TSMC_ACCESS_THREADS);
		break;
	case 'r':
		a->rate = tsmc_parse_number("rate", arg, 0, UINT32_MAX);
		break;
	case 'e':
		a->seed = tsmc_parse_number("seed", arg, 0, UINT64_MAX);
		break;
	default:
		tsmc_die("try access --help");
	}
}

static void parse(struct access *a, struct files *files, int argc, char **argv)
{
	static const struct option options[] = {
		{ "pattern", required_argument, NULL, 'p' },
		{ "size", required_argument, NULL, 's' },
		{ "hot", required_argument, NULL, 'o' },
		{ "skew", required_argument, NULL, 'k' },
		{ "stray", required_argument, NULL, 'y' },
		{ "step", required_argument, NULL, 'w' },
		{ "scatter", no_argument, NULL, 'c' },
		{ "threads", required_argument, NULL, 't' },
		{ "rate", required_argument, NULL, 'r' },
		{ "truth", required_argument, NULL, 'u' },
		{ "samples", required_argument, NULL, 'm' },
		{ "header", required_argument, NULL, 'd' },
		{ "seed", required_argument, NULL, 'e' },
		TSMC_OPTION_REPORT,
		TSMC_OPTION_STATUS,
		TSMC_OPTION_HELP,
		{ }
	};
	const char *pattern = "zipf";
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (tsmc_report_option(&a->report, opt, optarg, help) ||
		    parse_file(files, opt, optarg))
			continue;
		if (opt == 'p')
			pattern = optarg;
		else
			parse_one(a, opt, optarg);
	}
	if (optind < argc)
		tsmc_die("unexpected argument %s, try access --help",
			 argv[optind]);
	if (!tsmc_access_pattern(a, pattern))
		tsmc_die("--pattern %s: expected " TSMC_ACCESS_PATTERNS,
			 pattern);
}

int main(int argc, char **argv)
{
	static struct access a = {
		.report = TSMC_REPORT_INIT("access"),
		.zipf = { .ranks = 32 * PAGES_PER_MIB, .stray = 10000 },
		.skew = 0.8,
		.threads = 2,
		.rate = 10000,
		.step_s = 3,
		.seed = 1,
	};
	struct sigaction rewrite = {
		.sa_handler = on_rewrite,
		.sa_flags = SA_RESTART,
	};
	struct files files = { .header = HEADER };
	struct module module = { .fd = -1 };
	unsigned int t;
	size_t page;

	parse(&a, &files, argc, argv);
	tsmc_report_start(&a.report);
	sigaction(SIGUSR1, &rewrite, NULL);
	tsmc_access_pattern_init(&a);
	tsmc_access_pages_init(&a);
	if (files.truth)
		tsmc_access_write_truth(&a, files.truth);
	tsmc_throughput_open(&a.throughput, &a.report, files.samples);
	module.fd = open(files.header, O_RDONLY | O_CLOEXEC);
	look_at_module(&module);
	start_workers(&a);
	tsmc_report_ready(&a.report, "base=%p bytes=%zu hot_pages=%zu",
			  (void *)a.pages, a.zipf.ranks * TSMC_ACCESS_PAGE,
			  a.zipf.hot);
	watch(&a, &module);

	for (t = 0; t < a.threads; t++)
		pthread_join(a.workers[t].thread, NULL);
	for (page = 0; page < a.zipf.ranks; page++)
		tsmc_access_page_check(&a, page);
	return tsmc_report_finish(&a.report);
}
