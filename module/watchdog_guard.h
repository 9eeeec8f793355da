/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A processor that has waited for a missing page is not taken for locked up.
 */
#ifndef TSMC_WATCHDOG_GUARD_H
#define TSMC_WATCHDOG_GUARD_H

#include "guard.h"

extern const struct tsmc_guard_point tsmc_watchdog_guard_point;

#endif /* TSMC_WATCHDOG_GUARD_H */
