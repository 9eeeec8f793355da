/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Channels: records to and from the other agent, over whatever two file
 * descriptors carry bytes (a command's standard input and output, or a TCP socket).
 */
#ifndef TSMC_TRANSPORT_H
#define TSMC_TRANSPORT_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "pace.h"
#include "wire.h"
#include "xen_glue.h"

/**
 * struct tsmc_channel - one connection to the other agent
 * @name: for messages: "bulk" or "urgent"
 * @rfd: read here, non-blocking; -1 when closed
 * @wfd: write here, non-blocking; may equal @rfd
 * @child: the command that carries it, or 0
 * @reader: puts records together
 * @log: where its troubles are told
 * @pace: counts what is sent, if it is limited, or NULL
 * @held: waits until the pace allows it
 * @bytes_sent: payload and headers written so far
 * @bytes_received: likewise, read
 * @waited_ns: for it to take more
 * @full_bytes: written between two instants at which it took no more: what the link took meanwhile
 * @full_ns: meanwhile
 */
struct tsmc_channel {
	const char *name;
	int rfd, wfd;
	pid_t child;
	struct tsmc_wire_reader *reader;
	const struct tsmc_log *log;
	struct tsmc_pace *pace;
	bool held;
	uint64_t bytes_sent, bytes_received;
	uint64_t waited_ns, full_bytes, full_ns;
};

/* Nothing moving for so long means that the link or the peer is gone. */
#define TSMC_LINK_TIMEOUT_MS 30000
/*
 * A target that builds a guest says WORKING in between. libxl's own steps are one thing each, of
 * which the agent gives the longest 30 s.
 */
#define TSMC_WORKING_TIMEOUT_MS 45000
/*
 * In stage three vCPUs may be waiting: a link that is silent for so long is lost, and the guest is
 * better paused before it notices (its kernel complains of a vCPU that hangs for 20 s).
 */
#define TSMC_STAGE_THREE_TIMEOUT_MS 10000

/* Starts a program, argv[0] being its path, whose standard input and output are the channel. */
int tsmc_channel_spawn(struct tsmc_channel *channel, const char *name, const char *const argv[],
		       const struct tsmc_log *log);
/* Takes over two descriptors (which may be the same). */
int tsmc_channel_adopt(struct tsmc_channel *channel, const char *name, int rfd, int wfd,
		       const struct tsmc_log *log);
/* Closes the descriptors only. */
void tsmc_channel_disconnect(struct tsmc_channel *channel);
/* Closes, and waits for the command if there is one. */
void tsmc_channel_close(struct tsmc_channel *channel);

/* Most pieces one record may be sent in. */
#define TSMC_SEND_PIECES (TSMC_WIRE_PAGES_MAX + 8)

/*
 * Sends one record whose payload is the pieces in order. -ETIMEDOUT when nothing
 * moved for TSMC_LINK_TIMEOUT_MS, -EPIPE when the peer is gone.
 */
int tsmc_channel_send(struct tsmc_channel *channel, unsigned int type,
		      const struct iovec *pieces, unsigned int nr_pieces);
/* Sends one record with one piece of payload, or none. */
int tsmc_channel_send_one(struct tsmc_channel *channel, unsigned int type,
			  const void *payload, size_t len);
/*
 * Next record. timeout_ms: 0 does not wait, -1 waits for ever, else so long for each piece of
 * it. Returns 1 with a record, 0 when there is none in time, -EPIPE at the end of the stream, -EREMOTEIO when the
 * peer reported an error (logged).
 */
int tsmc_channel_receive(struct tsmc_channel *channel, struct tsmc_record *record, int timeout_ms);
/* Next record, which must be of this type and whole in time: 0, -EPROTO when another came, -ETIMEDOUT. */
int tsmc_channel_expect(struct tsmc_channel *channel, unsigned int type,
			struct tsmc_record *record, int timeout_ms);
/* The same of a peer that says WORKING meanwhile. */
int tsmc_channel_await(struct tsmc_channel *channel, unsigned int type,
		       struct tsmc_record *record, int timeout_ms);
/* Tells the peer why we give up; best effort. */
void tsmc_channel_send_error(struct tsmc_channel *channel, const char *text);

#endif /* TSMC_TRANSPORT_H */
