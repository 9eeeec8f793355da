// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Handles into Xen, domain control and a domain's state.
 */
#include "glue_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/hvm/params.h>

/**
 * tsmc_log() - hand a message to a logger
 * @log: the logger; NULL drops the message
 * @level: how serious
 * @fmt: printf format, without newline
 */
void tsmc_log(const struct tsmc_log *log, enum tsmc_log_level level, const char *fmt, ...)
{
	va_list args;

	if (!log || !log->emit)
		return;
	va_start(args, fmt);
	log->emit(log->opaque, level, fmt, args);
	va_end(args);
}

int tsmc_xen_error(const struct tsmc_xen *xen, int err, const char *fmt, ...)
{
	const char *reason;
	char what[512];
	va_list args;

	err = err ? abs(err) : EIO;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	reason = strerrordesc_np(err);
	tsmc_log(&xen->log, TSMC_LOG_ERROR, "%s: %s", what, reason ? reason : "unknown error");
	return -err;
}

static void bridge_vmessage(xentoollog_logger *logger, xentoollog_level level, int errnoval,
			    const char *context, const char *format, va_list al)
{
	struct tsmc_bridge *bridge = (struct tsmc_bridge *)logger;
	enum tsmc_log_level to;
	const char *reason = NULL;
	char text[1024];
	size_t len;

	if (level >= XTL_ERROR)
		to = TSMC_LOG_ERROR;
	else if (level == XTL_WARN)
		to = TSMC_LOG_WARN;
	else if (level >= XTL_INFO)
		to = TSMC_LOG_DEBUG;
	else
		return;

	vsnprintf(text, sizeof(text), format, al);
	for (len = strlen(text); len && text[len - 1] == '\n'; len--)
		text[len - 1] = '\0';
	if (errnoval > 0)
		reason = strerrordesc_np(errnoval);
	tsmc_log(&bridge->log, to, "%s: %s%s%s", context ? context : "xen", text,
		 reason ? ": " : "", reason ? reason : "");
}

static void bridge_destroy(xentoollog_logger *logger)
{
	(void)logger;		/* embedded in its owner, nothing to free */
}

/* Messages below INFO are Xen's own debugging and stay out. */
void tsmc_bridge_init(struct tsmc_bridge *bridge, const struct tsmc_log *log)
{
	bridge->vtable.vmessage = bridge_vmessage;
	bridge->vtable.progress = NULL;
	bridge->vtable.destroy = bridge_destroy;
	bridge->log = *log;
}

/*
 * libxl must not reap children that are not its own: ours (the restore, the
 * caller's ssh) are waited for by their pid.
 */
static const libxl_childproc_hooks selective_reap = {
	.chldowner = libxl_sigchld_owner_libxl_always_selective_reap,
};

/**
 * tsmc_xen_open() - open every door to Xen
 * @xen: the handle
 * @log: where messages go; copied, its @opaque must outlive the handle
 *
 * From here on SIGCHLD belongs to libxl: the process must reap its children
 * by their pids and must not install a handler of its own.
 *
 * Return: 0, -EACCES or -ENOENT when this is no Dom0 or not root, or another
 * negative errno.
 */
int tsmc_xen_open(struct tsmc_xen **xen, const struct tsmc_log *log)
{
	struct tsmc_xen *x;
	int err;

	x = calloc(1, sizeof(*x));
	if (!x)
		return -ENOMEM;
	x->log = *log;
	tsmc_bridge_init(&x->bridge, log);

	x->xc = xc_interface_open(&x->bridge.vtable, &x->bridge.vtable, 0);
	if (!x->xc) {
		err = tsmc_xen_error(x, errno, "cannot open Xen's control interface (is this a Dom0, and root?)");
		goto fail;
	}
	x->fm = xenforeignmemory_open(&x->bridge.vtable, 0);
	if (!x->fm) {
		err = tsmc_xen_error(x, errno, "cannot open Xen's foreign memory interface");
		goto fail;
	}
	x->dm = xendevicemodel_open(&x->bridge.vtable, 0);
	if (!x->dm) {
		err = tsmc_xen_error(x, errno, "cannot open Xen's device model interface");
		goto fail;
	}
	x->xs = xs_open(0);
	if (!x->xs) {
		err = tsmc_xen_error(x, errno, "cannot reach xenstored (is it running?)");
		goto fail;
	}
	if (libxl_ctx_alloc(&x->ctx, LIBXL_VERSION, 0, &x->bridge.vtable)) {
		err = tsmc_xen_error(x, EIO, "cannot start libxl");
		goto fail;
	}
	libxl_childproc_setmode(x->ctx, &selective_reap, NULL);
	*xen = x;
	return 0;
fail:
	tsmc_xen_close(x);
	return err;
}

/**
 * tsmc_xen_close() - close every door
 * @xen: handle; NULL is allowed
 */
void tsmc_xen_close(struct tsmc_xen *xen)
{
	if (!xen)
		return;
	if (xen->ctx)
		libxl_ctx_free(xen->ctx);
	if (xen->xs)
		xs_close(xen->xs);
	if (xen->dm)
		xendevicemodel_close(xen->dm);
	if (xen->fm)
		xenforeignmemory_close(xen->fm);
	if (xen->xc)
		xc_interface_close(xen->xc);
	free(xen);
}

/**
 * tsmc_xen_restrict() - have the handles for memory and device model serve one domain only
 * @xen: handle
 * @domid: its number
 *
 * What has a wrong number in it fails from now on in the kernel. There is no way back. Where the kernel
 * cannot do that all stays as it is.
 */
void tsmc_xen_restrict(struct tsmc_xen *xen, uint32_t domid)
{
	if (xenforeignmemory_restrict(xen->fm, domid) || xendevicemodel_restrict(xen->dm, domid))
		tsmc_log(&xen->log, TSMC_LOG_DEBUG, "handles are not restricted to domain %u: %s", domid,
			 strerror(errno));
}

struct tsmc_domain_info tsmc_domain_info_of(const xc_domaininfo_t *di)
{
	return (struct tsmc_domain_info){
		.domid = di->domain,
		.hvm = di->flags & XEN_DOMINF_hvm_guest,
		.paused = di->flags & XEN_DOMINF_paused,
		.shutdown = di->flags & XEN_DOMINF_shutdown,
		.shutdown_reason = (di->flags >> XEN_DOMINF_shutdownshift) & XEN_DOMINF_shutdownmask,
		.nr_vcpus = di->max_vcpu_id + 1,
		.tot_pages = di->tot_pages,
		.max_pages = di->max_pages,
	};
}

/**
 * tsmc_domain_info() - what Xen says of a domain
 * @xen: handle
 * @domid: domain number
 * @info: filled in
 *
 * One that was destroyed lingers as long as anybody maps its pages, we for instance.
 *
 * Return: 0, -ESRCH when there is no such domain any more, or another negative errno.
 */
int tsmc_domain_info(struct tsmc_xen *xen, uint32_t domid, struct tsmc_domain_info *info)
{
	xc_domaininfo_t di;
	int r;

	r = xc_domain_getinfolist(xen->xc, domid, 1, &di);
	if (r < 0)
		return tsmc_xen_error(xen, errno, "cannot ask Xen about domain %u", domid);
	/* Xen answers with the next domain when this one does not exist. */
	if (r == 0 || di.domain != domid)
		return tsmc_xen_error(xen, ESRCH, "there is no domain %u", domid);
	if (di.flags & XEN_DOMINF_dying)
		return tsmc_xen_error(xen, ESRCH, "domain %u is being destroyed", domid);

	*info = tsmc_domain_info_of(&di);
	return 0;
}

/**
 * tsmc_domain_pause() - stop every vCPU
 * @xen: handle
 * @domid: domain number
 *
 * Xen counts: as many unpauses must follow. Returns when no vCPU runs.
 */
int tsmc_domain_pause(struct tsmc_xen *xen, uint32_t domid)
{
	if (xc_domain_pause(xen->xc, domid))
		return tsmc_xen_error(xen, errno, "cannot pause domain %u", domid);
	return 0;
}

/**
 * tsmc_domain_unpause() - take one pause back
 * @xen: handle
 * @domid: domain number
 */
int tsmc_domain_unpause(struct tsmc_xen *xen, uint32_t domid)
{
	if (xc_domain_unpause(xen->xc, domid))
		return tsmc_xen_error(xen, errno, "cannot unpause domain %u", domid);
	return 0;
}

/**
 * tsmc_domain_nr_gfns() - size of a domain's physical map
 * @xen: handle
 * @domid: domain number
 * @nr_gfns: highest frame Xen ever mapped + 1
 *
 * Xen never shrinks it: staging frames of an earlier stage three still count,
 * so this is no measure of where RAM ends.
 */
int tsmc_domain_nr_gfns(struct tsmc_xen *xen, uint32_t domid, uint64_t *nr_gfns)
{
	xen_pfn_t nr;

	if (xc_domain_nr_gpfns(xen->xc, domid, &nr) < 0)
		return tsmc_xen_error(xen, errno, "cannot get the size of domain %u's physical map",
				      domid);
	*nr_gfns = nr;
	return 0;
}

/**
 * tsmc_domain_populated() - which frames hold memory
 * @xen: handle
 * @domid: domain number
 * @first: first frame
 * @count: frames, at most TSMC_BATCH_MAX
 * @populated: 1 for guest memory, 0 for a hole or a broken page
 *
 * Frames that Xen itself provides (shared info, grant table) are holes here:
 * the target's Xen makes its own and the guest maps them anew.
 */
int tsmc_domain_populated(struct tsmc_xen *xen, uint32_t domid, uint64_t first,
			  unsigned int count, uint8_t *populated)
{
	xen_pfn_t types[TSMC_BATCH_MAX];
	unsigned int i;

	if (count > TSMC_BATCH_MAX)
		return tsmc_xen_error(xen, EINVAL, "cannot look at %u frames at once", count);
	if (!count)
		return 0;
	for (i = 0; i < count; i++)
		types[i] = first + i;
	if (xc_get_pfn_type_batch(xen->xc, domid, count, types))
		return tsmc_xen_error(xen, errno, "cannot get the types of domain %u's frames %#lx-%#lx",
				      domid, first, first + count - 1);
	for (i = 0; i < count; i++) {
		switch (types[i] & XEN_DOMCTL_PFINFO_LTAB_MASK) {
		case XEN_DOMCTL_PFINFO_XTAB:
		case XEN_DOMCTL_PFINFO_BROKEN:
		case XEN_DOMCTL_PFINFO_XALLOC:
			populated[i] = 0;
			break;
		default:
			populated[i] = 1;
		}
	}
	return 0;
}

/**
 * tsmc_domain_get_context() - CPU and device state
 * @xen: handle
 * @domid: domain number
 * @context: malloc'ed state
 * @len: its length in bytes
 *
 * Final only of a domain that does not run; else a snapshot of each CPU.
 */
int tsmc_domain_get_context(struct tsmc_xen *xen, uint32_t domid, void **context, size_t *len)
{
	uint8_t *buf;
	int size, err;

	size = xc_domain_hvm_getcontext(xen->xc, domid, NULL, 0);
	if (size <= 0)
		return tsmc_xen_error(xen, errno, "cannot get the size of domain %u's context", domid);
	buf = malloc(size);
	if (!buf)
		return tsmc_xen_error(xen, ENOMEM, "cannot hold domain %u's context of %d bytes",
				      domid, size);
	size = xc_domain_hvm_getcontext(xen->xc, domid, buf, size);
	if (size <= 0) {
		err = tsmc_xen_error(xen, errno, "cannot get domain %u's context", domid);
		free(buf);
		return err;
	}
	*context = buf;
	*len = size;
	return 0;
}

/**
 * tsmc_domain_set_context() - load CPU and device state
 * @xen: handle
 * @domid: a domain that does not run
 * @context: from tsmc_domain_get_context()
 * @len: its length in bytes
 *
 * May be repeated: the last one counts.
 */
int tsmc_domain_set_context(struct tsmc_xen *xen, uint32_t domid, const void *context, size_t len)
{
	if (!len || len > UINT32_MAX)
		return tsmc_xen_error(xen, EINVAL, "cannot load a context of %zu bytes into domain %u",
				      len, domid);
	if (xc_domain_hvm_setcontext(xen->xc, domid, (uint8_t *)context, len))
		return tsmc_xen_error(xen, errno, "cannot load a context of %zu bytes into domain %u",
				      len, domid);
	return 0;
}

/**
 * tsmc_domain_get_tsc() - the time-stamp counter a guest sees
 * @xen: handle
 * @domid: domain number
 * @tsc: filled in
 */
int tsmc_domain_get_tsc(struct tsmc_xen *xen, uint32_t domid, struct tsmc_tsc_info *tsc)
{
	if (xc_domain_get_tsc_info(xen->xc, domid, &tsc->mode, &tsc->nsec, &tsc->khz,
				   &tsc->incarnation))
		return tsmc_xen_error(xen, errno, "cannot get domain %u's TSC", domid);
	return 0;
}

/**
 * tsmc_domain_set_tsc() - set the time-stamp counter a guest will see
 * @xen: handle
 * @domid: a domain that does not run
 * @tsc: from tsmc_domain_get_tsc() at the source; Xen counts the incarnation up
 */
int tsmc_domain_set_tsc(struct tsmc_xen *xen, uint32_t domid, const struct tsmc_tsc_info *tsc)
{
	if (xc_domain_set_tsc_info(xen->xc, domid, tsc->mode, tsc->nsec, tsc->khz,
				   tsc->incarnation))
		return tsmc_xen_error(xen, errno, "cannot set domain %u's TSC (mode %u, %u kHz)",
				      domid, tsc->mode, tsc->khz);
	return 0;
}

/*
 * The frames whose content belongs to the host they are on. A restore clears
 * the first four; the rings of hypervisor paging, monitoring and sharing are
 * shared with a listener of this host, which would start its own anew.
 *
 * Not here: HVM_PARAM_IDENT_PT (a page table with content, copied as ordinary
 * memory) and the pool at HVM_PARAM_IOREQ_SERVER_PFN (only domains with a
 * device model have one; for a PVH domain Xen allocates the page of an ioreq
 * server outside of the guest's map).
 */
static const unsigned int special_params[] = {
	HVM_PARAM_STORE_PFN,
	HVM_PARAM_CONSOLE_PFN,
	HVM_PARAM_IOREQ_PFN,
	HVM_PARAM_BUFIOREQ_PFN,
	HVM_PARAM_PAGING_RING_PFN,
	HVM_PARAM_MONITOR_RING_PFN,
	HVM_PARAM_SHARING_RING_PFN,
};

_Static_assert(ARRAY_SIZE(special_params) <= TSMC_SPECIAL_MAX, "TSMC_SPECIAL_MAX holds them");

/**
 * tsmc_domain_special_gfns() - frames that are allocated but never copied
 * @xen: handle
 * @domid: domain number
 * @gfns: filled in, no frame twice
 * @nr: room in @gfns; on return how many there are
 *
 * tsmc_stream_head() has them populated at the target, zeroed. They must not
 * be populated again: leave them out of tsmc_physmap_populate()'s ranges.
 */
int tsmc_domain_special_gfns(struct tsmc_xen *xen, uint32_t domid, uint64_t *gfns, unsigned int *nr)
{
	unsigned int i, j, n = 0;
	uint64_t gfn;

	for (i = 0; i < ARRAY_SIZE(special_params); i++) {
		if (xc_hvm_param_get(xen->xc, domid, special_params[i], &gfn))
			return tsmc_xen_error(xen, errno, "cannot get HVM parameter %u of domain %u",
					      special_params[i], domid);
		for (j = 0; j < n && gfns[j] != gfn; j++)
			;
		if (!gfn || j < n)
			continue;
		if (n == *nr)
			return tsmc_xen_error(xen, ENOSPC, "domain %u has more than %u special frames",
					      domid, n);
		gfns[n++] = gfn;
	}
	*nr = n;
	return 0;
}

/**
 * tsmc_host_free_pages() - memory a new domain could have
 * @xen: handle
 * @pages: free pages of this host, claims taken off
 */
int tsmc_host_free_pages(struct tsmc_xen *xen, uint64_t *pages)
{
	xc_physinfo_t info = { 0 };
	uint64_t free_pages;

	if (xc_physinfo(xen->xc, &info))
		return tsmc_xen_error(xen, errno, "cannot get this host's free memory");
	free_pages = info.free_pages + info.scrub_pages;
	*pages = free_pages > info.outstanding_pages ? free_pages - info.outstanding_pages : 0;
	return 0;
}

/**
 * tsmc_host_cpus() - processors that domains run on
 * @xen: handle
 * @cpus: processors of this host that are online
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_host_cpus(struct tsmc_xen *xen, unsigned int *cpus)
{
	xc_physinfo_t info = { 0 };

	if (xc_physinfo(xen->xc, &info))
		return tsmc_xen_error(xen, errno, "cannot get the number of this host's processors");
	*cpus = info.nr_cpus;
	return 0;
}
