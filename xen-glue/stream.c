// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The migration stream that libxl's restore wants to read, without the memory.
 */
#include "stream_format.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <xen/hvm/params.h>
#include <xenguest.h>

/*
 * Which parameters a domain carries along: those that Xen's own stream has.
 * STORE_PFN comes last: once it is set at the target, so are all the others,
 * and every record before is done with. tsmc_build_feed() waits for that.
 */
static const uint32_t carried_params[] = {
	HVM_PARAM_IOREQ_PFN,
	HVM_PARAM_BUFIOREQ_PFN,
	HVM_PARAM_PAGING_RING_PFN,
	HVM_PARAM_MONITOR_RING_PFN,
	HVM_PARAM_SHARING_RING_PFN,
	HVM_PARAM_VM86_TSS_SIZED,
	HVM_PARAM_CONSOLE_PFN,
	HVM_PARAM_ACPI_IOPORTS_LOCATION,
	HVM_PARAM_VIRIDIAN,
	HVM_PARAM_IDENT_PT,
	HVM_PARAM_VM_GENERATION_ID_ADDR,
	HVM_PARAM_IOREQ_SERVER_PFN,
	HVM_PARAM_NR_IOREQ_SERVER_PAGES,
	HVM_PARAM_X87_FIP_WIDTH,
	HVM_PARAM_MCA_CAP,
	HVM_PARAM_STORE_PFN,
};

_Static_assert(ARRAY_SIZE(carried_params) <= PARAMS_MAX, "PARAMS_MAX holds them");

/**
 * struct stream - a stream being written
 * @xen: handle, for messages
 * @data: malloc'ed
 * @len: bytes written
 * @size: bytes there is room for
 * @err: first error, after which nothing is written any more
 */
struct stream {
	struct tsmc_xen *xen;
	uint8_t *data;
	size_t len;
	size_t size;
	int err;
};

static void put(struct stream *s, const void *data, size_t len)
{
	if (s->err)
		return;
	if (len > s->size - s->len) {
		size_t size = 2 * (s->len + len);
		uint8_t *grown = realloc(s->data, size);

		if (!grown) {
			s->err = tsmc_xen_error(s->xen, ENOMEM, "cannot hold a restore stream of %zu bytes",
						size);
			return;
		}
		s->data = grown;
		s->size = size;
	}
	if (len)
		memcpy(s->data + s->len, data, len);
	s->len += len;
}

static void put_record(struct stream *s, uint32_t type, const void *body, size_t len)
{
	static const uint8_t zeroes[8];
	struct record_header header = { .type = type, .length = len };

	put(s, &header, sizeof(header));
	put(s, body, len);
	put(s, zeroes, -len % sizeof(zeroes));
}

static void put_headers(struct stream *s, int xen_version)
{
	uint8_t opening[TSMC_STREAM_OPENING];
	struct image_header image = {
		.marker = LIBXC_MARKER,
		.ident = htobe32(LIBXC_IDENT),
		.version = htobe32(LIBXC_VERSION_3),
	};
	struct domain_header domain = {
		.type = LIBXC_TYPE_X86_HVM,
		.page_shift = TSMC_PAGE_SHIFT,
		.xen_major = xen_version >> 16,
		.xen_minor = xen_version & 0xffff,
	};

	tsmc_stream_opening(opening);
	put(s, opening, sizeof(opening));
	put(s, &image, sizeof(image));
	put(s, &domain, sizeof(domain));
}

/* What the guest was told of its CPU; the target refuses it if it cannot provide it. */
static void put_cpu_policy(struct stream *s, uint32_t domid)
{
	xc_interface *xc = s->xen->xc;
	uint32_t nr_leaves = 0, nr_msrs = 0;
	xc_cpu_policy_t *policy = xc_cpu_policy_init();
	xen_cpuid_leaf_t *leaves = NULL;
	xen_msr_entry_t *msrs = NULL;

	if (!policy || xc_cpu_policy_get_size(xc, &nr_leaves, &nr_msrs))
		goto fail;
	leaves = calloc(nr_leaves, sizeof(*leaves));
	msrs = calloc(nr_msrs, sizeof(*msrs));
	if (!leaves || !msrs || xc_cpu_policy_get_domain(xc, domid, policy) ||
	    xc_cpu_policy_serialise(xc, policy, leaves, &nr_leaves, msrs, &nr_msrs))
		goto fail;
	if (nr_leaves)
		put_record(s, REC_X86_CPUID_POLICY, leaves, nr_leaves * sizeof(*leaves));
	if (nr_msrs)
		put_record(s, REC_X86_MSR_POLICY, msrs, nr_msrs * sizeof(*msrs));
	goto out;
fail:
	s->err = tsmc_xen_error(s->xen, errno, "cannot get the CPU policy of domain %u", domid);
out:
	free(msrs);
	free(leaves);
	if (policy)
		xc_cpu_policy_destroy(policy);
}

static void put_special_frames(struct stream *s, uint32_t domid)
{
	unsigned int i, nr = TSMC_SPECIAL_MAX;
	struct page_data data = { 0 };

	s->err = tsmc_domain_special_gfns(s->xen, domid, data.gfn, &nr);
	if (s->err)
		return;
	data.count = nr;
	for (i = 0; i < nr; i++)
		data.gfn[i] |= PAGE_TYPE_XALLOC;
	if (nr)
		put_record(s, REC_PAGE_DATA, &data, offsetof(struct page_data, gfn[nr]));
}

static void put_tsc(struct stream *s, uint32_t domid)
{
	struct tsmc_tsc_info tsc;
	struct tsc_info body;

	s->err = tsmc_domain_get_tsc(s->xen, domid, &tsc);
	if (s->err)
		return;
	body = (struct tsc_info) {
		.mode = tsc.mode,
		.khz = tsc.khz,
		.nsec = tsc.nsec,
		.incarnation = tsc.incarnation,
	};
	put_record(s, REC_X86_TSC_INFO, &body, sizeof(body));
}

static void put_context(struct stream *s, uint32_t domid)
{
	void *context;
	size_t len;

	s->err = tsmc_domain_get_context(s->xen, domid, &context, &len);
	if (s->err)
		return;
	put_record(s, REC_HVM_CONTEXT, context, len);
	free(context);
}

static void put_params(struct stream *s, uint32_t domid)
{
	struct hvm_params body = { 0 };
	uint64_t value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(carried_params); i++) {
		if (xc_hvm_param_get(s->xen->xc, domid, carried_params[i], &value)) {
			s->err = tsmc_xen_error(s->xen, errno, "cannot get HVM parameter %u of domain %u",
						carried_params[i], domid);
			return;
		}
		if (!value)
			continue;
		body.param[body.count].index = carried_params[i];
		body.param[body.count].value = value;
		body.count++;
	}
	put_record(s, REC_HVM_PARAMS, &body, offsetof(struct hvm_params, param[body.count]));
}

/**
 * tsmc_stream_head() - what a restore reads before the memory is there
 * @xen: handle
 * @domid: a running domain with hardware-assisted paging
 * @head: malloc'ed
 * @len: its length in bytes
 *
 * The context in it is a snapshot that lets the target be built; the final
 * one is loaded with tsmc_domain_set_context() at the switchover, and the TSC
 * with tsmc_domain_set_tsc(). The frames of tsmc_domain_special_gfns() are
 * populated by it, empty.
 */
int tsmc_stream_head(struct tsmc_xen *xen, uint32_t domid, void **head, size_t *len)
{
	static void (*const parts[])(struct stream *s, uint32_t domid) = {
		put_special_frames, put_tsc, put_context, put_params,
	};
	struct stream s = { .xen = xen };
	unsigned int i;
	int version;

	version = xc_version(xen->xc, XENVER_version, NULL);
	if (version < 0)
		return tsmc_xen_error(xen, errno, "cannot get Xen's version");
	put_headers(&s, version);
	put_cpu_policy(&s, domid);
	put_record(&s, REC_STATIC_DATA_END, NULL, 0);
	for (i = 0; !s.err && i < ARRAY_SIZE(parts); i++)
		parts[i](&s, domid);
	if (s.err) {
		free(s.data);
		return s.err;
	}
	*head = s.data;
	*len = s.len;
	return 0;
}

/**
 * tsmc_stream_end() - the END records of both streams
 * @len: their length in bytes
 *
 * Return: static storage.
 */
const void *tsmc_stream_end(size_t *len)
{
	/* Type END is 0, and so is its length. */
	static const struct record_header end[2];

	*len = sizeof(end);
	return end;
}
