// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Dom0 can read, root in the guest can read too:
 * /sys/kernel/debug/tsmc/header and .../table, as in memory.
 */
#include <linux/debugfs.h>

#include "debugfs.h"
#include "hint_table.h"

static struct dentry *dir;
static struct debugfs_blob_wrapper header_blob;
static struct debugfs_blob_wrapper table_blob;

/**
 * tsmc_debugfs_init - show the table
 * @table: a table that stays until tsmc_debugfs_exit()
 */
void tsmc_debugfs_init(const struct tsmc_hint_table *table)
{
	header_blob.data = table->header;
	header_blob.size = sizeof(*table->header);
	table_blob.data = table->bytes;
	table_blob.size = table->nr_pfns;

	dir = debugfs_create_dir("tsmc", NULL);
	debugfs_create_blob("header", 0400, dir, &header_blob);
	debugfs_create_blob("table", 0400, dir, &table_blob);
}

/**
 * tsmc_debugfs_exit - take the files away
 */
void tsmc_debugfs_exit(void)
{
	debugfs_remove(dir);
}
