/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says of a request that it refuses.
 */
#ifndef TSMC_EXTACK_H
#define TSMC_EXTACK_H

#include <stddef.h>

struct nlmsghdr;

int tsmc_extack_read(const struct nlmsghdr *answer, char *said, size_t size);

#endif /* TSMC_EXTACK_H */
