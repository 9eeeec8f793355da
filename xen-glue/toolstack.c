// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What libxl knows of domains: names, configurations, suspend, resume, destroy.
 */
#include "glue_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <time.h>

#include <xen/sched.h>

/* How often a guest that may suspend is looked at. */
#define TAKE_BACK_LOOK_MS	20

int tsmc_libxl_errno(int rc)
{
	switch (rc) {
	case ERROR_NOMEM:
		return -ENOMEM;
	case ERROR_INVAL:
		return -EINVAL;
	case ERROR_GUEST_TIMEDOUT:
	case ERROR_TIMEDOUT:
		return -ETIMEDOUT;
	case ERROR_NI:
		return -EOPNOTSUPP;
	case ERROR_DEVICE_EXISTS:
		return -EEXIST;
	case ERROR_DOMAIN_NOTFOUND:
	case ERROR_NOTFOUND:
	case ERROR_DOMAIN_DESTROYED:
		return -ENOENT;
	case ERROR_ABORTED:
		return -ECANCELED;
	default:
		return -EIO;
	}
}

/**
 * tsmc_toolstack_find() - the domain of a name or a number
 * @xen: handle
 * @name_or_domid: as xl takes it
 * @domid: its number
 *
 * Return: 0, or -ENOENT when there is none.
 */
int tsmc_toolstack_find(struct tsmc_xen *xen, const char *name_or_domid, uint32_t *domid)
{
	uint32_t found;

	if (libxl_domain_qualifier_to_domid(xen->ctx, name_or_domid, &found) ||
	    libxl_domain_info(xen->ctx, NULL, found))
		return tsmc_xen_error(xen, ENOENT, "there is no domain \"%s\" (xl list shows all)",
				      name_or_domid);
	*domid = found;
	return 0;
}

/**
 * tsmc_toolstack_name() - the name of a domain
 * @xen: handle
 * @domid: domain number
 * @name: malloc'ed
 *
 * Return: 0, or -ENOENT when there is no such domain or it has no name.
 */
int tsmc_toolstack_name(struct tsmc_xen *xen, uint32_t domid, char **name)
{
	char *got = libxl_domid_to_name(xen->ctx, domid);

	if (!got)
		return tsmc_xen_error(xen, ENOENT, "cannot get the name of domain %u", domid);
	*name = got;
	return 0;
}

/**
 * tsmc_toolstack_config() - the configuration to build a domain again
 * @xen: handle
 * @domid: domain number
 * @json: malloc'ed, as libxl writes it; memory target, vCPUs and devices are
 *        those of now, not those the domain was created with
 */
int tsmc_toolstack_config(struct tsmc_xen *xen, uint32_t domid, char **json)
{
	libxl_domain_config config;
	char *text;
	int rc;

	libxl_domain_config_init(&config);
	rc = libxl_retrieve_domain_configuration(xen->ctx, domid, &config, NULL);
	if (rc) {
		libxl_domain_config_dispose(&config);
		return tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot get the configuration of domain %u",
				      domid);
	}
	text = libxl_domain_config_to_json(xen->ctx, &config);
	libxl_domain_config_dispose(&config);
	if (!text)
		return tsmc_xen_error(xen, ENOMEM, "cannot hold the configuration of domain %u", domid);
	*json = text;
	return 0;
}

int tsmc_toolstack_parse(struct tsmc_xen *xen, const char *json, libxl_domain_config *config)
{
	libxl_domain_config_init(config);
	if (libxl_domain_config_from_json(xen->ctx, config, json))
		return tsmc_xen_error(xen, EINVAL, "cannot read the domain's configuration");
	return 0;
}

static bool is_true(libxl_defbool value)
{
	return !libxl_defbool_is_default(value) && libxl_defbool_val(value);
}

/* One sentence that says what to do, or nothing when the type is fine. */
static void check_type(const libxl_domain_config *config, char *why, size_t why_len)
{
	libxl_defbool hap = config->c_info.hap;

	if (config->c_info.type == LIBXL_DOMAIN_TYPE_PV)
		snprintf(why, why_len,
			 "it is a PV guest: log-dirty of PV guests needs shadow paging, which this Xen is built without; convert it to type=\"pvh\"");
	else if (config->c_info.type == LIBXL_DOMAIN_TYPE_HVM)
		snprintf(why, why_len,
			 "it is an HVM guest: moving a device model is not supported yet; convert it to type=\"pvh\" or use xl migrate");
	else if (config->c_info.type != LIBXL_DOMAIN_TYPE_PVH)
		snprintf(why, why_len, "its type is unknown; only type=\"pvh\" can be moved");
	else if (!libxl_defbool_is_default(hap) && !libxl_defbool_val(hap))
		snprintf(why, why_len,
			 "it uses shadow paging, which this Xen is built without; remove hap=0 from its configuration");
	else if (is_true(config->b_info.u.pvh.pvshim))
		snprintf(why, why_len,
			 "it is a PV guest in a PVH shim, which is not supported; convert it to type=\"pvh\" with its own PVH kernel");
}

static void check_features(const libxl_domain_build_info *info, char *why, size_t why_len)
{
	if (is_true(info->disable_migrate))
		snprintf(why, why_len, "its configuration forbids migration; remove nomigrate=1");
	else if (is_true(info->nested_hvm))
		snprintf(why, why_len, "it uses nested virtualisation, which cannot be moved; remove nestedhvm=1");
	else if (info->altp2m != LIBXL_ALTP2M_MODE_DISABLED)
		snprintf(why, why_len, "it uses alternate physical maps, which cannot be moved; remove altp2m");
	else if (info->vmtrace_buf_kb)
		snprintf(why, why_len, "it is being traced, which cannot be moved; remove vmtrace_buf_kb");
	else if (info->num_ioports || info->num_irqs || info->num_iomem)
		snprintf(why, why_len,
			 "it has host I/O ports, memory or interrupts, which cannot be moved; remove ioports, iomem and irqs");
	else if (info->num_vnuma_nodes)
		snprintf(why, why_len, "it has virtual NUMA nodes, which are not supported; remove vnuma");
}

static void check_devices(const libxl_domain_config *config, char *why, size_t why_len)
{
	const struct {
		int count;
		const char *what;
		const char *remedy;
	} devices[] = {
		{ config->num_pcidevs, "passed-through PCI device", "detach it with xl pci-detach" },
		{ config->num_rdms, "reserved device memory region", "remove rdm" },
		{ config->num_dtdevs, "passed-through platform device", "remove dtdev" },
		{ config->num_usbdevs, "passed-through USB device", "detach it with xl usbdev-detach" },
		{ config->num_usbctrls, "USB controller", "detach it with xl usbctrl-detach" },
		{ config->num_vtpms, "virtual TPM", "detach it with xl vtpm-detach" },
		{ config->num_p9s, "9pfs share", "unmount it and remove p9" },
		{ config->num_pvcallsifs, "PV calls interface", "remove pvcalls" },
		{ config->num_vdispls, "virtual display", "remove vdispl" },
		{ config->num_vsnds, "virtual sound card", "remove vsnd" },
		{ config->num_vfbs, "virtual frame buffer", "remove vfb" },
		{ config->num_vkbs, "virtual keyboard", "remove vkb" },
		{ config->num_channels, "channel", "remove channel" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		if (!devices[i].count)
			continue;
		snprintf(why, why_len, "it has %d %s%s, which cannot be moved; %s", devices[i].count,
			 devices[i].what, devices[i].count == 1 ? "" : "s", devices[i].remedy);
		return;
	}
}

/**
 * tsmc_toolstack_check() - whether a domain can be moved by us
 * @xen: handle
 * @json: its configuration
 * @why: filled in with a reason that completes "domain X cannot be moved: "
 * @why_len: room in @why, at least 1
 *
 * Return: 0, -EOPNOTSUPP with the reason in @why, or -EINVAL when @json is none.
 */
int tsmc_toolstack_check(struct tsmc_xen *xen, const char *json, char *why, size_t why_len)
{
	libxl_domain_config config;
	int err;

	why[0] = '\0';
	err = tsmc_toolstack_parse(xen, json, &config);
	if (!err) {
		check_type(&config, why, why_len);
		if (!why[0])
			check_features(&config.b_info, why, why_len);
		if (!why[0])
			check_devices(&config, why, why_len);
		if (why[0])
			err = -EOPNOTSUPP;
	} else {
		snprintf(why, why_len, "its configuration cannot be read");
	}
	libxl_domain_config_dispose(&config);
	return err;
}

/**
 * tsmc_toolstack_holder() - find out which domain has a name
 * @xen: handle
 * @name: any
 * @domid: its number, if there is one
 *
 * Return: 0, -ENOENT when there is none, or another negative errno when libxl cannot tell; logged.
 */
int tsmc_toolstack_holder(struct tsmc_xen *xen, const char *name, uint32_t *domid)
{
	int rc = libxl_name_to_domid(xen->ctx, name, domid);

	if (!rc)
		return 0;
	/* That is what it has for "none". */
	if (rc == ERROR_INVAL)
		return -ENOENT;
	return tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot find out whether a domain is called \"%s\"", name);
}

/**
 * tsmc_toolstack_name_free() - whether a name is free for a domain that comes in
 * @xen: handle of the target host
 * @json: the domain's configuration
 * @name: it is to have here
 *
 * The domain itself may hold the name still: it does when it is moved to the
 * host that it is on.
 *
 * Return: 0, -EEXIST when another domain has the name, or another negative errno.
 */
int tsmc_toolstack_name_free(struct tsmc_xen *xen, const char *json, const char *name)
{
	libxl_domain_config config;
	libxl_dominfo info;
	uint32_t other;
	int err;

	err = tsmc_toolstack_holder(xen, name, &other);
	if (err)
		return err == -ENOENT ? 0 : err;
	libxl_dominfo_init(&info);
	err = tsmc_toolstack_parse(xen, json, &config);
	if (!err && !libxl_domain_info(xen->ctx, &info, other) &&
	    memcmp(&info.uuid, &config.c_info.uuid, sizeof(info.uuid)))
		err = tsmc_xen_error(xen, EEXIST, "domain %u has the name \"%s\" already", other, name);
	libxl_dominfo_dispose(&info);
	libxl_domain_config_dispose(&config);
	return err;
}

/**
 * tsmc_toolstack_need_pages() - memory that building a domain takes
 * @xen: handle of the target host
 * @json: the domain's configuration
 * @pages: with Xen's page tables and other overhead
 */
int tsmc_toolstack_need_pages(struct tsmc_xen *xen, const char *json, uint64_t *pages)
{
	libxl_domain_config config;
	uint64_t kb;
	int err, rc;

	err = tsmc_toolstack_parse(xen, json, &config);
	if (!err) {
		rc = libxl_domain_need_memory(xen->ctx, &config, INVALID_DOMID, &kb);
		if (rc)
			err = tsmc_xen_error(xen, tsmc_libxl_errno(rc),
					     "cannot tell how much memory the domain needs");
		else
			*pages = kb / (TSMC_PAGE_SIZE / 1024);
	}
	libxl_domain_config_dispose(&config);
	return err;
}

/**
 * tsmc_toolstack_suspend() - have the guest suspend, and wait until it has
 * @xen: handle
 * @domid: a running domain
 *
 * libxl gives the guest 60 s to acknowledge and 60 s more to do it.
 *
 * Return: 0 when it is suspended. -ETIMEDOUT when it did not acknowledge (the
 * request is withdrawn) or did not get there in time; in the latter case it
 * may yet suspend, so look at tsmc_domain_info() and resume it then. -EPROTO
 * when it shut down in another way or is gone, or another negative errno.
 */
int tsmc_toolstack_suspend(struct tsmc_xen *xen, uint32_t domid)
{
	struct tsmc_domain_info info;
	int rc, err;

	rc = libxl_domain_suspend_only(xen->ctx, domid, NULL);
	if (rc == ERROR_GUEST_TIMEDOUT || rc == ERROR_TIMEDOUT)
		return tsmc_xen_error(xen, ETIMEDOUT, "domain %u did not suspend", domid);

	/*
	 * Xen knows what happened. libxl may not: it returns success for a
	 * request that the guest never acknowledged and that it withdrew.
	 */
	err = tsmc_domain_info(xen, domid, &info);
	if (err)
		return -EPROTO;
	if (info.shutdown && info.shutdown_reason == SHUTDOWN_suspend && !rc)
		return 0;
	if (info.shutdown)
		return tsmc_xen_error(xen, EPROTO, "domain %u shut down (reason %u) instead of suspending",
				      domid, info.shutdown_reason);
	if (!rc)
		return tsmc_xen_error(xen, ETIMEDOUT,
				      "domain %u did not acknowledge the suspend request (does its kernel support it?)",
				      domid);
	return tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot suspend domain %u", domid);
}

/**
 * tsmc_toolstack_resume() - let a suspended guest go on where it is
 * @xen: handle
 * @domid: a suspended domain
 *
 * The guest sees a cancelled suspend and keeps its devices.
 */
int tsmc_toolstack_resume(struct tsmc_xen *xen, uint32_t domid)
{
	int rc = libxl_domain_resume(xen->ctx, domid, 1, NULL);

	if (rc)
		return tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot resume domain %u", domid);
	return 0;
}

/* A request that the guest has not acknowledged, as libxl writes it. */
static bool is_asked(struct tsmc_xen *xen, uint32_t domid)
{
	char *value;
	bool asked;

	if (tsmc_xenstore_read(xen, domid, "control/shutdown", &value))
		return false;
	asked = !strcmp(value, "suspend");
	free(value);
	return asked;
}

/**
 * tsmc_toolstack_may_suspend() - whether a guest is to be asked to suspend
 * @xen: handle
 * @domid: the guest
 *
 * Who suspends it, too, as "xl save", takes the suspended guest for its own. And
 * one that is paused would not answer.
 *
 * Return: 0; -EBUSY when it is paused, or somebody has it suspend or shut down; another
 * negative errno.
 */
int tsmc_toolstack_may_suspend(struct tsmc_xen *xen, uint32_t domid)
{
	struct tsmc_domain_info info;
	int err = tsmc_domain_info(xen, domid, &info);

	if (err)
		return err;
	if (info.shutdown || is_asked(xen, domid))
		return tsmc_xen_error(xen, EBUSY, "domain %u is suspended or shut down by somebody else (xl save?)",
				      domid);
	if (info.paused)
		return tsmc_xen_error(xen, EBUSY, "domain %u is paused: xl unpause it, and try again", domid);
	return 0;
}

/**
 * tsmc_toolstack_take_back() - undo a request to suspend whose asker is gone
 * @xen: handle
 * @domid: the guest: asked, on its way, suspended, or never asked
 * @limit_ms: how long a guest that does not answer the request, or has, and is on its way,
 *	is waited for
 *
 * Return: 0: the guest runs, and will; -ESRCH: there is no such domain; -EPROTO: it was
 * shut down in another way; another negative errno.
 */
int tsmc_toolstack_take_back(struct tsmc_xen *xen, uint32_t domid, unsigned int limit_ms)
{
	const struct timespec look = { .tv_nsec = TAKE_BACK_LOOK_MS * 1000000L };
	struct tsmc_domain_info info;
	unsigned int waited;
	int err = 0;

	for (waited = 0; !err && waited <= limit_ms; waited += TAKE_BACK_LOOK_MS) {
		err = tsmc_domain_info(xen, domid, &info);
		if (!err && info.shutdown)
			return info.shutdown_reason == SHUTDOWN_suspend ? tsmc_toolstack_resume(xen, domid) : -EPROTO;
		if (!err && waited >= limit_ms / 2 && is_asked(xen, domid))
			err = tsmc_xenstore_write(xen, domid, "control/shutdown", "");
		nanosleep(&look, NULL);
	}
	return err;
}

/**
 * tsmc_toolstack_rename() - give a domain another name
 * @xen: handle
 * @domid: domain number
 * @from: its name now
 * @to: not the name of any other domain
 */
int tsmc_toolstack_rename(struct tsmc_xen *xen, uint32_t domid, const char *from, const char *to)
{
	int rc = libxl_domain_rename(xen->ctx, domid, from, to);

	if (rc)
		return tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot rename domain %u from \"%s\" to \"%s\"",
				      domid, from, to);
	return 0;
}

/**
 * tsmc_toolstack_unpause() - start a domain that was built paused
 * @xen: handle
 * @domid: domain number
 */
int tsmc_toolstack_unpause(struct tsmc_xen *xen, uint32_t domid)
{
	int rc = libxl_domain_unpause(xen->ctx, domid, NULL);

	if (rc)
		return tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot unpause domain %u", domid);
	return 0;
}

/**
 * tsmc_toolstack_destroy() - take a domain and all its devices away
 * @xen: handle
 * @domid: domain number
 */
int tsmc_toolstack_destroy(struct tsmc_xen *xen, uint32_t domid)
{
	int rc = libxl_domain_destroy(xen->ctx, domid, NULL);

	if (rc)
		return tsmc_xen_error(xen, tsmc_libxl_errno(rc), "cannot destroy domain %u", domid);
	return 0;
}
