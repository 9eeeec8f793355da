/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No page becomes executable while it may be missing.
 */
#ifndef TSMC_EXEC_GUARD_H
#define TSMC_EXEC_GUARD_H

#include "guard.h"

extern const struct tsmc_guard_point tsmc_exec_guard_points[2];

#endif /* TSMC_EXEC_GUARD_H */
