// SPDX-License-Identifier: GPL-2.0-or-later
#include "codec_choice.h"

#include <stddef.h>

/* A codec that costs more has to gain this part of the time to be worth it. */
#define WORTH (1.0 / 16)

/* A codec that is slower than the link is tried with every so many batches only. */
#define HOPELESS_INTERVAL 16

/* What is known of the link is of so many bytes, or of up to twice as many. */
#define LINK_BYTES (4.0 * 1048576)

/* A channel holds at least so much: its socket, and buffers of what carries it. */
#define CHANNEL_BYTES (256.0 * 1024)
#define BATCH_BYTES (TSMC_WIRE_PAGES_MAX * 4096.0)

/* After so many bytes for which the link was hardly waited for it is held to be faster. */
#define UNHINDERED_BYTES (2u << 20)
#define UNHINDERED_GROWTH 1.25
/* This part of the time spent waiting means that the link is what everything waits for. */
#define WAITED_PART 4

/**
 * tsmc_compress_name - its name on the command line
 * @compress: any number
 *
 * Return: a constant string; NULL beyond the last.
 */
const char *tsmc_compress_name(enum tsmc_compress compress)
{
	static const char *const names[TSMC_COMPRESS_NR] = {
		[TSMC_COMPRESS_OFF]	 = "off",
		[TSMC_COMPRESS_FAST]	 = "fast",
		[TSMC_COMPRESS_ADAPTIVE] = "adaptive",
	};

	return compress < TSMC_COMPRESS_NR ? names[compress] : NULL;
}

static double least_of(double one, double other)
{
	return one < other ? one : other;
}

/* How long a batch takes with a codec. */
static double batch_ns(const struct tsmc_codec_figures *seen, double ns_per_byte)
{
	double pack = BATCH_BYTES * seen->ns / seen->in;
	double send = BATCH_BYTES * seen->out / seen->in * ns_per_byte;

	return pack + send - least_of(CHANNEL_BYTES * ns_per_byte, least_of(pack, send));
}

/**
 * tsmc_codec_best - the codec with which pages cross soonest
 * @figures: by codec; those of TSMC_CODEC_NONE are not looked at
 * @link: how fast the link is
 * @strongest: the last codec that may be chosen
 *
 * What a batch takes is the time to pack it and the time in which the link takes
 * what is left of it. They overlap only for as long as the link has something to do
 * with what the channel still holds of the batch before.
 *
 * Return: TSMC_CODEC_NONE when no codec gains a sixteenth of the time, or when the
 * link was never seen to be what everything waits for.
 */
enum tsmc_codec tsmc_codec_best(const struct tsmc_codec_figures figures[TSMC_CODEC_NR],
				const struct tsmc_link_figures *link, enum tsmc_codec strongest)
{
	enum tsmc_codec best = TSMC_CODEC_NONE;
	double ns_per_byte, least;

	if (link->bytes <= 0 || link->ns <= 0)
		return best;
	ns_per_byte = link->ns / link->bytes;
	least = BATCH_BYTES * ns_per_byte;
	for (enum tsmc_codec codec = TSMC_CODEC_LZ4; codec <= strongest; codec++) {
		const struct tsmc_codec_figures *seen = &figures[codec];
		double cost;

		if (seen->in <= 0)
			continue;
		cost = batch_ns(seen, ns_per_byte);
		if (cost < least * (1 - WORTH)) {
			least = cost;
			best = codec;
		}
	}
	return best;
}

/**
 * tsmc_codec_choice_wants - whether to try a codec on some pages of this batch
 * @choice: what is known
 * @codec: not TSMC_CODEC_NONE
 *
 * One that is slower than the link could not gain if it made nothing of the pages.
 * So, but for every sixteenth batch, trying a part of a batch costs no more than
 * the same part of the time that the link takes for it.
 *
 * Return: true or false.
 */
bool tsmc_codec_choice_wants(const struct tsmc_codec_choice *choice, enum tsmc_codec codec)
{
	const struct tsmc_codec_figures *seen = &choice->figures[codec];
	const struct tsmc_link_figures *link = &choice->link;

	if (link->bytes <= 0)
		return false;
	return seen->in <= 0 || choice->batches % HOPELESS_INTERVAL == 0 ||
	       seen->ns / seen->in < link->ns / link->bytes * (1 - WORTH);
}

/**
 * tsmc_codec_choice_tried - remember what a trial gave
 * @choice: changed
 * @codec: that was tried
 * @trial: what it made of how much
 */
void tsmc_codec_choice_tried(struct tsmc_codec_choice *choice, enum tsmc_codec codec,
			     const struct tsmc_codec_figures *trial)
{
	struct tsmc_codec_figures *seen = &choice->figures[codec];

	seen->in = seen->in / 2 + trial->in;
	seen->out = seen->out / 2 + trial->out;
	seen->ns = seen->ns / 2 + trial->ns;
}

/**
 * tsmc_codec_choice_sent - remember how the link took a batch
 * @choice: changed
 * @sent: what happened
 *
 * The time for which a sender waits does not tell how fast a link is: while a batch
 * is packed, the link goes on with the one before. Only from one instant at which
 * nothing more went into the channel to the next the link surely took what was
 * sent between them. When it is hardly waited for, it is faster than was thought,
 * and nobody knows by how much.
 */
void tsmc_codec_choice_sent(struct tsmc_codec_choice *choice, const struct tsmc_batch_sent *sent)
{
	struct tsmc_link_figures *link = &choice->link;

	link->bytes += sent->full.bytes;
	link->ns += sent->full.ns;
	while (link->bytes > 2 * LINK_BYTES) {
		link->bytes /= 2;
		link->ns /= 2;
	}
	choice->unhindered = sent->waited_ns >= sent->ns / WAITED_PART ? 0 : choice->unhindered + sent->bytes;
	if (choice->unhindered >= UNHINDERED_BYTES) {
		choice->unhindered = 0;
		link->ns /= UNHINDERED_GROWTH;
	}
}
