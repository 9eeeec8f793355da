// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading and unloading tsmc.ko, and playing Dom0 to it: a guest may write its
 * own request node, and root may read the table in debugfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <kselftest.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>

#include "guest_module.h"
#include "xenstore.h"

#define DEBUGFS		"/sys/kernel/debug/tsmc/"
#define POLL_NS		2000000L

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void pause_briefly(void)
{
	const struct timespec pause = { .tv_nsec = POLL_NS };

	nanosleep(&pause, NULL);
}

static int open_module(void)
{
	const char *given = getenv("TSMC_KO");
	char path[PATH_MAX];
	struct utsname name;

	if (given)
		return open(given, O_RDONLY | O_CLOEXEC);
	uname(&name);
	snprintf(path, sizeof(path), "/lib/modules/%s/extra/tsmc.ko",
		 name.release);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/**
 * module_require - skip the whole test where tsmc.ko cannot be tested
 *
 * Starts with the module loaded and idle.
 */
void module_require(void)
{
	struct tsmc_hint_header header;
	char type[16] = "";
	FILE *file;

	file = fopen("/sys/hypervisor/type", "r");
	if (!file || !fgets(type, sizeof(type), file) ||
	    strncmp(type, "xen", 3))
		ksft_exit_skip("not a Xen guest\n");
	fclose(file);
	if (geteuid())
		ksft_exit_skip("not root\n");
	if (xenstore_open())
		ksft_exit_skip("no /dev/xen/xenbus: is xenfs there?\n");
	if (access("/sys/kernel/debug/.", X_OK))
		ksft_exit_skip("no debugfs\n");
	if (module_load() == -ENOENT)
		ksft_exit_skip("no tsmc.ko: set TSMC_KO to its path\n");
	if (module_read_header(&header))
		ksft_exit_fail_msg("tsmc.ko does not load\n");
	if (header.state != TSMC_HINT_IDLE &&
	    (module_request("finish") ||
	     module_wait_state(TSMC_HINT_IDLE, &header)))
		ksft_exit_fail_msg("tsmc.ko does not become idle\n");
}

/**
 * module_load - load tsmc.ko
 *
 * Return: 0 or a negative errno, -EEXIST if it is loaded.
 */
int module_load(void)
{
	int file = open_module(), ret = 0;

	if (file < 0)
		return -ENOENT;
	if (syscall(SYS_finit_module, file, "", 0))
		ret = -errno;
	close(file);
	return ret;
}

/**
 * module_unload - try to unload tsmc.ko
 *
 * Return: 0 or a negative errno, -EWOULDBLOCK if it is in use.
 */
int module_unload(void)
{
	return syscall(SYS_delete_module, "tsmc", O_NONBLOCK) ? -errno : 0;
}

/**
 * module_unload_limited - unload tsmc.ko, which may take a moment to get idle
 *
 * Return: 0 or a negative errno.
 */
int module_unload_limited(void)
{
	double end = now() + ANSWER_LIMIT_S;
	int ret;

	do {
		ret = module_unload();
		if (ret != -EWOULDBLOCK)
			return ret;
		pause_briefly();
	} while (now() < end);
	return ret;
}

static int read_file(const char *name, void *to, size_t size)
{
	int file = open(name, O_RDONLY | O_CLOEXEC), ret = 0;
	ssize_t got;

	if (file < 0)
		return -errno;
	for (; size; to = (char *)to + got, size -= got) {
		got = read(file, to, size);
		if (got <= 0) {
			ret = -EIO;
			break;
		}
	}
	close(file);
	return ret;
}

/**
 * module_read_header - read the header as Dom0 would
 * @header: where it goes
 *
 * Return: 0 or a negative errno, -ENOENT if the module is not loaded.
 */
int module_read_header(struct tsmc_hint_header *header)
{
	int ret;

	do {
		ret = read_file(DEBUGFS "header", header, sizeof(*header));
	} while (!ret && header->sequence % 2);
	return ret;
}

/**
 * module_read_table - read all the table's bytes
 * @header: says how many
 *
 * Return: the bytes, to be freed, or NULL.
 */
uint8_t *module_read_table(const struct tsmc_hint_header *header)
{
	uint8_t *table = malloc(header->nr_pfns);

	if (table && read_file(DEBUGFS "table", table, header->nr_pfns)) {
		free(table);
		table = NULL;
	}
	return table;
}

/**
 * module_request - ask for something, as Dom0 does
 * @request: what to write
 *
 * Return: 0 or a negative errno.
 */
int module_request(const char *request)
{
	return xenstore_write(NODE_REQUEST, request);
}

/**
 * module_wait_state - wait until the module is in a state
 * @state: the state to wait for
 * @header: the header that said so
 *
 * Return: 0 or -ETIMEDOUT, which is printed.
 */
int module_wait_state(enum tsmc_hint_state state,
		      struct tsmc_hint_header *header)
{
	double end = now() + ANSWER_LIMIT_S;

	do {
		if (!module_read_header(header) && header->state == state)
			return 0;
		pause_briefly();
	} while (now() < end);
	ksft_print_msg("waited %d s for state %d, it is %u\n", ANSWER_LIMIT_S,
		       state, header->state);
	return -ETIMEDOUT;
}

static int prepare(uint64_t number, const char *suffix,
		   struct tsmc_hint_header *header)
{
	double end = now() + ANSWER_LIMIT_S;
	char request[40];
	int ret;

	snprintf(request, sizeof(request), "prepare %llu%s",
		 (unsigned long long)number, suffix);
	ret = module_request(request);
	if (ret) {
		ksft_print_msg("cannot write %s: error %d\n", NODE_REQUEST, ret);
		return ret;
	}
	do {
		if (!module_read_header(header) && header->prepared == number)
			return 0;
		pause_briefly();
	} while (now() < end);
	ksft_print_msg("waited %d s for the scan of %s, the last is of %llu\n",
		       ANSWER_LIMIT_S, request,
		       (unsigned long long)header->prepared);
	return -ETIMEDOUT;
}

/**
 * module_prepare - announce a migration and wait until its scan is complete
 * @number: its number
 * @header: the header that said so
 *
 * Return: 0 or a negative errno, which is printed.
 */
int module_prepare(uint64_t number, struct tsmc_hint_header *header)
{
	return prepare(number, "", header);
}

/**
 * module_prepare_cache - likewise, as somebody who knows TSMC_CLASS_CACHE
 * @number: its number
 * @header: the header that said so
 *
 * Return: 0 or a negative errno, which is printed.
 */
int module_prepare_cache(uint64_t number, struct tsmc_hint_header *header)
{
	return prepare(number, " cache", header);
}

/**
 * module_ask_drop - ask for page cache to be dropped, as Dom0 does
 * @portion: with pfns and their count; with the answer when this returns
 *
 * Return: 0 or a negative errno, which is printed.
 */
int module_ask_drop(struct tsmc_hint_drop *portion)
{
	int file = open(DEBUGFS "drop", O_RDWR | O_CLOEXEC), ret = -EIO;
	double end = now() + ANSWER_LIMIT_S;

	portion->asked = module_new_number();
	if (pwrite(file, portion, sizeof(*portion), 0) == sizeof(*portion))
		ret = xenstore_write(NODE_DROP, "1");
	while (!ret && portion->answered != portion->asked) {
		pause_briefly();
		if (pread(file, portion, sizeof(*portion), 0) != sizeof(*portion))
			ret = -EIO;
		else if (now() >= end)
			ret = -ETIMEDOUT;
	}
	close(file);
	if (ret)
		ksft_print_msg("no answer to what is to be dropped: error %d\n", ret);
	return ret;
}

/**
 * module_new_number - a number that no earlier announcement had
 */
uint64_t module_new_number(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return time.tv_sec * 1000000ULL + time.tv_nsec / 1000;
}
