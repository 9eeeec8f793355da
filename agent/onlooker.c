// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All that is written to the terminal meanwhile goes through it, also by ssh and the other host's
 * agent: two that write would spoil the view. So standard error of the agent is a pipe to it.
 */
#include "onlooker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "event_file.h"
#include "onlooker_loop.h"
#include "progress.h"
#include "screen.h"

/* Nothing of the agent's stays open but what it is to use, in this order. */
static int keep_few(struct tsmc_onlooker_work *work)
{
	int *const kept[] = { &work->life, &work->text, &work->screen.fd, &work->events };
	int next = 3, top = 3;

	for (unsigned int i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		if (*kept[i] >= top)
			top = *kept[i] + 1;
	}
	/* First out of the way, then one behind the other. */
	for (unsigned int i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		if (*kept[i] >= 0)
			*kept[i] = fcntl(*kept[i], F_DUPFD, top);
	}
	for (unsigned int i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		if (*kept[i] >= 0 && dup2(*kept[i], next) >= 0)
			*kept[i] = next++;
	}
	return close_range(next, ~0U, 0);
}

static void look_on(struct tsmc_onlooker_work *work)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 || keep_few(work))
		_exit(1);
	tsmc_onlooker_loop(work);
	_exit(0);
}

/**
 * struct ends - what a new process and the agent have in common
 * @life: pipe
 * @text: pipe, or -1
 * @terminal: our standard error, if @text is one
 */
struct ends {
	int life[2], text[2];
	int terminal;
};

static int make_ends(struct ends *ends, bool viewed)
{
	*ends = (struct ends){ { -1, -1 }, { -1, -1 }, -1 };
	if (pipe2(ends->life, O_CLOEXEC) || (viewed && pipe2(ends->text, O_CLOEXEC)))
		return -errno;
	if (viewed)
		ends->terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	return viewed && ends->terminal < 0 ? -errno : 0;
}

static void close_ends(struct ends *ends)
{
	const int fds[] = { ends->life[0], ends->life[1], ends->text[0], ends->text[1], ends->terminal };

	for (unsigned int i = 0; i < sizeof(fds) / sizeof(*fds); i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

/* The agent's side once the process runs. */
static void keep_ends(struct tsmc_onlooker *onlooker, struct ends *ends)
{
	onlooker->life = ends->life[1];
	onlooker->terminal = ends->terminal;
	if (ends->terminal >= 0)
		dup2(ends->text[1], STDERR_FILENO);
	ends->life[1] = -1;
	ends->terminal = -1;
	close_ends(ends);
}

static int start(struct tsmc_onlooker *onlooker, struct tsmc_agent *agent, struct tsmc_onlooker_work *work,
		 bool viewed)
{
	struct ends ends;
	int rc = make_ends(&ends, viewed);

	if (!rc) {
		agent->progress = tsmc_progress_new(tsmc_now_ns());
		onlooker->pid = agent->progress ? fork() : -1;
		rc = onlooker->pid < 0 ? -errno : 0;
	}
	if (rc) {
		onlooker->pid = 0;
		tsmc_progress_free(agent->progress);
		agent->progress = NULL;
		close_ends(&ends);
		return rc;
	}
	if (!onlooker->pid) {
		close(ends.life[1]);
		work->life = ends.life[0];
		work->text = ends.text[0];
		work->screen.fd = ends.terminal;
		work->progress = agent->progress;
		look_on(work);
	}
	keep_ends(onlooker, &ends);
	return 0;
}

/**
 * tsmc_onlooker_start - have somebody show what we do
 * @onlooker: filled in
 * @agent: options; gets progress if there is anything to show
 * @name: the guest, as the operator named it
 * @host: the target, likewise
 *
 * The guardian must have been started before: it writes to the terminal when both of us are gone.
 *
 * Return: 0, also when no process can be started, which is logged; negative errno, logged, when the
 * file for events cannot be written.
 */
int tsmc_onlooker_start(struct tsmc_onlooker *onlooker, struct tsmc_agent *agent, const char *name,
			const char *host)
{
	bool viewed = !agent->quiet && tsmc_screen_is_terminal(STDERR_FILENO);
	struct tsmc_onlooker_work work = { .name = name, .host = host, .events = -1,
					   .screen.colour = tsmc_screen_has_colour() };
	int rc = 0;

	*onlooker = (struct tsmc_onlooker){ .life = -1, .terminal = -1 };
	if (agent->options.events) {
		work.events = tsmc_event_file_open(agent->options.events);
		if (work.events < 0) {
			tsmc_log(&agent->log, TSMC_LOG_ERROR, "cannot write events to %s: %s", agent->options.events,
				 strerror(-work.events));
			return work.events;
		}
	}
	if (viewed || work.events >= 0)
		rc = start(onlooker, agent, &work, viewed);
	if (rc)
		tsmc_log(&agent->log, TSMC_LOG_WARN, "no process can be started to show the migration: %s",
			 strerror(-rc));
	if (work.events >= 0)
		close(work.events);
	return 0;
}

/**
 * tsmc_onlooker_end - there is nothing to show any more
 * @onlooker: started, or zeroed
 * @agent: loses its progress
 * @status: enum tsmc_exit
 *
 * Returns when all is shown, the view is gone, and standard error is what it was.
 */
void tsmc_onlooker_end(struct tsmc_onlooker *onlooker, struct tsmc_agent *agent, int status)
{
	if (!onlooker->pid)
		return;
	tsmc_progress_end(agent->progress, tsmc_now_ns(), status);
	if (onlooker->terminal >= 0) {
		dup2(onlooker->terminal, STDERR_FILENO);
		close(onlooker->terminal);
	}
	close(onlooker->life);
	while (waitpid(onlooker->pid, NULL, 0) < 0 && errno == EINTR)
		;
	tsmc_progress_free(agent->progress);
	agent->progress = NULL;
	*onlooker = (struct tsmc_onlooker){ 0 };
}
