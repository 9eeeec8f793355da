/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent calls in place of something else; the Makefile sees to it.
 */
#ifndef TSMC_STAND_INS_H
#define TSMC_STAND_INS_H

#include <poll.h>
#include <sys/types.h>
#include <time.h>

#include "fault_server.h"

/* lying_guest.c: time passes as the agent looks. */
int fuzz_clock_gettime(clockid_t clock, struct timespec *now);
int fuzz_nanosleep(const struct timespec *duration, struct timespec *left);

/* fuzz_receive.c: the other end of a link is the input. */
int fuzz_poll(struct pollfd *fds, nfds_t nr, int timeout_ms);
ssize_t fuzz_read(int fd, void *to, size_t len);

/* fuzz_receive.c: sees what guards the holes come and go. */
int __real_tsmc_fault_server_new(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid,
				 unsigned int nr_vcpus, struct tsmc_parking *parking,
				 struct tsmc_pagemap *missing, struct tsmc_fault_server **server);
int __wrap_tsmc_fault_server_new(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid,
				 unsigned int nr_vcpus, struct tsmc_parking *parking,
				 struct tsmc_pagemap *missing, struct tsmc_fault_server **server);
void __real_tsmc_fault_server_free(struct tsmc_fault_server *server);
void __wrap_tsmc_fault_server_free(struct tsmc_fault_server *server);

#endif /* TSMC_STAND_INS_H */
