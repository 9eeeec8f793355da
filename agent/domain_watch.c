// SPDX-License-Identifier: GPL-2.0-or-later
#include "domain_watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "advice.h"
#include "clock.h"
#include "interrupt.h"
#include "memory_bound.h"
#include "memory_limit.h"
#include "page_sample.h"
#include "subject.h"

#define LOOK_NS		250000000ULL
/* Xen pauses the guest for a look: that is to take a twentieth of the time at most. */
#define LOOK_SHARE	20
/* Records of these lengths, each so often: a round, and a round and the suspend. */
#define AGAIN_LOOKS	3
#define AGAIN_BRIEF_NS	40000000ULL
#define AGAIN_LONG_NS	300000000ULL

/**
 * struct watcher - a watch under way
 * @agent: handles
 * @out: result
 * @subject: the domain
 * @ld: log-dirty, ours alone
 * @advice: the module's, if there is one
 * @free: pages that were free when the watch began
 * @first: by gfn, number of the look that first saw it written; 0: none did
 * @asked: the watch was asked for, ns
 * @began: log-dirty is on, ns
 */
struct watcher {
	struct tsmc_agent *agent;
	struct tsmc_domain_watch *out;
	struct tsmc_subject subject;
	struct tsmc_logdirty *ld;
	struct tsmc_advice advice;
	struct tsmc_pagemap free;
	uint16_t *first;
	uint64_t asked;
	uint64_t began;
};

static const struct tsmc_pagemap *ram_of(const struct watcher *w)
{
	return &w->subject.layout.ram;
}

static unsigned int class_of(const struct watcher *w, uint64_t gfn)
{
	return tsmc_hints_class(tsmc_advice_hints(&w->advice), gfn);
}

/* Waits; an interrupt ends it. */
static int wait_ns(uint64_t ns)
{
	struct timespec pause = { .tv_sec = ns / 1000000000ULL, .tv_nsec = ns % 1000000000ULL };

	if (!tsmc_interrupted())
		nanosleep(&pause, NULL);
	return tsmc_interrupted() ? -ECANCELED : 0;
}

/* As for a target: what a migration would fail at is told now. */
static int describe(struct watcher *w)
{
	void *head;
	size_t len;
	int rc = tsmc_stream_head(w->agent->xen, w->subject.domid, &head, &len);

	if (!rc)
		free(head);
	return rc;
}

/*
 * The guest is described while its module scans, as in a migration. Of a guest whose module says
 * nothing every page counts as one that cannot wait.
 */
static int announce(struct watcher *w)
{
	int told = tsmc_advice_announce(&w->advice, w->agent, w->subject.domid, w->out->why, sizeof(w->out->why));
	int rc = describe(w);

	if (rc)
		return rc;
	if (!told)
		told = tsmc_advice_await(&w->advice, w->subject.layout.top_gfn, w->out->why, sizeof(w->out->why));

	w->out->seen.advised = !told;
	w->out->seen.scan_s = told ? 0 : (tsmc_now_ns() - w->began) / 1e9;
	if (!told)
		w->out->why[0] = '\0';
	return tsmc_interrupted() ? -ECANCELED : 0;
}

static int start(struct watcher *w)
{
	int rc = tsmc_layout_scan(w->agent->xen, &w->agent->log, w->subject.domid, &w->subject.layout);
	uint64_t nr_gfns = w->subject.layout.top_gfn;

	if (!rc)
		rc = tsmc_pagemap_init(&w->free, nr_gfns);
	if (rc)
		return rc;
	tsmc_memory_limit(tsmc_memory_bound_watch(nr_gfns), &w->agent->log);
	w->first = calloc(nr_gfns, sizeof(*w->first));
	if (!w->first)
		return -ENOMEM;
	rc = tsmc_logdirty_start_alone(w->agent->xen, w->subject.domid, nr_gfns, &w->ld);
	if (rc)
		return rc;
	w->began = tsmc_now_ns();
	w->out->seen.find_s = (w->began - w->asked) / 1e9;
	return announce(w);
}

/* What the guest has when the watch begins, as stage one would find it. */
static void count_used(struct watcher *w)
{
	struct tsmc_observations *seen = &w->out->seen;
	const struct tsmc_pagemap *ram = ram_of(w);

	seen->ram = ram->count;
	for (uint64_t gfn = 0; (gfn = tsmc_pagemap_next(ram, gfn)) < ram->nr_gfns; gfn++) {
		unsigned int class = class_of(w, gfn);

		if (class == TSMC_CLASS_FREE)
			tsmc_pagemap_set(&w->free, gfn);
		else if (tsmc_class_may_wait(class))
			seen->wait++;
		else
			seen->fixed++;
	}
}

/*
 * A page that was named stays named until someone starts a new record, who then is not us: another
 * tool took log-dirty for itself. It is left to it, or that tool would miss what the guest writes.
 */
static int note(struct watcher *w, uint16_t number)
{
	const uint64_t *bitmap = tsmc_logdirty_bitmap(w->ld);
	const struct tsmc_pagemap *ram = ram_of(w);

	for (uint64_t gfn = 0; (gfn = tsmc_pagemap_next(ram, gfn)) < ram->nr_gfns; gfn++) {
		bool named = bitmap[gfn / 64] >> gfn % 64 & 1;

		if (named && !w->first[gfn])
			w->first[gfn] = number;
		if (named || !w->first[gfn])
			continue;
		tsmc_log(&w->agent->log, TSMC_LOG_ERROR,
			 "something else began to record what %s changes, such as xl migrate or xl save; it is left to that",
			 w->subject.name);
		tsmc_logdirty_leave(w->ld);
		w->ld = NULL;
		return -EBUSY;
	}
	return 0;
}

static int look(struct watcher *w, double seconds)
{
	uint64_t end = w->began + (uint64_t)(seconds * 1e9), start = tsmc_now_ns(), took;
	unsigned int room = seconds * 1e9 / LOOK_NS + 2, number = 0;
	int rc = 0;

	w->out->looks = calloc(room, sizeof(*w->out->looks));
	if (!w->out->looks)
		return -ENOMEM;
	while (!rc && start < end && number < room) {
		int64_t changed = tsmc_logdirty_peek(w->ld);

		if (changed < 0)
			return (int)changed;
		took = tsmc_now_ns() - start;
		w->out->looks[number++].at_s = (start + took / 2 - w->began) / 1e9;
		rc = note(w, number);
		if (!rc)
			rc = wait_ns(took * LOOK_SHARE > LOOK_NS ? took * LOOK_SHARE : LOOK_NS);
		start = tsmc_now_ns();
	}
	w->out->seen.looks = w->out->looks;
	w->out->seen.nr_looks = number;
	return rc;
}

static uint64_t *counter(struct watcher *w, struct tsmc_look *at, uint64_t gfn)
{
	unsigned int class = class_of(w, gfn);
	bool was_free = tsmc_pagemap_test(&w->free, gfn);

	if (class == TSMC_CLASS_FREE)
		return &at->freed;
	if (tsmc_class_may_wait(class))
		return was_free ? &at->wait_new : &at->wait;
	return was_free ? &at->fixed_new : &at->fixed;
}

/* Puts what was written into classes, by what the pages are at the end, as stage two would. */
static void sort(struct watcher *w)
{
	struct tsmc_observations *seen = &w->out->seen;
	const struct tsmc_pagemap *ram = ram_of(w);
	const struct tsmc_hints *hints;

	tsmc_advice_update(&w->advice, w->subject.layout.top_gfn);
	hints = tsmc_advice_hints(&w->advice);
	for (uint64_t gfn = 0; (gfn = tsmc_pagemap_next(ram, gfn)) < ram->nr_gfns; gfn++) {
		if (!w->first[gfn])
			continue;
		++*counter(w, &w->out->looks[w->first[gfn] - 1], gfn);
		seen->hot += tsmc_class_may_wait(class_of(w, gfn)) && tsmc_hints_heat(hints, gfn) > TSMC_HINT_HEAT_MAX / 2;
	}
	for (unsigned int i = 1; i < seen->nr_looks; i++) {
		struct tsmc_look *now = &w->out->looks[i], *before = now - 1;

		now->wait += before->wait;
		now->wait_new += before->wait_new;
		now->fixed += before->fixed;
		now->fixed_new += before->fixed_new;
		now->freed += before->freed;
	}
}

/* Pages that a record of this length names: what a round that is so long finds changed. */
static int look_again(struct watcher *w, uint64_t length_ns, struct tsmc_again *again)
{
	const struct tsmc_pagemap *ram = ram_of(w);
	uint64_t start = 0, all = 0, fixed = 0, ns = 0;
	int rc = 0;

	for (unsigned int i = 0; !rc && i <= AGAIN_LOOKS; i++) {
		int64_t changed = tsmc_logdirty_clean(w->ld);
		const uint64_t *bitmap = tsmc_logdirty_bitmap(w->ld);

		if (changed < 0)
			return (int)changed;
		ns += i ? tsmc_now_ns() - start : 0;
		start = tsmc_now_ns();
		if (i < AGAIN_LOOKS)
			rc = wait_ns(length_ns);
		/* The first look only begins a record. */
		for (uint64_t gfn = 0; i && (gfn = tsmc_pagemap_next(ram, gfn)) < ram->nr_gfns; gfn++) {
			if (!(bitmap[gfn / 64] >> gfn % 64 & 1))
				continue;
			all++;
			fixed += !tsmc_class_may_wait(class_of(w, gfn));
		}
	}
	again->length_s = ns / 1e9 / AGAIN_LOOKS;
	again->fixed = (double)fixed / AGAIN_LOOKS;
	again->all = (double)all / AGAIN_LOOKS;
	return rc;
}

static int sample(struct watcher *w)
{
	struct tsmc_page_sample sample = { .xen = w->agent->xen, .domid = w->subject.domid, .ram = ram_of(w),
					   .hints = tsmc_advice_hints(&w->advice) };
	struct tsmc_observations *seen = &w->out->seen;
	int rc = tsmc_page_sample(&sample);

	seen->zero_free = tsmc_sample_share(&sample, TSMC_SAMPLE_FREE);
	seen->zero_wait = tsmc_sample_share(&sample, TSMC_SAMPLE_WAIT);
	seen->zero_fixed = tsmc_sample_share(&sample, TSMC_SAMPLE_FIXED);
	seen->page_s = sample.page_s;
	return rc;
}

/* How quick the host is shows in how long this takes. It was done before, when the watch began. */
static int scan_again(struct watcher *w)
{
	struct tsmc_layout layout;
	uint64_t start = tsmc_now_ns();
	int rc = tsmc_layout_scan(w->agent->xen, &w->agent->log, w->subject.domid, &layout);

	w->out->seen.layout_s = (tsmc_now_ns() - start) / 1e9;
	tsmc_layout_destroy(&layout);
	return rc;
}

static int observe(struct watcher *w, double seconds)
{
	struct tsmc_domain_info info;
	int rc = tsmc_domain_info(w->agent->xen, w->subject.domid, &info);

	if (!rc)
		rc = tsmc_host_cpus(w->agent->xen, &w->out->seen.nr_cpus);
	if (!rc)
		rc = start(w);
	if (rc)
		return rc;
	w->out->seen.nr_vcpus = info.nr_vcpus;
	count_used(w);
	rc = look(w, seconds);
	if (rc)
		return rc;
	sort(w);
	rc = look_again(w, AGAIN_BRIEF_NS, &w->out->seen.again[0]);
	if (!rc)
		rc = look_again(w, AGAIN_LONG_NS, &w->out->seen.again[1]);
	if (!rc)
		rc = sample(w);
	return rc ? rc : scan_again(w);
}

/**
 * tsmc_domain_watch - see what a migration of a domain would meet
 * @agent: handles
 * @domain: name or number
 * @seconds: how long, TSMC_WATCH_MIN_S .. TSMC_WATCH_MAX_S
 * @watch: filled in; tsmc_domain_watch_destroy() frees, also after a failure
 *
 * The domain is left as it was: log-dirty off, its module told the end.
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_domain_watch(struct tsmc_agent *agent, const char *domain, double seconds,
		      struct tsmc_domain_watch *watch)
{
	struct watcher w = { .agent = agent, .out = watch, .asked = tsmc_now_ns() };
	int rc;

	*watch = (struct tsmc_domain_watch){ 0 };
	rc = tsmc_subject_find(agent, domain, &w.subject);
	if (!rc) {
		tsmc_log(&agent->log, TSMC_LOG_INFO, "watching %s (domain %u) for %g s",
			 w.subject.name, w.subject.domid, seconds);
		rc = observe(&w, seconds);
	}
	tsmc_logdirty_stop(w.ld);
	tsmc_advice_withdraw(&w.advice);
	if (rc == -ECANCELED)
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "stopped by the operator");
	else if (rc == -ENOMEM)
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "no memory to watch %s", domain);
	watch->name = w.subject.name;
	w.subject.name = NULL;
	tsmc_advice_destroy(&w.advice);
	tsmc_pagemap_destroy(&w.free);
	free(w.first);
	tsmc_subject_destroy(&w.subject);
	return rc;
}

/**
 * tsmc_domain_watch_destroy - free what was seen
 * @watch: zeroed or filled in
 */
void tsmc_domain_watch_destroy(struct tsmc_domain_watch *watch)
{
	free(watch->name);
	free(watch->looks);
	*watch = (struct tsmc_domain_watch){ 0 };
}
