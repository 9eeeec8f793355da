/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table as files for the guest's own eyes.
 */
#ifndef TSMC_DEBUGFS_H
#define TSMC_DEBUGFS_H

struct tsmc_hint_table;

#ifdef CONFIG_DEBUG_FS
void tsmc_debugfs_init(const struct tsmc_hint_table *table);
void tsmc_debugfs_exit(void);
#else
static inline void tsmc_debugfs_init(const struct tsmc_hint_table *table) { }
static inline void tsmc_debugfs_exit(void) { }
#endif

#endif /* TSMC_DEBUGFS_H */
