// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the other agent may send: the reader of records in pieces of any size,
 * every decoder of a payload, and the codecs.
 *
 * The first byte of an input says what the rest is: a stream of records, the
 * payload of one record, or pages that are packed, damaged and unpacked.
 */
#include "fuzz.h"
#include "page_codec.h"
#include "page_unpacker.h"
#include "../unit/wire_samples.h"

/* Lengths of pieces repeat after so many. */
#define PIECES		8u
#define PAGE_BYTES	4096u
#define PACKED_PAGES	4u

static bool is_known(unsigned int type)
{
	for (unsigned int i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (types[i].type == type)
			return true;
	return false;
}

/* What all decoders make of one payload; those that keep less than they promise return 1. */
static void decode_any(const struct tsmc_record *record)
{
	char text[40];

	for (unsigned int i = 0; i < sizeof(types) / sizeof(*types); i++) {
		int rc = types[i].get(record);

		MUST(!rc || rc == -EPROTO);
		MUST(rc || types[i].type == record->type);
	}
	tsmc_wire_get_error(record, text, sizeof(text));
	MUST(strlen(text) < sizeof(text));
	for (const char *at = text; *at; at++)
		MUST(*at >= ' ' && *at <= '~');
	MUST(is_known(record->type) <= (strcmp(tsmc_wire_type_name(record->type), "unknown") != 0));
}

/* Packed content comes out whole or not at all. */
static void unpack_any(const struct tsmc_record *record)
{
	static struct tsmc_page_unpacker unpacker;
	struct tsmc_wire_pages pages;
	const uint64_t *entries;
	const void *data;
	size_t nr_data = 0;
	int rc = tsmc_page_unpack(&unpacker, record, TOP, &pages, &entries, &data);

	MUST(!rc || rc == -EPROTO);
	for (unsigned int i = 0; !rc && i < pages.count; i++)
		nr_data += tsmc_page_kind(entries[i]) == TSMC_PAGE_DATA;
	MUST(!overruns(data, rc ? 0 : nr_data * PAGE_BYTES));
}

static void take(const struct tsmc_record *record)
{
	MUST(record->type && record->length <= TSMC_WIRE_PAYLOAD_MAX);
	MUST(!((uintptr_t)record->payload % 8));
	MUST(!overruns(record->payload, record->length));
	decode_any(record);
	unpack_any(record);
}

/* A stream in pieces: 8 bytes give their lengths. */
static void read_stream(struct fuzz_input input)
{
	struct fuzz_input lengths = fuzz_part(&input, PIECES);
	struct tsmc_wire_reader *reader = tsmc_wire_reader_new();
	struct tsmc_record record;
	unsigned int at = 0;
	int rc = 0;

	while (rc >= 0 && (input.left || rc)) {
		size_t piece = lengths.left ? lengths.bytes[at++ % lengths.left] : input.left, room;
		void *space = tsmc_wire_reader_space(reader, &room);

		MUST(room <= TSMC_WIRE_PAYLOAD_MAX && !overruns(space, room));
		if (piece > room || !piece)
			piece = room;
		if (piece > input.left)
			piece = input.left;
		if (piece)
			memcpy(space, input.bytes, piece);
		fuzz_part(&input, piece);
		rc = tsmc_wire_reader_advance(reader, piece, &record);
		MUST(rc <= 1 && (rc >= 0 || rc == -EPROTO));
		if (rc == 1)
			take(&record);
		else if (!input.left)
			break;
	}
	/* A stream out of step stays so. */
	if (rc < 0)
		MUST(tsmc_wire_reader_advance(reader, 0, &record) == rc);
	tsmc_wire_reader_free(reader);
}

/* One payload, in memory of its exact size. */
static void read_payload(struct fuzz_input input)
{
	struct tsmc_record record = { .type = fuzz_int(&input, 1), .length = input.left };
	void *payload = malloc(input.left ? input.left : 1);

	if (!payload)
		return;
	memcpy(payload, input.bytes, input.left);
	record.payload = payload;
	decode_any(&record);
	unpack_any(&record);
	free(payload);
}

/* What is packed unpacks to the same; with a byte changed to nothing, or to as much. */
static void pack_and_damage(struct fuzz_input input)
{
	static struct tsmc_unpacking *unpacking;
	static struct tsmc_packing *packing;
	static uint8_t plain[PACKED_PAGES * PAGE_BYTES], again[PACKED_PAGES * PAGE_BYTES];
	enum tsmc_codec codec = 1 + fuzz_int(&input, 1) % (TSMC_CODEC_NR - 1);
	size_t at = fuzz_int(&input, 2), room, len;
	uint8_t change = fuzz_int(&input, 1), *packed;
	int rc;

	if (!packing) {
		packing = tsmc_packing_new();
		unpacking = tsmc_unpacking_new();
	}
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = input.left ? input.bytes[i % input.left] + i / PAGE_BYTES : 0;
	room = sizeof(plain) - 1;
	packed = malloc(room);
	if (!packed || !packing || !unpacking)
		abort();
	len = tsmc_pack(packing, codec, plain, sizeof(plain), packed, room);
	MUST(len <= room);
	if (len) {
		MUST(!tsmc_unpack(unpacking, codec, packed, len, again, sizeof(again)));
		MUST(!memcmp(plain, again, sizeof(plain)));
		packed[at % len] ^= change;
		rc = tsmc_unpack(unpacking, codec, packed, len, again, sizeof(again));
		MUST(!rc || rc == -EPROTO);
	}
	free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input = { bytes, size };

	switch (fuzz_int(&input, 1) % 3) {
	case 0:
		read_stream(input);
		break;
	case 1:
		read_payload(input);
		break;
	default:
		pack_and_damage(input);
	}
	return 0;
}
