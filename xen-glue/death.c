// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The end of a domain: noticed, and followed by what its configuration says. xl does that only
 * for domains that it has started itself.
 */
#include "death_action.h"
#include "glue_private.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libxl_event.h>

/* Where xl puts them. */
#define DUMP_DIR	"/var/lib/xen/dump"
/* How often a guest that is suspended is looked at: that it runs again raises no event. */
#define SUSPENDED_LOOK_S	1
/* A domain's devices and memory may be in use for a moment after it was destroyed. */
#define START_TRIES		5
#define START_PAUSE_S		2

/* 0 when it has shut down, -ESRCH when it is gone, or another negative errno. */
static int await_event(struct tsmc_xen *xen, uint32_t domid, unsigned int *reason)
{
	libxl_evgen_domain_death *watch;
	libxl_event *event;
	int rc, err = 0;

	rc = libxl_evenable_domain_death(xen->ctx, domid, 0, &watch);
	if (rc)
		return tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot wait for the end of domain %u", domid);
	rc = libxl_event_wait(xen->ctx, &event, LIBXL_EVENTMASK_ALL, NULL, NULL);
	if (rc) {
		err = tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot wait for the end of domain %u", domid);
	} else {
		if (event->type == LIBXL_EVENT_TYPE_DOMAIN_SHUTDOWN)
			*reason = event->u.domain_shutdown.shutdown_reason;
		else
			err = -ESRCH;
		libxl_event_free(xen->ctx, event);
	}
	libxl_evdisable_domain_death(xen->ctx, watch);
	/* A domain that is destroyed just now may have raised another. */
	while (!libxl_event_check(xen->ctx, &event, LIBXL_EVENTMASK_ALL, NULL, NULL))
		libxl_event_free(xen->ctx, event);
	return err;
}

/* Until it runs again, or is gone: who has suspended it decides about it. */
static int await_resume(struct tsmc_xen *xen, uint32_t domid)
{
	const struct timespec look = { .tv_sec = SUSPENDED_LOOK_S };
	struct tsmc_domain_info info;
	int err;

	while (!(err = tsmc_domain_info(xen, domid, &info)) && info.shutdown &&
	       info.shutdown_reason == LIBXL_SHUTDOWN_REASON_SUSPEND)
		nanosleep(&look, NULL);
	return err;
}

/**
 * tsmc_death_await() - wait until a domain has shut down
 * @xen: handle, used by nobody else meanwhile
 * @domid: domain number
 * @reason: why, SHUTDOWN_*; never that it was suspended
 *
 * Return: 0; -ESRCH when it was destroyed; another negative errno.
 */
int tsmc_death_await(struct tsmc_xen *xen, uint32_t domid, unsigned int *reason)
{
	int err;

	do {
		err = await_event(xen, domid, reason);
		if (err || *reason != LIBXL_SHUTDOWN_REASON_SUSPEND)
			return err;
		err = await_resume(xen, domid);
	} while (!err);
	return err;
}

static void dump_core(struct tsmc_xen *xen, uint32_t domid, const char *name)
{
	char path[400];
	int rc;

	snprintf(path, sizeof(path), DUMP_DIR "/%s", name);
	rc = libxl_domain_core_dump(xen->ctx, domid, path, NULL);
	/* No reason to leave the guest down. */
	if (rc)
		tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot write the memory of domain %u to %s", domid, path);
}

static int write_config(int fd, const uint8_t *text, int len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		text += n;
		len -= n;
	}
	return 0;
}

/* Only xl can read its own format; it goes on waiting for the end of what it creates. */
static int create_by_xl(struct tsmc_xen *xen, const uint8_t *text, int len)
{
	char path[32];
	char *const argv[] = { "xl", "create", "--quiet", path, NULL };
	int fd = memfd_create("tsmc-xl-config", 0), err, status;
	pid_t pid;

	err = fd < 0 ? -errno : write_config(fd, text, len);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	if (!err)
		err = -posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (!err) {
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		err = status ? -EIO : 0;
	}
	if (fd >= 0)
		close(fd);
	return err ? tsmc_xen_error(xen, err, "xl create cannot start the guest from what xl config-update has stored") :
		     0;
}

static int create(struct tsmc_xen *xen, const libxl_domain_config *config, uint32_t *domid)
{
	libxl_domain_config copy;
	int rc;

	libxl_domain_config_init(&copy);
	libxl_domain_config_copy(xen->ctx, &copy, config);
	/* Any number will do. */
	copy.c_info.domid = INVALID_DOMID;
	*domid = INVALID_DOMID;
	rc = libxl_domain_create_new(xen->ctx, &copy, domid, NULL, NULL);
	libxl_domain_config_dispose(&copy);
	return rc;
}

static int create_again(struct tsmc_xen *xen, const libxl_domain_config *config, uint32_t *domid)
{
	const struct timespec pause = { .tv_sec = START_PAUSE_S };
	int rc = ERROR_FAIL;

	for (int i = 0; rc && i < START_TRIES; i++) {
		nanosleep(&pause, NULL);
		rc = create(xen, config, domid);
	}
	if (rc)
		return tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot start \"%s\" again: xl create it",
				      config->c_info.name);
	rc = tsmc_toolstack_unpause(xen, *domid);
	return rc ? rc : 1;
}

/* Destroys the domain, or gives it another name, and starts its guest anew. */
static int restart(struct tsmc_xen *xen, libxl_domain_config *config, uint32_t *domid, bool keep)
{
	time_t now = time(NULL);
	uint8_t *update = NULL;
	int len = 0, err = 0, rc;
	char suffix[24];
	libxl_uuid uuid;
	struct tm tm;

	if (libxl_userdata_retrieve(xen->ctx, *domid, "xl", &update, &len))
		len = 0;
	if (keep) {
		libxl_uuid_generate(&uuid);
		strftime(suffix, sizeof(suffix), "-%Y%m%dT%H%MZ", gmtime_r(&now, &tm));
		rc = libxl_domain_preserve(xen->ctx, *domid, &config->c_info, suffix, uuid);
		if (rc)
			err = tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot keep domain %u as %s%s", *domid,
					     config->c_info.name, suffix);
	} else {
		err = tsmc_toolstack_destroy(xen, *domid);
	}
	if (!err)
		err = len ? create_by_xl(xen, update, len) : create_again(xen, config, domid);
	if (len)
		free(update);
	return err;
}

static int soft_reset(struct tsmc_xen *xen, libxl_domain_config *config, uint32_t domid)
{
	int rc = libxl_domain_soft_reset(xen->ctx, config, domid, NULL, NULL);

	if (rc)
		return tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot reset domain %u for its new kernel", domid);
	rc = tsmc_toolstack_unpause(xen, domid);
	return rc ? rc : 1;
}

static int act(struct tsmc_xen *xen, libxl_domain_config *config, uint32_t *domid, unsigned int reason)
{
	struct tsmc_death death = { .config = config, .reason = reason };

	tsmc_death_decide(&death);
	tsmc_log(&xen->log, TSMC_LOG_INFO, "%s (domain %u) has shut down: %s, then %s", config->c_info.name, *domid,
		 libxl_shutdown_reason_to_string(reason), libxl_action_on_shutdown_to_string(death.action));
	if (death.dump)
		dump_core(xen, *domid, config->c_info.name);
	switch (death.action) {
	case LIBXL_ACTION_ON_SHUTDOWN_RESTART:
		return restart(xen, config, domid, false);
	case LIBXL_ACTION_ON_SHUTDOWN_RESTART_RENAME:
		return restart(xen, config, domid, true);
	case LIBXL_ACTION_ON_SHUTDOWN_SOFT_RESET:
		return soft_reset(xen, config, *domid);
	case LIBXL_ACTION_ON_SHUTDOWN_PRESERVE:
		return 0;
	default:
		return tsmc_toolstack_destroy(xen, *domid);
	}
}

/**
 * tsmc_death_follow() - do what a domain's configuration says of its end
 * @xen: handle
 * @domid: a domain that has shut down, and not to suspend; then that of its guest started anew
 * @reason: why, SHUTDOWN_*
 *
 * Return: 0: there is nothing left to wait for, or xl does; 1: the guest runs anew; negative errno.
 */
int tsmc_death_follow(struct tsmc_xen *xen, uint32_t *domid, unsigned int reason)
{
	libxl_domain_config config;
	int rc;

	libxl_domain_config_init(&config);
	rc = libxl_retrieve_domain_configuration(xen->ctx, *domid, &config, NULL);
	if (rc)
		rc = tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot get the configuration of domain %u", *domid);
	else
		rc = act(xen, &config, domid, reason);
	libxl_domain_config_dispose(&config);
	return rc;
}

/**
 * tsmc_death_log() - a file for what is said of a guest's end
 * @xen: handle
 * @name: the guest's
 *
 * Return: a descriptor, or negative errno. The files of earlier ones have numbers behind their names.
 */
int tsmc_death_log(struct tsmc_xen *xen, const char *name)
{
	char mine[300], *path;
	int fd, rc;

	snprintf(mine, sizeof(mine), "tsmc-%s", name);
	rc = libxl_create_logfile(xen->ctx, mine, &path);
	if (rc)
		return tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot name a log file for %s", name);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
	if (fd < 0)
		fd = tsmc_xen_error(xen, errno, "cannot write to %s", path);
	free(path);
	return fd;
}
