/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's own xenstore directory, without libraries.
 */
#ifndef XENSTORE_H
#define XENSTORE_H

#include <stddef.h>

int xenstore_open(void);
int xenstore_read(const char *path, char *value, size_t size);
int xenstore_write(const char *path, const char *value);
int xenstore_remove(const char *path);

#endif /* XENSTORE_H */
