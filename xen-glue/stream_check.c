// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether a head that came from another host is one that tsmc_stream_head() writes.
 *
 * libxl's restore believes what it reads: a frame number of a PAGE_DATA record, for instance, has
 * it allocate and clear a bit for each number below.
 */
#include "stream_format.h"

#include <string.h>

/**
 * tsmc_stream_opening() - what every head begins with
 * @opening: filled in: libxl's header, and the record that hands over to libxc
 */
void tsmc_stream_opening(uint8_t opening[TSMC_STREAM_OPENING])
{
	struct libxl_header header = {
		.ident = htobe64(LIBXL_IDENT),
		.version = htobe32(LIBXL_VERSION_2),
	};
	struct record_header context = { .type = LIBXL_REC_LIBXC_CONTEXT };

	memcpy(opening, &header, sizeof(header));
	memcpy(opening + sizeof(header), &context, sizeof(context));
}

/**
 * struct rest - what was not looked at yet
 * @data: it
 * @len: bytes of it
 */
struct rest {
	const uint8_t *data;
	size_t len;
};

/* The next len bytes; NULL when there are not so many. */
static const void *take(struct rest *rest, size_t len)
{
	const uint8_t *data = rest->data;

	if (len > rest->len)
		return NULL;
	rest->data += len;
	rest->len -= len;
	return data;
}

static bool headers_sound(struct rest *rest)
{
	uint8_t opening[TSMC_STREAM_OPENING];
	const void *begin = take(rest, sizeof(opening));
	const void *image_at = take(rest, sizeof(struct image_header));
	const void *domain_at = take(rest, sizeof(struct domain_header));
	struct domain_header domain;
	struct image_header image;

	if (!begin || !image_at || !domain_at)
		return false;
	memcpy(&image, image_at, sizeof(image));
	memcpy(&domain, domain_at, sizeof(domain));
	tsmc_stream_opening(opening);
	return !memcmp(begin, opening, sizeof(opening)) && image.marker == LIBXC_MARKER &&
	       image.ident == htobe32(LIBXC_IDENT) && image.version == htobe32(LIBXC_VERSION_3) &&
	       !image.options && domain.type == LIBXC_TYPE_X86_HVM && domain.page_shift == TSMC_PAGE_SHIFT;
}

/* Frames to populate, and no content. */
static bool frames_sound(const void *body, size_t len, uint64_t nr_gfns)
{
	struct page_data data = { 0 };

	if (len < offsetof(struct page_data, gfn) || len > sizeof(data))
		return false;
	memcpy(&data, body, len);
	if (!data.count || len != offsetof(struct page_data, gfn) + data.count * sizeof(*data.gfn))
		return false;
	for (uint32_t i = 0; i < data.count; i++) {
		if (data.gfn[i] < PAGE_TYPE_XALLOC || data.gfn[i] - PAGE_TYPE_XALLOC >= nr_gfns)
			return false;
	}
	return true;
}

static bool params_sound(const void *body, size_t len)
{
	struct hvm_params params = { 0 };

	if (len < offsetof(struct hvm_params, param) || len > sizeof(params))
		return false;
	memcpy(&params, body, len);
	return len == offsetof(struct hvm_params, param) + params.count * sizeof(*params.param);
}

static bool record_sound(uint32_t type, const void *body, size_t len, uint64_t nr_gfns)
{
	switch (type) {
	case REC_PAGE_DATA:
		return frames_sound(body, len, nr_gfns);
	case REC_HVM_PARAMS:
		return params_sound(body, len);
	case REC_X86_TSC_INFO:
		return len == sizeof(struct tsc_info);
	case REC_STATIC_DATA_END:
		return !len;
	/* Xen itself takes these apart, and checks them. */
	case REC_X86_CPUID_POLICY:
	case REC_X86_MSR_POLICY:
	case REC_HVM_CONTEXT:
		return len;
	default:
		return false;
	}
}

/**
 * tsmc_stream_check() - whether a head is one that tsmc_stream_head() writes
 * @head: from another host
 * @len: its length in bytes
 * @nr_gfns: no frame that it names may be at or above this one
 *
 * Each record at most once. What else libxl's restore could read is not for it.
 *
 * Return: 0 or -EPROTO.
 */
int tsmc_stream_check(const void *head, size_t len, uint64_t nr_gfns)
{
	struct rest rest = { head, len };
	uint32_t seen = 0;

	if (!headers_sound(&rest))
		return -EPROTO;
	while (rest.len) {
		const void *at = take(&rest, sizeof(struct record_header));
		struct record_header record;
		const void *body;

		if (!at)
			return -EPROTO;
		memcpy(&record, at, sizeof(record));
		if (record.length > rest.len || record.type > REC_X86_MSR_POLICY || seen >> record.type & 1)
			return -EPROTO;
		seen |= 1U << record.type;
		body = take(&rest, record.length);
		if (!take(&rest, -record.length % 8) || !record_sound(record.type, body, record.length, nr_gfns))
			return -EPROTO;
	}
	return 0;
}
