/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that tsmc.ko looks at or is asked for, going on all the time.
 */
#ifndef ACTIVITY_H
#define ACTIVITY_H

#include <stdbool.h>

void activity_start(void);
bool activity_stop(void);

#endif /* ACTIVITY_H */
