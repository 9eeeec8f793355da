// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A domain's own part of xenstore.
 */
#include "glue_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fills in the absolute path of one that is relative to the domain. */
static int domain_path(struct tsmc_xen *xen, uint32_t domid, const char *path,
		       char full[XENSTORE_ABS_PATH_MAX])
{
	int len = snprintf(full, XENSTORE_ABS_PATH_MAX, "/local/domain/%u/%s", domid, path);

	if (len >= XENSTORE_ABS_PATH_MAX)
		return tsmc_xen_error(xen, ENAMETOOLONG, "cannot use domain %u's xenstore path of %d bytes",
				      domid, len);
	return 0;
}

/**
 * tsmc_xenstore_read() - read a node of a domain
 * @xen: handle
 * @domid: domain number
 * @path: below /local/domain/DOMID
 * @value: malloc'ed string; whatever the guest put there
 *
 * Return: 0, -ENOENT when there is no such node, or another negative errno.
 */
int tsmc_xenstore_read(struct tsmc_xen *xen, uint32_t domid, const char *path, char **value)
{
	char full[XENSTORE_ABS_PATH_MAX];
	unsigned int len;
	char *got;
	int err;

	err = domain_path(xen, domid, path, full);
	if (err)
		return err;
	got = xs_read(xen->xs, XBT_NULL, full, &len);
	if (got) {
		*value = got;
		return 0;
	}
	if (errno == ENOENT) {
		tsmc_log(&xen->log, TSMC_LOG_DEBUG, "xenstore has no %s", full);
		return -ENOENT;
	}
	return tsmc_xen_error(xen, errno, "cannot read %s in xenstore", full);
}

/* To write below a domain that is gone would leave it a directory for good. */
static bool has_directory(struct tsmc_xen *xen, xs_transaction_t transaction, uint32_t domid)
{
	char path[XENSTORE_ABS_PATH_MAX];
	unsigned int nr;
	char **names;
	bool there;

	snprintf(path, sizeof(path), "/local/domain/%u", domid);
	names = xs_directory(xen->xs, transaction, path, &nr);
	there = names;
	free(names);
	return there;
}

/* Return: 0; -EAGAIN: others have written meanwhile; another negative errno. */
static int try_write(struct tsmc_xen *xen, uint32_t domid, const char *full, const char *value)
{
	xs_transaction_t transaction = xs_transaction_start(xen->xs);
	int err = 0;

	if (transaction == XBT_NULL)
		return -errno;
	if (!has_directory(xen, transaction, domid) ||
	    !xs_write(xen->xs, transaction, full, value, strlen(value)))
		err = -errno;
	if (!xs_transaction_end(xen->xs, transaction, err) && !err)
		err = -errno;
	return err;
}

/**
 * tsmc_xenstore_write() - write a node of a domain
 * @xen: handle
 * @domid: domain number
 * @path: below /local/domain/DOMID; created when absent
 * @value: string
 *
 * Return: 0, -ENOENT when there is no such domain, or another negative errno.
 */
int tsmc_xenstore_write(struct tsmc_xen *xen, uint32_t domid, const char *path, const char *value)
{
	char full[XENSTORE_ABS_PATH_MAX];
	int err;

	err = domain_path(xen, domid, path, full);
	if (err)
		return err;
	do {
		err = try_write(xen, domid, full, value);
	} while (err == -EAGAIN);
	if (err == -ENOENT) {
		tsmc_log(&xen->log, TSMC_LOG_DEBUG, "there is no domain %u to write %s for", domid, full);
		return err;
	}
	return err ? tsmc_xen_error(xen, -err, "cannot write %s in xenstore", full) : 0;
}

/**
 * tsmc_xenstore_remove() - remove a node of a domain with all below it
 * @xen: handle
 * @domid: domain number
 * @path: below /local/domain/DOMID
 *
 * A node that does not exist is removed already.
 */
int tsmc_xenstore_remove(struct tsmc_xen *xen, uint32_t domid, const char *path)
{
	char full[XENSTORE_ABS_PATH_MAX];
	int err;

	err = domain_path(xen, domid, path, full);
	if (err)
		return err;
	if (!xs_rm(xen->xs, XBT_NULL, full) && errno != ENOENT)
		return tsmc_xen_error(xen, errno, "cannot remove %s in xenstore", full);
	return 0;
}
