// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Accesses to holes: a guest without a kernel touches pages that are missing
 * in every way it can, and must see what it would see on memory.
 *
 * usage: holes_test GUEST-KERNEL
 */
#include "glue_test.h"
#include "holes_steps.h"

#include <poll.h>
#include <string.h>
#include <sys/mman.h>

#define NAME		"tsmc-holes"
#define TOP_GFN		0x3000
#define RUN_LIMIT_MS	60000

static const char *kernel;
static uint32_t domid;
static uint64_t base, free_before;
static struct tsmc_ioreq *io;
static void *io_state;
static unsigned int faults, successions;

/* A page asked for comes so much later, as if over a link. */
#define LINK_MS		2
/* A page that nobody asked for comes so often. */
#define PUSH_MS		40

/* Then another server takes over. */
#define SERVED_TURNS	5

enum page_state { PAGE_HOME, PAGE_MISSING, PAGE_ASKED, PAGE_ARRIVED };

/* What the pages hold before the guest runs, and what they must hold after. */
static uint8_t (*original)[HOLES_PAGE], (*expected)[HOLES_PAGE];
static uint64_t expected_value[HOLES_VALUES];
static unsigned int nr_values;
static enum page_state state[HOLES_ALL];
static int64_t asked_at[HOLES_ALL], pushed_at;

static struct tsmc_access waiting[HOLES_VCPUS];
static bool waits[HOLES_VCPUS];

/* The page that is at a frame, or HOLES_ALL. */
static unsigned int page_of(uint64_t gfn)
{
	unsigned int page;

	for (page = 0; page < HOLES_ALL && holes_gfn(page) != gfn; page++)
		;
	return page;
}

static bool guest_is_built(void)
{
	char command[1024];

	CHECK(!tsmc_host_free_pages(xen, &free_before));
	snprintf(command, sizeof(command),
		 "xl create -q -p /dev/null 'name=\"" NAME "\"' 'type=\"pvh\"' 'kernel=\"%s\"' memory=32 vcpus=2 'tsc_mode=\"native\"' 'on_crash=\"preserve\"' >/dev/null",
		 kernel);
	CHECK(!system(command));
	CHECK(!tsmc_toolstack_find(xen, NAME, &domid));
	return true;
}

static bool steps_run_on_memory(void)
{
	size_t size = HOLES_ALL * HOLES_PAGE;
	unsigned int page, offset;

	original = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(original != MAP_FAILED);
	expected = original + HOLES_ALL;
	for (page = 0; page < HOLES_PAGES; page++)
		for (offset = 0; offset < HOLES_PAGE; offset++)
			original[page][offset] = holes_byte(page, offset);
	for (; page < HOLES_ALL; page++)
		memset(((struct holes_counters *)original[page])->pattern, page, 64);
	memcpy(expected, original, size);
	nr_values = holes_run(expected[0], expected_value);
	CHECK(nr_values && nr_values <= HOLES_VALUES);
	CHECK(memcmp(expected, original, size));
	/* One after the other counts as well as both at once. */
	holes_count(expected[HOLES_PAGES], 0);
	holes_count(expected[HOLES_PAGES], 1);
	return true;
}

/* Copies all pages to (or from) where they stand in the guest. */
static bool transfer(uint8_t (*pages)[HOLES_PAGE], bool write)
{
	uint64_t gfns[HOLES_ALL];
	int errs[HOLES_ALL];
	unsigned int page;
	uint8_t *mem;

	for (page = 0; page < HOLES_ALL; page++)
		gfns[page] = holes_gfn(page);
	mem = tsmc_foreign_map(xen, domid, write, gfns, HOLES_ALL, errs);
	CHECK(mem);
	for (page = 0; page < HOLES_ALL; page++)
		CHECK(!errs[page]);
	if (write)
		memcpy(mem, pages, HOLES_ALL * HOLES_PAGE);
	else
		memcpy(pages, mem, HOLES_ALL * HOLES_PAGE);
	tsmc_foreign_unmap(xen, mem, HOLES_ALL);
	return true;
}

static bool is_hole(unsigned int page)
{
	return page < HOLES_RAM || page >= HOLES_PAGES;
}

/* A stale copy stays in staging, so that a page that is not filled is seen. */
static bool pages_are_parked(void)
{
	static uint8_t stale[HOLES_ALL][HOLES_PAGE];
	uint64_t gfns[HOLES_ALL];
	unsigned int page, n = 0;

	base = tsmc_physmap_staging_base(TOP_GFN);
	memset(stale, 0xaa, sizeof(stale));
	for (page = 0; page < HOLES_ALL; page++) {
		if (!is_hole(page)) {
			memcpy(stale[page], original[page], HOLES_PAGE);
			continue;
		}
		gfns[n++] = holes_gfn(page);
		state[page] = PAGE_MISSING;
	}
	CHECK(transfer(stale, true));
	CHECK(!tsmc_physmap_park(xen, domid, base, gfns, n));
	return true;
}

static bool arrive(unsigned int page)
{
	uint64_t staging = base + holes_gfn(page);
	void *mem;
	int err;

	mem = tsmc_foreign_map(xen, domid, true, &staging, 1, &err);
	CHECK(mem);
	memcpy(mem, original[page], HOLES_PAGE);
	tsmc_foreign_unmap(xen, mem, 1);
	state[page] = PAGE_ARRIVED;
	return true;
}

/* What the link brings by now. */
static bool receive(void)
{
	int64_t now = glue_now_ms();
	unsigned int page;

	for (page = 0; page < HOLES_ALL; page++)
		if (state[page] == PAGE_ASKED && now - asked_at[page] >= LINK_MS)
			CHECK(arrive(page));
	if (now - pushed_at < PUSH_MS)
		return true;
	pushed_at = now;
	for (page = HOLES_ALL; page && state[page - 1] != PAGE_MISSING; page--)
		;
	return !page || arrive(page - 1);
}

static bool has_content(const struct tsmc_access *access)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < access->nr_gfns; i++) {
		unsigned int page = page_of(access->gfns[i]);

		if (page == HOLES_ALL || state[page] == PAGE_HOME || state[page] == PAGE_ARRIVED)
			continue;
		all = false;
		if (state[page] == PAGE_ASKED)
			continue;
		state[page] = PAGE_ASKED;
		asked_at[page] = glue_now_ms();
	}
	return all;
}

static bool complete_all(void)
{
	unsigned int vcpu;
	int r;

	for (vcpu = 0; vcpu < HOLES_VCPUS; vcpu++) {
		if (!waits[vcpu] || !has_content(&waiting[vcpu]))
			continue;
		r = tsmc_ioreq_complete(io, vcpu);
		CHECK(r >= 0);
		waits[vcpu] = !r;
	}
	return true;
}

static bool return_all(void)
{
	uint64_t gfns[HOLES_ALL];
	unsigned int page, n = 0;

	for (page = 0; page < HOLES_ALL; page++)
		if (state[page] == PAGE_ARRIVED)
			gfns[n++] = holes_gfn(page);
	if (!n)
		return true;
	CHECK(!tsmc_ioreq_return(io, gfns, n));
	for (page = 0; page < HOLES_ALL; page++)
		if (state[page] == PAGE_ARRIVED)
			state[page] = PAGE_HOME;
	return true;
}

static bool serve(void)
{
	struct tsmc_access access;
	int r;

	while ((r = tsmc_ioreq_next(io, &access)) == 1) {
		CHECK(access.vcpu < HOLES_VCPUS && access.nr_gfns >= 1);
		faults++;
		waiting[access.vcpu] = access;
		waits[access.vcpu] = true;
	}
	CHECK(!r);
	CHECK(complete_all());
	CHECK(return_all());
	return complete_all();
}

/* Another process could go on from the server's memory at any moment: here one does. */
static bool succeed(void)
{
	CHECK(!tsmc_domain_pause(xen, domid));
	tsmc_ioreq_leave(io);
	CHECK(tsmc_ioreq_left(io_state));
	CHECK(!tsmc_ioreq_adopt(xen, domid, HOLES_VCPUS, base, io_state, &io));
	memset(waits, 0, sizeof(waits));
	CHECK(!tsmc_domain_unpause(xen, domid));
	successions++;
	return true;
}

static bool is_done(const struct holes_shared *shared)
{
	unsigned int vcpu, page;

	for (vcpu = 0; vcpu < HOLES_VCPUS; vcpu++)
		if (!__atomic_load_n(&shared->done[vcpu], __ATOMIC_ACQUIRE))
			return false;
	for (page = 0; page < HOLES_ALL; page++)
		if (state[page] != PAGE_HOME)
			return false;
	return true;
}

/* Serves until the guest is through and no hole is left, or a limit. */
static bool serve_until_done(const struct holes_shared *shared)
{
	int64_t limit = glue_now_ms() + RUN_LIMIT_MS;
	unsigned int turn;

	for (turn = 1; !is_done(shared); turn++) {
		struct pollfd pfd = { .fd = tsmc_ioreq_fd(io), .events = POLLIN };

		poll(&pfd, 1, 1);
		CHECK(receive());
		CHECK(serve());
		if (turn % SERVED_TURNS == 0)
			CHECK(succeed());
		if (glue_now_ms() > limit) {
			ksft_print_msg("waited %d s for the guest's end: magic %#lx, %lu values, done %lu %lu, %u accesses\n",
				       RUN_LIMIT_MS / 1000, shared->magic, shared->nr_values,
				       shared->done[0], shared->done[1], faults);
			return false;
		}
	}
	return true;
}

static bool guest_runs_over_holes(void)
{
	struct tsmc_gfn_range range = { .first = 0, .count = TOP_GFN };
	uint64_t gfn = HOLES_SHARED_GFN;
	struct holes_shared *shared;
	unsigned int i;
	bool ok;
	int err;

	io_state = glue_io_state();
	CHECK(!tsmc_ioreq_create(xen, domid, HOLES_VCPUS, base, &range, 1, io_state, &io));
	shared = tsmc_foreign_map(xen, domid, false, &gfn, 1, &err);
	CHECK(shared);
	CHECK(!tsmc_toolstack_unpause(xen, domid));
	ok = serve_until_done(shared);
	ksft_print_msg("%u accesses were performed, by %u servers one after the other\n", faults,
		       1 + successions);
	if (!successions)
		ok = false;
	if (ok && shared->nr_values != nr_values)
		ok = false;
	if (ok && shared->nowhere != UINT64_MAX) {
		ksft_print_msg("%#lx was read from a frame that is nowhere, not all ones\n", shared->nowhere);
		ok = false;
	}
	for (i = 0; ok && i < nr_values; i++) {
		if (shared->value[i] == expected_value[i])
			continue;
		ksft_print_msg("value %u is %#lx, not %#lx\n", i, shared->value[i], expected_value[i]);
		ok = false;
	}
	tsmc_foreign_unmap(xen, shared, 1);
	return ok;
}

static bool memory_is_as_expected(void)
{
	static uint8_t now[HOLES_ALL][HOLES_PAGE];
	unsigned int page, offset;

	CHECK(!tsmc_domain_pause(xen, domid));
	CHECK(transfer(now, false));
	for (page = 0; page < HOLES_ALL; page++) {
		for (offset = 0; offset < HOLES_PAGE; offset++)
			if (now[page][offset] != expected[page][offset])
				break;
		if (offset == HOLES_PAGE)
			continue;
		ksft_print_msg("page %u offset %u is %#x, not %#x\n", page, offset,
			       now[page][offset], expected[page][offset]);
		return false;
	}
	return true;
}

static bool nothing_is_left(void)
{
	tsmc_ioreq_destroy(io);
	CHECK(!tsmc_toolstack_destroy(xen, domid));
	munmap(original, 2 * HOLES_ALL * HOLES_PAGE);
	return glue_wait_free(free_before);
}

int main(int argc, char **argv)
{
	static const struct glue_test tests[] = {
		{ "a guest without a kernel is built", guest_is_built },
		{ "the steps run on memory", steps_run_on_memory },
		{ "its pages are parked", pages_are_parked },
		{ "the guest reads the same from holes", guest_runs_over_holes },
		{ "the guest writes the same to holes", memory_is_as_expected },
		{ "no memory is lost", nothing_is_left },
	};

	glue_open();
	if (argc != 2)
		ksft_exit_fail_msg("usage: holes_test GUEST-KERNEL\n");
	kernel = argv[1];
	glue_run(tests, ARRAY_SIZE(tests));
}
