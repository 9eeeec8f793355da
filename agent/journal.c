// SPDX-License-Identifier: GPL-2.0-or-later
#include "journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *suffix(enum tsmc_phase phase)
{
	return tsmc_phase_is_source(phase) ? ".source" : ".target";
}

/**
 * tsmc_run_path - where a session keeps something
 * @session: names it
 * @suffix: what
 * @path: result, TSMC_RUN_PATH_MAX bytes
 */
void tsmc_run_path(const uint8_t *session, const char *suffix, char *path)
{
	char hex[2 * TSMC_WIRE_SESSION_LEN + 1];

	for (unsigned int i = 0; i < TSMC_WIRE_SESSION_LEN; i++)
		sprintf(hex + 2 * i, "%02x", session[i]);
	snprintf(path, TSMC_RUN_PATH_MAX, TSMC_RUN_DIR "/%s%s", hex, suffix);
}

/**
 * tsmc_run_dir - have the directory of all sessions
 *
 * Return: 0 or negative errno.
 */
int tsmc_run_dir(void)
{
	return mkdir(TSMC_RUN_DIR, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

/* Once renamed the record is what others find: a failure here must not be taken for the record before. */
static void sync_directory(void)
{
	int fd = open(TSMC_RUN_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static int write_file(const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600), rc = 0;
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

static int replace(const struct tsmc_journal *journal)
{
	char path[TSMC_RUN_PATH_MAX], beside[TSMC_RUN_PATH_MAX + 4], text[TSMC_JOURNAL_MAX];
	int rc = tsmc_journal_format(journal, text, sizeof(text));

	if (rc < 0)
		return rc;
	tsmc_run_path(journal->session, suffix(journal->phase), path);
	snprintf(beside, sizeof(beside), "%s.new", path);
	rc = tsmc_run_dir() ?: write_file(beside, text, rc);
	if (!rc && rename(beside, path))
		rc = -errno;
	if (rc)
		unlink(beside);
	else
		sync_directory();
	return rc;
}

/**
 * tsmc_journal_write - replace a record
 * @journal: its content
 * @log: where a failure is told
 *
 * Return: 0 when it will be found whatever happens to this process; negative errno, and
 * then the record before is still there.
 */
int tsmc_journal_write(const struct tsmc_journal *journal, const struct tsmc_log *log)
{
	int rc = replace(journal);

	if (rc)
		tsmc_log(log, TSMC_LOG_ERROR, "cannot write down in " TSMC_RUN_DIR " that %s is '%s': %s",
			 journal->name, tsmc_phase_name(journal->phase), strerror(-rc));
	return rc;
}

/**
 * tsmc_journal_enter - write down the next phase before its first step
 * @journal: the record; @journal->phase changes only on success
 * @phase: the next
 * @log: where a failure is told
 *
 * Return: as tsmc_journal_write().
 */
int tsmc_journal_enter(struct tsmc_journal *journal, enum tsmc_phase phase, const struct tsmc_log *log)
{
	enum tsmc_phase before = journal->phase;
	int rc;

	journal->phase = phase;
	rc = tsmc_journal_write(journal, log);
	if (rc)
		journal->phase = before;
	return rc;
}

/**
 * tsmc_journal_remove - nothing is left to decide
 * @journal: may never have been written
 */
void tsmc_journal_remove(const struct tsmc_journal *journal)
{
	char path[TSMC_RUN_PATH_MAX], beside[TSMC_RUN_PATH_MAX + 4];

	tsmc_run_path(journal->session, suffix(journal->phase), path);
	snprintf(beside, sizeof(beside), "%s.new", path);
	unlink(beside);
	if (!unlink(path))
		sync_directory();
}

static int read_file(const char *path, struct tsmc_journal *journal)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char text[TSMC_JOURNAL_MAX];
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text));
	close(fd);
	if (len < 0)
		return -EIO;
	return tsmc_journal_parse(text, len, journal);
}

/**
 * tsmc_journal_reload - read a record again
 * @journal: as it was read before the claim on its domain was ours
 *
 * Return: 0; -ENOENT when nothing is left to decide; -EPROTO when it is damaged.
 */
int tsmc_journal_reload(struct tsmc_journal *journal)
{
	char path[TSMC_RUN_PATH_MAX];

	tsmc_run_path(journal->session, suffix(journal->phase), path);
	return read_file(path, journal);
}

/**
 * tsmc_journal_of_session - the target's record
 * @session: of this migration
 * @journal: result
 *
 * Return: 0; -ENOENT; -EPROTO when it is damaged.
 */
int tsmc_journal_of_session(const uint8_t *session, struct tsmc_journal *journal)
{
	char path[TSMC_RUN_PATH_MAX];

	tsmc_run_path(session, ".target", path);
	return read_file(path, journal);
}

struct search {
	const char *name;
	struct tsmc_journal *found;
};

static int is_source_of(const struct tsmc_journal *journal, void *opaque)
{
	struct search *search = opaque;

	if (strcmp(journal->name, search->name) || !tsmc_phase_is_source(journal->phase))
		return 0;
	*search->found = *journal;
	return 1;
}

/**
 * tsmc_journal_of_source - the source's record of a guest
 * @name: the guest's
 * @journal: result; untouched when there is none
 *
 * Return: 0; -ENOENT.
 */
int tsmc_journal_of_source(const char *name, struct tsmc_journal *journal)
{
	struct search search = { name, journal };

	return tsmc_journal_each(is_source_of, &search) ? 0 : -ENOENT;
}

/**
 * tsmc_journal_readable - whether tsmc_journal_each() would see what there is
 * @log: where it is told why not
 *
 * Return: true when the records can be read, or none was ever written.
 */
bool tsmc_journal_readable(const struct tsmc_log *log)
{
	if (!access(TSMC_RUN_DIR, R_OK | X_OK) || errno == ENOENT)
		return true;
	tsmc_log(log, TSMC_LOG_ERROR, "cannot read the records in " TSMC_RUN_DIR ": %s; is tsmc-agent run as root?",
		 strerror(errno));
	return false;
}

static bool is_record(const char *name)
{
	size_t len = strlen(name), tail = strlen(".source");

	return len > tail && (!strcmp(name + len - tail, ".source") || !strcmp(name + len - tail, ".target"));
}

/**
 * tsmc_journal_each - go through all records of this host
 * @take: gets each; 0 goes on
 * @opaque: for @take
 *
 * Damaged ones are passed over: they are never written in place.
 *
 * Return: what @take returned, or 0.
 */
int tsmc_journal_each(int (*take)(const struct tsmc_journal *journal, void *opaque), void *opaque)
{
	DIR *dir = opendir(TSMC_RUN_DIR);
	struct tsmc_journal journal;
	char path[sizeof(TSMC_RUN_DIR) + sizeof(((struct dirent *)0)->d_name)];
	struct dirent *entry;
	int rc = 0;

	if (!dir)
		return 0;
	while (!rc && (entry = readdir(dir))) {
		if (!is_record(entry->d_name))
			continue;
		snprintf(path, sizeof(path), TSMC_RUN_DIR "/%s", entry->d_name);
		if (!read_file(path, &journal))
			rc = take(&journal, opaque);
	}
	closedir(dir);
	return rc;
}
