/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module knows, as files for the guest's own eyes.
 */
#ifndef TSMC_DEBUGFS_H
#define TSMC_DEBUGFS_H

struct tsmc_migration;

#ifdef CONFIG_DEBUG_FS
void tsmc_debugfs_init(struct tsmc_migration *migration);
void tsmc_debugfs_exit(void);
#else
static inline void tsmc_debugfs_init(struct tsmc_migration *migration) { }
static inline void tsmc_debugfs_exit(void) { }
#endif

#endif /* TSMC_DEBUGFS_H */
