// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The verb `hot --watch`: frame after frame.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "names.h"
#include "stop.h"
#include "verbs.h"
#include "view.h"

#define PLAIN_PROCESSES	20

/* Clear; do not wrap lines, hide the cursor. Undo both. To the top left. */
#define SCREEN_BEGIN	"\033[2J\033[?7l\033[?25l"
#define SCREEN_END	"\033[?7h\033[?25h"
#define SCREEN_HOME	"\033[H"
#define REST_OF_LINE	"\033[K"
#define REST_OF_SCREEN	"\033[J"

/**
 * struct watch - a live view
 * @netlink: where from
 * @args: what to show
 * @screen: on a terminal, redrawn in place
 * @keys: there is a keyboard
 * @saved: its modes before
 * @stop: of tsmc_stop_open()
 */
struct watch {
	struct tsmc_netlink *netlink;
	const struct tsmc_args *args;
	bool screen;
	bool keys;
	struct termios saved;
	int stop;
};

static int take_run(struct nlmsghdr *message, void *opaque)
{
	struct tsmc_run run;
	int rc = tsmc_run_read(&run, message);

	if (!rc)
		tsmc_view_add(opaque, &run);
	return rc;
}

static int look(struct watch *watch, struct tsmc_view *view, struct tsmc_list *processes)
{
	int rc = tsmc_get_status(watch->netlink, &view->status);

	if (!rc)
		rc = tsmc_netlink_ask(watch->netlink, tsmc_hot_request(watch->netlink, watch->args),
				      take_run, view);
	if (!rc)
		rc = tsmc_get_processes(watch->netlink, processes);
	view->processes = processes->items;
	view->nr_processes = processes->count;
	tsmc_processes_sort(view->processes, view->nr_processes);
	return rc;
}

/* As many processes as were asked for, or as there is room for. */
static size_t process_limit(const struct watch *watch, const struct tsmc_view *view)
{
	struct winsize size;
	unsigned int lines = tsmc_view_lines(view);

	if (watch->args->given & TSMC_OPT_LIMIT)
		return watch->args->limit ? watch->args->limit : SIZE_MAX;
	if (watch->args->json)
		return SIZE_MAX;
	if (!watch->screen || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row)
		return PLAIN_PROCESSES;
	return size.ws_row > lines + 1 ? size.ws_row - lines - 1 : 1;
}

static void redraw(const char *text)
{
	fputs(SCREEN_HOME, stdout);
	for (; *text; text++) {
		if (*text == '\n')
			fputs(REST_OF_LINE, stdout);
		putchar(*text);
	}
	fputs(REST_OF_SCREEN, stdout);
}

static int draw_text(const struct watch *watch, const struct tsmc_view *view)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -ENOMEM;
	tsmc_view_text(view, process_limit(watch, view), out);
	if (fclose(out)) {
		free(text);
		return -ENOMEM;
	}
	if (watch->screen)
		redraw(text);
	else
		printf("%s\n", text);
	free(text);
	return 0;
}

static int draw(const struct watch *watch, const struct tsmc_view *view)
{
	struct tsmc_json json = { .out = stdout };
	int rc = 0;

	if (watch->args->json) {
		tsmc_view_json(view, process_limit(watch, view), &json);
		putchar('\n');
	} else {
		rc = draw_text(watch, view);
	}
	if (!rc && fflush(stdout))
		rc = -errno;
	return rc;
}

static int frame(struct watch *watch)
{
	struct tsmc_list processes = { .size = sizeof(struct tsmc_process) };
	struct tsmc_view view = {
		.min = watch->args->given & TSMC_OPT_MIN ? watch->args->min : TSMC_HOT_LEAST,
		.class = watch->args->given & TSMC_OPT_CLASS ? tsmc_class_name(watch->args->class) :
							       "all classes",
	};
	int rc = look(watch, &view, &processes);

	if (!rc)
		rc = draw(watch, &view);
	free(processes.items);
	return rc;
}

/* Returns 1 when it is enough, 0 for another frame, or a negative errno. */
static int pause_frames(struct watch *watch)
{
	int rc = tsmc_stop_wait(watch->stop, watch->keys ? STDIN_FILENO : -1,
				watch->args->seconds * 1000);
	char key;

	if (rc != TSMC_WOKEN_INPUT)
		return rc == TSMC_WOKEN_STOP ? 1 : rc;
	if (read(STDIN_FILENO, &key, 1) != 1)
		return 1;
	return key == 'q' || key == 'Q';
}

static void begin(struct watch *watch)
{
	struct termios modes;

	watch->screen = !watch->args->json && isatty(STDOUT_FILENO);
	watch->keys = watch->screen && !tcgetattr(STDIN_FILENO, &watch->saved);
	if (watch->keys) {
		modes = watch->saved;
		modes.c_lflag &= ~(ICANON | ECHO);
		modes.c_cc[VMIN] = 1;
		modes.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSANOW, &modes);
	}
	if (watch->screen)
		fputs(SCREEN_BEGIN, stdout);
}

static void end(struct watch *watch)
{
	if (watch->screen) {
		fputs(SCREEN_END, stdout);
		fflush(stdout);
	}
	if (watch->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &watch->saved);
}

/**
 * tsmc_watch - the live view, until the user has enough
 * @netlink: open
 * @args: what to show
 *
 * Return: 0 or a negative errno.
 */
int tsmc_watch(struct tsmc_netlink *netlink, const struct tsmc_args *args)
{
	struct watch watch = { .netlink = netlink, .args = args, .stop = tsmc_stop_open() };
	int rc;

	if (watch.stop < 0)
		return watch.stop;
	begin(&watch);
	do {
		rc = frame(&watch);
		if (!rc)
			rc = pause_frames(&watch);
	} while (!rc);
	end(&watch);
	close(watch.stop);
	return rc < 0 ? rc : 0;
}
