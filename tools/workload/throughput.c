// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Samples of what was done, and when a workload is at speed again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "throughput.h"

#define NSEC_PER_MSEC	1000000ULL
#define NSEC_PER_SEC	1000000000ULL

/* Speed before: the mean of so long. At speed again: so long at 90 % of it. */
#define BASE_NS		(5 * NSEC_PER_SEC)
#define WINDOW_NS	(500 * NSEC_PER_MSEC)
#define BACK		0.9

/* Counted back from the newest, which is 0. */
static const struct tsmc_throughput_point *
point(const struct tsmc_throughput *t, uint64_t back)
{
	return &t->points[(t->taken - 1 - back) % TSMC_THROUGHPUT_POINTS];
}

static uint64_t remembered(const struct tsmc_throughput *t)
{
	return t->taken < TSMC_THROUGHPUT_POINTS ? t->taken :
	       TSMC_THROUGHPUT_POINTS;
}

static double per_second(const struct tsmc_throughput_point *from,
			 const struct tsmc_throughput_point *to)
{
	if (to->ns <= from->ns)
		return 0;
	return (double)(to->total - from->total) * NSEC_PER_SEC /
	       (to->ns - from->ns);
}

/* The point that lies @span or a little more before another one. */
static uint64_t back_by(const struct tsmc_throughput *t, uint64_t from,
			uint64_t span)
{
	uint64_t back = from;

	while (back + 1 < remembered(t) &&
	       point(t, from)->ns - point(t, back)->ns < span)
		back++;
	return back;
}

/**
 * tsmc_throughput_open - begin
 * @t: zeroed
 * @report: where the recovery is printed
 * @path: file for the samples, or NULL
 */
void tsmc_throughput_open(struct tsmc_throughput *t, struct tsmc_report *report,
			  const char *path)
{
	t->report = report;
	t->fd = -1;
	if (!path)
		return;
	t->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (t->fd < 0)
		tsmc_die("cannot write samples to %s: %s", path,
			 strerror(errno));
}

/**
 * tsmc_throughput_newest_ns - time of the newest sample
 * @t: the samples
 *
 * Return: nanoseconds of tsmc_now_ns(), 0 if there is none.
 */
uint64_t tsmc_throughput_newest_ns(const struct tsmc_throughput *t)
{
	return t->taken ? point(t, 0)->ns : 0;
}

/**
 * tsmc_throughput_resumed - the workload was stopped and runs again
 * @t: its samples; to be called before one is taken that counts new work
 * @stopped_ns: when it was last seen at work
 *
 * Prints a line once it is back at 90 % of its speed.
 */
void tsmc_throughput_resumed(struct tsmc_throughput *t, uint64_t stopped_ns)
{
	uint64_t last = 0;

	while (last + 1 < remembered(t) && point(t, last)->ns > stopped_ns)
		last++;
	t->resumed_ns = stopped_ns;
	t->base = per_second(point(t, back_by(t, last, BASE_NS)),
			     point(t, last));
}

static void look_if_back(struct tsmc_throughput *t)
{
	const struct tsmc_throughput_point *now = point(t, 0);
	const struct tsmc_throughput_point *then =
		point(t, back_by(t, 0, WINDOW_NS));

	if (then->ns < t->resumed_ns || now->ns - then->ns < WINDOW_NS ||
	    per_second(then, now) < BACK * t->base)
		return;
	tsmc_report_event(t->report, "resumed",
			  "recovery_ms=%llu before_per_s=%.0f",
			  (unsigned long long)((then->ns - t->resumed_ns) /
					       NSEC_PER_MSEC), t->base);
	t->resumed_ns = 0;
}

/**
 * tsmc_throughput_sample - take a sample now
 * @t: the samples
 * @total: operations so far
 * @remark: what else goes into its line of the file, or ""
 */
void tsmc_throughput_sample(struct tsmc_throughput *t, uint64_t total,
			    const char *remark)
{
	struct tsmc_throughput_point now = { tsmc_now_ns(), total };

	t->points[t->taken++ % TSMC_THROUGHPUT_POINTS] = now;
	if (t->fd >= 0)
		dprintf(t->fd, "%llu.%06llu %llu%s\n",
			(unsigned long long)(now.ns / NSEC_PER_SEC),
			(unsigned long long)(now.ns % NSEC_PER_SEC / 1000),
			(unsigned long long)total, remark);
	if (t->resumed_ns)
		look_if_back(t);
}
