// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that are forked and executed, threads that come and go, a pipe to
 * a process that stays, and the program's own text.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "code.h"
#include "pattern.h"

#define PAGE_SIZE	4096
#define PAGE_WORDS	(PAGE_SIZE / sizeof(uint64_t))
#define COW_PAGES	16
#define THREADS		4
#define PIPE_WORDS	1024

/* How a child ends; the parent turns it into a message. */
enum child_exit {
	CHILD_OK = 0,
	CHILD_TEXT_DIFFERS = 10,
	CHILD_MEMORY_DIFFERS = 11,
	CHILD_NOT_EXECUTED = 12,
};

/**
 * struct code_process - what outlives a round
 * @random: chooses everything
 * @text_sum: checksum of the read-only segments at the start
 * @memory: pages that children inherit and change in their own copies
 * @key: contents of @memory
 * @to_peer: pipe to the process that stays
 * @from_peer: pipe back
 * @peer: its process id
 */
struct code_process {
	uint64_t random;
	uint64_t text_sum;
	uint64_t *memory;
	uint64_t key;
	int to_peer;
	int from_peer;
	pid_t peer;
};

/**
 * tsmc_code_text_sum() - checksum of all segments that nobody may write
 *
 * Return: the sum, the same for each process of this program.
 */
uint64_t tsmc_code_text_sum(void)
{
	const Elf64_Phdr *ph = (const Elf64_Phdr *)getauxval(AT_PHDR);
	unsigned long count = getauxval(AT_PHNUM);
	uint64_t sum = 0;
	unsigned long i;

	for (i = 0; i < count; i++) {
		const uint64_t *word = (const uint64_t *)ph[i].p_vaddr;
		const uint64_t *end = word + ph[i].p_filesz / sizeof(*word);

		if (ph[i].p_type != PT_LOAD || ph[i].p_flags & PF_W)
			continue;
		for (; word < end; word++)
			sum = (sum << 1 | sum >> 63) + *word;
	}
	return sum;
}

/**
 * tsmc_code_self_check() - what an executed child does
 * @expected: the parent's checksum, as text
 *
 * Return: the exit status of the child.
 */
int tsmc_code_self_check(const char *expected)
{
	if (tsmc_code_text_sum() != strtoull(expected, NULL, 16))
		return CHILD_TEXT_DIFFERS;
	return CHILD_OK;
}

static bool read_all(int fd, void *to, size_t len)
{
	while (len) {
		ssize_t n = read(fd, to, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to = (char *)to + n;
		len -= n;
	}
	return true;
}

static bool write_all(int fd, const void *from, size_t len)
{
	while (len) {
		ssize_t n = write(fd, from, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		from = (const char *)from + n;
		len -= n;
	}
	return true;
}

/* What the process at the other end of the pipes answers for a word. */
static uint64_t answer(uint64_t word)
{
	return tsmc_mix64(~word);
}

/* Lives until its pipe is closed: the signals are for the parent. */
static _Noreturn void peer_main(int in, int out)
{
	uint64_t word[PIPE_WORDS];
	size_t i;

	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	while (read_all(in, word, sizeof(word))) {
		for (i = 0; i < PIPE_WORDS; i++)
			word[i] = answer(word[i]);
		if (!write_all(out, word, sizeof(word)))
			break;
	}
	_exit(0);
}

static void peer_start(struct code_process *p)
{
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		tsmc_die("cannot make pipes: %s", strerror(errno));
	p->peer = fork();
	if (p->peer < 0)
		tsmc_die("cannot fork: %s", strerror(errno));
	if (!p->peer) {
		close(to[1]);
		close(from[0]);
		peer_main(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	p->to_peer = to[1];
	p->from_peer = from[0];
}

static void memory_fill(struct code_process *p, uint64_t key)
{
	size_t i;

	p->key = key;
	for (i = 0; i < COW_PAGES * PAGE_WORDS; i++)
		p->memory[i] = tsmc_pattern_word(key, i);
}

/* Index of the first wrong word, or the number of words. */
static size_t memory_compare(struct code_process *p)
{
	size_t i;

	for (i = 0; i < COW_PAGES * PAGE_WORDS; i++)
		if (p->memory[i] != tsmc_pattern_word(p->key, i))
			break;
	return i;
}

/**
 * tsmc_code_process_open() - set up memory, text sum and the peer
 * @seed: of everything
 *
 * Return: the state; does not return on failure.
 */
struct code_process *tsmc_code_process_open(uint64_t seed)
{
	struct code_process *p = calloc(1, sizeof(*p));

	if (!p)
		tsmc_die("no memory");
	p->random = seed;
	p->memory = mmap(NULL, COW_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->memory == MAP_FAILED)
		tsmc_die("no memory for pages to be copied on write");
	memory_fill(p, tsmc_random(&p->random));
	p->text_sum = tsmc_code_text_sum();
	peer_start(p);
	return p;
}

/* Checks and changes its copy of the memory, then becomes a new program. */
static _Noreturn void child_main(struct code_process *p)
{
	char sum[17];
	char * const argv[] = { "code", "--self-check", sum, NULL };

	if (memory_compare(p) < COW_PAGES * PAGE_WORDS)
		_exit(CHILD_MEMORY_DIFFERS);
	memory_fill(p, ~p->key);
	if (memory_compare(p) < COW_PAGES * PAGE_WORDS)
		_exit(CHILD_MEMORY_DIFFERS);

	snprintf(sum, sizeof(sum), "%llx", (unsigned long long)p->text_sum);
	execv("/proc/self/exe", argv);
	_exit(CHILD_NOT_EXECUTED);
}

static const char *child_problem(int status)
{
	if (WIFSIGNALED(status))
		return strsignal(WTERMSIG(status));
	switch (WEXITSTATUS(status)) {
	case CHILD_TEXT_DIFFERS:
		return "its text differs from the parent's";
	case CHILD_MEMORY_DIFFERS:
		return "its copy of the memory is wrong";
	case CHILD_NOT_EXECUTED:
		return "it could not be executed";
	}
	return "it failed";
}

static void check_child(struct code_process *p, struct tsmc_report *r)
{
	pid_t pid = fork();
	int status;
	size_t i;

	if (pid < 0) {
		tsmc_report_fail(r, "fork: %s", strerror(errno));
		return;
	}
	if (!pid)
		child_main(p);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno == EINTR)
			continue;
		tsmc_report_fail(r, "wait for child: %s", strerror(errno));
		return;
	}
	if (status)
		tsmc_report_fail(r, "forked child: %s: expected status 0 found %#x",
				 child_problem(status), status);
	i = memory_compare(p);
	if (i < COW_PAGES * PAGE_WORDS)
		tsmc_report_fail(r,
				 "memory shared with a child, word %zu at %p: expected %#llx found %#llx",
				 i, (void *)&p->memory[i],
				 (unsigned long long)tsmc_pattern_word(p->key, i),
				 (unsigned long long)p->memory[i]);
	memory_fill(p, tsmc_random(&p->random));
	tsmc_report_checks(r, 2);
}

static void check_text(struct code_process *p, struct tsmc_report *r)
{
	uint64_t sum = tsmc_code_text_sum();

	tsmc_report_checks(r, 1);
	if (sum == p->text_sum)
		return;
	tsmc_report_fail(r, "checksum of the program's text: expected %#llx found %#llx",
			 (unsigned long long)p->text_sum,
			 (unsigned long long)sum);
	p->text_sum = sum;
}

static __thread uint64_t thread_key;

/* Fills a few pages of a fresh stack, then reads them back. */
static void *thread_main(void *arg)
{
	uint64_t word[4 * PAGE_WORDS];
	uint64_t sum = 0;
	size_t i;

	thread_key = (uint64_t)arg;
	for (i = 0; i < ARRAY_SIZE(word); i++)
		__atomic_store_n(&word[i], thread_key + i, __ATOMIC_RELAXED);
	sched_yield();
	for (i = 0; i < ARRAY_SIZE(word); i++)
		sum += __atomic_load_n(&word[i], __ATOMIC_RELAXED);
	return (void *)(sum ^ thread_key);
}

static void check_threads(struct code_process *p, struct tsmc_report *r)
{
	const uint64_t n = 4 * PAGE_WORDS;
	pthread_t thread[THREADS];
	uint64_t key[THREADS];
	int started, i, error;

	for (started = 0; started < THREADS; started++) {
		key[started] = tsmc_random(&p->random);
		error = pthread_create(&thread[started], NULL, thread_main,
				       (void *)key[started]);
		if (error) {
			tsmc_report_fail(r, "create thread: %s",
					 strerror(error));
			break;
		}
	}
	for (i = 0; i < started; i++) {
		uint64_t expected = (key[i] * n + n * (n - 1) / 2) ^ key[i];
		void *found;

		pthread_join(thread[i], &found);
		if ((uint64_t)found != expected)
			tsmc_report_fail(r, "result of thread %d: expected %#llx found %#llx",
					 i, (unsigned long long)expected,
					 (unsigned long long)found);
		tsmc_report_checks(r, 1);
	}
}

static void check_pipe(struct code_process *p, struct tsmc_report *r)
{
	uint64_t key = tsmc_random(&p->random);
	uint64_t word[PIPE_WORDS];
	size_t i;

	for (i = 0; i < PIPE_WORDS; i++)
		word[i] = tsmc_pattern_word(key, i);
	tsmc_report_checks(r, 1);
	if (!write_all(p->to_peer, word, sizeof(word)) ||
	    !read_all(p->from_peer, word, sizeof(word))) {
		tsmc_report_fail(r, "pipe to process %d broke", p->peer);
		return;
	}
	for (i = 0; i < PIPE_WORDS; i++) {
		uint64_t expected = answer(tsmc_pattern_word(key, i));

		if (word[i] == expected)
			continue;
		tsmc_report_fail(r, "word %zu through a pipe: expected %#llx found %#llx",
				 i, (unsigned long long)expected,
				 (unsigned long long)word[i]);
		return;
	}
}

/**
 * tsmc_code_process_round() - one child, some threads, one exchange
 * @p: the state
 * @r: findings
 */
void tsmc_code_process_round(struct code_process *p, struct tsmc_report *r)
{
	check_text(p, r);
	check_child(p, r);
	check_threads(p, r);
	check_pipe(p, r);
}

/**
 * tsmc_code_process_close() - end the process at the other end of the pipe
 * @p: the state
 */
void tsmc_code_process_close(struct code_process *p)
{
	close(p->to_peer);
	close(p->from_peer);
	waitpid(p->peer, NULL, 0);
}
