// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads what a guest publishes about its pages, see Documentation/hint-abi.md.
 *
 * Nothing is used where it lies: frames are copied first, and the copy is
 * checked. A header or directory that cannot be read or makes no sense fails
 * the whole table with a reason. A table page that cannot be read only makes
 * its 4096 pfns unknown, which is always safe: they cannot wait.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hint_reader.h"

#define HEADER_TRIES	8u
/* Frame numbers fit 40 bits (2^52 bytes of guest). */
#define GFN_LIMIT	(1ULL << 40)
/* A share of the CPU time, per mille. */
#define WEIGHT_MAX	1000u
#define PFNS_PER_PAGE	((uint64_t)TSMC_HINT_PAGE_SIZE)
#define PFNS_PER_DIR	(PFNS_PER_PAGE * TSMC_HINT_DIR_SLOTS)

/* One frame, with the types that are read from it. */
union frame {
	struct tsmc_hint_header header;
	struct tsmc_hint_space spaces[TSMC_HINT_SPACES_MAX];
	uint64_t slots[TSMC_HINT_DIR_SLOTS];
	uint8_t bytes[TSMC_HINT_PAGE_SIZE];
};

static_assert(sizeof(union frame) == TSMC_HINT_PAGE_SIZE, "a frame is a page");
static_assert(sizeof(struct tsmc_hint_space) == 16, "layout of the ABI");
static_assert(offsetof(struct tsmc_hint_header, spaces_gfn) == TSMC_HINT_HEADER_SIZE_MIN,
	      "layout of the ABI");
static_assert(sizeof(struct tsmc_hint_header) == TSMC_HINT_HEADER_SIZE_MIN + 24,
	      "layout of the ABI");
static_assert(sizeof(struct tsmc_hint_drop) == TSMC_HINT_PAGE_SIZE, "layout of the ABI");

static_assert(TSMC_HINT_BYTE(TSMC_CLASS_UNKNOWN, 0) == 0, "a zeroed table page is unknown");

static int read_frames(const struct tsmc_hint_source *source, const uint64_t *gfns,
		       unsigned int count, void *dst)
{
	int rc = source->read(source->opaque, gfns, count, dst);

	/* Pairs with the guest's barriers: what is read next is not older. */
	atomic_thread_fence(memory_order_acquire);
	return rc;
}

/* Says in one sentence what makes no sense about a copied header; NULL when it is sound. */
static const char *header_fault(const struct tsmc_hint_header *header)
{
	if (header->magic != TSMC_HINT_MAGIC)
		return "there is no hint table";
	if (header->abi_version != TSMC_HINT_ABI_VERSION)
		return "the guest's module speaks another version of the hint ABI";
	if (header->header_size < TSMC_HINT_HEADER_SIZE_MIN ||
	    header->header_size > TSMC_HINT_PAGE_SIZE)
		return "the header gives a senseless size of itself";
	if (header->state > TSMC_HINT_SETTLED)
		return "the header gives an unknown state";
	if (header->nr_dirs > TSMC_HINT_HEADER_SLOTS)
		return "the header gives more directories than it has room for";
	if (!header->nr_pfns || header->nr_pfns > header->nr_dirs * PFNS_PER_DIR)
		return "the header gives a number of pfns that its directories do not hold";
	for (unsigned int i = 0; i < header->nr_dirs; i++)
		if (header->dir_gfn[i] >= GFN_LIMIT)
			return "the header gives a directory that lies at no frame";
	if (header->nr_spaces > TSMC_HINT_SPACES_MAX)
		return "the header gives more address spaces than a page holds";
	if (header->spaces_gfn >= GFN_LIMIT)
		return "the header gives a list of address spaces that lies at no frame";
	if (header->drop_gfn >= GFN_LIMIT)
		return "the header gives a page for what is to be dropped that lies at no frame";
	return NULL;
}

/* What the guest does not know of, or does not mean, is nothing. */
static void blank_unknown(struct tsmc_hint_header *header)
{
	if (header->header_size < offsetof(struct tsmc_hint_header, drop_gfn))
		header->features &= ~TSMC_HINT_F_SPACES;
	if (header->header_size < sizeof(*header))
		header->features &= ~TSMC_HINT_F_DROP;
	if (!(header->features & TSMC_HINT_F_SPACES)) {
		header->spaces_gfn = 0;
		header->nr_spaces = 0;
		header->reserved2 = 0;
	}
	if (!(header->features & TSMC_HINT_F_DROP))
		header->drop_gfn = 0;
}

/**
 * tsmc_hint_read_header - copy and check the header of a hint table
 * @source: how guest frames are read
 * @header_gfn: where the guest says its header is
 * @header: result
 * @why: after an error one sentence without a full stop; may be NULL when @why_len is 0
 * @why_len: bytes at @why
 *
 * The header is copied between two copies of its sequence count; it is valid
 * when both are the same even number. Calls back up to 17 times, with one
 * frame each. A guest whose header ends before a field lacks the feature that
 * the field is for, and the field is 0.
 *
 * Return: 0; -EPROTO when there is no header of an ABI that we know, or a
 * senseless one; -EBUSY when the guest was changing it each time (ask again
 * later); the error of the read callback. @header is undefined after an error.
 */
int tsmc_hint_read_header(const struct tsmc_hint_source *source, uint64_t header_gfn,
			  struct tsmc_hint_header *header, char *why, size_t why_len)
{
	union frame copy, after;
	const char *fault;
	uint32_t before;
	int rc;

	if (header_gfn >= GFN_LIMIT) {
		snprintf(why, why_len, "gfn %#" PRIx64 " of the hint header is no frame",
			 header_gfn);
		return -EPROTO;
	}
	rc = read_frames(source, &header_gfn, 1, &after);
	for (unsigned int try = 0; !rc && try < HEADER_TRIES; try++) {
		before = after.header.sequence;
		rc = read_frames(source, &header_gfn, 1, &copy);
		if (!rc)
			rc = read_frames(source, &header_gfn, 1, &after);
		if (rc || before % 2 || before != after.header.sequence)
			continue;
		blank_unknown(&copy.header);
		fault = header_fault(&copy.header);
		if (fault) {
			snprintf(why, why_len, "%s (header at gfn %#" PRIx64 ")", fault,
				 header_gfn);
			return -EPROTO;
		}
		*header = copy.header;
		return 0;
	}
	if (rc) {
		snprintf(why, why_len, "cannot read the hint header at gfn %#" PRIx64 ": %s",
			 header_gfn, strerror(-rc));
		return rc;
	}
	snprintf(why, why_len, "the guest kept changing the hint header at gfn %#" PRIx64,
		 header_gfn);
	return -EBUSY;
}

/* Copies one frame; what cannot be read is zero. */
static int read_single(const struct tsmc_hint_source *source, uint64_t gfn, uint8_t *dst)
{
	int rc = gfn < GFN_LIMIT ? read_frames(source, &gfn, 1, dst) : -ERANGE;

	if (rc)
		memset(dst, 0, TSMC_HINT_PAGE_SIZE);
	return rc == -ECANCELED ? rc : 0;
}

/**
 * tsmc_hint_read_frames - copy frames of a guest, as far as they can be read
 * @source: how guest frames are read
 * @gfns: any numbers
 * @count: of them, at most TSMC_HINT_BATCH_MAX
 * @dst: room for @count frames; one that cannot be read, or is none, is zeroed
 *
 * Return: 0; -ECANCELED when the read callback says so.
 */
int tsmc_hint_read_frames(const struct tsmc_hint_source *source, const uint64_t *gfns,
			  unsigned int count, void *dst)
{
	bool sound = true;
	int rc = -ERANGE;

	for (unsigned int i = 0; i < count; i++)
		sound = sound && gfns[i] < GFN_LIMIT;
	if (sound)
		rc = read_frames(source, gfns, count, dst);
	if (!rc || rc == -ECANCELED)
		return rc;
	/* At least one of them is bad: find out which. */
	rc = 0;
	for (unsigned int i = 0; !rc && i < count; i++)
		rc = read_single(source, gfns[i], (uint8_t *)dst + (size_t)i * TSMC_HINT_PAGE_SIZE);
	return rc;
}

/* Copies the table pages of one directory; nr_pages is at most TSMC_HINT_DIR_SLOTS. */
static int read_directory(const struct tsmc_hint_source *source, uint64_t dir_gfn,
			  unsigned int nr_pages, uint8_t *dst)
{
	union frame directory;
	int rc;

	rc = read_frames(source, &dir_gfn, 1, &directory);
	if (rc)
		return rc;
	for (unsigned int first = 0; !rc && first < nr_pages; first += TSMC_HINT_BATCH_MAX) {
		unsigned int count = nr_pages - first;

		if (count > TSMC_HINT_BATCH_MAX)
			count = TSMC_HINT_BATCH_MAX;
		/* The bytes of a page that cannot be read are zero: unknown, cold. */
		rc = tsmc_hint_read_frames(source, directory.slots + first, count,
					   dst + (size_t)first * TSMC_HINT_PAGE_SIZE);
	}
	return rc;
}

/* Makes every byte one that the planner may rely on. Heat is kept as it is. */
static void make_sound(uint8_t *bytes, uint64_t count, bool with_free)
{
	uint8_t sound[256];

	for (unsigned int byte = 0; byte < 256; byte++) {
		unsigned int class = TSMC_HINT_CLASS(byte);

		if (class >= TSMC_CLASS_NR || (class == TSMC_CLASS_FREE && !with_free))
			class = TSMC_CLASS_UNKNOWN;
		sound[byte] = TSMC_HINT_BYTE(class, TSMC_HINT_HEAT(byte));
	}
	for (uint64_t i = 0; i < count; i++)
		bytes[i] = sound[bytes[i]];
}

/**
 * tsmc_hint_read_table - copy the table that a header describes
 * @source: how guest frames are read
 * @header: from tsmc_hint_read_header()
 * @max_pfns: most pfns to copy; a longer table is truncated, not refused
 * @hints: result, to be destroyed by tsmc_hints_destroy(); zeroed after an error
 * @why: after an error one sentence without a full stop; may be NULL when @why_len is 0
 * @why_len: bytes at @why
 *
 * Calls back with at most 256 frames at once. Frames may be named repeatedly
 * or overlap; that only makes for a wrong table. Whether the bytes are exact
 * is for the state in @header to say: read the header again behind the table
 * where it matters that it did not change in between.
 *
 * Return: 0; -EPROTO when @header is senseless; -ENOMEM; the error of the read
 * callback when a directory cannot be read. A table page that cannot be read
 * is no error: its pfns are TSMC_CLASS_UNKNOWN.
 */
int tsmc_hint_read_table(const struct tsmc_hint_source *source,
			 const struct tsmc_hint_header *header, uint64_t max_pfns,
			 struct tsmc_hints *hints, char *why, size_t why_len)
{
	uint64_t nr_pfns = header->nr_pfns < max_pfns ? header->nr_pfns : max_pfns;
	uint64_t nr_pages = (nr_pfns + PFNS_PER_PAGE - 1) / PFNS_PER_PAGE;
	const char *fault = header_fault(header);
	uint8_t *bytes;
	int rc;

	*hints = (struct tsmc_hints){ 0 };
	if (fault) {
		snprintf(why, why_len, "%s", fault);
		return -EPROTO;
	}
	/* Whole pages, since whole frames are read into it. */
	bytes = malloc(nr_pages ? nr_pages * PFNS_PER_PAGE : 1);
	if (!bytes) {
		snprintf(why, why_len, "no memory for a hint table of %" PRIu64 " pfns", nr_pfns);
		return -ENOMEM;
	}
	for (uint64_t done = 0; done < nr_pages; done += TSMC_HINT_DIR_SLOTS) {
		uint64_t dir_gfn = header->dir_gfn[done / TSMC_HINT_DIR_SLOTS];
		uint64_t count = nr_pages - done;

		if (count > TSMC_HINT_DIR_SLOTS)
			count = TSMC_HINT_DIR_SLOTS;
		rc = read_directory(source, dir_gfn, (unsigned int)count,
				    bytes + done * PFNS_PER_PAGE);
		if (rc) {
			snprintf(why, why_len,
				 "cannot read the hint directory at gfn %#" PRIx64 ": %s",
				 dir_gfn, strerror(-rc));
			free(bytes);
			return rc;
		}
	}
	make_sound(bytes, nr_pfns, header->features & TSMC_HINT_F_FREE);
	hints->nr_pfns = nr_pfns;
	hints->bytes = bytes;
	hints->features = header->features;
	return 0;
}

/**
 * tsmc_hint_read_spaces - copy the list of address spaces that a header names
 * @source: how guest frames are read
 * @header: from tsmc_hint_read_header()
 * @spaces: room for TSMC_HINT_SPACES_MAX entries
 * @why: after an error one sentence without a full stop; may be NULL when @why_len is 0
 * @why_len: bytes at @why
 *
 * Entries that make no sense are left out: levels other than 4 and 5, a weight
 * above 1000, a root that lies at no frame. The same root may be there twice.
 *
 * Return: entries copied, 0 when the guest lists none; -EPROTO when @header is
 * senseless; the error of the read callback.
 */
int tsmc_hint_read_spaces(const struct tsmc_hint_source *source,
			  const struct tsmc_hint_header *header, struct tsmc_hint_space *spaces,
			  char *why, size_t why_len)
{
	const char *fault = header_fault(header);
	uint64_t gfn = header->spaces_gfn;
	union frame frame;
	int count = 0;
	int rc;

	if (fault) {
		snprintf(why, why_len, "%s", fault);
		return -EPROTO;
	}
	if (!(header->features & TSMC_HINT_F_SPACES) || !header->nr_spaces)
		return 0;
	rc = read_frames(source, &gfn, 1, &frame);
	if (rc) {
		snprintf(why, why_len, "cannot read the list of address spaces at gfn %#" PRIx64 ": %s",
			 gfn, strerror(-rc));
		return rc;
	}
	for (unsigned int i = 0; i < header->nr_spaces; i++) {
		const struct tsmc_hint_space *space = &frame.spaces[i];

		if ((space->levels == 4 || space->levels == 5) && space->weight <= WEIGHT_MAX &&
		    space->root_gfn < GFN_LIMIT)
			spaces[count++] = *space;
	}
	return count;
}

/**
 * tsmc_hints_destroy - free what a copied table holds
 * @hints: result of tsmc_hint_read_table(), or zeroed; zeroed afterwards
 */
void tsmc_hints_destroy(struct tsmc_hints *hints)
{
	free(hints->bytes);
	*hints = (struct tsmc_hints){ 0 };
}
