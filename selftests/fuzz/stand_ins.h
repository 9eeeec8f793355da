/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent calls in place of something else; the Makefile sees to it.
 */
#ifndef TSMC_STAND_INS_H
#define TSMC_STAND_INS_H

#include <poll.h>
#include <sys/types.h>
#include <time.h>

#include "transport.h"

/* lying_guest.c: time passes as the agent looks; fuzz_receive.c: as it waits. */
int fuzz_clock_gettime(clockid_t clock, struct timespec *now);
int fuzz_nanosleep(const struct timespec *duration, struct timespec *left);

/* fuzz_receive.c: the other end of a link is the input. */
int fuzz_poll(struct pollfd *fds, nfds_t nr, int timeout_ms);
ssize_t fuzz_read(int fd, void *to, size_t len);

/* fuzz_receive.c: sees each record that comes, and each short one that is sent. */
int __real_tsmc_wire_reader_advance(struct tsmc_wire_reader *reader, size_t len, struct tsmc_record *record);
int __wrap_tsmc_wire_reader_advance(struct tsmc_wire_reader *reader, size_t len, struct tsmc_record *record);
int __real_tsmc_channel_send_one(struct tsmc_channel *channel, unsigned int type, const void *payload,
				 size_t len);
int __wrap_tsmc_channel_send_one(struct tsmc_channel *channel, unsigned int type, const void *payload,
				 size_t len);

#endif /* TSMC_STAND_INS_H */
