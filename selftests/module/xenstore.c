// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The wire protocol of xenstore, spoken to the kernel's /dev/xen/xenbus.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenstore.h"

#define PAYLOAD_MAX 4096

enum {
	XS_READ		= 2,
	XS_WRITE	= 11,
	XS_RM		= 13,
	XS_ERROR	= 16,
};

struct message {
	uint32_t type;
	uint32_t req_id;
	uint32_t tx_id;
	uint32_t len;
};

static int xenbus = -1;

static int read_all(void *to, size_t size)
{
	ssize_t got;

	for (; size; to = (char *)to + got, size -= got) {
		got = read(xenbus, to, size);
		if (got <= 0)
			return -EIO;
	}
	return 0;
}

/* Sends a request; leaves its answer in @answer and returns its length. */
static int talk(uint32_t type, const void *payload, uint32_t len, char *answer)
{
	char request[sizeof(struct message) + PAYLOAD_MAX];
	struct message message = { .type = type, .len = len };

	if (len > PAYLOAD_MAX)
		return -E2BIG;
	memcpy(request, &message, sizeof(message));
	memcpy(request + sizeof(message), payload, len);
	if (write(xenbus, request, sizeof(message) + len) !=
	    (ssize_t)(sizeof(message) + len))
		return -EIO;
	if (read_all(&message, sizeof(message)) || message.len > PAYLOAD_MAX ||
	    read_all(answer, message.len))
		return -EIO;
	answer[message.len] = '\0';
	if (message.type == XS_ERROR)
		return strcmp(answer, "ENOENT") ? -EACCES : -ENOENT;
	return message.len;
}

/**
 * xenstore_open - get a connection to xenstore
 *
 * Return: 0 or a negative errno.
 */
int xenstore_open(void)
{
	if (xenbus < 0)
		xenbus = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
	if (xenbus < 0)
		xenbus = open("/proc/xen/xenbus", O_RDWR | O_CLOEXEC);
	return xenbus < 0 ? -errno : 0;
}

/**
 * xenstore_read - read a node
 * @path: relative to the guest's own directory
 * @value: where its value goes, terminated
 * @size: room there
 *
 * Return: 0 or a negative errno, -ENOENT if there is no such node.
 */
int xenstore_read(const char *path, char *value, size_t size)
{
	char answer[PAYLOAD_MAX + 1];
	int len = talk(XS_READ, path, strlen(path) + 1, answer);

	if (len < 0)
		return len;
	if ((size_t)len >= size)
		return -E2BIG;
	memcpy(value, answer, len + 1);
	return 0;
}

/**
 * xenstore_write - write a node
 * @path: relative to the guest's own directory
 * @value: its new value
 *
 * Return: 0 or a negative errno.
 */
int xenstore_write(const char *path, const char *value)
{
	char request[PAYLOAD_MAX], answer[PAYLOAD_MAX + 1];
	size_t at = strlen(path) + 1;
	int ret;

	if (at + strlen(value) > sizeof(request))
		return -E2BIG;
	memcpy(request, path, at);
	memcpy(request + at, value, strlen(value));
	ret = talk(XS_WRITE, request, at + strlen(value), answer);
	return ret < 0 ? ret : 0;
}

/**
 * xenstore_remove - remove a node and what is below it
 * @path: relative to the guest's own directory
 *
 * Return: 0 or a negative errno.
 */
int xenstore_remove(const char *path)
{
	char answer[PAYLOAD_MAX + 1];
	int ret = talk(XS_RM, path, strlen(path) + 1, answer);

	return ret < 0 ? ret : 0;
}
