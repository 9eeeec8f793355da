// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which pages a running guest changes: Xen's log-dirty mode.
 */
#include "glue_private.h"

#include <stdlib.h>
#include <string.h>

/**
 * struct tsmc_logdirty - one domain in log-dirty mode
 * @xen: handle
 * @domid: domain number
 * @nr_gfns: frames the bitmap covers
 * @nr_words: 64-bit words of the bitmap
 * @nr_pages: pages of the bitmap's buffer
 * @buffer: Xen's bookkeeping of the buffer
 * @bitmap: the bitmap of the last clean or peek, memory that a hypercall may write
 */
struct tsmc_logdirty {
	struct tsmc_xen *xen;
	uint32_t domid;
	uint64_t nr_gfns;
	size_t nr_words;
	size_t nr_pages;
	xc_hypercall_buffer_t buffer;
	uint64_t *bitmap;
};

static int enable_logdirty(struct tsmc_xen *xen, uint32_t domid)
{
	if (!xc_shadow_control(xen->xc, domid, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, NULL, 0))
		return 0;

	/*
	 * It is on already when a migration before us died. Xen does not tell,
	 * so switch it off and try once more.
	 */
	if (!xc_shadow_control(xen->xc, domid, XEN_DOMCTL_SHADOW_OP_OFF, NULL, 0) &&
	    !xc_shadow_control(xen->xc, domid, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, NULL, 0)) {
		tsmc_log(&xen->log, TSMC_LOG_WARN,
			 "domain %u was in log-dirty mode already; it was restarted", domid);
		return 0;
	}
	return tsmc_xen_error(xen, errno, "cannot enable log-dirty mode of domain %u", domid);
}

static int enable_alone(struct tsmc_xen *xen, uint32_t domid)
{
	if (!xc_shadow_control(xen->xc, domid, XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY, NULL, 0))
		return 0;
	/* Of a domain without a device of its own Xen refuses nothing else with this. */
	if (errno == EINVAL)
		return tsmc_xen_error(xen, EBUSY,
				      "log-dirty mode of domain %u is on already: it is being migrated or saved, or a migration was killed",
				      domid);
	return tsmc_xen_error(xen, errno, "cannot enable log-dirty mode of domain %u", domid);
}

static void free_buffer(struct tsmc_logdirty *ld)
{
	DECLARE_HYPERCALL_BUFFER_SHADOW(uint64_t, bitmap, &ld->buffer);

	xc_hypercall_buffer_free_pages(ld->xen->xc, bitmap, ld->nr_pages);
}

static int start(struct tsmc_xen *xen, uint32_t domid, uint64_t nr_gfns,
		 int (*enable)(struct tsmc_xen *xen, uint32_t domid), struct tsmc_logdirty **ld)
{
	struct tsmc_logdirty *l;
	int err;

	l = calloc(1, sizeof(*l));
	if (!l)
		return tsmc_xen_error(xen, ENOMEM, "cannot record changes of domain %u", domid);
	l->xen = xen;
	l->domid = domid;
	l->nr_gfns = nr_gfns;
	l->nr_words = (nr_gfns + 63) / 64;
	l->nr_pages = (l->nr_words * sizeof(uint64_t) + XC_PAGE_SIZE - 1) / XC_PAGE_SIZE;
	if (!l->nr_pages) {
		err = tsmc_xen_error(xen, EINVAL, "cannot record changes of no frame of domain %u", domid);
		goto fail;
	}
	{
		DECLARE_HYPERCALL_BUFFER_SHADOW(uint64_t, bitmap, &l->buffer);

		bitmap = xc_hypercall_buffer_alloc_pages(xen->xc, bitmap, l->nr_pages);
		l->bitmap = bitmap;
	}
	if (!l->bitmap) {
		err = tsmc_xen_error(xen, ENOMEM, "cannot hold the dirty bitmap of domain %u (%zu pages)",
				     domid, l->nr_pages);
		goto fail;
	}
	memset(l->bitmap, 0, l->nr_pages * XC_PAGE_SIZE);
	err = enable(xen, domid);
	if (err)
		goto fail_buffer;
	*ld = l;
	return 0;

fail_buffer:
	free_buffer(l);
fail:
	free(l);
	return err;
}

/**
 * tsmc_logdirty_start() - record which pages change
 * @xen: handle
 * @domid: a domain with hardware-assisted paging
 * @nr_gfns: frames to watch, from tsmc_domain_nr_gfns()
 * @ld: the record
 *
 * From the return on every write of the guest is recorded. A record that is under
 * way already ends.
 */
int tsmc_logdirty_start(struct tsmc_xen *xen, uint32_t domid, uint64_t nr_gfns,
			struct tsmc_logdirty **ld)
{
	return start(xen, domid, nr_gfns, enable_logdirty, ld);
}

/**
 * tsmc_logdirty_start_alone() - record which pages change, unless someone does
 * @xen: handle
 * @domid: a domain with hardware-assisted paging
 * @nr_gfns: frames to watch, from tsmc_domain_nr_gfns()
 * @ld: the record
 *
 * Return: 0; -EBUSY when log-dirty is on already, and then nothing was changed; another
 * negative errno.
 */
int tsmc_logdirty_start_alone(struct tsmc_xen *xen, uint32_t domid, uint64_t nr_gfns,
			      struct tsmc_logdirty **ld)
{
	return start(xen, domid, nr_gfns, enable_alone, ld);
}

static int64_t fetch(struct tsmc_logdirty *ld, unsigned int op, const char *what)
{
	DECLARE_HYPERCALL_BUFFER_SHADOW(uint64_t, bitmap, &ld->buffer);
	uint64_t covered;
	int64_t dirty = 0;
	long long r;
	size_t i;

	/* FINAL adds frames that Xen itself holds mapped and may write any time. */
	r = xc_logdirty_control(ld->xen->xc, ld->domid, op, HYPERCALL_BUFFER(bitmap), ld->nr_gfns,
				XEN_DOMCTL_SHADOW_LOGDIRTY_FINAL, NULL);
	if (r < 0)
		return tsmc_xen_error(ld->xen, errno, "cannot %s the dirty bitmap of domain %u",
				      what, ld->domid);

	/* Frames beyond what Xen covers were never written; bits beyond nr_gfns mean nothing. */
	covered = (uint64_t)r < ld->nr_gfns ? (uint64_t)r : ld->nr_gfns;
	for (i = covered / 64; i < ld->nr_words; i++) {
		uint64_t keep = i == covered / 64 ? (UINT64_C(1) << (covered % 64)) - 1 : 0;

		bitmap[i] &= keep;
	}
	for (i = 0; i < ld->nr_words; i++)
		dirty += __builtin_popcountll(bitmap[i]);
	return dirty;
}

/**
 * tsmc_logdirty_clean() - fetch the bitmap and start a new record
 * @ld: the record
 *
 * Nothing is lost in between: the domain is paused by Xen meanwhile.
 *
 * Return: pages that changed since the start or the last clean, or a negative errno.
 */
int64_t tsmc_logdirty_clean(struct tsmc_logdirty *ld)
{
	return fetch(ld, XEN_DOMCTL_SHADOW_OP_CLEAN, "fetch and clean");
}

/**
 * tsmc_logdirty_peek() - fetch the bitmap and let the record go on
 * @ld: the record
 *
 * Return: pages that changed since the start or the last clean, or a negative errno.
 */
int64_t tsmc_logdirty_peek(struct tsmc_logdirty *ld)
{
	return fetch(ld, XEN_DOMCTL_SHADOW_OP_PEEK, "fetch");
}

/**
 * tsmc_logdirty_bitmap() - the bitmap last fetched
 * @ld: the record
 *
 * Return: bit g % 64 of word g / 64 says whether frame g changed; no bit is
 * set at nr_gfns or above. Valid until the next clean, peek or stop.
 */
const uint64_t *tsmc_logdirty_bitmap(const struct tsmc_logdirty *ld)
{
	return ld->bitmap;
}

/**
 * tsmc_logdirty_stop() - end log-dirty mode
 * @ld: the record; NULL is allowed
 *
 * A domain that is gone by now is no error.
 */
void tsmc_logdirty_stop(struct tsmc_logdirty *ld)
{
	if (!ld)
		return;
	if (xc_shadow_control(ld->xen->xc, ld->domid, XEN_DOMCTL_SHADOW_OP_OFF, NULL, 0) &&
	    errno != ESRCH)
		tsmc_xen_error(ld->xen, errno, "cannot disable log-dirty mode of domain %u", ld->domid);
	tsmc_logdirty_leave(ld);
}

/**
 * tsmc_logdirty_off() - end log-dirty mode that a process which is gone has begun
 * @xen: handle
 * @domid: domain number; one that is gone, or in no such mode, is no error
 */
void tsmc_logdirty_off(struct tsmc_xen *xen, uint32_t domid)
{
	if (xc_shadow_control(xen->xc, domid, XEN_DOMCTL_SHADOW_OP_OFF, NULL, 0) && errno != ESRCH && errno != EINVAL)
		tsmc_xen_error(xen, errno, "cannot disable log-dirty mode of domain %u", domid);
}

/**
 * tsmc_logdirty_leave() - forget a record that someone else has taken for itself
 * @ld: the record
 *
 * Log-dirty mode stays on.
 */
void tsmc_logdirty_leave(struct tsmc_logdirty *ld)
{
	free_buffer(ld);
	free(ld);
}
