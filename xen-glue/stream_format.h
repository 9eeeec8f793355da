/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The migration stream that libxl's restore reads, as far as we write it.
 *
 * Xen's docs/specs/libxl-migration-stream.pandoc (version 2) describes the
 * outer stream, libxc-migration-stream.pandoc (version 3) the one inside of
 * its LIBXC_CONTEXT record. The headers are big-endian, the records of an x86
 * domain little-endian, and a record's body is padded to 8 bytes.
 */
#ifndef TSMC_STREAM_FORMAT_H
#define TSMC_STREAM_FORMAT_H

#include <endian.h>

#include "glue_private.h"

#define LIBXL_IDENT		UINT64_C(0x4c6962786c466d74)	/* "LibxlFmt" */
#define LIBXL_VERSION_2		2u
#define LIBXL_REC_LIBXC_CONTEXT	1u

#define LIBXC_MARKER		UINT64_C(0xffffffffffffffff)
#define LIBXC_IDENT		0x58454e46u			/* "XENF" */
#define LIBXC_VERSION_3		3u
#define LIBXC_TYPE_X86_HVM	2u

#define REC_PAGE_DATA		0x01u
#define REC_X86_TSC_INFO	0x08u
#define REC_HVM_CONTEXT		0x09u
#define REC_HVM_PARAMS		0x0au
#define REC_STATIC_DATA_END	0x10u
#define REC_X86_CPUID_POLICY	0x11u
#define REC_X86_MSR_POLICY	0x12u

/* "Populate, no content follows": type field of a PAGE_DATA entry. */
#define PAGE_TYPE_XALLOC	((uint64_t)XEN_DOMCTL_PFINFO_XALLOC << 32)

struct libxl_header {
	uint64_t ident;
	uint32_t version;
	uint32_t options;
};

struct record_header {
	uint32_t type;
	uint32_t length;
};

struct image_header {
	uint64_t marker;
	uint32_t ident;
	uint32_t version;
	uint16_t options;
	uint16_t reserved1;
	uint32_t reserved2;
};

struct domain_header {
	uint32_t type;
	uint16_t page_shift;
	uint16_t reserved;
	uint32_t xen_major;
	uint32_t xen_minor;
};

struct page_data {
	uint32_t count;
	uint32_t reserved;
	uint64_t gfn[TSMC_SPECIAL_MAX];
};

struct tsc_info {
	uint32_t mode;
	uint32_t khz;
	uint64_t nsec;
	uint32_t incarnation;
	uint32_t reserved;
};

/* HVM parameters that a domain can carry along. */
#define PARAMS_MAX	16

struct hvm_params {
	uint32_t count;
	uint32_t reserved;
	struct {
		uint64_t index;
		uint64_t value;
	} param[PARAMS_MAX];
};

_Static_assert(sizeof(struct libxl_header) == 16, "libxl header");
_Static_assert(sizeof(struct record_header) == 8, "record header");
_Static_assert(TSMC_STREAM_OPENING == 24, "libxl header and one empty record");
_Static_assert(sizeof(struct image_header) == 24, "libxc image header");
_Static_assert(sizeof(struct domain_header) == 16, "libxc domain header");
_Static_assert(offsetof(struct page_data, gfn) == 8, "PAGE_DATA record");
_Static_assert(sizeof(struct tsc_info) == 24, "X86_TSC_INFO record");
_Static_assert(offsetof(struct hvm_params, param) == 8, "HVM_PARAMS record");
_Static_assert(__BYTE_ORDER == __LITTLE_ENDIAN, "records are written as they are in memory");

#endif /* TSMC_STREAM_FORMAT_H */
