/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes that cross between two agents, and nothing else. Specified in
 * Documentation/wire-format.md. All integers are little-endian and naturally
 * aligned; no memory structure of the agent is ever sent.
 */
#ifndef TSMC_WIRE_FORMAT_H
#define TSMC_WIRE_FORMAT_H

#include <assert.h>
#include <stdint.h>

#define TSMC_WIRE_MAGIC		0x4952474d434d5354ULL	/* "TSMCMGRI" */
#define TSMC_WIRE_VERSION	1

/* Longest payload of any record; a longer one is a broken peer. */
#define TSMC_WIRE_PAYLOAD_MAX	(2u << 20)
/* Most pages in one PAGES record. */
#define TSMC_WIRE_PAGES_MAX	256u
/* Most RAM ranges in LAYOUT, special frames in LAYOUT. */
#define TSMC_WIRE_RANGES_MAX	65536u
/* Longest configuration in CONFIG. What is read of it takes a multiple of that. */
#define TSMC_WIRE_JSON_MAX	(512u << 10)
#define TSMC_WIRE_SPECIALS_MAX	16u
/* Frame numbers fit 40 bits (2^52 bytes of guest). */
#define TSMC_WIRE_GFN_MASK	((1ULL << 40) - 1)
#define TSMC_WIRE_SESSION_LEN	16

/* Record types. A receiver refuses an unknown type unless it is optional. */
#define TSMC_WIRE_OPTIONAL	0x8000u
enum tsmc_wire_type {
	TSMC_REC_HELLO		= 1,	/* both, first on every channel */
	TSMC_REC_CONFIG		= 2,	/* source: name and libxl configuration */
	TSMC_REC_PLATFORM	= 3,	/* source: head of the restore stream */
	TSMC_REC_LAYOUT		= 4,	/* source: where RAM is */
	TSMC_REC_BUILT		= 5,	/* target: domain exists, memory populated */
	TSMC_REC_PAGES		= 6,	/* source: frames and their content */
	TSMC_REC_MISSING	= 7,	/* source: piece of the bitmap of missing frames */
	TSMC_REC_FINAL		= 8,	/* source: TSC and CPU context, end of stage two */
	TSMC_REC_READY		= 9,	/* target: all in place, may be handed over */
	TSMC_REC_GO		= 10,	/* source: hand-over; the guest is the target's */
	TSMC_REC_RUNNING	= 11,	/* target: unpaused */
	TSMC_REC_REQUEST	= 12,	/* target: frames that a vCPU waits for */
	TSMC_REC_CREDIT		= 13,	/* target: pushed pages taken in */
	TSMC_REC_COMPLETE	= 14,	/* target: no hole left; its counters */
	TSMC_REC_VERIFY		= 15,	/* source: digests of frames */
	TSMC_REC_VERIFIED	= 16,	/* target: which differed */
	TSMC_REC_ERROR		= 17,	/* both: text; the sender gives up */
	TSMC_REC_PLUG		= 18,	/* source: stage one is over; answer when devices are plugged */
	TSMC_REC_PLUGGED	= 19,	/* target: they are */
	TSMC_REC_RESUME		= 20,	/* source: instead of CONFIG: what became of an old migration */
	TSMC_REC_STATE		= 21,	/* target: what it has of that */
	TSMC_REC_DONE		= 22,	/* source: COMPLETE or its like has come */
	TSMC_REC_WORKING	= 23,	/* target: not yet, but the link and the host are there */
	TSMC_REC_RESIDUE	= 24,	/* source: all that was not sent is clean page cache; a piece of it */
	TSMC_REC_SAFE		= 25,	/* target: it lacks nothing else */
	TSMC_REC_DROPPED	= 26,	/* target: the guest can do without these */
};

struct tsmc_wire_header {
	uint16_t type;		/* enum tsmc_wire_type, TSMC_WIRE_OPTIONAL */
	uint16_t reserved;	/* zero */
	uint32_t length;	/* bytes of payload that follow */
};
static_assert(sizeof(struct tsmc_wire_header) == 8, "wire header");

enum tsmc_wire_channel { TSMC_CHANNEL_BULK = 1, TSMC_CHANNEL_URGENT = 2 };

/* Capability bits in HELLO; both sides use the common set. */
#define TSMC_CAP_POSTCOPY	(1u << 0)	/* stage three */
#define TSMC_CAP_VERIFY		(1u << 1)
#define TSMC_CAP_PACKED		(1u << 2)	/* takes pages packed with any enum tsmc_codec */
#define TSMC_CAP_RESIDUE	(1u << 3)	/* RESIDUE and its answers */

struct tsmc_wire_hello {
	uint64_t magic;
	uint16_t version;
	uint16_t channel;	/* enum tsmc_wire_channel */
	uint32_t capabilities;
	uint8_t session[TSMC_WIRE_SESSION_LEN];	/* binds the channels; a secret */
};
static_assert(sizeof(struct tsmc_wire_hello) == 32, "wire hello");

/* CONFIG: this, then the name, then the JSON; neither is terminated. */
#define TSMC_CONFIG_VERIFY	(1u << 0)
struct tsmc_wire_config {
	uint32_t flags;		/* TSMC_CONFIG_* */
	uint32_t reserved;	/* zero */
	uint32_t name_len;	/* 1 .. 255 */
	uint32_t json_len;	/* 1 .. TSMC_WIRE_JSON_MAX */
};
static_assert(sizeof(struct tsmc_wire_config) == 16, "wire config");

/* LAYOUT: this, then nr_ranges ranges, then nr_specials 64-bit gfns. */
struct tsmc_wire_layout {
	uint64_t top_gfn;	/* highest frame with memory, special or not, + 1 */
	uint32_t nr_ranges;
	uint32_t nr_specials;
};
static_assert(sizeof(struct tsmc_wire_layout) == 16, "wire layout");

struct tsmc_wire_range {
	uint64_t first;
	uint64_t count;
};
static_assert(sizeof(struct tsmc_wire_range) == 16, "wire range");

/* What the content of pages is packed with. */
enum tsmc_codec {
	TSMC_CODEC_NONE		= 0,
	TSMC_CODEC_LZ4		= 1,	/* one block */
	TSMC_CODEC_ZSTD		= 2,	/* one frame */
	TSMC_CODEC_NR
};

/*
 * PAGES: this, then count 64-bit entries (kind in the top bits, gfn in the low
 * 40), then 4096 bytes for each entry of kind DATA, in order: as they are, or all
 * of them packed into the rest of the record.
 */
#define TSMC_PAGE_KIND_SHIFT	60
#define TSMC_PAGE_DATA		0ULL
#define TSMC_PAGE_ZERO		1ULL	/* the frame is all zero */
#define TSMC_PAGE_ABSENT	2ULL	/* stage one: likely to be missing at the resume */
struct tsmc_wire_pages {
	uint32_t count;		/* 1 .. TSMC_WIRE_PAGES_MAX */
	uint16_t stage;		/* 1, 2 or 3: which stage sent it */
	uint16_t codec;		/* enum tsmc_codec */
};
static_assert(sizeof(struct tsmc_wire_pages) == 8, "wire pages");

/* MISSING: this, then nr_bits / 8 bytes; bit i is gfn first + i. */
struct tsmc_wire_missing {
	uint64_t first;		/* multiple of 64 */
	uint64_t nr_bits;	/* multiple of 64 */
};
static_assert(sizeof(struct tsmc_wire_missing) == 16, "wire missing");

/* FINAL: this, then context_len bytes. */
struct tsmc_wire_final {
	uint64_t tsc_nsec;
	uint32_t tsc_mode;
	uint32_t tsc_khz;
	uint32_t tsc_incarnation;
	uint32_t context_len;
	uint64_t nr_missing;	/* bits set in all MISSING records */
	uint64_t hint_gfn;	/* header of the guest's hint table; 0: none */
};
static_assert(sizeof(struct tsmc_wire_final) == 40, "wire final");

/* REQUEST: nr gfns as 64-bit values follow; 1 .. 64. */
struct tsmc_wire_request {
	uint32_t count;
	uint32_t reserved;
};
static_assert(sizeof(struct tsmc_wire_request) == 8, "wire request");
#define TSMC_WIRE_REQUEST_MAX	64u

struct tsmc_wire_credit {
	uint32_t pages;		/* pushed pages taken in since the last CREDIT */
	uint32_t reserved;
};
static_assert(sizeof(struct tsmc_wire_credit) == 8, "wire credit");

/* Fault latency histogram: bucket i counts waits in [2^i, 2^(i+1)) us. */
#define TSMC_WIRE_HISTOGRAM	24
struct tsmc_wire_complete {
	uint64_t faults;		/* accesses to holes that waited for the network */
	uint64_t faults_local;		/* accesses that found their page just arrived */
	uint64_t fault_wait_ns;		/* total time vCPUs waited */
	uint64_t fault_wait_max_ns;
	uint64_t pages_pushed;		/* installed from the bulk channel */
	uint64_t pages_demanded;	/* installed from the urgent channel */
	uint64_t park_ns;		/* parking, in the downtime */
	uint64_t switch_ns;		/* FINAL received to READY sent */
	uint64_t install_ns;		/* putting the content of holes in place */
	uint64_t histogram[TSMC_WIRE_HISTOGRAM];
};
static_assert(sizeof(struct tsmc_wire_complete) == 72 + 8 * TSMC_WIRE_HISTOGRAM, "wire complete");

/* RESUME */
enum tsmc_verdict {
	TSMC_VERDICT_GIVEN	= 1,	/* the guest is the target's */
	TSMC_VERDICT_WITHDRAWN	= 2,	/* it runs on at the source */
};
struct tsmc_wire_resume {
	uint8_t session[TSMC_WIRE_SESSION_LEN];	/* of the HELLO of that migration */
	uint32_t verdict;			/* enum tsmc_verdict */
	uint32_t reserved;
};
static_assert(sizeof(struct tsmc_wire_resume) == 24, "wire resume");

/* STATE: after the MISSING records that belong to it. */
enum tsmc_wire_standing {
	TSMC_STANDING_NONE	= 1,	/* nothing is known here, or left */
	TSMC_STANDING_WAITING	= 2,	/* the guest is here, paused, with holes */
	TSMC_STANDING_COMPLETE	= 3,	/* it is here and needs nothing */
};
struct tsmc_wire_state {
	uint32_t standing;	/* enum tsmc_wire_standing */
	uint32_t reserved;
	uint64_t nr_missing;	/* bits set in all MISSING records */
};
static_assert(sizeof(struct tsmc_wire_state) == 16, "wire state");

/* RESIDUE: this, then nr_bits / 8 bytes as in MISSING. */
struct tsmc_wire_residue {
	uint64_t total;		/* bits set in all RESIDUE records */
	struct tsmc_wire_missing piece;
};
static_assert(sizeof(struct tsmc_wire_residue) == 24, "wire residue");

struct tsmc_wire_safe {
	uint64_t nr_missing;	/* pages that the target lacks, all of the residue */
};
static_assert(sizeof(struct tsmc_wire_safe) == 8, "wire safe");

/* DROPPED: this, then count 64-bit gfns. */
struct tsmc_wire_dropped {
	uint32_t count;		/* 0 .. TSMC_WIRE_DROPPED_MAX */
	uint32_t last;		/* 1: no more come; 0 */
};
static_assert(sizeof(struct tsmc_wire_dropped) == 8, "wire dropped");
#define TSMC_WIRE_DROPPED_MAX	500u

/* VERIFY: this, then count digests of consecutive gfns from first. */
struct tsmc_wire_verify {
	uint64_t first;
	uint32_t count;		/* 1 .. 4096; 0: no more, answer now */
	uint32_t reserved;
};
static_assert(sizeof(struct tsmc_wire_verify) == 16, "wire verify");
struct tsmc_wire_digest {
	uint64_t low, high;	/* XXH3-128 of the page; both zero: frame not compared */
};
static_assert(sizeof(struct tsmc_wire_digest) == 16, "wire digest");
#define TSMC_WIRE_VERIFY_MAX	4096u

/* VERIFIED: this, then the gfns of the first TSMC_WIRE_DIFFERING_MAX that differ. */
struct tsmc_wire_verified {
	uint64_t compared;
	uint64_t differing;
};
static_assert(sizeof(struct tsmc_wire_verified) == 16, "wire verified");
#define TSMC_WIRE_DIFFERING_MAX	4096u

#endif /* TSMC_WIRE_FORMAT_H */
