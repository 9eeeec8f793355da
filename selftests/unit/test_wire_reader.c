// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of records, fed in pieces of any size.
 */
#include <errno.h>
#include <string.h>

#include "unit.h"
#include "wire.h"

#define STREAM_MAX	(1u << 16)

static uint8_t stream[STREAM_MAX];
static size_t stream_length;

static void put_header(unsigned int type, unsigned int reserved, uint32_t length)
{
	const uint8_t header[8] = { type & 0xff, type >> 8, reserved & 0xff, reserved >> 8,
				    length & 0xff, length >> 8 & 0xff, length >> 16 & 0xff,
				    length >> 24 };

	memcpy(stream + stream_length, header, sizeof(header));
	stream_length += sizeof(header);
}

static uint8_t payload_byte(unsigned int record, size_t offset)
{
	return (record * 31 + offset * 7 + offset / 256) & 0xff;
}

static void put_record(unsigned int number, unsigned int type, size_t length)
{
	put_header(type, 0, length);
	for (size_t i = 0; i < length; i++)
		stream[stream_length++] = payload_byte(number, i);
}

static void record_agrees(const struct tsmc_record *record, unsigned int number,
			  unsigned int type, size_t length)
{
	const uint8_t *bytes = record->payload;

	EXPECT(record->type == (type & 0x7fff));
	EXPECT(record->optional == (type >= 0x8000));
	EXPECT(record->length == length);
	EXPECT((uintptr_t)bytes % 8 == 0);
	for (size_t i = 0; i < length; i++)
		EXPECT(bytes[i] == payload_byte(number, i));
}

/* Records that grow and shrink, some empty, one optional, one of no known type. */
static const struct {
	unsigned int type;
	size_t length;
} records[] = {
	{ TSMC_REC_HELLO, 32 },
	{ TSMC_REC_BUILT, 0 },
	{ TSMC_REC_PAGES, 4112 },
	{ TSMC_REC_CREDIT, 8 },
	{ 99 | TSMC_WIRE_OPTIONAL, 1 },
	{ TSMC_REC_READY, 0 },
	{ TSMC_REC_GO, 0 },
	{ 0x7fff, 3 },
	{ TSMC_REC_PAGES, 9000 },
	{ TSMC_REC_ERROR | TSMC_WIRE_OPTIONAL, 0 },
};

/* Feeds pieces of at most the size that a random number below limit gives. */
static void feed(uint64_t *seed, size_t limit)
{
	struct tsmc_wire_reader *reader = tsmc_wire_reader_new();
	unsigned int number = 0;
	size_t at = 0, record_end = 8;
	bool in_header = true;

	EXPECT(reader);
	while (at < stream_length) {
		struct tsmc_record record = { 0 };
		size_t allowed, len;
		void *space;
		int rc;

		space = tsmc_wire_reader_space(reader, &allowed);
		/* Never beyond the record, and all of what is known of it. */
		EXPECT(space && allowed == record_end - at);
		len = 1 + unit_below(seed, limit);
		if (len > allowed)
			len = allowed;
		memcpy(space, stream + at, len);
		at += len;
		rc = tsmc_wire_reader_advance(reader, len, &record);
		if (at == record_end && in_header) {
			in_header = false;
			record_end += records[number].length;
		}
		EXPECT(rc == (at == record_end && !in_header));
		if (!rc)
			continue;
		record_agrees(&record, number, records[number].type,
				     records[number].length);
		number++;
		in_header = true;
		record_end += 8;
	}
	EXPECT(number == ARRAY_SIZE(records));
	tsmc_wire_reader_free(reader);
}

static void pieces_are_put_together(void)
{
	const size_t limits[] = { 1, 2, 8, 100, 20000 };
	uint64_t seed = 0x726561646572;

	stream_length = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(records); i++)
		put_record(i, records[i].type, records[i].length);
	for (unsigned int i = 0; i < ARRAY_SIZE(limits); i++)
		feed(&seed, limits[i]);
}

/* Feeds a header; what comes of it. */
static int feed_header(struct tsmc_wire_reader *reader, unsigned int type, unsigned int reserved,
		       uint32_t length)
{
	struct tsmc_record record;
	size_t allowed;
	void *space;

	stream_length = 0;
	put_header(type, reserved, length);
	space = tsmc_wire_reader_space(reader, &allowed);
	if (!space || allowed != 8)
		return -EIO;
	memcpy(space, stream, 8);
	return tsmc_wire_reader_advance(reader, 8, &record);
}

static void header_gives(int expected, unsigned int type, unsigned int reserved, uint32_t length)
{
	struct tsmc_wire_reader *reader = tsmc_wire_reader_new();
	struct tsmc_record record;
	size_t allowed;

	EXPECT(reader);
	EXPECT(feed_header(reader, type, reserved, length) == expected);
	/* An error stays. */
	if (expected < 0) {
		EXPECT(!tsmc_wire_reader_space(reader, &allowed) && !allowed);
		EXPECT(tsmc_wire_reader_advance(reader, 0, &record) == expected);
		EXPECT(tsmc_wire_reader_advance(reader, 8, &record) == expected);
	} else {
		EXPECT(tsmc_wire_reader_space(reader, &allowed));
		EXPECT(allowed == (expected ? 8 : length));
	}
	tsmc_wire_reader_free(reader);
}

static void malformed_headers_are_refused(void)
{
	header_gives(1, TSMC_REC_GO, 0, 0);
	header_gives(-EPROTO, 0, 0, 0);
	header_gives(-EPROTO, TSMC_WIRE_OPTIONAL, 0, 0);
	header_gives(-EPROTO, TSMC_REC_GO, 1, 0);
	header_gives(-EPROTO, TSMC_REC_GO, 0x8000, 8);
	header_gives(0, TSMC_REC_PAGES, 0, TSMC_WIRE_PAYLOAD_MAX);
	header_gives(-EPROTO, TSMC_REC_PAGES, 0, TSMC_WIRE_PAYLOAD_MAX + 1);
	header_gives(-EPROTO, TSMC_REC_PAGES, 0, UINT32_MAX);
}

static void longest_record_fits(void)
{
	struct tsmc_wire_reader *reader = tsmc_wire_reader_new();
	struct tsmc_record record;
	size_t allowed;
	void *space;

	EXPECT(reader);
	EXPECT(feed_header(reader, TSMC_REC_PLATFORM, 0, TSMC_WIRE_PAYLOAD_MAX) == 0);
	space = tsmc_wire_reader_space(reader, &allowed);
	EXPECT(allowed == TSMC_WIRE_PAYLOAD_MAX);
	memset(space, 0x5a, allowed);
	EXPECT(tsmc_wire_reader_advance(reader, allowed, &record) == 1);
	EXPECT(record.length == TSMC_WIRE_PAYLOAD_MAX);
	tsmc_wire_reader_free(reader);
}

static void more_than_allowed_is_refused(void)
{
	struct tsmc_wire_reader *reader = tsmc_wire_reader_new();
	struct tsmc_record record;

	EXPECT(reader);
	EXPECT(tsmc_wire_reader_advance(reader, 0, &record) == 0);
	EXPECT(tsmc_wire_reader_advance(reader, 9, &record) == -EINVAL);
	EXPECT(tsmc_wire_reader_advance(reader, 1, &record) == -EINVAL);
	tsmc_wire_reader_free(reader);
	tsmc_wire_reader_free(NULL);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "records are put together from pieces of any size", pieces_are_put_together },
		{ "malformed headers are refused for good", malformed_headers_are_refused },
		{ "the longest record fits", longest_record_fits },
		{ "more bytes than were asked for are refused", more_than_allowed_is_refused },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
