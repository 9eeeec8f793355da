// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the seed corpus: the samples of the unit tests, and some inputs made
 * by hand, each as a file below DIR. usage: make_corpus DIR
 */
#include "fake_host.h"
#include "journal.h"
#include "lying_guest.h"
#include "linux/tsmc_hint.h"
#include "page_codec.h"
#include "seeds.h"
#include "../unit/wire_samples.h"

static void begin_record(unsigned int type, size_t length)
{
	seed_int(type, 2);
	seed_int(0, 2);
	seed_int(length, 4);
}

/* Each sample as a payload, all of them as one stream. */
static void wire_samples(void)
{
	char name[40];

	for (unsigned int i = 0; i < sizeof(types) / sizeof(*types); i++) {
		build(types[i].type);
		seed_int(1, 1);
		seed_int(types[i].type, 1);
		seed_bytes(sample.bytes, sample.length);
		snprintf(name, sizeof(name), "payload-%s", tsmc_wire_type_name(types[i].type));
		seed_write("wire", name);
	}
	seed_int(0, 1);
	seed_int(0x0705030201ff1040, 8);
	for (unsigned int i = 0; i < sizeof(types) / sizeof(*types); i++) {
		build(types[i].type);
		begin_record(types[i].type, sample.length);
		seed_bytes(sample.bytes, sample.length);
	}
	begin_record(TSMC_REC_ERROR, 4);
	seed_bytes("oh\n!", 4);
	seed_write("wire", "stream");
}

/* PAGES whose content is packed, and what the codecs make of a text. */
static void wire_packed(void)
{
	static const char text[] = "what a guest keeps in its pages is often much the same ";
	static char plain[2 * 4096];
	struct tsmc_packing *packing = tsmc_packing_new();
	char packed[sizeof(plain)];

	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = text[i % (sizeof(text) - 1)];
	for (enum tsmc_codec codec = 1; packing && codec < TSMC_CODEC_NR; codec++) {
		size_t len = tsmc_pack(packing, codec, plain, sizeof(plain), packed, sizeof(packed));

		seed_int(1, 1);
		seed_int(TSMC_REC_PAGES, 1);
		seed_int(2, 4);
		seed_int(3, 2);
		seed_int(codec, 2);
		seed_int(5, 8);
		seed_int(6, 8);
		seed_bytes(packed, len);
		seed_write("wire", codec == TSMC_CODEC_LZ4 ? "packed-lz4" : "packed-zstd");
		seed_int(2, 1);
		seed_int(codec - 1, 1);
		seed_int(17, 2);
		seed_int(4, 1);
		seed_bytes(text, sizeof(text) - 1);
		seed_write("wire", codec == TSMC_CODEC_LZ4 ? "damage-lz4" : "damage-zstd");
	}
	tsmc_packing_free(packing);
}

static void page(uint64_t gfn, uint64_t kind)
{
	seed_int(gfn | kind << TSMC_PAGE_KIND_SHIFT, 8);
}

static void pages_head(unsigned int count, unsigned int nr_data, unsigned int stage)
{
	begin_record(TSMC_REC_PAGES, 8 + 8 * count + 4096 * nr_data);
	seed_int(count, 4);
	seed_int(stage, 2);
	seed_int(TSMC_CODEC_NONE, 2);
}

static void content(uint8_t byte)
{
	uint8_t bytes[4096];

	memset(bytes, byte, sizeof(bytes));
	seed_bytes(bytes, sizeof(bytes));
}

static void say_guest(unsigned int flags)
{
	begin_record(TSMC_REC_CONFIG, 16 + 5 + 2);
	seed_int(flags, 4);
	seed_int(0, 4);
	seed_int(5, 4);
	seed_int(2, 4);
	seed_bytes("guest{}", 7);
	begin_record(TSMC_REC_PLATFORM, 4);
	seed_bytes("head", 4);
	begin_record(TSMC_REC_LAYOUT, 16 + 32);
	seed_int(HOST_GFNS, 8);
	seed_int(2, 4);
	seed_int(0, 4);
	seed_int(0, 8);
	seed_int(40, 8);
	seed_int(48, 8);
	seed_int(HOST_GFNS - 48, 8);
}

/* Stage one and two: frames 3, 5 and 50 will be missing. */
static void say_memory(void)
{
	pages_head(3, 2, 1);
	page(1, TSMC_PAGE_DATA);
	page(2, TSMC_PAGE_ZERO);
	page(3, TSMC_PAGE_DATA);
	content(0x11);
	content(0x33);
	pages_head(2, 0, 1);
	page(3, TSMC_PAGE_ABSENT);
	page(4, TSMC_PAGE_ABSENT);
	begin_record(TSMC_REC_PLUG, 0);
	pages_head(1, 1, 2);
	page(4, TSMC_PAGE_DATA);
	content(0x44);
	begin_record(TSMC_REC_MISSING, 16 + 16);
	seed_int(0, 8);
	seed_int(128, 8);
	seed_int(1ULL << 3 | 1ULL << 5 | 1ULL << 50, 8);
	seed_int(0, 8);
	begin_record(TSMC_REC_FINAL, 40 + 3);
	seed_int(1000, 8);
	seed_int(1, 4);
	seed_int(2000000, 4);
	seed_int(1, 4);
	seed_int(3, 4);
	seed_int(3, 8);
	seed_int(9, 8);
	seed_bytes("cpu", 3);
}

/* How much the other channels say and when, how the second session goes, and what vCPUs do meanwhile. */
struct plan {
	unsigned int urgent, silence, second_urgent, second_silence, second_bulk, how, failing, nr;
	const char *accesses;
};

static void begin_receive(const struct plan *plan)
{
	seed_int(plan->urgent, 2);
	seed_int(plan->silence, 2);
	seed_int(plan->second_urgent, 2);
	seed_int(plan->second_silence, 2);
	seed_int(plan->second_bulk, 2);
	seed_int(plan->how, 1);
	seed_int(plan->failing, 1);
	seed_int(plan->nr, 1);
	if (plan->nr)
		seed_bytes(plan->accesses, 3 * plan->nr);
}

static void receive_whole(unsigned int how, unsigned int failing, const char *name)
{
	begin_receive(&(struct plan){ .urgent = 8 + 8 + 8 + 8 + 4096, .silence = 8000, .nr = 2,
				      .accesses = "\0\3\1\3\5\55", .how = how, .failing = failing,
				      .second_bulk = 8 });
	begin_record(TSMC_REC_GO, 0);
	pages_head(1, 1, 3);
	page(5, TSMC_PAGE_DATA);
	content(0x55);
	begin_record(TSMC_REC_DONE, 0);
	say_guest(0);
	say_memory();
	pages_head(2, 1, 3);
	page(3, TSMC_PAGE_ZERO);
	page(50, TSMC_PAGE_DATA);
	content(0x50);
	seed_write("receive", name);
}

static void zero_page(uint64_t gfn)
{
	pages_head(1, 0, 3);
	page(gfn, TSMC_PAGE_ZERO);
}

/* A page that a vCPU has waited for comes once more, when the guest has changed it. */
static void receive_late(void)
{
	static const uint8_t pushed[] = { 3, 3, 3, 3, 3, 3, 5, 5, 3, 50 };

	begin_receive(&(struct plan){ .urgent = 8 + 24, .silence = 24 * sizeof(pushed), .nr = 1,
				      .accesses = "\0\5\0", .how = 1, .second_bulk = 8 });
	begin_record(TSMC_REC_GO, 0);
	zero_page(5);
	begin_record(TSMC_REC_DONE, 0);
	say_guest(0);
	say_memory();
	for (unsigned int i = 0; i < sizeof(pushed); i++)
		zero_page(pushed[i]);
	seed_write("receive", "late");
}

/*
 * All but 5 and 50 has come, and these the guest's disk has, too. The guest uses page 5, perhaps before it
 * says that it can do without.
 */
static void receive_residue(unsigned int how, unsigned int late, const char *name)
{
	begin_receive(&(struct plan){ .urgent = 8, .silence = 40 + 24 + 4096 + (late + 2) * 24 + 8, .nr = 1,
				      .accesses = "\0\5\0", .how = how });
	begin_record(TSMC_REC_GO, 0);
	say_guest(0);
	say_memory();
	zero_page(3);
	begin_record(TSMC_REC_RESIDUE, 24 + 8);
	seed_int(2, 8);
	seed_int(0, 8);
	seed_int(64, 8);
	seed_int(1ULL << 5 | 1ULL << 50, 8);
	pages_head(1, 1, 3);
	page(5, TSMC_PAGE_DATA);
	content(0x55);
	while (late--)
		zero_page(3);
	zero_page(50);
	begin_record(TSMC_REC_DONE, 0);
	seed_write("receive", name);
}

/* --verify: all is filled, and compared, before the guest is handed over. */
static void receive_verified(void)
{
	begin_receive(&(struct plan){ .urgent = 8 });
	begin_record(TSMC_REC_GO, 0);
	say_guest(TSMC_CONFIG_VERIFY);
	say_memory();
	pages_head(3, 0, 3);
	page(3, TSMC_PAGE_ZERO);
	page(5, TSMC_PAGE_ZERO);
	page(50, TSMC_PAGE_ZERO);
	begin_record(TSMC_REC_VERIFY, 16 + 32);
	seed_int(38, 8);
	seed_int(2, 4);
	seed_int(0, 4);
	seed_int(1, 8);
	seed_int(2, 8);
	seed_int(0, 8);
	seed_int(0, 8);
	begin_record(TSMC_REC_VERIFY, 16);
	seed_int(0, 8);
	seed_int(0, 8);
	seed_write("receive", "verified");
}

/* The link breaks when one page has come since the hand-over; then the source calls with the rest. */
static void receive_broken(unsigned int how, unsigned int failing, const char *name)
{
	begin_receive(&(struct plan){ .urgent = 8 + 8 + 8 + 8, .nr = 3, .accesses = "\0\5\0\1\62\0\0\3\0",
				      .how = how, .failing = failing,
				      .second_urgent = 8, .second_silence = 48 + 4096, .second_bulk = 48 + 4096 });
	begin_record(TSMC_REC_GO, 0);
	pages_head(1, 0, 3);
	page(5, TSMC_PAGE_ZERO);
	begin_record(TSMC_REC_GO, 0);
	pages_head(3, 0, 3);
	page(3, TSMC_PAGE_ZERO);
	page(5, TSMC_PAGE_ZERO);
	page(50, TSMC_PAGE_ZERO);
	begin_record(TSMC_REC_DONE, 0);
	content(0);
	say_guest(0);
	say_memory();
	seed_write("receive", name);
}

/* It breaks between READY and GO. */
static void receive_prepared(unsigned int how, const char *name)
{
	begin_receive(&(struct plan){ .how = how, .second_urgent = 8, .second_silence = 48, .second_bulk = 48 });
	begin_record(TSMC_REC_GO, 0);
	pages_head(3, 0, 3);
	page(3, TSMC_PAGE_ZERO);
	page(5, TSMC_PAGE_ZERO);
	page(50, TSMC_PAGE_ZERO);
	begin_record(TSMC_REC_DONE, 0);
	say_guest(0);
	say_memory();
	seed_write("receive", name);
}

/* A guest, and another one. */
static void receive_again(unsigned int how, const char *name)
{
	begin_receive(&(struct plan){ .how = how, .urgent = 8, .second_bulk = 8 + 16 + 7 + 8 + 4 });
	begin_record(TSMC_REC_GO, 0);
	begin_record(TSMC_REC_CONFIG, 16 + 5 + 2);
	seed_int(0, 8);
	seed_int(5, 4);
	seed_int(2, 4);
	seed_bytes("other{}", 7);
	begin_record(TSMC_REC_PLATFORM, 4);
	seed_bytes("head", 4);
	say_guest(0);
	say_memory();
	seed_write("receive", name);
}

static void receive_twice(void)
{
	receive_broken(1, 0, "broken");
	receive_broken(1 | 2, 0, "broken-withdrawn");
	receive_broken(1 | 8, 0, "broken-destroyed");
	receive_broken(1, 4, "broken-unwritten");
	receive_broken(1 | 16, 5, "broken-written");
	receive_prepared(1, "prepared");
	receive_prepared(1 | 2, "prepared-withdrawn");
	receive_again(0, "another");
	receive_again(4, "same-name");
}

/* Records as they are written down, and some that are none. */
static void journals(void)
{
	static const char head[] = "tsmc-journal 1\nsession 30313233343536373839616263646566\nphase ";
	static const char * const rests[] = {
		"moving\ndomid 3\npid 712\nname web1\nhost b.example\ncarrier command\nvia ssh%20-4\n",
		"prepared\ndomid 4\npid 0\nname a%20b%25\nhost h\ncarrier command\nvia x\n",
		"waiting\ndomid 4294967295\npid 2147483647\nname %c3%a9\nhost x\ncarrier tls\nvia /etc/tsmc\n",
		"given\ndomid 4294967296\npid 1\nname x\nhost y\ncarrier tcp\nvia x\n",
		"owner\ndomid 1\npid 1\nname x\nhost y\ncarrier tcp\nvia %0",
		"told\ndomid 1\npid 1\nname %00\nhost y\ncarrier tcp\nvia x\n",
	};
	char name[16], longest[TSMC_JOURNAL_NAME_MAX];

	memset(longest, 'x', sizeof(longest));
	for (unsigned int i = 0; i < 2; i++) {
		seed_int(0, 1);
		seed_int(300, 2);
		seed_bytes(head, sizeof(head) - 1);
		seed_bytes("owner\ndomid 1\npid 1\nname ", 25);
		seed_bytes(longest, sizeof(longest) - 1 + i);
		seed_bytes("\nhost y\ncarrier tcp\nvia z\n", 26);
		seed_write("journal", i ? "name-too-long" : "name-longest");
	}
	for (unsigned int i = 0; i < sizeof(rests) / sizeof(*rests); i++) {
		seed_int(0, 1);
		seed_int(60, 2);
		seed_bytes(head, sizeof(head) - 1);
		seed_bytes(rests[i], strlen(rests[i]));
		snprintf(name, sizeof(name), "text-%u", i);
		seed_write("journal", name);
	}
	seed_int(1, 1);
	seed_int(200, 2);
	seed_bytes("0123456789abcdef", 16);
	seed_int(TSMC_CARRIER_TLS << 8 | TSMC_PHASE_WITHDRAWN, 2);
	seed_int(7, 4);
	seed_int(800, 4);
	for (unsigned int i = 0; i < 3; i++) {
		seed_int(6, 2);
		seed_bytes("a b\n%\xff", 6);
	}
	seed_write("journal", "fields");
}

static void change(unsigned int when, enum guest_change kind, unsigned int frame, unsigned int at, uint64_t value)
{
	seed_int(when, 1);
	seed_int(kind << GUEST_CHANGE_SHIFT | frame, 1);
	seed_int(at, 2);
	seed_int(value, 8);
}

/* One field of the header just beyond its bound. */
static void beyond(size_t offset, unsigned int size, uint64_t value, const char *name)
{
	for (unsigned int i = 0; i < size; i++)
		change(0, CHANGE_BYTE, FRAME_HEADER, offset + i, value >> 8 * i & 0xff);
	seed_write("hints", name);
}

#define BEYOND(field, value) \
	beyond(offsetof(struct tsmc_hint_header, field), \
	       sizeof(((struct tsmc_hint_header *)0)->field), value, "beyond-" #field)

static void headers_beyond(void)
{
	BEYOND(abi_version, TSMC_HINT_ABI_VERSION + 1);
	BEYOND(header_size, TSMC_HINT_PAGE_SIZE + 1);
	BEYOND(nr_pfns, TSMC_HINT_DIR_SLOTS * TSMC_HINT_PAGE_SIZE + 1);
	BEYOND(state, TSMC_HINT_SETTLED + 1);
	BEYOND(nr_dirs, TSMC_HINT_HEADER_SLOTS + 1);
	beyond(offsetof(struct tsmc_hint_header, dir_gfn), 8, 1ULL << 40, "beyond-dir_gfn");
	BEYOND(spaces_gfn, 1ULL << 40);
	BEYOND(nr_spaces, TSMC_HINT_SPACES_MAX + 1);
}

/* Guests that lie, one lie each. */
static void hints(void)
{
	seed_write("hints", "honest");
	change(0, CHANGE_HEADER_GFN, 0, 0, 1ULL << 40);
	seed_write("hints", "header-nowhere");
	change(0, CHANGE_HOLE, FRAME_HEADER, 0, 1);
	seed_write("hints", "header-in-hole");
	change(8, CHANGE_HOLE, FRAME_HEADER, 0, 1);
	seed_write("hints", "header-vanishes");
	change(0, CHANGE_WORD, FRAME_HEADER, offsetof(struct tsmc_hint_header, nr_pfns), UINT64_MAX);
	seed_write("hints", "absurd-size");
	change(0, CHANGE_WORD, FRAME_HEADER, offsetof(struct tsmc_hint_header, nr_dirs), 384);
	change(0, CHANGE_WORD, FRAME_HEADER, offsetof(struct tsmc_hint_header, nr_pfns), 384ULL << 21);
	seed_write("hints", "largest-size");
	change(0, CHANGE_WORD, FRAME_DIRECTORY, 0, FRAME_HEADER);
	seed_write("hints", "header-is-table");
	change(0, CHANGE_FILL, FRAME_DIRECTORY, 0, UINT64_MAX);
	seed_write("hints", "tables-nowhere");
	for (unsigned int i = 2; i < 12; i++)
		change(i, CHANGE_BYTE, FRAME_HEADER, offsetof(struct tsmc_hint_header, sequence), i + 1);
	seed_write("hints", "header-changes");
	for (unsigned int i = 6; i < 14; i++)
		change(i, CHANGE_FILL, FRAME_TABLE, 0, 0x0202020202020202 * (i % 4));
	seed_write("hints", "table-changes");
	change(0, CHANGE_WORD, FRAME_HEADER, offsetof(struct tsmc_hint_header, nr_spaces), 256);
	change(0, CHANGE_FILL, FRAME_SPACES, 0, FRAME_ROOT);
	seed_write("hints", "spaces-senseless");
	change(0, CHANGE_COPY, FRAME_LEVEL_1, 0, FRAME_ROOT);
	change(0, CHANGE_ENTRIES, FRAME_ROOT, 0x67, FRAME_ROOT);
	seed_write("hints", "tables-in-a-circle");
	change(0, CHANGE_ENTRIES, FRAME_LEVEL_2, 0xe7, 0);
	change(10, CHANGE_ENTRIES, FRAME_LEVEL_1, 0x67, 0xfffffffff0);
	seed_write("hints", "entries-beyond-memory");
	change(0, CHANGE_WORD, FRAME_HEADER, offsetof(struct tsmc_hint_header, prepared), 1);
	seed_write("hints", "never-prepared");
	change(0, CHANGE_TEXT, 0, 0, 0x3032312d);
	seed_write("hints", "header-negative");
}

/* A move of 8 bytes across two pages on either side, up and down; a write that wraps. */
static void accesses(void)
{
	static const unsigned int moves[] = { 0x65, 0x67 };

	for (unsigned int i = 0; i < 2; i++) {
		seed_int(moves[i], 1);
		seed_int(1, 1);
		seed_int(0x1ffc, 8);
		seed_int(1, 1);
		seed_int(0x8ffe, 8);
		seed_int(700, 2);
		seed_write("access", i ? "move-down" : "move-up");
	}
	seed_int(0x60, 1);
	seed_int(0, 1);
	seed_int(UINT64_MAX - 3, 8);
	seed_int(0, 1);
	seed_int(1, 8);
	seed_int(1, 2);
	seed_write("access", "write-wraps");
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: make_corpus DIR\n");
		return 2;
	}
	seed_directory = argv[1];
	wire_samples();
	wire_packed();
	receive_whole(1, 0, "whole");
	receive_whole(1 | 16, 5, "whole-written");
	receive_whole(1, 5, "whole-unwritten");
	receive_late();
	receive_residue(1, 0, "residue");
	receive_residue(1 | 32, 0, "residue-dropped");
	receive_residue(1 | 32, 3, "residue-in-use");
	receive_verified();
	receive_twice();
	journals();
	headers_beyond();
	hints();
	accesses();
	return 0;
}
