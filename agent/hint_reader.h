/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what a guest publishes about its pages (linux/tsmc_hint.h): copies,
 * then checks, then uses. A hostile guest can only misorder its own pages.
 */
#ifndef TSMC_HINT_READER_H
#define TSMC_HINT_READER_H

#include <stddef.h>
#include <stdint.h>

#include "linux/tsmc_hint.h"
#include "hints.h"

/* Frames that are asked for at once, at most. */
#define TSMC_HINT_BATCH_MAX	256u

/**
 * struct tsmc_hint_source - how guest frames are read
 * @read: copies count whole frames to dst (count * 4096 bytes); 0 or negative errno,
 *	of which -ECANCELED ends what is being done
 * @opaque: handed to @read
 */
struct tsmc_hint_source {
	int (*read)(void *opaque, const uint64_t *gfns, unsigned int count, void *dst);
	void *opaque;
};

/*
 * Copies and checks the header; retries a few times while it is being changed.
 * -EPROTO: not a header of an ABI we know, or senseless; -EBUSY: always changing;
 * why gets one sentence.
 */
int tsmc_hint_read_header(const struct tsmc_hint_source *source, uint64_t header_gfn,
			  struct tsmc_hint_header *header, char *why, size_t why_len);
/*
 * Copies the table that a checked header describes, at most max_pfns pfns of
 * it. Unknown classes become TSMC_CLASS_UNKNOWN; FREE does so too when the
 * guest did not set TSMC_HINT_F_FREE.
 */
int tsmc_hint_read_table(const struct tsmc_hint_source *source,
			 const struct tsmc_hint_header *header, uint64_t max_pfns,
			 struct tsmc_hints *hints, char *why, size_t why_len);
/* Copies the list of address spaces, room for TSMC_HINT_SPACES_MAX; returns how many make sense. */
int tsmc_hint_read_spaces(const struct tsmc_hint_source *source,
			  const struct tsmc_hint_header *header, struct tsmc_hint_space *spaces,
			  char *why, size_t why_len);
/* Copies frames, zeroing those that cannot be read; at most TSMC_HINT_BATCH_MAX. 0 or -ECANCELED. */
int tsmc_hint_read_frames(const struct tsmc_hint_source *source, const uint64_t *gfns,
			  unsigned int count, void *dst);
void tsmc_hints_destroy(struct tsmc_hints *hints);

#endif /* TSMC_HINT_READER_H */
