/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a report that tsmc_report_json() has written, here or by an older agent. Nothing in it is
 * taken for granted.
 */
#ifndef TSMC_REPORT_READ_H
#define TSMC_REPORT_READ_H

#include <stddef.h>

#include "report.h"

/* A report of a migration is smaller: a map of cells that all differ has 400 KiB. */
#define TSMC_REPORT_FILE_MAX	(4u << 20)

struct json_object;

/**
 * struct tsmc_report_file - a report that was read
 * @report: as it was written; begins at 0 ns; an older agent's has neither bytes by class nor
 *	series nor map
 * @json: what its strings are part of
 */
struct tsmc_report_file {
	struct tsmc_report report;
	struct json_object *json;
};

/*
 * Returns 0, -EINVAL with the reason in why, or -ENOMEM. Any text may be in the strings of
 * the report.
 */
int tsmc_report_read(const char *text, size_t len, struct tsmc_report_file *file, char *why, size_t why_len);
void tsmc_report_file_destroy(struct tsmc_report_file *file);

#endif /* TSMC_REPORT_READ_H */
