// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Puts records together from the pieces in which a stream delivers them.
 * Only the frame of a record is checked here, its payload in wire.c.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>

#include "wire.h"

struct tsmc_wire_reader {
	struct tsmc_wire_header header;
	size_t header_have;	/* bytes of header received */
	uint64_t *payload;	/* malloc'ed, so aligned for every record */
	size_t payload_size;
	size_t payload_have;
	int error;		/* sticky: a stream out of step cannot be followed */
};

/**
 * tsmc_wire_reader_new - make a reader for one direction of one channel
 *
 * Return: a reader that expects the header of a record; NULL without memory.
 */
struct tsmc_wire_reader *tsmc_wire_reader_new(void)
{
	return calloc(1, sizeof(struct tsmc_wire_reader));
}

/**
 * tsmc_wire_reader_free - free a reader and the payload it lent
 * @reader: from tsmc_wire_reader_new(), or NULL
 */
void tsmc_wire_reader_free(struct tsmc_wire_reader *reader)
{
	if (!reader)
		return;
	free(reader->payload);
	free(reader);
}

static bool header_complete(const struct tsmc_wire_reader *reader)
{
	return reader->header_have == sizeof(reader->header);
}

static size_t payload_length(const struct tsmc_wire_reader *reader)
{
	return le32toh(reader->header.length);
}

/**
 * tsmc_wire_reader_space - ask where the next bytes of the stream go
 * @reader: the reader
 * @len: bytes that may be received there, to the end of the header or record
 *	at most; 0 after an error
 *
 * Ends the life of the payload of the last record.
 *
 * Return: where to; NULL after an error.
 */
void *tsmc_wire_reader_space(struct tsmc_wire_reader *reader, size_t *len)
{
	*len = 0;
	if (reader->error)
		return NULL;
	if (!header_complete(reader)) {
		*len = sizeof(reader->header) - reader->header_have;
		return (char *)&reader->header + reader->header_have;
	}
	*len = payload_length(reader) - reader->payload_have;
	return (char *)reader->payload + reader->payload_have;
}

/* A header is complete: check it, make room for what it announces. */
static int begin_payload(struct tsmc_wire_reader *reader)
{
	size_t length = payload_length(reader);
	uint64_t *bigger;

	if (!(le16toh(reader->header.type) & ~TSMC_WIRE_OPTIONAL) || reader->header.reserved ||
	    length > TSMC_WIRE_PAYLOAD_MAX)
		return -EPROTO;
	if (length > reader->payload_size) {
		bigger = realloc(reader->payload, length);
		if (!bigger)
			return -ENOMEM;
		reader->payload = bigger;
		reader->payload_size = length;
	}
	return 0;
}

/**
 * tsmc_wire_reader_advance - say how many bytes were received
 * @reader: the reader
 * @len: bytes put where tsmc_wire_reader_space() said, at most as many as it allowed
 * @record: set when a record is complete
 *
 * Types that are not known are handed on: only the caller can say whether an
 * optional record is to be passed over and what to report otherwise.
 *
 * Return: 1 with @record when one is complete; 0 when more is needed; -EPROTO
 * on a malformed header; -ENOMEM; -EINVAL when @len is more than was allowed.
 * An error is final: every later call returns it.
 */
int tsmc_wire_reader_advance(struct tsmc_wire_reader *reader, size_t len,
			     struct tsmc_record *record)
{
	unsigned int type;
	size_t allowed;

	tsmc_wire_reader_space(reader, &allowed);
	if (!reader->error && len > allowed)
		reader->error = -EINVAL;
	if (reader->error)
		return reader->error;

	if (!header_complete(reader)) {
		reader->header_have += len;
		if (!header_complete(reader))
			return 0;
		reader->error = begin_payload(reader);
		if (reader->error)
			return reader->error;
	} else {
		reader->payload_have += len;
	}
	if (reader->payload_have < payload_length(reader))
		return 0;

	type = le16toh(reader->header.type);
	*record = (struct tsmc_record){
		.type = type & ~TSMC_WIRE_OPTIONAL,
		.optional = type & TSMC_WIRE_OPTIONAL,
		.payload = reader->payload,
		.length = payload_length(reader),
	};
	reader->header_have = 0;
	reader->payload_have = 0;
	return 1;
}
