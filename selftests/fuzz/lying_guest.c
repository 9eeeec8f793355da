// SPDX-License-Identifier: GPL-2.0-or-later
#include "lying_guest.h"

#include <errno.h>
#include <sanitizer/asan_interface.h>

#include "linux/tsmc_hint.h"
#include "stand_ins.h"
#include "xen_glue.h"

#define PAGE		TSMC_PAGE_SIZE
#define PRESENT		0x67ULL
/* Time passes this much faster than the agent sleeps. */
#define HURRY		20u
#define START_S		1000

/**
 * struct guest - the guest and its host
 * @frames: memory
 * @hole: frames that cannot be mapped
 * @text: what xenstore says of its header
 * @changes: the input
 * @looks: mappings and sleeps of the agent
 * @ns: the time
 */
static struct {
	uint8_t frames[GUEST_FRAMES][PAGE];
	bool hole[GUEST_FRAMES];
	char text[24];
	struct fuzz_input changes;
	unsigned int looks;
	uint64_t ns;
} guest;

static void set_entry(unsigned int frame, unsigned int i, uint64_t value)
{
	memcpy(guest.frames[frame] + 8 * i, &value, sizeof(value));
}

static void make_header(void)
{
	struct tsmc_hint_header *header = (void *)guest.frames[FRAME_HEADER];

	*header = (struct tsmc_hint_header){
		.magic = TSMC_HINT_MAGIC,
		.abi_version = TSMC_HINT_ABI_VERSION,
		.header_size = sizeof(*header),
		.features = TSMC_HINT_F_FREE | TSMC_HINT_F_GUARD | TSMC_HINT_F_HEAT | TSMC_HINT_F_SPACES,
		.nr_pfns = GUEST_GFNS,
		.sequence = 2,
		.state = TSMC_HINT_SETTLED,
		/* The agent asks with the time of day. */
		.prepared = START_S * 1000000000ULL,
		.nr_dirs = 1,
		.dir_gfn = { FRAME_DIRECTORY },
		.spaces_gfn = FRAME_SPACES,
		.nr_spaces = 2,
	};
}

static void make_spaces(void)
{
	struct tsmc_hint_space *spaces = (void *)guest.frames[FRAME_SPACES];

	spaces[0] = (struct tsmc_hint_space){ .root_gfn = FRAME_ROOT, .weight = 500, .levels = 4 };
	spaces[1] = (struct tsmc_hint_space){ .root_gfn = FRAME_ROOT_OF_5, .weight = 100, .levels = 5 };
	set_entry(FRAME_ROOT, 0, FRAME_LEVEL_3 << 12 | PRESENT);
	set_entry(FRAME_LEVEL_3, 0, FRAME_LEVEL_2 << 12 | PRESENT);
	set_entry(FRAME_LEVEL_3, 1, 0x80 | PRESENT);
	set_entry(FRAME_LEVEL_2, 0, FRAME_LEVEL_1 << 12 | PRESENT);
	set_entry(FRAME_LEVEL_2, 1, 512 << 12 | 0x80 | PRESENT);
	for (unsigned int i = 0; i < 512; i++)
		set_entry(FRAME_LEVEL_1, i, (uint64_t)(i * 7 % GUEST_GFNS) << 12 | PRESENT);
	/* The other one's tables are frames that repeat those. */
	set_entry(FRAME_ROOT_OF_5, 0, (GUEST_FRAMES + FRAME_ROOT) << 12 | PRESENT);
}

void guest_begin(struct fuzz_input *changes)
{
	memset(&guest, 0, sizeof(guest));
	guest.changes = *changes;
	guest.ns = START_S * 1000000000ULL;
	snprintf(guest.text, sizeof(guest.text), "%u", FRAME_HEADER);
	make_header();
	make_spaces();
	set_entry(FRAME_DIRECTORY, 0, FRAME_TABLE);
	for (unsigned int i = 0; i < PAGE; i++)
		guest.frames[FRAME_TABLE][i] = TSMC_HINT_BYTE(i % TSMC_CLASS_NR, i / 16 % 16);
}

unsigned int guest_looks(void)
{
	return guest.looks;
}

static void change_entries(uint8_t *frame, uint16_t flags, uint64_t first)
{
	for (uint64_t i = 0; i < PAGE / 8; i++) {
		uint64_t entry = (first + i) << 12 | (flags & 0xfff);

		memcpy(frame + 8 * i, &entry, sizeof(entry));
	}
}

static void change(unsigned int kind, unsigned int number, uint16_t at, uint64_t value)
{
	uint8_t *frame = guest.frames[number];

	switch (kind) {
	case CHANGE_WORD:
		memcpy(frame + at % (PAGE - 7), &value, sizeof(value));
		break;
	case CHANGE_BYTE:
		frame[at % PAGE] = value;
		break;
	case CHANGE_FILL:
		for (unsigned int i = 0; i < PAGE; i += 8)
			memcpy(frame + i, &value, sizeof(value));
		break;
	case CHANGE_HOLE:
		guest.hole[number] = value & 1;
		break;
	case CHANGE_HEADER_GFN:
		snprintf(guest.text, sizeof(guest.text), "%llu", (unsigned long long)value);
		break;
	case CHANGE_TEXT:
		memcpy(guest.text, &value, sizeof(value));
		guest.text[8] = '\0';
		break;
	case CHANGE_ENTRIES:
		change_entries(frame, at, value);
		break;
	default:
		memmove(frame, guest.frames[value % GUEST_FRAMES], PAGE);
	}
}

/* The agent has looked once more: the guest goes on. */
static void go_on(void)
{
	while (guest.changes.left >= GUEST_CHANGE_BYTES && guest.changes.bytes[0] <= guest.looks) {
		struct fuzz_input this = fuzz_part(&guest.changes, GUEST_CHANGE_BYTES);
		unsigned int what;
		uint16_t at;

		fuzz_int(&this, 1);
		what = fuzz_int(&this, 1);
		at = fuzz_int(&this, 2);
		change(what >> GUEST_CHANGE_SHIFT, what % GUEST_FRAMES, at, fuzz_int(&this, 8));
	}
	guest.looks++;
}

static bool is_hole(uint64_t gfn)
{
	return gfn >= GUEST_GFNS || guest.hole[gfn % GUEST_FRAMES];
}

/* A copy: the agent is to look at each page once. Pages that it must not touch are poisoned. */
void *tsmc_foreign_map(struct tsmc_xen *xen, uint32_t domid, bool writable,
		       const uint64_t *gfns, unsigned int count, int *errs)
{
	unsigned int mapped = 0;
	uint8_t *area;

	(void)xen;
	(void)domid;
	MUST(count && count <= TSMC_BATCH_MAX && !writable);
	go_on();
	area = malloc((size_t)count * PAGE);
	MUST(area);
	for (unsigned int i = 0; i < count; i++) {
		MUST(gfns[i] < 1ULL << 40);
		errs[i] = is_hole(gfns[i]) ? -EINVAL : 0;
		mapped += !errs[i];
		if (errs[i])
			__asan_poison_memory_region(area + (size_t)i * PAGE, PAGE);
		else
			memcpy(area + (size_t)i * PAGE, guest.frames[gfns[i] % GUEST_FRAMES], PAGE);
	}
	if (mapped)
		return area;
	tsmc_foreign_unmap(xen, area, count);
	errno = EINVAL;
	return NULL;
}

void tsmc_foreign_unmap(struct tsmc_xen *xen, void *addr, unsigned int count)
{
	(void)xen;
	__asan_unpoison_memory_region(addr, (size_t)count * PAGE);
	free(addr);
}

int tsmc_xenstore_read(struct tsmc_xen *xen, uint32_t domid, const char *path, char **value)
{
	(void)xen;
	(void)domid;
	(void)path;
	go_on();
	*value = strdup(guest.text);
	return 0;
}

int tsmc_xenstore_write(struct tsmc_xen *xen, uint32_t domid, const char *path, const char *value)
{
	(void)xen;
	(void)domid;
	MUST(*path && *value);
	return 0;
}

int tsmc_xenstore_remove(struct tsmc_xen *xen, uint32_t domid, const char *path)
{
	(void)xen;
	(void)domid;
	MUST(*path);
	return 0;
}

int fuzz_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	*now = (struct timespec){ guest.ns / 1000000000, guest.ns % 1000000000 };
	return 0;
}

int fuzz_nanosleep(const struct timespec *duration, struct timespec *left)
{
	(void)left;
	guest.ns += HURRY * (duration->tv_sec * 1000000000ULL + duration->tv_nsec);
	go_on();
	return 0;
}
