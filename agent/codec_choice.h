/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which codec a batch of pages is packed with, by what the data and the link are
 * like. Pure: the caller brings what it measured.
 */
#ifndef TSMC_CODEC_CHOICE_H
#define TSMC_CODEC_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "wire_format.h"

/* What the operator asks for. */
enum tsmc_compress {
	TSMC_COMPRESS_OFF,
	TSMC_COMPRESS_FAST,	/* always the fast codec */
	TSMC_COMPRESS_ADAPTIVE,	/* what makes the highest page rate */
	TSMC_COMPRESS_NR
};

/* NULL for what is none. */
const char *tsmc_compress_name(enum tsmc_compress compress);

/**
 * struct tsmc_codec_figures - what a codec made of pages
 * @in: bytes before; 0: it was not tried
 * @out: bytes after
 * @ns: time it took
 */
struct tsmc_codec_figures {
	double in, out, ns;
};

/**
 * struct tsmc_link_figures - how fast the link is
 * @bytes: it took while it had as much as it could take
 * @ns: in this time; 0: it never had
 */
struct tsmc_link_figures {
	double bytes, ns;
};

/**
 * struct tsmc_batch_sent - how a batch was sent
 * @bytes: of it
 * @ns: it took in all, packing included
 * @waited_ns: of these, for the link to take more
 * @full: what the link took while the channel was full; all zero when it was not
 */
struct tsmc_batch_sent {
	uint64_t bytes;
	uint64_t ns;
	uint64_t waited_ns;
	struct tsmc_link_figures full;
};

/**
 * struct tsmc_codec_choice - what is known; zeroed at first
 * @figures: by codec; the last trial weighs as much as all before it
 * @link: what was seen of it; the last looks count most
 * @unhindered: bytes sent since the link was last waited for
 * @batches: number of this one, counted by the caller
 */
struct tsmc_codec_choice {
	struct tsmc_codec_figures figures[TSMC_CODEC_NR];
	struct tsmc_link_figures link;
	uint64_t unhindered;
	unsigned int batches;
};

enum tsmc_codec tsmc_codec_best(const struct tsmc_codec_figures figures[TSMC_CODEC_NR],
				const struct tsmc_link_figures *link, enum tsmc_codec strongest);
/* Whether it is worth while to try a codec on some pages of this batch. */
bool tsmc_codec_choice_wants(const struct tsmc_codec_choice *choice, enum tsmc_codec codec);
/* What came of it. */
void tsmc_codec_choice_tried(struct tsmc_codec_choice *choice, enum tsmc_codec codec,
			     const struct tsmc_codec_figures *trial);
void tsmc_codec_choice_sent(struct tsmc_codec_choice *choice, const struct tsmc_batch_sent *sent);

#endif /* TSMC_CODEC_CHOICE_H */
