// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that come and go, memory, files, threads, readers of debugfs and
 * of netlink: each in a process of its own, until told to stop.
 */
#include <fcntl.h>
#include <kselftest.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "activity.h"
#include "family.h"

#define PAGE		4096UL
#define AREA_BYTES	(256UL << 10)
#define FILE_BYTES	(64UL << 10)
#define THREADS		4
/* Between two rounds: unloading is to meet them, not to wait for a processor. */
#define PAUSE_US	500000

static bool exec_something(void)
{
	pid_t pid = vfork();
	int status;

	if (!pid) {
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static bool fork_something(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		/* Its own copies of some of our pages. */
		char stack[8 * PAGE];

		explicit_bzero(stack, sizeof(stack));
		_exit(0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static int come_and_go(void)
{
	return fork_something() && exec_something() ? 1 : -1;
}

/* Anonymous memory that is written, given away in part, moved, executable. */
static int use_memory(void)
{
	char *area = mmap(NULL, AREA_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *moved;
	size_t at;

	if (area == MAP_FAILED)
		return -1;
	for (at = 0; at < AREA_BYTES; at += PAGE)
		area[at] = 1;
	madvise(area, AREA_BYTES / 4, MADV_DONTNEED);
	if (mprotect(area + AREA_BYTES / 2, AREA_BYTES / 4,
		     PROT_READ | PROT_EXEC))
		return -1;
	moved = mremap(area, AREA_BYTES / 4, AREA_BYTES / 2, MREMAP_MAYMOVE);
	if (moved == MAP_FAILED || munmap(moved, AREA_BYTES / 2) ||
	    munmap(area + AREA_BYTES / 4, 3 * AREA_BYTES / 4))
		return -1;
	return 1;
}

/* A file's pages, written and mapped as code, and gone again. */
static int use_file(void)
{
	static char block[FILE_BYTES];
	int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	volatile char *map;
	int ret = -1;
	size_t at;

	if (file < 0)
		return -1;
	if (write(file, block, sizeof(block)) != sizeof(block))
		goto out;
	map = mmap(NULL, FILE_BYTES, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
	if (map == MAP_FAILED)
		goto out;
	for (at = 0; at < FILE_BYTES; at += PAGE)
		(void)map[at];
	if (!ftruncate(file, FILE_BYTES / 2) &&
	    !munmap((void *)map, FILE_BYTES))
		ret = 1;
out:
	close(file);
	return ret;
}

static void *thread(void *data)
{
	return data;
}

static int use_threads(void)
{
	pthread_t threads[THREADS];
	int i, nr = 0;

	while (nr < THREADS && !pthread_create(&threads[nr], NULL, thread, NULL))
		nr++;
	for (i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	return nr == THREADS ? 1 : -1;
}

/* The files are there at times only. */
static int read_debugfs(void)
{
	static const char * const names[] = { "header", "table", "exec_touches" };
	static char content[1UL << 16];
	int file, ret = 0;
	unsigned int i;
	char path[64];

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/tsmc/%s",
			 names[i]);
		file = open(path, O_RDONLY | O_CLOEXEC);
		if (file < 0)
			continue;
		while (read(file, content, sizeof(content)) > 0)
			ret = 1;
		close(file);
	}
	return ret;
}

static int dump_mappings(struct family *family, pid_t pid)
{
	struct nlmsghdr *request = family_begin(family, TSMC_CMD_MAPPING_GET,
						NLM_F_DUMP);

	mnl_attr_put_u32(request, TSMC_A_PID, pid);
	return family_talk(family, request, NULL, NULL);
}

/* The family is there at times only, and may go before the answer. */
static int read_netlink(void)
{
	struct family family;
	int ret = family_open(&family);

	ret = ret ?: family_ask(&family, TSMC_CMD_HOT_GET, NLM_F_DUMP, NULL,
				NULL);
	ret = ret ?: family_ask(&family, TSMC_CMD_PROCESS_GET, NLM_F_DUMP,
				NULL, NULL);
	ret = ret ?: dump_mappings(&family, getppid());
	if (family.socket)
		family_close(&family);
	return !ret;
}

/* A round returns 1, 0 if there was nothing to do, or a negative number. */
static struct {
	const char *what;
	int (*round)(void);
	pid_t pid;
} all[] = {
	{ .what = "processes", .round = come_and_go },
	{ .what = "memory", .round = use_memory },
	{ .what = "files", .round = use_file },
	{ .what = "threads", .round = use_threads },
	{ .what = "debugfs", .round = read_debugfs },
	{ .what = "netlink", .round = read_netlink },
};

/* Rounds of each; shared with their processes. */
static volatile unsigned long *rounds;

static void repeat(unsigned int which)
{
	int ret = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	do {
		rounds[which] += ret;
		usleep(PAUSE_US);
		ret = all[which].round();
	} while (ret >= 0);
	_exit(1);
}

/**
 * activity_start - start it all
 */
void activity_start(void)
{
	unsigned int i;

	rounds = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (rounds == MAP_FAILED)
		ksft_exit_fail_msg("no memory\n");
	fflush(stdout);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		all[i].pid = fork();
		if (all[i].pid < 0)
			ksft_exit_fail_msg("no process for %s\n", all[i].what);
		if (!all[i].pid)
			repeat(i);
	}
}

/**
 * activity_stop - stop it all
 *
 * Return: whether all of it had gone on until now; prints how much it was.
 */
bool activity_stop(void)
{
	bool good = true;
	unsigned int i;
	int status;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		kill(all[i].pid, SIGKILL);
		waitpid(all[i].pid, &status, 0);
		ksft_print_msg("%s: %lu times\n", all[i].what, rounds[i]);
		if (!rounds[i] || !WIFSIGNALED(status)) {
			ksft_print_msg("%s: did not go on\n", all[i].what);
			good = false;
		}
	}
	munmap((void *)rounds, PAGE);
	return good;
}
