/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks that a target must not hold open while the source runs.
 */
#ifndef TSMC_LATE_DISKS_H
#define TSMC_LATE_DISKS_H

#include "glue_private.h"

/**
 * struct tsmc_late_disks - what is attached at the switchover
 * @disks: their configurations
 * @nr: how many
 */
struct tsmc_late_disks {
	libxl_device_disk *disks;
	int nr;
};

/* Moves the disks that have to wait from the configuration to late. */
int tsmc_late_disks_split(struct tsmc_xen *xen, libxl_domain_config *config,
			  struct tsmc_late_disks *late);
/* Attaches them; those that are attached leave the list. */
int tsmc_late_disks_attach(struct tsmc_xen *xen, uint32_t domid, struct tsmc_late_disks *late);
void tsmc_late_disks_dispose(struct tsmc_late_disks *late);

#endif /* TSMC_LATE_DISKS_H */
