// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tsmc-wait: wait for an event of a migration, in scripts.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/tsmc_netlink.h>

#include "events.h"

#define TIMEOUT_MAX_S	(INT_MAX / 1000)

enum exit_status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_TIMEOUT = 3,
};

/* Ends the reading of events; no errno of the system's. */
#define FOUND	(-INT_MAX)

static const struct event {
	const char *name;
	unsigned int number;
	const char *meaning;
} kinds[] = {
	{ "announced", TSMC_EVENT_ANNOUNCED, "this guest is about to be migrated" },
	{ "suspending", TSMC_EVENT_SUSPENDING, "it stops next" },
	{ "resumed", TSMC_EVENT_RESUMED, "it runs again" },
	{ "complete", TSMC_EVENT_COMPLETE, "no migration is under way any more" },
};

static int usage(FILE *out)
{
	fprintf(out, "usage: tsmc-wait EVENT [--timeout SECONDS]\n\n");
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		fprintf(out, "  %-10s %s\n", kinds[i].name, kinds[i].meaning);
	fprintf(out, "\nWaits for the next such event and prints it. See also tsmc-wait(8).\n");
	return out == stdout ? STATUS_OK : STATUS_USAGE;
}

static const struct event *find_kind(const char *name)
{
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	}
	return NULL;
}

/* Seconds, as whole number above 0. */
static bool read_timeout(const char *text, long *seconds)
{
	char *end;

	if (!*text || text[strspn(text, "0123456789")])
		return false;
	errno = 0;
	*seconds = strtol(text, &end, 10);
	return !errno && !*end && *seconds > 0 && *seconds <= TIMEOUT_MAX_S;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int see(unsigned int number, uint64_t request, uint64_t epoch, void *opaque)
{
	const struct event *wanted = opaque;

	if (number != wanted->number)
		return 0;
	printf("%s request %" PRIu64 " epoch %" PRIu64 "\n", wanted->name, request, epoch);
	return FOUND;
}

/* Other events and other families' comings and goings do not prolong it. */
static int wait_for(struct tsmc_events *events, const struct event *wanted, long seconds)
{
	const int64_t end = now_ms() + seconds * 1000;
	int rc;

	do {
		int64_t left = end - now_ms();

		rc = tsmc_events_read(events, seconds ? (left > 0 ? left : 0) : -1, see, (void *)wanted);
	} while (!rc || rc == -EINTR);
	return rc;
}

static int complain(const struct event *wanted, long seconds, int error)
{
	switch (error) {
	case -ETIMEDOUT:
		fprintf(stderr, "tsmc-wait: no event '%s' in %ld s\n", wanted->name, seconds);
		return STATUS_TIMEOUT;
	case -ENOENT:
		fprintf(stderr, "tsmc-wait: the module is not loaded; 'modprobe tsmc' loads it\n");
		break;
	case -ESHUTDOWN:
		fprintf(stderr, "tsmc-wait: the module was unloaded\n");
		break;
	case -ENOBUFS:
		fprintf(stderr, "tsmc-wait: events were lost, '%s' may be among them\n", wanted->name);
		break;
	default:
		fprintf(stderr, "tsmc-wait: cannot hear events: %s\n", strerror(-error));
		break;
	}
	return STATUS_FAILED;
}

static int run(const struct event *wanted, long seconds)
{
	struct tsmc_events events;
	int rc = tsmc_events_open(&events);

	if (!rc) {
		rc = wait_for(&events, wanted, seconds);
		tsmc_events_close(&events);
	}
	if (rc != FOUND)
		return complain(wanted, seconds, rc);
	if (fflush(stdout)) {
		fprintf(stderr, "tsmc-wait: cannot write the output: %s\n", strerror(errno));
		return STATUS_FAILED;
	}
	return STATUS_OK;
}

/* Says itself what is wrong. */
static bool parse(char **words, const struct event **wanted, long *seconds)
{
	for (; *words; words++) {
		if (!strcmp(*words, "--timeout")) {
			words++;
			if (*words && read_timeout(*words, seconds))
				continue;
			fprintf(stderr, "tsmc-wait: --timeout needs a number of seconds from 1 to %d\n",
				TIMEOUT_MAX_S);
			return false;
		}
		if (*wanted || !find_kind(*words)) {
			fprintf(stderr, "tsmc-wait: '%s' is %s\n", *words, *wanted ? "too much" : "no event");
			return false;
		}
		*wanted = find_kind(*words);
	}
	return *wanted;
}

int main(int argc, char **argv)
{
	const struct event *wanted = NULL;
	long seconds = 0;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(stdout);
	if (argc < 2 || !parse(argv + 1, &wanted, &seconds))
		return usage(stderr);
	return run(wanted, seconds);
}
