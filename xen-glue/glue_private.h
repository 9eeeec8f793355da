/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this directory share and nobody else sees.
 */
#ifndef TSMC_GLUE_PRIVATE_H
#define TSMC_GLUE_PRIVATE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>

#include <libxl.h>
#include <libxl_utils.h>
#include <xenctrl.h>
#include <xendevicemodel.h>
#include <xenforeignmemory.h>
#include <xenstore.h>
#include <xentoollog.h>

#include "xen_glue.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

_Static_assert(sizeof(xen_pfn_t) == sizeof(uint64_t), "gfns are passed to Xen without conversion");
_Static_assert(TSMC_PAGE_SIZE == XC_PAGE_SIZE, "Xen's page size");

/**
 * struct tsmc_bridge - Xen's libraries log through it to a caller's logger
 * @vtable: what Xen's libraries see; must be first
 * @log: where the messages go
 */
struct tsmc_bridge {
	xentoollog_logger vtable;
	struct tsmc_log log;
};

/**
 * struct tsmc_xen - every handle into Xen
 * @log: the caller's logger
 * @bridge: forwards the libraries' own messages to @log
 * @xc: hypercalls of the control library
 * @fm: foreign mappings
 * @dm: device model operations (ioreq servers)
 * @xs: xenstore
 * @ctx: libxl
 *
 * Each of the libraries locks its handle itself, so there is no lock here.
 */
struct tsmc_xen {
	struct tsmc_log log;
	struct tsmc_bridge bridge;
	xc_interface *xc;
	xenforeignmemory_handle *fm;
	xendevicemodel_handle *dm;
	struct xs_handle *xs;
	libxl_ctx *ctx;
};

/* Exported by libxenctrl for libxenguest, but in no header that is installed. */
struct xen_domctl;
int xc_domctl(xc_interface *xch, struct xen_domctl *domctl);
int xc_get_pfn_type_batch(xc_interface *xch, uint32_t dom, unsigned int num, xen_pfn_t *arr);

void tsmc_bridge_init(struct tsmc_bridge *bridge, const struct tsmc_log *log);

/* Logs "<what was tried>: <reason>" as an error; err of either sign, returned negative. */
int tsmc_xen_error(const struct tsmc_xen *xen, int err, const char *fmt, ...) __printf(3, 4);

/* What we tell of a domain, from what Xen says. */
struct tsmc_domain_info tsmc_domain_info_of(const xc_domaininfo_t *di);

/* Initialises config from JSON; to be disposed of by the caller in any case. */
int tsmc_toolstack_parse(struct tsmc_xen *xen, const char *json, libxl_domain_config *config);

#define TSMC_STREAM_OPENING	24
void tsmc_stream_opening(uint8_t opening[TSMC_STREAM_OPENING]);
/* Whether a head from another host is one that tsmc_stream_head() writes, with frames below nr_gfns. */
int tsmc_stream_check(const void *head, size_t len, uint64_t nr_gfns);

/* The negative errno that says best what a libxl error code means. */
int tsmc_libxl_errno(int rc);

#endif /* TSMC_GLUE_PRIVATE_H */
