// SPDX-License-Identifier: GPL-2.0-only
/*
 * Publishing the table in xenstore, and hearing what Dom0 asks for there.
 */
#define pr_fmt(fmt) "tsmc: " fmt

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tsmc_hint.h>

#include "share.h"

#define PREPARE	"prepare "
#define CACHE	" cache"

/* What follows "prepare ": a number, and perhaps that class CACHE is known. */
static bool parse_prepare(char *text, u64 *number, bool *cache)
{
	size_t len = strlen(text);

	*cache = len > strlen(CACHE) &&
		 !strcmp(text + len - strlen(CACHE), CACHE);
	if (*cache)
		text[len - strlen(CACHE)] = '\0';
	return !kstrtou64(text, 10, number) && *number;
}

static void request_changed(struct xenbus_watch *watch, const char *path,
			    const char *token)
{
	struct tsmc_share *share = container_of(watch, struct tsmc_share, watch);
	char *node, *request;
	u64 number;
	bool cache;

	node = xenbus_read(XBT_NIL, TSMC_XS_DIR, TSMC_XS_REQUEST, NULL);
	/* Deleted, or not there yet in a new domain: nothing has changed. */
	if (IS_ERR(node))
		return;

	request = strim(node);
	if (!strcmp(request, "finish"))
		share->ops->finish(share);
	else if (!strncmp(request, PREPARE, strlen(PREPARE)) &&
		 parse_prepare(request + strlen(PREPARE), &number, &cache))
		share->ops->prepare(share, number, cache);
	else
		pr_notice_ratelimited("ignored the request \"%.32s\" in xenstore's %s/%s\n",
				      request, TSMC_XS_DIR, TSMC_XS_REQUEST);
	kfree(node);
}

static void drop_changed(struct xenbus_watch *watch, const char *path,
			 const char *token)
{
	struct tsmc_share *share = container_of(watch, struct tsmc_share,
						drop_watch);

	share->ops->drop(share);
}

/**
 * tsmc_share_publish - tell Dom0 where the table is
 * @gfn: frame of the table's header
 *
 * Has to be repeated in a new domain, whose xenstore directory starts empty.
 *
 * Context: process context, may sleep; not while the guest suspends.
 * Return: 0 or a negative error.
 */
int tsmc_share_publish(unsigned long gfn)
{
	int ret = xenbus_printf(XBT_NIL, TSMC_XS_DIR, TSMC_XS_HEADER_GFN,
				"%lu", gfn);

	if (ret)
		pr_err("cannot write %s/%s to xenstore: error %d; Dom0 will not find the hint table\n",
		       TSMC_XS_DIR, TSMC_XS_HEADER_GFN, ret);
	return ret;
}

/**
 * tsmc_share_missing - whether Dom0 says that pages of this domain may be missing
 *
 * Context: process context, may sleep; not while the guest suspends.
 */
bool tsmc_share_missing(void)
{
	return xenbus_exists(XBT_NIL, TSMC_XS_DIR, TSMC_XS_MISSING);
}

static int watch_node(struct xenbus_watch *watch, const char *node,
		      void (*callback)(struct xenbus_watch *watch,
				       const char *path, const char *token))
{
	int ret;

	watch->node = node;
	watch->callback = callback;
	ret = register_xenbus_watch(watch);
	if (ret)
		pr_err("cannot watch %s in xenstore: error %d\n", node, ret);
	return ret;
}

static int xenstore_is_ready(struct notifier_block *notifier,
			     unsigned long event, void *data)
{
	return NOTIFY_OK;
}

/* Asking xenstore where there is none would wait for ever. */
static bool xenstore_ready(void)
{
	struct notifier_block notifier = { .notifier_call = xenstore_is_ready };

	/* Called back at once if xenstore is there, queued otherwise. */
	if (register_xenstore_notifier(&notifier) == NOTIFY_OK)
		return true;
	unregister_xenstore_notifier(&notifier);
	return false;
}

/**
 * tsmc_share_start - publish the table and listen for requests
 * @share: to set up
 * @ops: who acts on requests, from now on
 * @gfn: frame of the table's header
 *
 * A request left over from before the module was loaded is removed: nobody
 * waits for its answer.
 *
 * Return: 0 or a negative error.
 */
int tsmc_share_start(struct tsmc_share *share, const struct tsmc_share_ops *ops,
		     unsigned long gfn)
{
	int ret;

	if (!xenstore_ready()) {
		pr_err("this guest has no connection to xenstore\n");
		return -ENODEV;
	}
	xenbus_rm(XBT_NIL, TSMC_XS_DIR, TSMC_XS_REQUEST);
	ret = tsmc_share_publish(gfn);
	if (ret)
		return ret;

	share->ops = ops;
	ret = watch_node(&share->watch, TSMC_XS_DIR "/" TSMC_XS_REQUEST,
			 request_changed);
	if (ret)
		goto remove;
	ret = watch_node(&share->drop_watch, TSMC_XS_DIR "/" TSMC_XS_DROP,
			 drop_changed);
	if (!ret)
		return 0;
	unregister_xenbus_watch(&share->watch);
remove:
	xenbus_rm(XBT_NIL, TSMC_XS_DIR, "");
	return ret;
}

/**
 * tsmc_share_stop - stop listening and leave no trace in xenstore
 * @share: what tsmc_share_start() set up
 */
void tsmc_share_stop(struct tsmc_share *share)
{
	unregister_xenbus_watch(&share->drop_watch);
	unregister_xenbus_watch(&share->watch);
	xenbus_rm(XBT_NIL, TSMC_XS_DIR, "");
}
