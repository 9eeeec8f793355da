/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions that Xen refuses on a missing page are run again once it is there.
 */
#ifndef TSMC_STATE_GUARD_H
#define TSMC_STATE_GUARD_H

#include "guard.h"

extern const struct tsmc_guard_point tsmc_state_guard_points[2];

#endif /* TSMC_STATE_GUARD_H */
