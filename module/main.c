// SPDX-License-Identifier: GPL-2.0-only
/*
 * tsmc.ko: what a guest knows about its own pages, for a migration in three
 * stages. This file loads and unloads it, and hooks it into suspend.
 *
 * Suspending a Xen guest calls, in this order: .freeze of the device (may
 * sleep), .suspend of the system core (nothing else runs), then either, in
 * a new domain, .resume and .restore, or, if cancelled, .resume and .thaw.
 */
#define pr_fmt(fmt) "tsmc: " fmt

#include <linux/err.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/syscore_ops.h>
#include <xen/features.h>
#include <xen/xen.h>

#include "debugfs.h"
#include "migration.h"

static struct tsmc_migration migration;
static struct platform_device *device;

static int device_freeze(struct device *dev)
{
	tsmc_migration_freeze(&migration);
	return 0;
}

static int device_thaw(struct device *dev)
{
	tsmc_migration_thaw(&migration);
	return 0;
}

static int device_restore(struct device *dev)
{
	tsmc_migration_restore(&migration);
	return 0;
}

static const struct dev_pm_ops device_pm_ops = {
	.freeze = device_freeze,
	.thaw = device_thaw,
	.restore = device_restore,
};

static struct platform_driver driver = {
	.driver = {
		.name = "tsmc",
		.pm = &device_pm_ops,
		.suppress_bind_attrs = true,
	},
};

static int core_suspend(void)
{
	tsmc_migration_settle(&migration);
	return 0;
}

static void core_resume(void)
{
	tsmc_migration_unsettle(&migration);
}

static struct syscore_ops core_ops = {
	.suspend = core_suspend,
	.resume = core_resume,
};

static int __init check_guest(void)
{
	if (!xen_hvm_domain() || xen_initial_domain()) {
		pr_err("this is not a Xen PVH or HVM guest\n");
		return -ENODEV;
	}
	if (!xen_feature(XENFEAT_auto_translated_physmap)) {
		pr_err("this guest's frame numbers are not translated by Xen\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int __init tsmc_init(void)
{
	int ret = check_guest();

	if (ret)
		return ret;
	ret = tsmc_migration_init(&migration);
	if (ret)
		return ret;
	ret = platform_driver_register(&driver);
	if (ret) {
		pr_err("cannot register a driver: error %d\n", ret);
		goto exit_migration;
	}
	device = platform_device_register_simple("tsmc", PLATFORM_DEVID_NONE,
						 NULL, 0);
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
		pr_err("cannot register a device: error %d\n", ret);
		goto unregister_driver;
	}
	register_syscore_ops(&core_ops);
	tsmc_debugfs_init(&migration);
	return 0;

unregister_driver:
	platform_driver_unregister(&driver);
exit_migration:
	tsmc_migration_exit(&migration);
	return ret;
}

static void __exit tsmc_exit(void)
{
	tsmc_debugfs_exit();
	unregister_syscore_ops(&core_ops);
	platform_device_unregister(device);
	platform_driver_unregister(&driver);
	tsmc_migration_exit(&migration);
}

module_init(tsmc_init);
module_exit(tsmc_exit);

MODULE_DESCRIPTION("Hints about a Xen guest's pages for three-stage live migration");
MODULE_LICENSE("GPL");
