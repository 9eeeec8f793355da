// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading the kernel's log, and why the kernel calls itself tainted.
 */
#include <errno.h>
#include <fcntl.h>
#include <kselftest.h>
#include <string.h>

#include "kernel_log.h"

#define LEVEL_WARNING 4

/**
 * kernel_log_open - remember this moment of the kernel's log
 *
 * Return: what kernel_log_complaints() takes, or a negative errno.
 */
int kernel_log_open(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (log < 0)
		return -errno;
	lseek(log, 0, SEEK_END);
	return log;
}

/* Warnings that any such module, or any busy host, brings about. */
static const char * const harmless[] = {
	"loading out-of-tree module taints kernel",
	"hrtimer: interrupt took",
	/* Netlink's own, of messages that it refuses for us. */
	"has an invalid length",
	"bytes leftover after parsing attributes",
	"validate_nla: ",
	"__nla_validate_parse: ",
};

static int is_complaint(const char *record)
{
	const char *text = strchr(record, ';');
	int level = atoi(record) & 7;
	unsigned int i;

	if (!text || level > LEVEL_WARNING)
		return 0;
	for (i = 0; i < ARRAY_SIZE(harmless); i++)
		if (strstr(text, harmless[i]))
			return 0;
	return 1;
}

/**
 * kernel_log_complaints - warnings and worse since the last call
 * @log: what kernel_log_open() returned
 *
 * Return: how many there were; each is printed.
 */
int kernel_log_complaints(int log)
{
	char record[8192];
	int complaints = 0;
	ssize_t got;

	for (;;) {
		got = read(log, record, sizeof(record) - 1);
		if (got < 0 && errno == EPIPE)
			continue;
		if (got <= 0)
			return complaints;
		record[got] = '\0';
		if (is_complaint(record)) {
			complaints++;
			record[strcspn(record, "\n")] = '\0';
			ksft_print_msg("kernel log: %s\n",
				       strchr(record, ';') + 1);
		}
	}
}

/**
 * kernel_taint - why the kernel calls itself tainted
 *
 * Return: the kernel's taint bits.
 */
unsigned long kernel_taint(void)
{
	FILE *file = fopen("/proc/sys/kernel/tainted", "r");
	unsigned long bits = 0;

	if (!file || fscanf(file, "%lu", &bits) != 1)
		bits = ~0UL;
	if (file)
		fclose(file);
	return bits;
}
