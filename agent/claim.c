// SPDX-License-Identifier: GPL-2.0-or-later
#include "claim.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Not in /run/tsmc, of which nothing outlives a session. */
#define CLAIMS		"/run/tsmc.lock"
#define MONITORS	"/run/tsmc.monitors"

/* The byte of the domain's number is locked. The lock goes with the process, however that ends. */
static int lock_byte(const char *path, uint32_t domid)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = domid, .l_len = 1 };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), rc;

	if (fd < 0)
		return -errno;
	if (!fcntl(fd, F_OFD_SETLK, &lock))
		return fd;
	rc = errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
	close(fd);
	return rc;
}

/**
 * tsmc_claim - become the one agent that deals with a domain
 * @domid: the domain
 *
 * Return: a descriptor to close; -EBUSY when another process has the domain;
 * another negative errno.
 */
int tsmc_claim(uint32_t domid)
{
	return lock_byte(CLAIMS, domid);
}

/**
 * tsmc_claim_end - become the one monitor that waits for the end of a domain
 * @domid: the domain
 *
 * Keeps no agent from moving it.
 *
 * Return: as tsmc_claim().
 */
int tsmc_claim_end(uint32_t domid)
{
	return lock_byte(MONITORS, domid);
}

/**
 * tsmc_claimed - whether an agent deals with a domain
 * @domid: the domain
 *
 * Takes nothing: whoever wants to claim the domain meanwhile is not in the way of this.
 *
 * Return: true when a process has the claim.
 */
bool tsmc_claimed(uint32_t domid)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = domid, .l_len = 1 };
	int fd = open(CLAIMS, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool claimed;

	if (fd < 0)
		return false;
	claimed = !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
	close(fd);
	return claimed;
}
