/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file, or the pipe, that takes events.
 */
#ifndef TSMC_EVENT_FILE_H
#define TSMC_EVENT_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Opens it anew; the descriptor, or negative errno. */
int tsmc_event_file_open(const char *path);
/* One line; a reader that does not take it in time misses it (false). */
bool tsmc_event_file_write(int fd, const char *line, size_t len, int patience_ms);

#endif /* TSMC_EVENT_FILE_H */
