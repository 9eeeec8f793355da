// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xl waits for the end of the guests that it has started, and has no way to begin that for one
 * that came otherwise. This does.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "claim.h"
#include "journal.h"
#include "privileges.h"

/* An agent that has brought the guest is gone soon after the other host knows that it is complete. */
#define CLAIM_LOOKS	500
#define CLAIM_LOOK_NS	(20 * 1000000L)

static const char help[] =
"usage: tsmc-agent monitor GUEST\n"
"\n"
"Waits in the background until GUEST, a guest of this host, shuts down, and does then\n"
"what its configuration says (on_poweroff, on_reboot, on_crash, ...), as xl does for\n"
"guests that it has started. What is done is told in /var/log/xen/tsmc-GUEST.log.\n"
"\n"
"Exit status: 0 somebody waits; 1 nobody does: see the messages; 2 bad usage.\n";

static int is_open(const struct tsmc_journal *journal, void *opaque)
{
	return journal->domid == *(uint32_t *)opaque && journal->phase != TSMC_PHASE_COMPLETE;
}

/* Whoever moves it decides about it. */
static int check_settled(const struct tsmc_log *log, const char *guest, uint32_t domid)
{
	const struct timespec look = { .tv_nsec = CLAIM_LOOK_NS };
	int claim = -EBUSY;

	for (int i = 0; i < CLAIM_LOOKS && (claim = tsmc_claim(domid)) == -EBUSY; i++)
		nanosleep(&look, NULL);
	if (claim < 0 && claim != -EBUSY) {
		tsmc_log(log, TSMC_LOG_ERROR, "cannot keep other agents away from %s: %s", guest, strerror(-claim));
		return claim;
	}
	if (claim >= 0)
		close(claim);
	if (claim == -EBUSY || tsmc_journal_each(is_open, &domid)) {
		tsmc_log(log, TSMC_LOG_ERROR, "%s is being migrated: wait for the end of that", guest);
		return -EBUSY;
	}
	return 0;
}

static int be_the_one(const struct tsmc_log *log, const char *guest, uint32_t domid)
{
	int claim = tsmc_claim_end(domid);

	if (claim == -EBUSY)
		tsmc_log(log, TSMC_LOG_ERROR, "a tsmc-agent of this host waits for the end of %s already", guest);
	else if (claim < 0)
		tsmc_log(log, TSMC_LOG_ERROR, "cannot keep other monitors away from %s: %s", guest, strerror(-claim));
	return claim;
}

/* From here on this process belongs to nobody, and what it says goes into a file. */
static int detach(struct tsmc_agent *agent, const char *guest)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), log = tsmc_death_log(agent->xen, guest);

	if (null < 0 || log < 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		return -EIO;
	close(null);
	close(log);
	return chdir("/") ? -errno : 0;
}

static int prepare(struct tsmc_agent *agent, const char *guest, uint32_t *domid)
{
	char *name = NULL;
	int claim, rc;

	rc = tsmc_xen_open(&agent->xen, &agent->log);
	if (!rc)
		rc = tsmc_toolstack_find(agent->xen, guest, domid);
	if (!rc && !*domid)
		rc = -EINVAL;
	if (rc == -EINVAL)
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "domain 0 has no end that anybody could wait for");
	if (!rc)
		rc = check_settled(&agent->log, guest, *domid);
	if (!rc)
		rc = tsmc_toolstack_name(agent->xen, *domid, &name);
	claim = rc ? rc : be_the_one(&agent->log, guest, *domid);
	if (claim >= 0)
		rc = detach(agent, name);
	free(name);
	return claim < 0 ? claim : rc ? rc : claim;
}

/* Guests that are started anew have a number of their own, and each its claim. */
static void watch(struct tsmc_agent *agent, const char *guest, uint32_t domid, int claim)
{
	unsigned int reason;
	uint32_t before;
	int rc;

	tsmc_log(&agent->log, TSMC_LOG_INFO, "waiting for the end of %s (domain %u)", guest, domid);
	do {
		before = domid;
		rc = tsmc_death_await(agent->xen, domid, &reason);
		if (!rc)
			rc = tsmc_death_follow(agent->xen, &domid, reason);
		if (rc == 1 && domid != before) {
			close(claim);
			claim = be_the_one(&agent->log, guest, domid);
			tsmc_log(&agent->log, TSMC_LOG_INFO, "%s runs anew (domain %u)", guest, domid);
		}
	} while (rc == 1 && claim >= 0);
	if (!rc || rc == -ESRCH)
		tsmc_log(&agent->log, TSMC_LOG_INFO, "nothing is left to wait for");
	if (claim >= 0)
		close(claim);
}

static void monitor(struct tsmc_agent *agent, const char *guest, int told)
{
	uint32_t domid;
	int claim;

	/* What whoever starts us has open, such as a lock, is not to be held for as long as a guest lives. */
	if (told > 3)
		close_range(3, told - 1, 0);
	close_range(told + 1, ~0U, 0);
	setsid();
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_IGN);
	claim = prepare(agent, guest, &domid);
	if (claim >= 0 && write(told, "", 1) == 1) {
		close(told);
		watch(agent, guest, domid, claim);
	}
	tsmc_xen_close(agent->xen);
	_exit(0);
}

/**
 * tsmc_cmd_monitor - the verb monitor
 * @agent: without handles yet
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: TSMC_EXIT_OK once a process of its own waits for the guest's end, TSMC_EXIT_FAILED or
 * TSMC_EXIT_USAGE.
 */
int tsmc_cmd_monitor(struct tsmc_agent *agent, int argc, char **argv)
{
	int ends[2];
	pid_t pid;
	char byte;
	bool waits;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		fputs(help, stdout);
		return TSMC_EXIT_OK;
	}
	if (argc != 2 || argv[1][0] == '-') {
		fputs(help, stderr);
		return TSMC_EXIT_USAGE;
	}
	tsmc_privileges_drop(&agent->log);
	pid = pipe2(ends, O_CLOEXEC) ? -1 : fork();
	if (pid < 0) {
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "no process can be started to wait for the end of %s: %s",
			 argv[1], strerror(errno));
		return TSMC_EXIT_FAILED;
	}
	if (!pid) {
		close(ends[0]);
		monitor(agent, argv[1], ends[1]);
	}
	close(ends[1]);
	waits = read(ends[0], &byte, 1) == 1;
	close(ends[0]);
	return waits ? TSMC_EXIT_OK : TSMC_EXIT_FAILED;
}
