// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Disks whose content may stand in a cache of the host that they are attached at: a target must
 * not hold them open while the source runs, and only the host has what its guest wrote last.
 */
#include "late_disks.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Linux's number of loop devices, which are files behind a cache. */
#define LOOP_MAJOR 7

/* blkback on a block device submits to the disk directly; all else goes through a cache here. */
static bool is_direct(const libxl_device_disk *disk)
{
	struct stat st;

	if (disk->backend != LIBXL_DISK_BACKEND_PHY && disk->backend != LIBXL_DISK_BACKEND_UNKNOWN)
		return false;
	if (disk->format != LIBXL_DISK_FORMAT_RAW || disk->script || disk->backend_domid ||
	    disk->backend_domname || !disk->pdev_path)
		return false;
	return !stat(disk->pdev_path, &st) && S_ISBLK(st.st_mode) && major(st.st_rdev) != LOOP_MAJOR;
}

/**
 * tsmc_disks_are_direct() - whether a guest's disks have all that it has written
 * @xen: handle
 * @json: the configuration of a guest of this host
 *
 * Return: false also when that cannot be told.
 */
bool tsmc_disks_are_direct(struct tsmc_xen *xen, const char *json)
{
	libxl_domain_config config;
	bool all;
	int i;

	all = !tsmc_toolstack_parse(xen, json, &config);
	for (i = 0; all && i < config.num_disks; i++)
		all = !config.disks[i].readwrite || is_direct(&config.disks[i]);
	libxl_domain_config_dispose(&config);
	return all;
}

int tsmc_late_disks_split(struct tsmc_xen *xen, libxl_domain_config *config,
			  struct tsmc_late_disks *late)
{
	int i, early = 0;

	if (!config->num_disks)
		return 0;
	late->disks = calloc(config->num_disks, sizeof(*late->disks));
	if (!late->disks)
		return tsmc_xen_error(xen, ENOMEM, "cannot hold the domain's disks");
	for (i = 0; i < config->num_disks; i++) {
		if (is_direct(&config->disks[i]))
			config->disks[early++] = config->disks[i];
		else
			late->disks[late->nr++] = config->disks[i];
	}
	config->num_disks = early;
	return 0;
}

int tsmc_late_disks_attach(struct tsmc_xen *xen, uint32_t domid, struct tsmc_late_disks *late)
{
	while (late->nr) {
		libxl_device_disk *disk = &late->disks[late->nr - 1];
		int rc = libxl_device_disk_add(xen->ctx, domid, disk, NULL);

		if (rc)
			return tsmc_xen_error(xen, tsmc_libxl_errno(rc),
					      "cannot attach disk %s (%s) to domain %u", disk->vdev,
					      disk->pdev_path ? disk->pdev_path : "empty", domid);
		libxl_device_disk_dispose(disk);
		late->nr--;
	}
	return 0;
}

void tsmc_late_disks_dispose(struct tsmc_late_disks *late)
{
	while (late->nr)
		libxl_device_disk_dispose(&late->disks[--late->nr]);
	free(late->disks);
	late->disks = NULL;
}
