// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file is mapped and shared: what was stored before the process was killed is there for the next.
 * It need not outlive the kernel, so nothing is ever synced.
 */
#include "carry_over.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal.h"
#include "xen_glue.h"

#define MAGIC	0x33474154534d5354ULL	/* "TSMSTAG3" */

/* Begins the file; the bitmap follows, then what the ioreq server needs. */
struct head {
	uint64_t magic;
	uint64_t nr_gfns;
	uint32_t nr_vcpus;
	uint32_t io_len;
};

static size_t map_len(uint64_t nr_gfns)
{
	return (nr_gfns + 63) / 64 * 8;
}

static size_t file_len(uint64_t nr_gfns, unsigned int nr_vcpus)
{
	return sizeof(struct head) + map_len(nr_gfns) + tsmc_ioreq_state_len(nr_vcpus);
}

static int map(struct tsmc_carry_over *carry, int fd)
{
	void *area = mmap(NULL, carry->len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (area == MAP_FAILED)
		return -errno;
	carry->area = area;
	carry->missing = (uint64_t *)((char *)area + sizeof(struct head));
	/* Aligned for its 64-bit words: what is before it is a multiple of 8 long. */
	carry->io = (char *)carry->missing + map_len(carry->nr_gfns);
	return 0;
}

/**
 * tsmc_carry_over_create - begin
 * @carry: filled in; tsmc_carry_over_close() unmaps
 * @session: of the migration; a file that it has already is emptied
 * @nr_gfns: bound of the guest's frames
 * @nr_vcpus: of the guest
 *
 * All room is taken now: a full file system is no surprise later.
 *
 * Return: 0 or negative errno.
 */
int tsmc_carry_over_create(struct tsmc_carry_over *carry, const uint8_t *session, uint64_t nr_gfns,
			   unsigned int nr_vcpus)
{
	struct head head = { MAGIC, nr_gfns, nr_vcpus, (uint32_t)tsmc_ioreq_state_len(nr_vcpus) };
	char path[TSMC_RUN_PATH_MAX];
	int fd, rc;

	*carry = (struct tsmc_carry_over){ .nr_gfns = nr_gfns, .nr_vcpus = nr_vcpus,
					   .len = file_len(nr_gfns, nr_vcpus) };
	memcpy(carry->session, session, sizeof(carry->session));
	tsmc_run_path(session, ".pages", path);
	rc = tsmc_run_dir();
	if (rc)
		return rc;
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	rc = -posix_fallocate(fd, 0, (off_t)carry->len);
	if (!rc)
		rc = map(carry, fd);
	close(fd);
	if (rc)
		unlink(path);
	else
		memcpy(carry->area, &head, sizeof(head));
	return rc;
}

/* The file is ours, but the agent before may have been another version. */
static int check(const struct head *head, uint64_t len)
{
	if (head->magic != MAGIC || !head->nr_vcpus || head->nr_gfns > TSMC_WIRE_GFN_MASK + 1 ||
	    head->io_len != tsmc_ioreq_state_len(head->nr_vcpus) ||
	    len != file_len(head->nr_gfns, head->nr_vcpus))
		return -EPROTO;
	return 0;
}

/**
 * tsmc_carry_over_open - go on where another process was
 * @carry: filled in; tsmc_carry_over_close() unmaps
 * @session: of the migration
 *
 * Return: 0; -ENOENT when there is none; -EPROTO when it is not as this agent writes it;
 * another negative errno.
 */
int tsmc_carry_over_open(struct tsmc_carry_over *carry, const uint8_t *session)
{
	char path[TSMC_RUN_PATH_MAX];
	struct head head;
	struct stat stat;
	int fd, rc;

	*carry = (struct tsmc_carry_over){ 0 };
	memcpy(carry->session, session, sizeof(carry->session));
	tsmc_run_path(session, ".pages", path);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &stat) || read(fd, &head, sizeof(head)) != sizeof(head))
		rc = -EPROTO;
	else
		rc = check(&head, stat.st_size);
	if (!rc) {
		carry->nr_gfns = head.nr_gfns;
		carry->nr_vcpus = head.nr_vcpus;
		carry->len = file_len(head.nr_gfns, head.nr_vcpus);
		rc = map(carry, fd);
	}
	close(fd);
	return rc;
}

/**
 * tsmc_carry_over_close - unmap
 * @carry: zeroed, created or opened
 */
void tsmc_carry_over_close(struct tsmc_carry_over *carry)
{
	if (carry->area)
		munmap(carry->area, carry->len);
	*carry = (struct tsmc_carry_over){ 0 };
}

/**
 * tsmc_carry_over_remove - nobody has to go on any more
 * @session: of the migration; it may have none
 */
void tsmc_carry_over_remove(const uint8_t *session)
{
	char path[TSMC_RUN_PATH_MAX];

	tsmc_run_path(session, ".pages", path);
	unlink(path);
}
