// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of address spaces in the hint table, of guests old and new, honest
 * and hostile.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "hint_reader.h"
#include "unit.h"

#define PAGE		TSMC_HINT_PAGE_SIZE
#define GFN_LIMIT	(1ULL << 40)
#define HEADER_GFN	0x500u
#define SPACES_GFN	0x501u

static struct {
	uint8_t frames[2][PAGE];
	uint64_t bad_gfn;
	int error;
	int error_alone;
	unsigned int reads;
} guest;

static struct tsmc_hint_header *const header = (void *)guest.frames[0];
static struct tsmc_hint_space *const listed = (void *)guest.frames[1];
static struct tsmc_hint_space spaces[TSMC_HINT_SPACES_MAX];
static char why[160];

static int read_guest(void *opaque, const uint64_t *gfns, unsigned int count, void *dst)
{
	uint8_t *to = dst;

	if (opaque != &guest)
		return -EINVAL;
	guest.reads++;
	for (unsigned int i = 0; i < count; i++, to += PAGE) {
		memset(to, 0xee, PAGE);
		if (gfns[i] == guest.bad_gfn || gfns[i] < HEADER_GFN || gfns[i] > SPACES_GFN)
			return count > 1 ? guest.error : guest.error_alone;
		memcpy(to, guest.frames[gfns[i] - HEADER_GFN], PAGE);
	}
	return 0;
}

static const struct tsmc_hint_source source = { .read = read_guest, .opaque = &guest };

static void make_guest(unsigned int nr_spaces)
{
	memset(&guest, 0, sizeof(guest));
	guest.error = -EFAULT;
	guest.error_alone = -EFAULT;
	*header = (struct tsmc_hint_header){
		.magic = TSMC_HINT_MAGIC,
		.abi_version = TSMC_HINT_ABI_VERSION,
		.header_size = sizeof(*header),
		.features = TSMC_HINT_F_SPACES,
		.nr_pfns = 4096,
		.state = TSMC_HINT_SETTLED,
		.nr_dirs = 1,
		.dir_gfn = { HEADER_GFN },
		.spaces_gfn = SPACES_GFN,
		.nr_spaces = nr_spaces,
	};
	for (unsigned int i = 0; i < TSMC_HINT_SPACES_MAX; i++)
		listed[i] = (struct tsmc_hint_space){ .root_gfn = 7 * i, .weight = i,
						      .levels = 4 + i % 2 };
	strcpy(why, "");
}

/* What the reader makes of the guest as it is: entries, or an error of the header or of the list. */
static int read_spaces(void)
{
	struct tsmc_hint_header copy;
	int rc = tsmc_hint_read_header(&source, HEADER_GFN, &copy, why, sizeof(why));

	memset(spaces, 0xee, sizeof(spaces));
	return rc ? rc : tsmc_hint_read_spaces(&source, &copy, spaces, why, sizeof(why));
}

static void all_entries_are_copied(void)
{
	make_guest(3);
	EXPECT(read_spaces() == 3);
	EXPECT(!memcmp(spaces, listed, 3 * sizeof(*spaces)));
	make_guest(TSMC_HINT_SPACES_MAX);
	EXPECT(read_spaces() == TSMC_HINT_SPACES_MAX);
	EXPECT(!memcmp(spaces, listed, sizeof(spaces)));
}

static void older_guest_has_none(void)
{
	struct tsmc_hint_header copy;

	for (unsigned int size = TSMC_HINT_HEADER_SIZE_MIN;
	     size < offsetof(struct tsmc_hint_header, drop_gfn); size++) {
		make_guest(3);
		header->header_size = size;
		/* Whatever lies behind its header. */
		header->nr_spaces = size % 2 ? 3 : UINT32_MAX;
		EXPECT(!tsmc_hint_read_header(&source, HEADER_GFN, &copy, why, sizeof(why)));
		EXPECT(!(copy.features & TSMC_HINT_F_SPACES) && !copy.nr_spaces);
		EXPECT(read_spaces() == 0);
	}
	make_guest(3);
	header->header_size = sizeof(*header) + 8;
	EXPECT(read_spaces() == 3);
}

/* Where it is asked to drop page cache: a field of its own, added later still. */
static void drop_page_needs_its_feature(void)
{
	struct tsmc_hint_header copy;

	make_guest(3);
	header->features |= TSMC_HINT_F_DROP;
	header->drop_gfn = 4711;
	EXPECT(!tsmc_hint_read_header(&source, HEADER_GFN, &copy, why, sizeof(why)));
	EXPECT(copy.features & TSMC_HINT_F_DROP && copy.drop_gfn == 4711);
	header->drop_gfn = 1ULL << 40;
	EXPECT(tsmc_hint_read_header(&source, HEADER_GFN, &copy, why, sizeof(why)) == -EPROTO);
	/* A header that ends before it; one that does not mean it. */
	header->header_size = sizeof(*header) - 1;
	EXPECT(!tsmc_hint_read_header(&source, HEADER_GFN, &copy, why, sizeof(why)));
	EXPECT(!(copy.features & TSMC_HINT_F_DROP) && !copy.drop_gfn && copy.nr_spaces == 3);
	header->header_size = sizeof(*header);
	header->features &= ~TSMC_HINT_F_DROP;
	EXPECT(!tsmc_hint_read_header(&source, HEADER_GFN, &copy, why, sizeof(why)) && !copy.drop_gfn);
}

static void without_the_feature_none(void)
{
	struct tsmc_hint_header copy;

	make_guest(3);
	header->features = TSMC_HINT_F_HEAT;
	header->nr_spaces = UINT32_MAX;
	header->spaces_gfn = UINT64_MAX;
	EXPECT(!tsmc_hint_read_header(&source, HEADER_GFN, &copy, why, sizeof(why)));
	EXPECT(!copy.nr_spaces && !copy.spaces_gfn);
	EXPECT(read_spaces() == 0);
	make_guest(0);
	guest.bad_gfn = SPACES_GFN;
	EXPECT(read_spaces() == 0);
}

static void senseless_list_is_refused(void)
{
	struct tsmc_hint_header copy;

	make_guest(TSMC_HINT_SPACES_MAX + 1);
	EXPECT(read_spaces() == -EPROTO && *why);
	make_guest(3);
	header->spaces_gfn = GFN_LIMIT;
	EXPECT(read_spaces() == -EPROTO && *why);
	/* Also when nobody looked at the header before. */
	make_guest(3);
	copy = *header;
	copy.nr_spaces = UINT32_MAX;
	EXPECT(tsmc_hint_read_spaces(&source, &copy, spaces, why, sizeof(why)) == -EPROTO);
	EXPECT(*why && !guest.reads);
}

static void senseless_entries_are_left_out(void)
{
	make_guest(8);
	listed[0].levels = 3;
	listed[1].levels = 6;
	listed[2].weight = 1001;
	listed[3].root_gfn = GFN_LIMIT;
	listed[5].levels = 0;
	listed[6].weight = 1000;
	listed[7].root_gfn = GFN_LIMIT - 1;
	EXPECT(read_spaces() == 3);
	EXPECT(!memcmp(&spaces[0], &listed[4], sizeof(*spaces)));
	EXPECT(!memcmp(&spaces[1], &listed[6], 2 * sizeof(*spaces)));
}

static void unreadable_list_fails(void)
{
	make_guest(3);
	guest.bad_gfn = SPACES_GFN;
	EXPECT(read_spaces() == -EFAULT && *why);
	make_guest(3);
	header->spaces_gfn = GFN_LIMIT - 1;
	EXPECT(read_spaces() == -EFAULT && *why);
	EXPECT(tsmc_hint_read_spaces(&source, header, spaces, NULL, 0) == -EFAULT);
}

static void bad_frames_are_zeroed(void)
{
	const uint64_t gfns[] = { HEADER_GFN, GFN_LIMIT, SPACES_GFN, 3, UINT64_MAX, SPACES_GFN };
	static uint8_t copy[ARRAY_SIZE(gfns)][PAGE], zero[PAGE];

	make_guest(3);
	/* One batch that is good, then one that has to be taken apart. */
	EXPECT(!tsmc_hint_read_frames(&source, &gfns[2], 1, copy[2]) && guest.reads == 1);
	EXPECT(!tsmc_hint_read_frames(&source, gfns, ARRAY_SIZE(gfns), copy));
	for (unsigned int i = 0; i < ARRAY_SIZE(gfns); i++) {
		bool good = gfns[i] == HEADER_GFN || gfns[i] == SPACES_GFN;

		EXPECT(!memcmp(copy[i], good ? guest.frames[gfns[i] - HEADER_GFN] : zero, PAGE));
	}
}

static void cancelled_read_ends(void)
{
	const uint64_t gfns[] = { HEADER_GFN, SPACES_GFN, HEADER_GFN };
	static uint8_t copy[ARRAY_SIZE(gfns)][PAGE];

	make_guest(3);
	guest.bad_gfn = SPACES_GFN;
	guest.error = -ECANCELED;
	EXPECT(tsmc_hint_read_frames(&source, gfns, ARRAY_SIZE(gfns), copy) == -ECANCELED);
	EXPECT(guest.reads == 1);
	/* Also while a batch is taken apart. */
	make_guest(3);
	guest.bad_gfn = SPACES_GFN;
	guest.error_alone = -ECANCELED;
	EXPECT(tsmc_hint_read_frames(&source, gfns, ARRAY_SIZE(gfns), copy) == -ECANCELED);
	EXPECT(guest.reads == 3);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "all entries of a guest are copied", all_entries_are_copied },
		{ "a guest with an older header has no spaces", older_guest_has_none },
		{ "the page for dropping needs its feature", drop_page_needs_its_feature },
		{ "without its feature there are no spaces", without_the_feature_none },
		{ "a senseless list is refused with a reason", senseless_list_is_refused },
		{ "senseless entries are left out", senseless_entries_are_left_out },
		{ "a list that cannot be read fails with a reason", unreadable_list_fails },
		{ "frames that cannot be read are zeroed", bad_frames_are_zeroed },
		{ "a read that is cancelled ends at once", cancelled_read_ends },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
