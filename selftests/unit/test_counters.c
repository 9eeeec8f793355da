// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The counters of a host: their text, and the file that many agents change and that nothing may be
 * felt of. Each test has a small file system of its own in /var/lib.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counters.h"
#include "privileges.h"
#include "silent.h"
#include "unit.h"

#define PLACE		TSMC_COUNTERS_DIR "/counters"
#define AGENTS		8
#define EACH		25

static const struct tsmc_log no_log;

static const struct tsmc_ending sample = {
	.side = TSMC_SIDE_SOURCE, .outcome = TSMC_OUTCOME_COMPLETED,
	.figures = { .ns = 16100000000ULL, .bytes = 139146035, .pages = 33000, .downtime_ns = 854000000 },
};

static const char sample_text[] =
	"tsmc-counters 1\n"
	"source completed 1 16100000000 139146035 33000 854000000 0 0\n"
	"source failed 0 0 0 0 0 0 0\n"
	"source abandoned 0 0 0 0 0 0 0\n"
	"target completed 0 0 0 0 0 0 0\n"
	"target failed 0 0 0 0 0 0 0\n"
	"target abandoned 0 0 0 0 0 0 0\n"
	"downtime-max-ns 854000000\n";

static void text_there_and_back(void)
{
	struct tsmc_counters counters = { 0 }, back;
	char text[TSMC_COUNTERS_MAX];

	tsmc_counters_add(&counters, &sample);
	EXPECT(tsmc_counters_format(&counters, text, sizeof(text)) == (int)strlen(sample_text));
	EXPECT(!strcmp(text, sample_text));
	EXPECT(!tsmc_counters_parse(text, strlen(text), &back));
	EXPECT(!memcmp(&back, &counters, sizeof(back)));
}

static void the_largest_fit(void)
{
	struct tsmc_counters counters, back;
	char text[TSMC_COUNTERS_MAX];
	int len;

	memset(&counters, 0, sizeof(counters));
	counters.downtime_max_ns = UINT64_MAX;
	for (enum tsmc_side side = 0; side < TSMC_SIDE_NR; side++) {
		for (enum tsmc_outcome outcome = TSMC_OUTCOME_COMPLETED; outcome < TSMC_OUTCOME_NR; outcome++) {
			counters.ended[side][outcome] = UINT64_MAX;
			memset(&counters.figures[side][outcome], 0xff, sizeof(counters.figures[side][outcome]));
		}
	}
	len = tsmc_counters_format(&counters, text, sizeof(text));
	EXPECT(len > 0 && !tsmc_counters_parse(text, len, &back));
	EXPECT(!memcmp(&back, &counters, sizeof(back)));
	for (int room = 1; room <= len; room++)
		EXPECT(tsmc_counters_format(&counters, text, room) == -E2BIG);
}

static void sums_and_the_longest(void)
{
	struct tsmc_ending shorter = sample, other = { .side = TSMC_SIDE_TARGET, .outcome = TSMC_OUTCOME_FAILED,
						       .figures = { .ns = 5, .bytes = 6 } };
	struct tsmc_counters counters = { 0 };

	shorter.figures.downtime_ns = 1;
	tsmc_counters_add(&counters, &sample);
	tsmc_counters_add(&counters, &shorter);
	tsmc_counters_add(&counters, &other);
	EXPECT(counters.ended[TSMC_SIDE_SOURCE][TSMC_OUTCOME_COMPLETED] == 2);
	EXPECT(counters.ended[TSMC_SIDE_TARGET][TSMC_OUTCOME_FAILED] == 1);
	EXPECT(counters.figures[TSMC_SIDE_SOURCE][TSMC_OUTCOME_COMPLETED].downtime_ns == 854000001);
	EXPECT(counters.figures[TSMC_SIDE_TARGET][TSMC_OUTCOME_FAILED].bytes == 6);
	EXPECT(counters.downtime_max_ns == 854000000);
}

static void no_part_is_taken_for_the_whole(void)
{
	struct tsmc_counters counters;
	char text[sizeof(sample_text) + 1];

	for (size_t len = 0; len < strlen(sample_text); len++) {
		memcpy(text, sample_text, len);
		text[len] = '\0';
		EXPECT(tsmc_counters_parse(text, len, &counters) == -EPROTO);
	}
	snprintf(text, sizeof(text), "%s\n", sample_text);
	EXPECT(tsmc_counters_parse(text, strlen(text), &counters) == -EPROTO);
}

/* What is taken is digits where digits were: nothing else can be changed unnoticed. */
static void a_changed_byte_is_noticed(void)
{
	struct tsmc_counters counters;
	char text[sizeof(sample_text)];

	for (size_t at = 0; at < strlen(sample_text); at++) {
		for (int byte = 0; byte < 256; byte++) {
			memcpy(text, sample_text, sizeof(text));
			text[at] = (char)byte;
			if (byte == sample_text[at] || tsmc_counters_parse(text, strlen(sample_text), &counters))
				continue;
			EXPECT(byte >= '0' && byte <= '9' && sample_text[at] >= '0' && sample_text[at] <= '9');
		}
	}
}

static void fresh(void)
{
	umount2("/var/lib", MNT_DETACH);
	EXPECT(!mount("tmpfs", "/var/lib", "tmpfs", 0, "size=64k"));
}

static uint64_t counted(void)
{
	struct tsmc_counters counters;

	EXPECT(!tsmc_counters_read(&counters, &no_log));
	return counters.ended[TSMC_SIDE_SOURCE][TSMC_OUTCOME_COMPLETED];
}

static void put_file(const char *text)
{
	FILE *file;

	mkdir(TSMC_COUNTERS_DIR, 0755);
	file = fopen(PLACE, "w");
	EXPECT(file);
	fputs(text, file);
	EXPECT(!fclose(file));
}

static void counted_in_the_file(void)
{
	struct tsmc_ending none = sample;
	struct stat stat_of;

	none.outcome = TSMC_OUTCOME_NONE;
	fresh();
	EXPECT(!counted());
	tsmc_counters_count(&none, &no_log);
	EXPECT(stat(TSMC_COUNTERS_DIR, &stat_of) && errno == ENOENT);
	tsmc_counters_count(&sample, &no_log);
	EXPECT(counted() == 1);
	tsmc_counters_count(&sample, &no_log);
	EXPECT(counted() == 2);
	EXPECT(stat(PLACE ".new", &stat_of) && errno == ENOENT);
	EXPECT(!stat(PLACE, &stat_of) && (stat_of.st_mode & 0777) == 0644);
}

static void many_at_once(void)
{
	fresh();
	for (int agent = 0; agent < AGENTS; agent++) {
		pid_t child = fork();

		EXPECT(child >= 0);
		if (child)
			continue;
		for (int i = 0; i < EACH; i++)
			tsmc_counters_count(&sample, &no_log);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	EXPECT(counted() == AGENTS * EACH);
}

static void a_full_disk(void)
{
	static const char block[4096];
	struct stat stat_of;
	int fd;

	fresh();
	tsmc_counters_count(&sample, &no_log);
	fd = open("/var/lib/ballast", O_WRONLY | O_CREAT, 0600);
	EXPECT(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	EXPECT(errno == ENOSPC && !close(fd));
	tsmc_counters_count(&sample, &no_log);
	EXPECT(counted() == 1 && stat(PLACE ".new", &stat_of) && errno == ENOENT);
	EXPECT(!unlink("/var/lib/ballast"));
	tsmc_counters_count(&sample, &no_log);
	EXPECT(counted() == 2);
}

static void a_broken_file(void)
{
	struct tsmc_counters counters;
	struct stat stat_of;

	fresh();
	put_file("tsmc-counters 1\nsource completed ");
	EXPECT(tsmc_counters_read(&counters, &no_log) == -EPROTO);
	tsmc_counters_count(&sample, &no_log);
	EXPECT(counted() == 1 && !stat(PLACE ".broken", &stat_of) && stat_of.st_size == 33);
	/* No file at all: it must not be waited for, either. */
	EXPECT(!unlink(PLACE) && !mkfifo(PLACE, 0600));
	tsmc_counters_count(&sample, &no_log);
	EXPECT(counted() == 1);
	EXPECT(!unlink(PLACE) && !unlink(PLACE ".broken") && !mkdir(PLACE, 0700));
	tsmc_counters_count(&sample, &no_log);
	EXPECT(counted() == 1);
	/* Nobody has an agent write elsewhere. */
	EXPECT(!unlink(PLACE) && !symlink("/var/lib/elsewhere", PLACE) && !symlink("/var/lib/beside", PLACE ".new"));
	tsmc_counters_count(&sample, &no_log);
	EXPECT(stat("/var/lib/elsewhere", &stat_of) && stat("/var/lib/beside", &stat_of));
}

static void no_directory(void)
{
	fresh();
	EXPECT(!close(open(TSMC_COUNTERS_DIR, O_CREAT | O_WRONLY, 0600)));
	tsmc_counters_count(&sample, &no_log);
	EXPECT(!unlink(TSMC_COUNTERS_DIR));
	EXPECT(!counted());
}

/* Somebody has the lock for good: the migration ends all the same. */
static void a_lock_for_good(void)
{
	int dir;

	fresh();
	tsmc_counters_count(&sample, &no_log);
	dir = open(TSMC_COUNTERS_DIR, O_RDONLY | O_DIRECTORY);
	EXPECT(dir >= 0 && !flock(dir, LOCK_EX));
	alarm(60);
	tsmc_counters_count(&sample, &no_log);
	alarm(0);
	close(dir);
	EXPECT(counted() == 1);
}

/* At the end of a migration hardly a privilege is left. */
static void without_privileges(void)
{
	pid_t child;

	fresh();
	child = fork();
	EXPECT(child >= 0);
	if (!child) {
		tsmc_privileges_drop(&no_log);
		tsmc_counters_count(&sample, &no_log);
		tsmc_counters_count(&sample, &no_log);
		_exit(0);
	}
	EXPECT(waitpid(child, NULL, 0) == child);
	EXPECT(counted() == 2);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the text is as documented, there and back", text_there_and_back },
		{ "the largest numbers fit", the_largest_fit },
		{ "figures add up, and the longest downtime stays", sums_and_the_longest },
		{ "no part is taken for the whole", no_part_is_taken_for_the_whole },
		{ "a changed byte is noticed or a digit", a_changed_byte_is_noticed },
		{ "what has ended is counted in the file", counted_in_the_file },
		{ "many agents at once lose nothing", many_at_once },
		{ "on a full disk what was counted stays", a_full_disk },
		{ "a broken file is set aside", a_broken_file },
		{ "without a directory nothing is counted", no_directory },
		{ "a lock that is never given up is waited for in vain", a_lock_for_good },
		{ "an agent without privileges counts", without_privileges },
	};

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		ksft_print_header();
		ksft_exit_skip("no file systems of its own: %s\n", strerror(errno));
	}
	unit_run(tests, ARRAY_SIZE(tests));
}
