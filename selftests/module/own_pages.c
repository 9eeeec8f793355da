// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes memory of every kind, finds its pages through /proc/self/pagemap, and
 * compares with what the table says of them.
 */
#include <fcntl.h>
#include <kselftest.h>
#include <link.h>
#include <linux/loop.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "own_pages.h"

#define PAGE		4096UL
#define HUGE		(2UL << 20)
#define AREA_BYTES	(4UL << 20)
#define PIPE_PAGES	16

#define PAGEMAP_PRESENT	(1ULL << 63)
#define PAGEMAP_SWAPPED	(1ULL << 62)
#define PAGEMAP_PFN	((1ULL << 55) - 1)

static void *anonymous(size_t bytes, int prot, int flags)
{
	void *start = mmap(NULL, bytes, prot,
			   MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (start == MAP_FAILED)
		ksft_exit_fail_msg("no memory: %s\n", strerror(errno));
	return start;
}

/**
 * own_pages_add - include memory that the caller has made
 * @own: all the memory
 * @what: for people
 * @start: its first byte
 * @bytes: its length
 * @classes: CLASS_BIT() of each class that its pages may have
 *
 * Return: the area.
 */
struct own_area *own_pages_add(struct own_pages *own, const char *what,
			       void *start, size_t bytes, unsigned int classes)
{
	uintptr_t first = (uintptr_t)start & ~(PAGE - 1);
	struct own_area *area = &own->areas[own->nr++];

	area->what = what;
	area->start = (char *)first;
	area->pages = ((uintptr_t)start + bytes - first + PAGE - 1) / PAGE;
	area->classes = classes;
	area->pfns = calloc(area->pages, sizeof(*area->pfns));
	return area;
}

static void add_anonymous(struct own_pages *own)
{
	char *small = anonymous(AREA_BYTES, PROT_READ | PROT_WRITE, 0);
	char *huge = anonymous(2 * AREA_BYTES, PROT_READ | PROT_WRITE, 0);
	char *locked = anonymous(AREA_BYTES / 4, PROT_READ | PROT_WRITE, 0);

	huge += HUGE - (uintptr_t)huge % HUGE;
	madvise(small, AREA_BYTES, MADV_NOHUGEPAGE);
	madvise(huge, AREA_BYTES, MADV_HUGEPAGE);
	madvise(locked, AREA_BYTES / 4, MADV_NOHUGEPAGE);
	memset(small, 1, AREA_BYTES);
	memset(huge, 2, AREA_BYTES);
	memset(locked, 3, AREA_BYTES / 4);
	own_pages_add(own, "anonymous memory", small, AREA_BYTES,
		      CLASS_BIT(TSMC_CLASS_ANON));
	own_pages_add(own, "anonymous memory in huge pages", huge, AREA_BYTES,
		      CLASS_BIT(TSMC_CLASS_ANON));
	if (!mlock(locked, AREA_BYTES / 4))
		own_pages_add(own, "memory locked by mlock", locked,
			      AREA_BYTES / 4, CLASS_BIT(TSMC_CLASS_ANON));
}

/* Pages that a pipe refers to, as a device in the middle of a transfer does. */
static void add_referenced(struct own_pages *own)
{
	char *start = anonymous(PIPE_PAGES * PAGE, PROT_READ | PROT_WRITE, 0);
	struct iovec iov = { start, PIPE_PAGES * PAGE };
	int ends[2];

	madvise(start, iov.iov_len, MADV_NOHUGEPAGE);
	memset(start, 4, iov.iov_len);
	if (pipe(ends) || vmsplice(ends[1], &iov, 1, 0) != (ssize_t)iov.iov_len)
		ksft_exit_fail_msg("cannot fill a pipe: %s\n", strerror(errno));
	own_pages_add(own, "memory that a pipe refers to", start, iov.iov_len,
		      CLASS_BIT(TSMC_CLASS_PINNED));
}

static void *map_file(int file, int prot)
{
	void *start = mmap(NULL, AREA_BYTES, prot, MAP_SHARED, file, 0);

	if (start == MAP_FAILED ||
	    madvise(start, AREA_BYTES, MADV_POPULATE_READ))
		ksft_exit_fail_msg("cannot map a file: %s\n", strerror(errno));
	return start;
}

/*
 * A block device has a page cache; no file system is needed. The kernel
 * detaches this one once the test has ended. Returns it opened, or -1.
 */
static int open_disk(void)
{
	struct loop_config config = {
		.fd = memfd_create("own_disk", 0),
		.info.lo_flags = LO_FLAGS_AUTOCLEAR,
	};
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), disk;
	char name[32];

	if (control < 0 && !system("modprobe -q loop"))
		control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return -1;
	snprintf(name, sizeof(name), "/dev/loop%d",
		 ioctl(control, LOOP_CTL_GET_FREE));
	close(control);
	disk = open(name, O_RDWR | O_CLOEXEC);
	if (disk < 0 || ftruncate(config.fd, AREA_BYTES) ||
	    ioctl(disk, LOOP_CONFIGURE, &config))
		ksft_exit_fail_msg("cannot set up %s: %s\n", name,
				   strerror(errno));
	return disk;
}

static void add_files(struct own_pages *own)
{
	int memory = memfd_create("own_pages", 0), disk;
	void *start;

	if (memory < 0 || ftruncate(memory, AREA_BYTES))
		ksft_exit_fail_msg("no memfd: %s\n", strerror(errno));
	start = map_file(memory, PROT_READ | PROT_WRITE);
	memset(start, 5, AREA_BYTES);
	own_pages_add(own, "shared memory", start, AREA_BYTES,
		      CLASS_BIT(TSMC_CLASS_SHMEM));

	disk = open_disk();
	if (disk < 0) {
		ksft_print_msg("no loop devices: page cache is not tested\n");
		return;
	}
	own_pages_add(own, "page cache", map_file(disk, PROT_READ), AREA_BYTES,
		      CLASS_BIT(TSMC_CLASS_FILE));
}

static int add_segments(struct dl_phdr_info *info, size_t size, void *data)
{
	struct own_pages *own = data;
	int i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		const Elf64_Phdr *segment = &info->dlpi_phdr[i];

		/* The first object is the program; the vDSO is the kernel's. */
		if (segment->p_type == PT_LOAD && segment->p_flags & PF_X)
			own_pages_add(own, "code of the program",
				      (char *)info->dlpi_addr +
				      segment->p_vaddr, segment->p_memsz,
				      CLASS_BIT(TSMC_CLASS_EXEC));
	}
	return 1;
}

static void add_code(struct own_pages *own)
{
	const size_t bytes = 64 * PAGE;
	char *start = anonymous(bytes, PROT_READ | PROT_WRITE, 0);

	memset(start, 0xc3, bytes);
	if (mprotect(start, bytes, PROT_READ | PROT_EXEC))
		ksft_exit_fail_msg("mprotect: %s\n", strerror(errno));
	own_pages_add(own, "code that the program wrote itself", start, bytes,
		      CLASS_BIT(TSMC_CLASS_EXEC));
	dl_iterate_phdr(add_segments, own);
}

/**
 * own_pages_create - make memory of every kind and touch all of it
 * @own: all zero
 */
void own_pages_create(struct own_pages *own)
{
	add_anonymous(own);
	add_referenced(own);
	add_files(own);
	add_code(own);
	own_pages_settle(own);
}

/**
 * own_pages_settle - have the kernel put pages on the lists they belong to
 * @own: all the memory
 *
 * New pages wait in batches, with a reference held, until a batch is full.
 * Compaction begins by emptying the batches.
 */
void own_pages_settle(struct own_pages *own)
{
	int file = open("/proc/sys/vm/compact_memory", O_WRONLY | O_CLOEXEC);

	if (file >= 0 && write(file, "1", 1) != 1)
		ksft_print_msg("compact_memory: %s\n", strerror(errno));
	if (file >= 0)
		close(file);
	own_pages_look_up(own);
}

/**
 * own_pages_look_up - find out where the pages are
 * @own: all the memory
 */
void own_pages_look_up(struct own_pages *own)
{
	int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	unsigned int i;
	size_t page;

	if (file < 0)
		ksft_exit_skip("no /proc/self/pagemap\n");
	for (i = 0; i < own->nr; i++) {
		struct own_area *area = &own->areas[i];
		size_t bytes = area->pages * sizeof(*area->pfns);

		if (pread(file, area->pfns, bytes, (uintptr_t)area->start /
			  PAGE * sizeof(*area->pfns)) != (ssize_t)bytes)
			ksft_exit_fail_msg("pagemap: %s\n", strerror(errno));
		for (page = 0; page < area->pages; page++) {
			uint64_t entry = area->pfns[page];

			area->pfns[page] = 0;
			if (entry & PAGEMAP_PRESENT &&
			    !(entry & PAGEMAP_SWAPPED))
				area->pfns[page] = entry & PAGEMAP_PFN;
		}
	}
	close(file);
}

/**
 * own_area_matches - compare what the table says of an area
 * @area: with its pages looked up
 * @header: the table's header
 * @table: the table's bytes
 *
 * Return: whether it is right about every page; figures are printed.
 */
bool own_area_matches(const struct own_area *area,
		      const struct tsmc_hint_header *header,
		      const uint8_t *table)
{
	unsigned int wrong[16] = { };
	size_t page, present = 0, right = 0;
	unsigned int class;

	for (page = 0; page < area->pages; page++) {
		uint64_t pfn = area->pfns[page];

		if (!pfn)
			continue;
		present++;
		class = pfn < header->nr_pfns ? TSMC_HINT_CLASS(table[pfn]) :
						TSMC_CLASS_UNKNOWN;
		if (area->classes & CLASS_BIT(class))
			right++;
		else
			wrong[class]++;
	}
	for (class = 0; class < ARRAY_SIZE(wrong); class++)
		if (wrong[class])
			ksft_print_msg("%s: %u pages of class %u\n",
				       area->what, wrong[class], class);
	ksft_print_msg("%s: %zu of %zu pages are classed right\n",
		       area->what, right, present);
	return present && right == present;
}
