// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One small file for all agents of a host. It is read, changed and replaced under a lock on its
 * directory, which goes with the process that has it. Nothing that happens to it may be felt by a
 * migration: it is touched when all else is done.
 */
#include "counters.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"

#define NAME	"counters"
#define BESIDE	NAME ".new"
#define BROKEN	NAME ".broken"

/* Others have the lock for as long as the disk takes for a page. */
#define LOCK_LIMIT_NS	(5 * 1000000000ULL)
#define LOCK_LOOK_NS	(20 * 1000000L)

static int open_directory(void)
{
	int fd = open(TSMC_COUNTERS_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -errno : fd;
}

static int lock(int dir)
{
	const struct timespec look = { .tv_nsec = LOCK_LOOK_NS };
	uint64_t limit = tsmc_now_ns() + LOCK_LIMIT_NS;

	/* A signal could be somebody else's: waiting in the kernel would need one to end. */
	while (flock(dir, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (tsmc_now_ns() > limit)
			return -EBUSY;
		nanosleep(&look, NULL);
	}
	return 0;
}

/* -EPROTO: something is there, but no counters. */
static int load(int dir, struct tsmc_counters *counters)
{
	/* Not to wait for a writer, should it be a pipe. */
	int fd = openat(dir, NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[TSMC_COUNTERS_MAX + 1];
	ssize_t len;

	*counters = (struct tsmc_counters){ 0 };
	if (fd < 0)
		return errno == ENOENT ? 0 : errno == ELOOP ? -EPROTO : -errno;
	len = read(fd, text, TSMC_COUNTERS_MAX);
	if (len < 0)
		len = errno == EISDIR ? -EPROTO : -errno;
	close(fd);
	if (len < 0)
		return (int)len;
	text[len] = '\0';
	return tsmc_counters_parse(text, len, counters);
}

static int write_beside(int dir, const char *text, size_t len)
{
	int fd = openat(dir, BESIDE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644), rc = 0;
	ssize_t done;

	if (fd < 0)
		return -errno;
	done = write(fd, text, len);
	if (done != (ssize_t)len)
		rc = done < 0 ? -errno : -ENOSPC;
	if (!rc && fsync(fd))
		rc = -errno;
	if (close(fd) && !rc)
		rc = -errno;
	return rc;
}

static int store(int dir, const struct tsmc_counters *counters)
{
	char text[TSMC_COUNTERS_MAX];
	int rc = tsmc_counters_format(counters, text, sizeof(text));

	if (rc < 0)
		return rc;
	rc = write_beside(dir, text, rc);
	if (!rc && renameat(dir, BESIDE, dir, NAME))
		rc = -errno;
	if (rc)
		unlinkat(dir, BESIDE, 0);
	else
		fsync(dir);
	return rc;
}

/* Whoever wants to know what was in it finds it there. */
static int begin_anew(int dir, const struct tsmc_log *log)
{
	if (renameat(dir, NAME, dir, BROKEN))
		return -errno;
	tsmc_log(log, TSMC_LOG_WARN,
		 TSMC_COUNTERS_DIR "/" NAME " was damaged: it is now " BROKEN ", and counting begins anew");
	return 0;
}

static int count(int dir, const struct tsmc_ending *ending, const struct tsmc_log *log)
{
	struct tsmc_counters counters;
	int rc;

	rc = lock(dir);
	if (rc)
		return rc;
	rc = load(dir, &counters);
	if (rc == -EPROTO) {
		counters = (struct tsmc_counters){ 0 };
		rc = begin_anew(dir, log);
	}
	if (rc)
		return rc;
	tsmc_counters_add(&counters, ending);
	return store(dir, &counters);
}

/**
 * tsmc_counters_count - count a migration that has ended
 * @ending: how; an outcome of NONE is not counted
 * @log: where it is told why it cannot be counted
 *
 * Takes at most 5 s for the lock. The file before is as it was after a failure.
 */
void tsmc_counters_count(const struct tsmc_ending *ending, const struct tsmc_log *log)
{
	int dir, rc = 0;

	if (ending->outcome == TSMC_OUTCOME_NONE)
		return;
	if (mkdir(TSMC_COUNTERS_DIR, 0755) && errno != EEXIST)
		rc = -errno;
	dir = rc ? rc : open_directory();
	rc = dir < 0 ? dir : count(dir, ending, log);
	if (dir >= 0)
		close(dir);
	if (rc)
		tsmc_log(log, TSMC_LOG_WARN, "this migration is not counted in " TSMC_COUNTERS_DIR ": %s", strerror(-rc));
}

/**
 * tsmc_counters_read - all that was counted
 * @counters: result; all 0 when nothing was
 * @log: where a failure is told
 *
 * Needs no lock: the file is replaced as a whole.
 *
 * Return: 0; -EPROTO when the file is damaged; another negative errno.
 */
int tsmc_counters_read(struct tsmc_counters *counters, const struct tsmc_log *log)
{
	int dir = open_directory(), rc;

	*counters = (struct tsmc_counters){ 0 };
	if (dir == -ENOENT)
		return 0;
	rc = dir < 0 ? dir : load(dir, counters);
	if (dir >= 0)
		close(dir);
	if (rc == -EPROTO)
		tsmc_log(log, TSMC_LOG_ERROR,
			 TSMC_COUNTERS_DIR "/" NAME " is damaged; the next migration sets it aside and begins anew");
	else if (rc)
		tsmc_log(log, TSMC_LOG_ERROR, "cannot read " TSMC_COUNTERS_DIR "/" NAME ": %s", strerror(-rc));
	return rc;
}
