/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The child process that runs libxl's restore, and what it tells its parent:
 * its log lines and, at the end, the result. Each report is one write of less
 * than PIPE_BUF, so none is split.
 */
#ifndef TSMC_RESTORE_CHILD_H
#define TSMC_RESTORE_CHILD_H

#include "glue_private.h"

#define TSMC_REPORT_TEXT_MAX	1024

enum tsmc_report_kind { TSMC_REPORT_LOG, TSMC_REPORT_DONE };

/**
 * struct tsmc_report - what the child tells
 * @kind: enum tsmc_report_kind
 * @level: of a TSMC_REPORT_LOG, enum tsmc_log_level
 * @rc: of a TSMC_REPORT_DONE, what libxl returned
 * @domid: of a TSMC_REPORT_DONE, the domain it built
 * @text: of a TSMC_REPORT_LOG, the message
 */
struct tsmc_report {
	uint32_t kind;
	uint32_t level;
	int32_t rc;
	uint32_t domid;
	char text[TSMC_REPORT_TEXT_MAX];
};

_Static_assert(sizeof(struct tsmc_report) <= 4096, "a report is written in one piece");

/* Runs in the child after the fork: builds the domain from the stream, reports and exits. */
_Noreturn void tsmc_restore_child(struct tsmc_xen *xen, libxl_domain_config *config, int stream,
				  int reports);

#endif /* TSMC_RESTORE_CHILD_H */
