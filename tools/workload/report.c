// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Common options, status lines and the end of a workload.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "report.h"

/* A page that is wrong is often not alone: later errors are only counted. */
#define MAX_FAILED_LINES	32

#define NSEC_PER_SEC		1000000000ULL

/* Set once by the signal handlers; they have no other way to the caller. */
static bool stop_requested;
static struct tsmc_report *crash_report;

/**
 * tsmc_die() - refuse to run
 * @fmt: what was tried and why it is impossible
 *
 * For bad usage and a surrounding that does not let the workload start;
 * exits with status 2, which is neither success nor a failed check.
 */
void tsmc_die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

/**
 * tsmc_parse_number() - read an unsigned option argument
 * @option: name of the option, for the message
 * @arg: its text
 * @min: smallest value allowed
 * @max: largest value allowed
 *
 * Return: the number; does not return when @arg is not one.
 */
uint64_t tsmc_parse_number(const char *option, const char *arg,
			   uint64_t min, uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(arg, &end, 0);
	if (errno || end == arg || *end || *arg == '-' ||
	    value < min || value > max)
		tsmc_die("--%s %s: expected a number from %llu to %llu",
			 option, arg, (unsigned long long)min,
			 (unsigned long long)max);
	return value;
}

/**
 * tsmc_report_option() - take one of the common options
 * @r: where it goes
 * @opt: what getopt_long returned
 * @arg: its argument
 * @help: text for --help
 *
 * Return: true when @opt was one of them; --help exits.
 */
bool tsmc_report_option(struct tsmc_report *r, int opt, const char *arg,
			const char *help)
{
	switch (opt) {
	case 'R':
		r->interval = tsmc_parse_number("report", arg, 1, 3600);
		return true;
	case 'S':
		r->status_path = arg;
		return true;
	case 'h':
		fputs(help, stdout);
		exit(0);
	}
	return false;
}

/**
 * tsmc_now_ns() - the monotonic clock
 *
 * It stands still while a guest is suspended.
 *
 * Return: nanoseconds.
 */
uint64_t tsmc_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

/**
 * tsmc_stop_requested() - was the workload told to end?
 *
 * Return: true after SIGTERM or SIGINT.
 */
bool tsmc_stop_requested(void)
{
	return __atomic_load_n(&stop_requested, __ATOMIC_RELAXED);
}

/**
 * tsmc_pace() - wait until the next round is due
 * @pace: the rate in rounds per second, 0 for no wait at all
 *
 * Rounds that were missed (a slow machine, a migration) are not made up for.
 */
void tsmc_pace(struct tsmc_pace *pace)
{
	uint64_t now;
	struct timespec ts;

	if (!pace->rate)
		return;
	now = tsmc_now_ns();
	pace->next_ns += NSEC_PER_SEC / pace->rate;
	if (pace->next_ns <= now) {
		pace->next_ns = now;
		return;
	}
	ts.tv_sec = pace->next_ns / NSEC_PER_SEC;
	ts.tv_nsec = pace->next_ns % NSEC_PER_SEC;
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static void write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		/* A reader that went away is no error of the guest. */
		if (n <= 0)
			return;
		text += n;
		len -= n;
	}
}

/* One write each to stdout and to the file: a reader sees whole lines. */
static void emit(struct tsmc_report *r, char *line, size_t len)
{
	char block[TSMC_REPORT_LINE];

	if (len > TSMC_REPORT_LINE - 1)
		len = TSMC_REPORT_LINE - 1;
	line[len] = '\n';
	write_all(STDOUT_FILENO, line, len + 1);

	if (r->status_fd < 0)
		return;
	memset(block, ' ', sizeof(block));
	memcpy(block, line, len);
	block[sizeof(block) - 1] = '\n';
	if (pwrite(r->status_fd, block, sizeof(block), 0) < 0)
		perror(r->status_path);
}

static void emit_line(struct tsmc_report *r, const char *prefix,
		      const char *fmt, va_list args)
{
	char line[TSMC_REPORT_LINE + 1];
	size_t used;
	int n;

	n = snprintf(line, TSMC_REPORT_LINE, "workload %s %s", r->name, prefix);
	used = n < TSMC_REPORT_LINE ? n : TSMC_REPORT_LINE - 1;
	n = vsnprintf(line + used, TSMC_REPORT_LINE - used, fmt, args);
	used += (size_t)n < TSMC_REPORT_LINE - used ?
		(size_t)n : TSMC_REPORT_LINE - used - 1;
	emit(r, line, used);
}

static void on_stop(int sig)
{
	(void)sig;
	__atomic_store_n(&stop_requested, true, __ATOMIC_RELAXED);
}

/*
 * A crash is a finding like any other.  The default action is back in place
 * (SA_RESETHAND), so returning repeats the fault and ends the process.
 */
static void on_crash(int sig, siginfo_t *info, void *context)
{
	(void)context;
	tsmc_report_fail(crash_report, "killed by signal %d (%s), address %p",
			 sig, strsignal(sig), info->si_addr);
	if (info->si_code <= 0)
		raise(sig);
}

/**
 * tsmc_report_start() - open the status file and take over the signals
 * @r: the report
 *
 * To be called once, by the main thread, before other threads exist.
 */
void tsmc_report_start(struct tsmc_report *r)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };
	struct sigaction stop = { .sa_handler = on_stop };
	struct sigaction crash = {
		.sa_sigaction = on_crash,
		.sa_flags = SA_SIGINFO | SA_RESETHAND | SA_ONSTACK,
	};
	size_t i;

	crash_report = r;
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &crash, NULL);

	if (r->status_path) {
		r->status_fd = open(r->status_path,
				    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				    0644);
		if (r->status_fd < 0)
			tsmc_die("cannot write status file %s: %s",
				 r->status_path, strerror(errno));
	}
	r->next_ns = tsmc_now_ns() + r->interval * NSEC_PER_SEC;
}

/**
 * tsmc_report_ready() - say that the workload is set up and runs
 * @r: the report
 * @fmt: what a test may want to know: addresses, ports
 */
void tsmc_report_ready(struct tsmc_report *r, const char *fmt, ...)
{
	char prefix[64];
	va_list args;

	snprintf(prefix, sizeof(prefix), "ready pid=%d ", getpid());
	va_start(args, fmt);
	emit_line(r, prefix, fmt, args);
	va_end(args);
}

/**
 * tsmc_report_event() - say that something happened
 * @r: the report
 * @what: one word for it
 * @fmt: more about it
 */
void tsmc_report_event(struct tsmc_report *r, const char *what,
		       const char *fmt, ...)
{
	char prefix[64];
	va_list args;

	snprintf(prefix, sizeof(prefix), "%s ", what);
	va_start(args, fmt);
	emit_line(r, prefix, fmt, args);
	va_end(args);
}

/**
 * tsmc_report_checks() - count comparisons that held or failed
 * @r: the report
 * @count: how many; any thread may call
 */
void tsmc_report_checks(struct tsmc_report *r, uint64_t count)
{
	__atomic_fetch_add(&r->checks, count, __ATOMIC_RELAXED);
}

/**
 * tsmc_report_fail() - say at once that a comparison failed
 * @r: the report
 * @fmt: what, where, expected and found
 *
 * Any thread may call; the workload goes on.
 */
void tsmc_report_fail(struct tsmc_report *r, const char *fmt, ...)
{
	uint64_t before;
	va_list args;

	before = __atomic_fetch_add(&r->errors, 1, __ATOMIC_ACQ_REL);
	if (!before) {
		va_start(args, fmt);
		vsnprintf(r->first, sizeof(r->first), fmt, args);
		va_end(args);
	}
	if (before >= MAX_FAILED_LINES)
		return;
	va_start(args, fmt);
	emit_line(r, "FAILED ", fmt, args);
	va_end(args);
}

/**
 * tsmc_report_tick() - print the status line when it is due
 * @r: the report
 * @fmt: what else the workload counts
 *
 * Called from the main loop and not from a timer, so that a workload that
 * hangs falls silent.
 */
void tsmc_report_tick(struct tsmc_report *r, const char *fmt, ...)
{
	uint64_t errors = __atomic_load_n(&r->errors, __ATOMIC_ACQUIRE);
	uint64_t now = tsmc_now_ns();
	char prefix[TSMC_REPORT_LINE];
	va_list args;

	if (now < r->next_ns)
		return;
	r->next_ns = now + r->interval * NSEC_PER_SEC;
	snprintf(prefix, sizeof(prefix), "%s checks=%llu errors=%llu%s%s%s ",
		 errors ? "FAILED" : "ok",
		 (unsigned long long)__atomic_load_n(&r->checks,
						     __ATOMIC_RELAXED),
		 (unsigned long long)errors, errors ? " first=\"" : "",
		 errors ? r->first : "", errors ? "\"" : "");
	va_start(args, fmt);
	emit_line(r, prefix, fmt, args);
	va_end(args);
}

static void emit_final(struct tsmc_report *r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	emit_line(r, "done ", fmt, args);
	va_end(args);
}

/**
 * tsmc_report_finish() - print the last line
 * @r: the report
 *
 * Return: the exit status of the workload, 0 when no check failed.
 */
int tsmc_report_finish(struct tsmc_report *r)
{
	emit_final(r, "checks=%llu errors=%llu",
		   (unsigned long long)r->checks,
		   (unsigned long long)r->errors);
	return r->errors ? 1 : 0;
}
