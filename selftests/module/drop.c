// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page cache that the disk has, too, is told from other pages, and dropped when
 * somebody asks for it; nothing else is, and no file changes.
 */
#include <fcntl.h>
#include <kselftest.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "guest_module.h"
#include "kernel_log.h"

#define PAGE		4096L
#define PAGES		400
#define PIPE_PAGES	4
#define ROUNDS		100
/* A page may be in the hands of writeback or of an LRU batch for a moment. */
#define TRIES		5
#define READERS		2
#define DIR		"/tmp/drop"
#define MOUNTED		DIR "/on"
#define MOST		(PAGES * 9 / 10)

static struct tsmc_hint_drop portion;
static volatile bool stop;

static int shell(const char *command)
{
	return system(command) ? -1 : 0;
}

/* What was changed is written to the disk only when somebody asks for it. */
static void write_back_by_itself(bool does)
{
	shell(does ? "echo 500 >/proc/sys/vm/dirty_writeback_centisecs" :
		     "echo 0 >/proc/sys/vm/dirty_writeback_centisecs");
}

static void make_disk(void)
{
	shell("modprobe -q -a loop crc32c_generic ext4");
	if (shell("mkdir -p " MOUNTED " && cd " DIR " && "
		  "dd if=/dev/zero of=disk bs=1M count=16 2>/dev/null && "
		  "losetup -f >device && losetup $(cat device) disk && "
		  "mke2fs -b 4096 -I 256 $(cat device) >/dev/null && "
		  "mount -t ext4 $(cat device) on"))
		ksft_exit_skip("no file system on a loop device here\n");
}

static unsigned char content(int file, int page)
{
	return file * 37 + page * 11 + 1;
}

/* A file whose pages can be told from one another; written to the disk or not. */
static int make_file(const char *name, int number, bool stored)
{
	int file = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), i;
	char page[PAGE];

	for (i = 0; i < PAGES; i++) {
		memset(page, content(number, i), PAGE);
		if (write(file, page, PAGE) != PAGE)
			ksft_exit_fail_msg("cannot write %s\n", name);
	}
	if (stored && fsync(file))
		ksft_exit_fail_msg("cannot store %s\n", name);
	return file;
}

static bool is_right(int file, int number)
{
	unsigned char page[PAGE];
	int i;

	for (i = 0; i < PAGES; i++) {
		if (pread(file, page, PAGE, i * PAGE) != PAGE ||
		    page[0] != content(number, i) ||
		    memcmp(page, page + 1, PAGE - 1)) {
			ksft_print_msg("page %d of file %d is wrong\n", i,
				       number);
			return false;
		}
	}
	return true;
}

/* Where memory is that this process has mapped and touched. */
static void look_up(const char *start)
{
	int map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), i;

	if (pread(map, portion.pfn, PAGES * 8, (uintptr_t)start / PAGE * 8) !=
	    PAGES * 8)
		ksft_exit_fail_msg("cannot read pagemap\n");
	for (i = 0; i < PAGES; i++)
		portion.pfn[i] &= (1ULL << 55) - 1;
	portion.count = PAGES;
	close(map);
}

/* Has every CPU put what it holds back on the LRU lists. It may move pages. */
static void drain(void)
{
	int file = open("/proc/sys/vm/compact_memory", O_WRONLY | O_CLOEXEC);

	if (write(file, "1", 1) != 1)
		ksft_print_msg("LRU batches are not drained\n");
	close(file);
}

static char *map_file(int file)
{
	char *start = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, file, 0);

	if (start == MAP_FAILED ||
	    madvise(start, PAGES * PAGE, MADV_POPULATE_READ))
		ksft_exit_fail_msg("cannot map a file\n");
	return start;
}

/* Where the pages of a file are; nobody maps them afterwards. */
static void look_up_file(int file)
{
	char *start = map_file(file);

	look_up(start);
	munmap(start, PAGES * PAGE);
}

/* How many of the portion are dropped; negative errno. */
static int ask(void)
{
	int count = module_ask_drop(&portion), i;

	for (i = 0; count >= 0 && i < TSMC_HINT_DROP_BITS / 64; i++)
		count += __builtin_popcountll(portion.dropped[i]);
	return count;
}

/* How many pages of the portion have a class. */
static int count_class(const struct tsmc_hint_header *header, unsigned int class)
{
	uint8_t *table = module_read_table(header);
	int count = 0;
	uint32_t i;

	for (i = 0; table && i < portion.count; i++)
		count += portion.pfn[i] < header->nr_pfns &&
			 TSMC_HINT_CLASS(table[portion.pfn[i]]) == class;
	free(table);
	return count;
}

static void test_classes(int stored, int dirty)
{
	struct tsmc_hint_header header;
	int known = 0, unknown, changed, try;
	char *mapped;

	for (try = 0; try < TRIES && known < MOST; try++) {
		drain();
		look_up_file(stored);
		module_prepare_cache(module_new_number(), &header);
		known = count_class(&header, TSMC_CLASS_CACHE);
	}
	module_prepare(module_new_number(), &header);
	unknown = count_class(&header, TSMC_CLASS_FILE);
	ksft_test_result(known >= MOST && unknown >= MOST,
			 "%d clean pages are called so, to those who know it\n",
			 known);
	drain();
	look_up_file(dirty);
	module_prepare_cache(module_new_number(), &header);
	changed = count_class(&header, TSMC_CLASS_FILE);
	ksft_test_result(changed >= MOST &&
			 !count_class(&header, TSMC_CLASS_CACHE),
			 "%d changed ones are not\n", changed);
	mapped = map_file(stored);
	look_up(mapped);
	module_prepare_cache(module_new_number(), &header);
	ksft_test_result(!count_class(&header, TSMC_CLASS_CACHE),
			 "nor are those that a process maps\n");
	munmap(mapped, PAGES * PAGE);
}

static void test_dropped(int file, int number, const char *what)
{
	int count = 0, try;

	for (try = 0; try < TRIES && count < MOST; try++) {
		drain();
		look_up_file(file);
		count = ask();
	}
	ksft_test_result(count >= MOST && is_right(file, number),
			 "%d pages dropped of a file that was %s\n", count,
			 what);
}

static void test_kept(const char *what)
{
	ksft_test_result(!ask(), "%s is not dropped\n", what);
}

static void test_others(int stored, int dirty)
{
	char *start = map_file(stored);
	int device, i;

	drain();
	look_up(start);
	test_kept("what a process maps");
	munmap(start, PAGES * PAGE);

	look_up_file(dirty);
	test_kept("what the disk does not have");

	start = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(start, 3, PAGES * PAGE);
	look_up(start);
	test_kept("anonymous memory");
	munmap(start, PAGES * PAGE);

	device = make_file("/dev/shm/drop", 4, true);
	look_up_file(device);
	test_kept("tmpfs");
	close(device);
	unlink("/dev/shm/drop");

	for (i = 0; i < PAGES; i++)
		portion.pfn[i] = i % 2 ? ~0ULL - i : 1ULL << (34 + i % 30);
	test_kept("what is no page");
	portion.count = UINT32_MAX;
	test_kept("what a portion has no room for");
}

static void test_pipe(int file)
{
	unsigned char page[PAGE];
	bool right = true;
	loff_t from = 0;
	int ends[2], i;

	look_up_file(file);
	if (pipe(ends) || splice(file, &from, ends[1], NULL, PIPE_PAGES * PAGE,
				 0) != PIPE_PAGES * PAGE)
		ksft_exit_fail_msg("cannot fill a pipe\n");
	ask();
	for (i = 0; i < PIPE_PAGES; i++)
		right = right && read(ends[0], page, PAGE) == PAGE &&
			page[0] == content(2, i) &&
			!(portion.dropped[0] >> i & 1);
	ksft_test_result(right, "what a pipe refers to is not dropped\n");
	close(ends[0]);
	close(ends[1]);
}

static void *read_on(void *data)
{
	int file = *(int *)data;
	intptr_t right = true;

	while (!stop && right)
		right = is_right(file, 2);
	return (void *)right;
}

static void test_readers(int file)
{
	pthread_t readers[READERS];
	bool right = true;
	long count = 0;
	void *verdict;
	int i;

	for (i = 0; i < READERS; i++)
		pthread_create(&readers[i], NULL, read_on, &file);
	for (i = 0; i < ROUNDS; i++) {
		look_up_file(file);
		count += ask();
	}
	stop = true;
	for (i = 0; i < READERS; i++) {
		pthread_join(readers[i], &verdict);
		right = right && verdict;
	}
	ksft_test_result(right && count > MOST,
			 "%ld pages dropped of a file that is read meanwhile\n",
			 count);
}

int main(void)
{
	struct tsmc_hint_header header;
	int stored, dirty, log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	make_disk();
	write_back_by_itself(false);
	ksft_set_plan(15);
	stored = make_file(MOUNTED "/stored", 1, true);
	dirty = make_file(MOUNTED "/dirty", 2, false);

	test_classes(stored, dirty);
	test_dropped(stored, 1, "written");
	test_others(stored, dirty);
	fsync(dirty);
	drain();
	posix_fadvise(dirty, 0, 0, POSIX_FADV_DONTNEED);
	test_dropped(dirty, 2, "read");
	test_pipe(dirty);
	test_readers(dirty);

	module_request("finish");
	module_wait_state(TSMC_HINT_IDLE, &header);
	ksft_test_result(is_right(stored, 1) && is_right(dirty, 2),
			 "both files are right in the end\n");
	close(stored);
	close(dirty);
	write_back_by_itself(true);
	if (shell("umount " MOUNTED " && losetup -d $(cat " DIR "/device) && "
		  "rm -r " DIR))
		ksft_print_msg("cannot unmount the disk\n");
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
