// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An agent without a migration: it does what lines on standard input say, and answers each with a
 * line on standard output. What is shown of it is the agent's own doing.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "interrupt.h"
#include "onlooker.h"
#include "progress.h"

static struct tsmc_agent agent;
static struct tsmc_onlooker onlooker;
static struct tsmc_series series;

static void print_message(void *opaque, enum tsmc_log_level level, const char *fmt, va_list args)
{
	(void)opaque;
	(void)level;
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void tsmc_log(const struct tsmc_log *log, enum tsmc_log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log->emit(log->opaque, level, fmt, args);
	va_end(args);
}

static void step(const char *name)
{
	for (enum tsmc_step i = 0; i < TSMC_STEP_NR; i++) {
		if (!strcmp(name, tsmc_step_name(i)))
			tsmc_progress_step(agent.progress, tsmc_now_ns(), i);
	}
	if (!strcmp(name, "give"))
		tsmc_interrupt_ignore();
}

static void sent(unsigned long pages)
{
	const uint64_t none[TSMC_CLASS_NR] = { 0 }, all[TSMC_CLASS_NR] = { [TSMC_CLASS_ANON] = pages };

	tsmc_series_sent(&series, tsmc_now_ns(), pages * 4096, pages, 0);
	tsmc_progress_classes(agent.progress, none, all);
}

static void child(const char *command)
{
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

/* As a shell does: another process of this terminal has it for so long. */
static void give_terminal(pid_t *other)
{
	int ready[2], fd;
	char byte;

	if (pipe(ready))
		exit(1);
	*other = fork();
	if (!*other) {
		signal(SIGTTOU, SIG_IGN);
		fd = open("/dev/tty", O_RDWR);
		if (setpgid(0, 0) || tcsetpgrp(fd, getpid()) || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		exit(1);
	close(ready[0]);
}

static void take_terminal(pid_t other)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);

	signal(SIGTTOU, SIG_IGN);
	if (tcsetpgrp(fd, getpgrp()))
		exit(1);
	signal(SIGTTOU, SIG_DFL);
	close(fd);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

static void obey(const char *verb, const char *rest)
{
	static pid_t other;
	unsigned long number = strtoul(rest, NULL, 10);

	if (!strcmp(verb, "step"))
		step(rest);
	else if (!strcmp(verb, "stage"))
		tsmc_series_stage(&series, tsmc_now_ns(), number);
	else if (!strcmp(verb, "left"))
		tsmc_series_left(&series, number);
	else if (!strcmp(verb, "sent"))
		sent(number);
	else if (!strcmp(verb, "fault"))
		tsmc_series_fault(&series, tsmc_now_ns());
	else if (!strcmp(verb, "say"))
		fprintf(stderr, "%s\n", rest);
	else if (!strcmp(verb, "child"))
		child(rest);
	else if (!strcmp(verb, "background"))
		give_terminal(&other);
	else if (!strcmp(verb, "foreground"))
		take_terminal(other);
	else if (!strcmp(verb, "end"))
		tsmc_onlooker_end(&onlooker, &agent, number);
	else if (strcmp(verb, "pid"))
		exit(2);
}

/* [-q] [FILE]: as the agent's options. */
int main(int argc, char **argv)
{
	char line[8192], *rest;

	agent.log.emit = print_message;
	agent.quiet = argc > 1 && !strcmp(argv[1], "-q");
	if (argc > 1 + agent.quiet)
		agent.options.events = argv[1 + agent.quiet];
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	tsmc_interrupt_catch();
	tsmc_interrupt_say("stopping: web1 stays here\n");
	if (tsmc_onlooker_start(&onlooker, &agent, "web1", "hostb"))
		return 1;
	tsmc_series_begin(&series, tsmc_now_ns(), agent.progress);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		rest = strchr(line, ' ');
		if (rest)
			*rest++ = 0;
		obey(line, rest ? rest : "");
		printf("%d\n", (int)onlooker.pid);
	}
	return 0;
}
