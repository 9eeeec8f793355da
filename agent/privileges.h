/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an agent that is root does without.
 */
#ifndef TSMC_PRIVILEGES_H
#define TSMC_PRIVILEGES_H

#include "xen_glue.h"

/* From the return on it stays root, but with three capabilities and fewer system calls. Never fails. */
void tsmc_privileges_drop(const struct tsmc_log *log);

#endif /* TSMC_PRIVILEGES_H */
