/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network of the test's own, with loopback alone: ports are free and the link can be cut. /run is its
 * own, too.
 */
#ifndef TSMC_OWN_NETWORK_H
#define TSMC_OWN_NETWORK_H

#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kselftest.h"

static inline void own_network_link(bool up)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = up ? IFF_UP : 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		ksft_exit_fail_msg("cannot switch loopback: %s\n", strerror(errno));
	close(fd);
}

/* Skips all tests where nobody may have a network of their own. */
static inline void own_network_enter(void)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0)
		ksft_exit_skip("needs root for a network of its own\n");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0)
		ksft_exit_skip("cannot mount a /run of its own: %s\n", strerror(errno));
	own_network_link(true);
}

#endif /* TSMC_OWN_NETWORK_H */
