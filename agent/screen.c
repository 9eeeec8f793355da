// SPDX-License-Identifier: GPL-2.0-or-later
#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMNS_UNKNOWN	80
/* A view that is older was drawn before this process was stopped: the shell has written since. */
#define STALE_NS	3000000000ULL
#define FRAME_BYTES	(TSMC_VIEW_LINES * (TSMC_VIEW_BYTES + 8) + 32)

/**
 * tsmc_screen_is_terminal - can lines be drawn in place?
 * @fd: a descriptor
 *
 * Return: true for a terminal that is not a dumb one.
 */
bool tsmc_screen_is_terminal(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && term && *term && strcmp(term, "dumb");
}

/**
 * tsmc_screen_has_colour - may there be colours on a terminal?
 *
 * Return: false if NO_COLOR is set to anything.
 */
bool tsmc_screen_has_colour(void)
{
	const char *none = getenv("NO_COLOR");

	return !none || !*none;
}

/* A terminal that is gone takes nothing: that is all the same. */
static void write_all(int fd, const char *text, size_t len)
{
	struct pollfd poller = { .fd = fd, .events = POLLOUT };

	while (len) {
		ssize_t done = write(fd, text, len);

		if (done < 0 && errno == EAGAIN)
			poll(&poller, 1, -1);
		else if (done < 0 && errno != EINTR)
			return;
		if (done > 0) {
			text += done;
			len -= done;
		}
	}
}

/* Not when a shell has put us into the background. */
static bool is_ours(const struct tsmc_screen *screen)
{
	pid_t foreground = tcgetpgrp(screen->fd);

	return foreground < 0 || foreground == getpgrp();
}

/* Not after Ctrl-S. */
static bool takes_more(const struct tsmc_screen *screen)
{
	struct pollfd poller = { .fd = screen->fd, .events = POLLOUT };

	return poll(&poller, 1, 0) == 1;
}

/*
 * Asked for each time: a handler of SIGWINCH is not needed. A line of the full width would leave the
 * cursor at its end, or not.
 */
static void measure(const struct tsmc_screen *screen, unsigned int *columns, unsigned int *rows)
{
	struct winsize size;

	*columns = COLUMNS_UNKNOWN;
	*rows = TSMC_VIEW_LINES;
	if (ioctl(screen->fd, TIOCGWINSZ, &size))
		return;
	if (size.ws_col)
		*columns = size.ws_col;
	*columns -= *columns > 1;
	if (size.ws_row)
		*rows = size.ws_row - 1;
}

/* To the first line of the view. */
static size_t go_up(const struct tsmc_screen *screen, char *frame, size_t len)
{
	return screen->rows ? snprintf(frame, len, "\r\033[%uA", screen->rows) : 0;
}

/**
 * tsmc_screen_draw - draw the view
 * @screen: filled in
 * @view: what is shown
 *
 * One write, and none while the terminal takes nothing.
 */
void tsmc_screen_draw(struct tsmc_screen *screen, const struct tsmc_view *view)
{
	struct tsmc_lines lines;
	char frame[FRAME_BYTES];
	unsigned int columns, rows;
	size_t len;

	if (!is_ours(screen)) {
		tsmc_screen_leave(screen);
		return;
	}
	if (view->now_ns > screen->drawn_ns + STALE_NS)
		tsmc_screen_leave(screen);
	screen->drawn_ns = view->now_ns;
	if (!takes_more(screen))
		return;
	measure(screen, &columns, &rows);
	tsmc_view_lines(view, columns, screen->colour, &lines);
	if (lines.nr < rows)
		rows = lines.nr;
	len = go_up(screen, frame, sizeof(frame));
	len += snprintf(frame + len, sizeof(frame) - len, "%s", screen->amid ? "\r\n" : "");
	for (unsigned int i = 0; i < rows; i++)
		len += snprintf(frame + len, sizeof(frame) - len, "%s\033[K\r\n", lines.text[i]);
	len += snprintf(frame + len, sizeof(frame) - len, "\033[J");
	write_all(screen->fd, frame, len);
	screen->rows = rows;
	screen->amid = false;
}

/* Takes the view away. */
static void erase(struct tsmc_screen *screen)
{
	char frame[32];
	size_t len = go_up(screen, frame, sizeof(frame));

	if (!len)
		return;
	len += snprintf(frame + len, sizeof(frame) - len, "\033[J");
	write_all(screen->fd, frame, len);
	screen->rows = 0;
}

/**
 * tsmc_screen_leave - go on below the view
 * @screen: filled in
 */
void tsmc_screen_leave(struct tsmc_screen *screen)
{
	screen->rows = 0;
}

/* What would move the cursor is not for a screen with a view. */
static void write_line(struct tsmc_screen *screen)
{
	for (size_t i = 0; i < screen->len; i++) {
		unsigned char byte = screen->line[i];

		if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
			screen->line[i] = '?';
	}
	write_all(screen->fd, screen->line, screen->len);
	write_all(screen->fd, "\r\n", 2);
	screen->len = 0;
}

static void add_to_line(struct tsmc_screen *screen, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\n' && text[i] != '\r')
			screen->line[screen->len++] = text[i];
		if (text[i] == '\n' || screen->len == sizeof(screen->line))
			write_line(screen);
	}
}

/**
 * tsmc_screen_text - write what somebody says
 * @screen: filled in
 * @text: of any process that has this terminal
 * @len: bytes; 0: what has come of a line is written now
 * @viewed: there is a view, or will be one again: only whole lines are written. If not, the view is gone.
 */
void tsmc_screen_text(struct tsmc_screen *screen, const char *text, size_t len, bool viewed)
{
	if (!viewed) {
		erase(screen);
		write_all(screen->fd, screen->line, screen->len);
		write_all(screen->fd, text, len);
		if (len || screen->len)
			screen->amid = (len ? text[len - 1] : screen->line[screen->len - 1]) != '\n';
		screen->len = 0;
		return;
	}
	if (len && !memchr(text, '\n', len) && screen->len + len < sizeof(screen->line)) {
		add_to_line(screen, text, len);
		return;
	}
	erase(screen);
	if (screen->amid)
		write_all(screen->fd, "\r\n", 2);
	screen->amid = false;
	add_to_line(screen, text, len);
	if (!len && screen->len)
		write_line(screen);
}
