/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For tests that do not look at messages: the agent's log, which says nothing. */
#ifndef TSMC_UNIT_SILENT_H
#define TSMC_UNIT_SILENT_H

#include "xen_glue.h"

void tsmc_log(const struct tsmc_log *log, enum tsmc_log_level level, const char *fmt, ...)
{
	(void)log;
	(void)level;
	(void)fmt;
}

#endif /* TSMC_UNIT_SILENT_H */
