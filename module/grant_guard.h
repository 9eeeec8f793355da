/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No page is granted to a backend while it may be missing.
 */
#ifndef TSMC_GRANT_GUARD_H
#define TSMC_GRANT_GUARD_H

#include "guard.h"

extern const struct tsmc_guard_point tsmc_grant_guard_points[2];

int tsmc_grant_guard_check(struct tsmc_guard *guard);

#endif /* TSMC_GRANT_GUARD_H */
