/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest does not suspend while pages of it may be missing.
 */
#ifndef TSMC_SUSPEND_GUARD_H
#define TSMC_SUSPEND_GUARD_H

#include "guard.h"

extern const struct tsmc_guard_point tsmc_suspend_guard_point;

#endif /* TSMC_SUSPEND_GUARD_H */
