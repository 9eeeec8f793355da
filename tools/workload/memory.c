// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Anonymous memory under constant change, every byte of it checked: threads
 * update pages, the main thread scans all of them again and again.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory_page.h"

#define PAGES_PER_MIB	((1 << 20) / TSMC_PAGE_SIZE)

/* Pauses per second of a thread that keeps to a rate. */
#define BATCHES		100

/* Of the updates, so many go to a seam when --mix all is given: 1 in ... */
#define SEAM_SHARE	16

static const char help[] =
	"usage: memory [OPTION]...\n"
	"Update anonymous memory and prove that no update is lost.\n"
	"  --size MIB         memory to use (default 64)\n"
	"  --hot MIB          part that takes 7 of 8 updates (default 16)\n"
	"  --threads N        updating threads (default 2)\n"
	"  --rate N           updates per second and thread, 0: no limit\n"
	"                     (default 2000)\n"
	"  --scan MIB         check so much per second, 0: no limit (default 16)\n"
	"  --mix locked|all   locked and plain accesses, or also string, SIMD,\n"
	"                     xchg and cmpxchg16b ones (default locked)\n"
	"  --seed N           of contents and order (default 1)\n"
	TSMC_REPORT_HELP;

static void add_locked(struct worker *w, size_t page, bool compare)
{
	struct memory *m = w->memory;
	struct mirror *mirror = &w->mirror[page];
	struct head *head = tsmc_page_head(m, page);
	uint64_t old;

	tsmc_store(&w->added.begun, w->added.begun + 1);
	tsmc_store(&mirror->added.begun, mirror->added.begun + 1);
	if (compare) {
		old = tsmc_load(&head->count);
		while (!__atomic_compare_exchange_n(&head->count, &old, old + 1,
						    false, __ATOMIC_SEQ_CST,
						    __ATOMIC_SEQ_CST))
			continue;
	} else {
		old = 1;
		asm volatile("lock xaddq %0, %1"
			     : "+r" (old), "+m" (head->count)
			     : : "memory", "cc");
	}
	/* This thread's own updates are in the counter, whatever others do. */
	if (old < mirror->added.done)
		tsmc_page_fail(m, page, compare ? "lock cmpxchg" : "lock xadd",
			  &head->count - tsmc_page_words(m, page),
			  mirror->added.done, UINT64_MAX, old);
	tsmc_store(&mirror->added.done, mirror->added.done + 1);
	tsmc_store(&w->added.done, w->added.done + 1);
}

static void store_slot(struct worker *w, size_t page)
{
	struct memory *m = w->memory;
	struct mirror *mirror = &w->mirror[page];
	struct head *head = tsmc_page_head(m, page);
	uint64_t *slot = &head->slot[w->index];
	uint64_t expected = tsmc_slot_start(tsmc_page_ident(m, page), w->index) +
			    mirror->stored.done;
	uint64_t found = tsmc_load(slot);

	if (found != expected)
		tsmc_page_fail(m, page, "slot before a store",
			  slot - tsmc_page_words(m, page), expected, expected,
			  found);
	tsmc_store(&mirror->stored.begun, mirror->stored.begun + 1);
	tsmc_store(slot, expected + 1);
	tsmc_store(&mirror->stored.done, mirror->stored.done + 1);
}

/* Seams belong to the thread whose number is theirs modulo the threads. */
static size_t own_seam(struct worker *w, size_t page)
{
	struct memory *m = w->memory;
	size_t seam = page - page % m->threads + w->index;

	return seam < m->seams.count ? seam : w->index;
}

static void update(struct worker *w)
{
	struct memory *m = w->memory;
	uint64_t random = tsmc_random(&w->random);
	size_t range = random & 7 ? m->hot_pages : m->pages;
	size_t page = (random >> 16) % range;
	unsigned int kind = random >> 3 & 3;

	if (m->all && (random >> 5) % SEAM_SHARE == 0)
		tsmc_seam_update(&m->seams, own_seam(w, page),
				 own_seam(w, (random >> 24) % m->pages),
				 tsmc_random(&w->random));
	else if (kind == 3)
		store_slot(w, page);
	else
		add_locked(w, page, kind == 2);
	tsmc_store(&w->updates, w->updates + 1);
	tsmc_report_checks(&m->report, 1);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	uint64_t rate = w->memory->rate;
	struct tsmc_pace pace = { .rate = rate < BATCHES ? rate : BATCHES };
	uint64_t batch = rate > BATCHES ? rate / BATCHES : 1;
	uint64_t i;

	while (!tsmc_stop_requested()) {
		for (i = 0; i < batch; i++)
			update(w);
		tsmc_pace(&pace);
	}
	return NULL;
}

static void scan_page(struct memory *m, size_t page, uint64_t *sum)
{
	if (!m->bad[page] && !tsmc_page_check(m, page, sum))
		m->bad[page] = true;
	if (page < m->seams.count)
		tsmc_seam_check(&m->seams, page);
	tsmc_report_checks(&m->report, 1);
}

static uint64_t all_added(struct memory *m, bool begun)
{
	uint64_t sum = 0;
	unsigned int t;

	for (t = 0; t < m->threads; t++)
		sum += tsmc_load(begun ? &m->workers[t].added.begun :
			    &m->workers[t].added.done);
	return sum;
}

static void tick(struct memory *m)
{
	char updates[MAX_THREADS * 21 + 1];
	size_t used = 0;
	unsigned int t;

	for (t = 0; t < m->threads; t++)
		used += snprintf(updates + used, sizeof(updates) - used,
				 "%s%llu", t ? "," : "",
				 (unsigned long long)tsmc_load(&m->workers[t].updates));
	tsmc_report_tick(&m->report, "passes=%llu updates=%s",
			 (unsigned long long)m->passes, updates);
}

/* One scan over everything; @paced ones end early when told to stop. */
static void scan_all(struct memory *m, bool paced)
{
	struct tsmc_pace pace = { .rate = paced && m->scan ? BATCHES : 0 };
	size_t batch = m->scan * PAGES_PER_MIB / BATCHES + 1;
	uint64_t done = all_added(m, false);
	uint64_t sum = 0, begun;
	size_t page;

	for (page = 0; page < m->pages; page++) {
		scan_page(m, page, &sum);
		if (page % batch)
			continue;
		tick(m);
		if (paced && tsmc_stop_requested())
			return;
		tsmc_pace(&pace);
	}
	begun = all_added(m, true);
	if (!m->report.errors && !tsmc_page_within(sum, done, begun))
		tsmc_report_fail(&m->report,
				 "sum of all counters: threads made %llu..%llu updates, pages hold %llu",
				 (unsigned long long)done,
				 (unsigned long long)begun,
				 (unsigned long long)sum);
	m->passes++;
}

static void *allocate(size_t size, const char *what)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		tsmc_die("no memory for %s (%zu bytes)", what, size);
	return p;
}

static void setup(struct memory *m)
{
	uint64_t seed = m->seed;
	unsigned int t;
	size_t page;

	m->base = allocate(m->pages * TSMC_PAGE_SIZE, "the area");
	m->bad = allocate(m->pages * sizeof(*m->bad), "the page flags");
	for (page = 0; page < m->pages; page++)
		tsmc_page_init(m, page);
	tsmc_seams_init(&m->seams, m->base, m->pages, tsmc_random(&seed),
			&m->report);
	for (t = 0; t < m->threads; t++) {
		struct worker *w = &m->workers[t];

		w->memory = m;
		w->index = t;
		w->random = tsmc_random(&seed);
		w->mirror = allocate(m->pages * sizeof(*w->mirror),
				     "the mirror");
	}
}

/* The stop signals are for the main thread, which blocks them meanwhile. */
static void start_workers(struct memory *m)
{
	sigset_t stop, old;
	unsigned int t;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	pthread_sigmask(SIG_BLOCK, &stop, &old);
	for (t = 0; t < m->threads; t++)
		if (pthread_create(&m->workers[t].thread, NULL, work,
				   &m->workers[t]))
			tsmc_die("cannot start thread %u", t);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static bool parse_mix(const char *arg)
{
	if (!strcmp(arg, "all"))
		return true;
	if (strcmp(arg, "locked"))
		tsmc_die("--mix %s: expected locked or all", arg);
	return false;
}

static void parse(struct memory *m, int argc, char **argv)
{
	static const struct option options[] = {
		{ "size", required_argument, NULL, 's' },
		{ "hot", required_argument, NULL, 'o' },
		{ "threads", required_argument, NULL, 't' },
		{ "rate", required_argument, NULL, 'r' },
		{ "scan", required_argument, NULL, 'c' },
		{ "mix", required_argument, NULL, 'm' },
		{ "seed", required_argument, NULL, 'e' },
		TSMC_OPTION_REPORT,
		TSMC_OPTION_STATUS,
		TSMC_OPTION_HELP,
		{ }
	};
	uint64_t size = 64, hot = 16;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (tsmc_report_option(&m->report, opt, optarg, help))
			continue;
		switch (opt) {
		case 's':
			size = tsmc_parse_number("size", optarg, 1, 1 << 20);
			break;
		case 'o':
			hot = tsmc_parse_number("hot", optarg, 1, 1 << 20);
			break;
		case 't':
			m->threads = tsmc_parse_number("threads", optarg, 1,
						       MAX_THREADS);
			break;
		case 'r':
			m->rate = tsmc_parse_number("rate", optarg, 0,
						    UINT32_MAX);
			break;
		case 'c':
			m->scan = tsmc_parse_number("scan", optarg, 0,
						    1 << 20);
			break;
		case 'm':
			m->all = parse_mix(optarg);
			break;
		case 'e':
			m->seed = tsmc_parse_number("seed", optarg, 0,
						    UINT64_MAX);
			break;
		default:
			tsmc_die("try memory --help");
		}
	}
	if (optind < argc)
		tsmc_die("unexpected argument %s, try memory --help",
			 argv[optind]);
	if (hot > size)
		hot = size;
	m->pages = size * PAGES_PER_MIB;
	m->hot_pages = hot * PAGES_PER_MIB;
}

int main(int argc, char **argv)
{
	static struct memory m = {
		.report = TSMC_REPORT_INIT("memory"),
		.threads = 2,
		.rate = 2000,
		.scan = 16,
		.seed = 1,
	};
	unsigned int t;

	parse(&m, argc, argv);
	tsmc_report_start(&m.report);
	setup(&m);
	start_workers(&m);
	tsmc_report_ready(&m.report, "base=%p bytes=%zu", (void *)m.base,
			  m.pages * TSMC_PAGE_SIZE);

	while (!tsmc_stop_requested())
		scan_all(&m, true);

	for (t = 0; t < m.threads; t++)
		pthread_join(m.workers[t].thread, NULL);
	scan_all(&m, false);
	return tsmc_report_finish(&m.report);
}
