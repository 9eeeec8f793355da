// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files written, synced and read again, through the page cache and past it.
 *
 * Direct reads and writes use anonymous buffers that the program does not
 * touch itself before the kernel hands them to the disk: after a migration
 * such a buffer may still be missing when it is granted to the backend.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pattern.h"
#include "report.h"

#define MAX_FILES	64

/* Buffers per file: most of them rest for a long time. */
#define BUFFER_FACTOR	4

static const char help[] =
	"usage: filesystem --dir DIR [OPTION]...\n"
	"Write files in DIR, read them again and compare.\n"
	"  --dir DIR          where the files are made; they are removed at the end\n"
	"  --files N          number of files (default 8)\n"
	"  --file-size KIB    size of each (default 128)\n"
	"  --rate N           operations per second, 0: no limit (default 20)\n"
	"  --seed N           of contents and order (default 1)\n"
	TSMC_REPORT_HELP;

/**
 * struct file - one file
 * @path: its name
 * @cached: descriptor that uses the page cache
 * @direct: descriptor that does not
 * @key: contents
 */
struct file {
	char path[4096];
	int cached;
	int direct;
	uint64_t key;
};

/**
 * struct buffer - anonymous memory as large as a file
 * @words: the memory
 * @key: contents
 */
struct buffer {
	uint64_t *words;
	uint64_t key;
};

/**
 * struct filesystem - all of it
 * @report: findings
 * @dir: where the files are
 * @size: bytes per file
 * @files: number of files
 * @file: the files
 * @buffer: the buffers, BUFFER_FACTOR per file
 * @bounce: what cached reads go to
 * @random: chooses files, buffers and contents
 * @operations: operations done
 */
struct filesystem {
	struct tsmc_report report;
	const char *dir;
	size_t size;
	unsigned int files;
	struct file file[MAX_FILES];
	struct buffer buffer[MAX_FILES * BUFFER_FACTOR];
	uint64_t *bounce;
	uint64_t random;
	uint64_t operations;
};

static void fill(struct filesystem *fs, uint64_t *words, uint64_t key)
{
	size_t i;

	for (i = 0; i < fs->size / sizeof(*words); i++)
		words[i] = tsmc_pattern_word(key, i);
}

static bool compare(struct filesystem *fs, struct file *f, const char *how,
		    const uint64_t *words)
{
	size_t i;

	tsmc_report_checks(&fs->report, 1);
	for (i = 0; i < fs->size / sizeof(*words); i++) {
		uint64_t expected = tsmc_pattern_word(f->key, i);

		if (words[i] == expected)
			continue;
		tsmc_report_fail(&fs->report,
				 "%s of %s at offset %zu: expected %#llx found %#llx",
				 how, f->path, i * sizeof(*words),
				 (unsigned long long)expected,
				 (unsigned long long)words[i]);
		return false;
	}
	return true;
}

/* One transfer of a whole file; a short one is repeated for the rest. */
static bool transfer(struct filesystem *fs, struct file *f, int fd, bool write,
		     uint64_t *words)
{
	size_t done = 0;

	while (done < fs->size) {
		char *at = (char *)words + done;
		ssize_t n = write ? pwrite(fd, at, fs->size - done, done) :
				    pread(fd, at, fs->size - done, done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			tsmc_report_fail(&fs->report, "%s of %s at offset %zu: %s",
					 write ? "write" : "read", f->path,
					 done, n ? strerror(errno) :
					 "unexpected end of file");
			return false;
		}
		done += n;
	}
	return true;
}

/* Onto the disk, and out of the page cache: the next read is a real one. */
static bool settle(struct filesystem *fs, struct file *f)
{
	int error;

	if (fsync(f->cached)) {
		tsmc_report_fail(&fs->report, "fsync of %s: %s", f->path,
				 strerror(errno));
		return false;
	}
	error = posix_fadvise(f->cached, 0, 0, POSIX_FADV_DONTNEED);
	if (error) {
		tsmc_report_fail(&fs->report, "drop the cache of %s: %s",
				 f->path, strerror(error));
		return false;
	}
	return true;
}

static bool write_cached(struct filesystem *fs, struct file *f,
			 struct buffer *b)
{
	b->key = tsmc_random(&fs->random);
	fill(fs, b->words, b->key);
	f->key = b->key;
	return transfer(fs, f, f->cached, true, b->words) && settle(fs, f);
}

static bool write_direct(struct filesystem *fs, struct file *f,
			 struct buffer *b)
{
	f->key = b->key;
	return transfer(fs, f, f->direct, true, b->words) && settle(fs, f) &&
	       transfer(fs, f, f->cached, false, fs->bounce) &&
	       compare(fs, f, "cached read after direct write", fs->bounce);
}

static bool read_cached(struct filesystem *fs, struct file *f,
			struct buffer *b)
{
	(void)b;
	return transfer(fs, f, f->cached, false, fs->bounce) &&
	       compare(fs, f, "cached read", fs->bounce);
}

static bool read_direct(struct filesystem *fs, struct file *f,
			struct buffer *b)
{
	b->key = f->key;
	return transfer(fs, f, f->direct, false, b->words) &&
	       compare(fs, f, "direct read", b->words);
}

static void step(struct filesystem *fs)
{
	static bool (*const operations[])(struct filesystem *fs,
					  struct file *f,
					  struct buffer *b) = {
		write_cached, write_direct, read_cached, read_direct,
	};
	uint64_t random = tsmc_random(&fs->random);
	struct file *f = &fs->file[random % fs->files];
	struct buffer *b = &fs->buffer[(random >> 16) %
				       (fs->files * BUFFER_FACTOR)];
	bool ok;

	/* What is about to be overwritten is looked at for the last time. */
	ok = read_direct(fs, f, &fs->buffer[(random >> 32) %
					    (fs->files * BUFFER_FACTOR)]) &&
	     operations[(random >> 48) % ARRAY_SIZE(operations)](fs, f, b);
	if (!ok) {
		size_t i;

		/* Start again from known contents, so that it counts once. */
		for (i = 0; i < fs->files * BUFFER_FACTOR; i++) {
			fs->buffer[i].key = tsmc_random(&fs->random);
			fill(fs, fs->buffer[i].words, fs->buffer[i].key);
		}
		write_cached(fs, f, b);
	}
	fs->operations++;
}

static uint64_t *allocate(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		tsmc_die("no memory for a buffer of %zu bytes", size);
	return p;
}

static void setup(struct filesystem *fs)
{
	unsigned int i;

	fs->bounce = allocate(fs->size);
	for (i = 0; i < fs->files * BUFFER_FACTOR; i++) {
		fs->buffer[i].words = allocate(fs->size);
		fs->buffer[i].key = tsmc_random(&fs->random);
		fill(fs, fs->buffer[i].words, fs->buffer[i].key);
	}
	for (i = 0; i < fs->files; i++) {
		struct file *f = &fs->file[i];

		if (snprintf(f->path, sizeof(f->path), "%s/workload-%02u",
			     fs->dir, i) >= (int)sizeof(f->path))
			tsmc_die("--dir %s: name too long", fs->dir);
		f->cached = open(f->path, O_RDWR | O_CREAT | O_TRUNC, 0644);
		if (f->cached < 0)
			tsmc_die("cannot create %s: %s", f->path,
				 strerror(errno));
		f->direct = open(f->path, O_RDWR | O_DIRECT);
		if (f->direct < 0)
			tsmc_die("cannot open %s for direct I/O: %s", f->path,
				 strerror(errno));
		if (!write_cached(fs, f, &fs->buffer[i]))
			tsmc_die("cannot write %s", f->path);
	}
}

static void finish(struct filesystem *fs)
{
	unsigned int i;

	for (i = 0; i < fs->files; i++) {
		read_direct(fs, &fs->file[i], &fs->buffer[i]);
		unlink(fs->file[i].path);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "dir", required_argument, NULL, 'd' },
		{ "files", required_argument, NULL, 'f' },
		{ "file-size", required_argument, NULL, 'z' },
		{ "rate", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 'e' },
		TSMC_OPTION_REPORT,
		TSMC_OPTION_STATUS,
		TSMC_OPTION_HELP,
		{ }
	};
	static struct filesystem fs = {
		.report = TSMC_REPORT_INIT("filesystem"),
		.size = 128 << 10,
		.files = 8,
		.random = 1,
	};
	struct tsmc_pace pace = { .rate = 20 };
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (tsmc_report_option(&fs.report, opt, optarg, help))
			continue;
		switch (opt) {
		case 'd':
			fs.dir = optarg;
			break;
		case 'f':
			fs.files = tsmc_parse_number("files", optarg, 1,
						     MAX_FILES);
			break;
		case 'z':
			/* Direct I/O wants whole pages. */
			fs.size = tsmc_parse_number("file-size", optarg, 4,
						    1 << 20) / 4 * 4 << 10;
			break;
		case 'r':
			pace.rate = tsmc_parse_number("rate", optarg, 0, 10000);
			break;
		case 'e':
			fs.random = tsmc_parse_number("seed", optarg, 0,
						      UINT64_MAX);
			break;
		default:
			tsmc_die("try filesystem --help");
		}
	}
	if (optind < argc || !fs.dir)
		tsmc_die("expected --dir DIR and no other argument, try filesystem --help");

	tsmc_report_start(&fs.report);
	setup(&fs);
	tsmc_report_ready(&fs.report, "dir=%s files=%u bytes=%zu", fs.dir,
			  fs.files, fs.size);
	while (!tsmc_stop_requested()) {
		step(&fs);
		tsmc_report_tick(&fs.report, "operations=%llu",
				 (unsigned long long)fs.operations);
		tsmc_pace(&pace);
	}
	finish(&fs);
	return tsmc_report_finish(&fs.report);
}
