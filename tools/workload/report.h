/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a workload takes its common options, says that all is well, says that
 * it is not, and ends.  The lines are described in README.md beside this file.
 */
#ifndef TSMC_WORKLOAD_REPORT_H
#define TSMC_WORKLOAD_REPORT_H

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define __printf(a, b)				\
	__attribute__((				\
		__format__(__printf__, a, b)))


/* Size of the status file: one line, padded with spaces. */
#define TSMC_REPORT_LINE	512

/**
 * struct tsmc_report - what one workload has found so far
 * @name: name of the workload, second word of every line
 * @interval: seconds between two status lines
 * @status_path: file that keeps the last status line, or NULL
 * @status_fd: private: the open status file, or -1
 * @checks: private: comparisons made
 * @errors: private: comparisons that failed
 * @next_ns: private: when the next status line is due
 * @first: private: text of the first error
 */
struct tsmc_report {
	const char *name;
	uint64_t interval;
	const char *status_path;
	int status_fd;
	uint64_t checks;
	uint64_t errors;
	uint64_t next_ns;
	char first[TSMC_REPORT_LINE / 2];
};

#define TSMC_REPORT_INIT(workload)					\
	{ .name = (workload), .interval = 1, .status_fd = -1 }

/* Common options: add them to getopt_long's table and to the help text. */
#define TSMC_OPTION_REPORT	{ "report", required_argument, NULL, 'R' }
#define TSMC_OPTION_STATUS	{ "status", required_argument, NULL, 'S' }
#define TSMC_OPTION_HELP	{ "help", no_argument, NULL, 'h' }

#define TSMC_REPORT_HELP						\
	"  --report SECONDS   a status line this often (default 1)\n"	\
	"  --status FILE      keep the last status line in FILE\n"	\
	"  --help             this text\n"

bool tsmc_report_option(struct tsmc_report *r, int opt, const char *arg,
			const char *help);
uint64_t tsmc_parse_number(const char *option, const char *arg,
			   uint64_t min, uint64_t max);
_Noreturn void tsmc_die(const char *fmt, ...)
	__printf(1, 2);

void tsmc_report_start(struct tsmc_report *r);
void tsmc_report_ready(struct tsmc_report *r, const char *fmt, ...)
	__printf(2, 3);
void tsmc_report_event(struct tsmc_report *r, const char *what,
		       const char *fmt, ...)
	__printf(3, 4);
void tsmc_report_checks(struct tsmc_report *r, uint64_t count);
void tsmc_report_fail(struct tsmc_report *r, const char *fmt, ...)
	__printf(2, 3);
void tsmc_report_tick(struct tsmc_report *r, const char *fmt, ...)
	__printf(2, 3);
int tsmc_report_finish(struct tsmc_report *r);

bool tsmc_stop_requested(void);
uint64_t tsmc_now_ns(void);

/* Keeps a loop at a number of rounds per second, see tsmc_pace(). */
struct tsmc_pace {
	uint64_t rate;
	uint64_t next_ns;
};

void tsmc_pace(struct tsmc_pace *pace);

#endif
