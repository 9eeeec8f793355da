// SPDX-License-Identifier: GPL-2.0-only
/*
 * Below /sys/kernel/debug/tsmc: header and table as Dom0 reads them, the page
 * in which Dom0 asks for page cache to be dropped, exec_touches, how many pages
 * were touched because they were to be executed, and state_retries, how many
 * instructions were run again as Xen may have refused them.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>

#include "debugfs.h"
#include "migration.h"

static struct dentry *dir;
static struct debugfs_blob_wrapper header_blob;
static struct debugfs_blob_wrapper table_blob;

static int exec_touches_get(void *data, u64 *value)
{
	struct tsmc_guard *guard = data;

	*value = atomic64_read(&guard->exec_touches);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(exec_touches_fops, exec_touches_get, NULL, "%llu\n");

static int state_retries_get(void *data, u64 *value)
{
	struct tsmc_guard *guard = data;

	*value = atomic64_read(&guard->state_retries);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(state_retries_fops, state_retries_get, NULL, "%llu\n");

static ssize_t drop_read(struct file *file, char __user *to, size_t count,
			 loff_t *pos)
{
	struct tsmc_drop *drop = file->private_data;

	return simple_read_from_buffer(to, count, pos, drop->area,
				       sizeof(*drop->area));
}

static ssize_t drop_write(struct file *file, const char __user *from,
			  size_t count, loff_t *pos)
{
	struct tsmc_drop *drop = file->private_data;

	return simple_write_to_buffer(drop->area, sizeof(*drop->area), pos,
				      from, count);
}

static const struct file_operations drop_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = drop_read,
	.write = drop_write,
	.llseek = default_llseek,
};

/**
 * tsmc_debugfs_init - show what the module knows
 * @migration: stays until tsmc_debugfs_exit()
 */
void tsmc_debugfs_init(struct tsmc_migration *migration)
{
	struct tsmc_hint_table *table = &migration->table;

	header_blob.data = table->header;
	header_blob.size = sizeof(*table->header);
	table_blob.data = table->bytes;
	table_blob.size = table->nr_pfns;

	dir = debugfs_create_dir("tsmc", NULL);
	debugfs_create_blob("header", 0400, dir, &header_blob);
	debugfs_create_blob("table", 0400, dir, &table_blob);
	debugfs_create_file("drop", 0600, dir, &migration->drop, &drop_fops);
	debugfs_create_file_unsafe("exec_touches", 0400, dir,
				   &migration->guard, &exec_touches_fops);
	debugfs_create_file_unsafe("state_retries", 0400, dir,
				   &migration->guard, &state_retries_fops);
}

/**
 * tsmc_debugfs_exit - take the files away
 */
void tsmc_debugfs_exit(void)
{
	debugfs_remove(dir);
}
