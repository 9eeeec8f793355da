// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * It holds no handles: it must not be in the way of whatever kills the agent, and needs
 * nothing that the agent could spoil. What there is to do it learns from the records.
 */
#include "guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "claim.h"
#include "counters.h"
#include "session.h"
#include "settle.h"

/* The kernel takes the dead agent's descriptors down one after another. */
#define CLAIM_LOOKS	500
#define CLAIM_LOOK_NS	(10 * 1000000L)

struct search {
	pid_t parent;
	struct tsmc_journal found;
};

static int is_of_parent(const struct tsmc_journal *journal, void *opaque)
{
	struct search *search = opaque;

	if (journal->pid != search->parent)
		return 0;
	search->found = *journal;
	return 1;
}

static int claim(uint32_t domid)
{
	const struct timespec look = { .tv_nsec = CLAIM_LOOK_NS };
	int fd = -EBUSY;

	for (int i = 0; fd == -EBUSY && i < CLAIM_LOOKS; i++) {
		fd = tsmc_claim(domid);
		if (fd == -EBUSY)
			nanosleep(&look, NULL);
	}
	return fd;
}

static void settle(struct tsmc_agent *agent, struct tsmc_journal *journal, pid_t parent)
{
	int fd;

	fd = journal->domid ? claim(journal->domid) : open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "another agent is busy with %s: %s", journal->name, strerror(-fd));
		return;
	}
	/* The other side may have called again, and others have gone on. */
	if (tsmc_journal_reload(journal) || journal->pid != parent || journal->phase == TSMC_PHASE_PREPARED ||
	    journal->phase >= TSMC_PHASE_WAITING) {
		close(fd);
		return;
	}
	tsmc_log(&agent->log, TSMC_LOG_WARN, "the agent that had %s (%s) was killed", journal->name,
		 tsmc_phase_name(journal->phase));
	journal->pid = getpid();
	tsmc_journal_write(journal, &agent->log);
	if (!tsmc_xen_open(&agent->xen, &agent->log)) {
		tsmc_settle(agent, journal);
		tsmc_xen_close(agent->xen);
	}
	close(fd);
	tsmc_counters_count(&agent->ending, &agent->log);
}

/* Nothing of the parent's stays open but standard error, and no signal for it reaches us. */
static void isolate(int keep)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || setsid() < 0)
		_exit(1);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	if (keep > 3)
		close_range(3, keep - 1, 0);
	close_range(keep + 1, ~0U, 0);
}

/* Until the parent has ended; whether it has told its session. */
static bool await_end(int fd, uint8_t *session)
{
	bool told = false;
	ssize_t got;

	while ((got = read(fd, session, TSMC_WIRE_SESSION_LEN)) > 0 || (got < 0 && errno == EINTR))
		told |= got == TSMC_WIRE_SESSION_LEN;
	return told;
}

static void guard(struct tsmc_agent *agent, pid_t parent, int fd)
{
	struct search search = { .parent = parent };
	uint8_t session[TSMC_WIRE_SESSION_LEN];

	isolate(fd);
	/* One that ended before it had written anything down may still have listened for its session. */
	if (await_end(fd, session))
		tsmc_session_forget(session);
	if (tsmc_journal_each(is_of_parent, &search))
		settle(agent, &search.found, parent);
	_exit(0);
}

/**
 * tsmc_guardian_start - have somebody look after us
 * @guardian: filled in
 * @agent: options and log, no handles yet
 */
void tsmc_guardian_start(struct tsmc_guardian *guardian, struct tsmc_agent *agent)
{
	pid_t parent = getpid();
	int ends[2];

	*guardian = (struct tsmc_guardian){ 0 };
	if (!pipe2(ends, O_CLOEXEC)) {
		guardian->pid = fork();
		guardian->fd = ends[1];
		if (!guardian->pid) {
			close(ends[1]);
			guard(agent, parent, ends[0]);
		}
		close(ends[0]);
		if (guardian->pid > 0)
			return;
		close(ends[1]);
	}
	tsmc_log(&agent->log, TSMC_LOG_WARN, "no process can be started to look after this one: %s", strerror(errno));
	guardian->pid = 0;
}

/**
 * tsmc_guardian_tell - which session there is something of, before any record tells
 * @guardian: started, or not
 * @session: its name
 * @log: for a failure
 *
 * A guardian that cannot be told only leaves a name in TSMC_RUN_DIR behind.
 */
void tsmc_guardian_tell(const struct tsmc_guardian *guardian, const uint8_t *session,
			const struct tsmc_log *log)
{
	if (guardian->pid && write(guardian->fd, session, TSMC_WIRE_SESSION_LEN) < 0)
		tsmc_log(log, TSMC_LOG_DEBUG, "cannot tell the guardian of a session: %s", strerror(errno));
}

/**
 * tsmc_guardian_end - there is nothing to look after any more
 * @guardian: started or zeroed
 *
 * Waits for it: it may have something to do when we end amid a failure.
 */
void tsmc_guardian_end(struct tsmc_guardian *guardian)
{
	if (!guardian->pid)
		return;
	close(guardian->fd);
	while (waitpid(guardian->pid, NULL, 0) < 0 && errno == EINTR)
		;
	guardian->pid = 0;
}
