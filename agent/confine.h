/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that talks to strangers keeps nothing that it does not need.
 */
#ifndef TSMC_CONFINE_H
#define TSMC_CONFINE_H

#include "xen_glue.h"

/* From the return on this process has its open descriptors and nothing else. 0 or negative errno; logged. */
int tsmc_confine(const struct tsmc_log *log);

#endif /* TSMC_CONFINE_H */
