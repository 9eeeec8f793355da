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
#define TOP_GFN		0x2000
#define RUN_LIMIT_MS	60000

static const char *kernel;
static uint32_t domid;
static uint64_t base, free_before;
static struct tsmc_ioreq *io;
static unsigned int faults;

/* What the pages hold before the guest runs, and what they must hold after. */
static uint8_t (*original)[HOLES_PAGE], (*expected)[HOLES_PAGE];
static uint64_t expected_value[HOLES_VALUES];
static unsigned int nr_values;
static bool missing[HOLES_PAGES];

static bool guest_is_built(void)
{
	char command[1024];

	CHECK(!tsmc_host_free_pages(xen, &free_before));
	snprintf(command, sizeof(command),
		 "xl create -q -p /dev/null 'name=\"" NAME "\"' 'type=\"pvh\"' 'kernel=\"%s\"' memory=32 vcpus=1 'tsc_mode=\"native\"' 'on_crash=\"preserve\"' >/dev/null",
		 kernel);
	CHECK(!system(command));
	CHECK(!tsmc_toolstack_find(xen, NAME, &domid));
	return true;
}

static bool steps_run_on_memory(void)
{
	size_t size = HOLES_PAGES * HOLES_PAGE;
	unsigned int page, offset;

	original = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(original != MAP_FAILED);
	expected = original + HOLES_PAGES;
	for (page = 0; page < HOLES_PAGES; page++)
		for (offset = 0; offset < HOLES_PAGE; offset++)
			original[page][offset] = holes_byte(page, offset);
	memcpy(expected, original, size);
	nr_values = holes_run(expected[0], expected_value);
	CHECK(nr_values && nr_values <= HOLES_VALUES);
	CHECK(memcmp(expected, original, size));
	return true;
}

/* Copies all pages to (or from) where they stand in the guest. */
static bool transfer(uint8_t (*pages)[HOLES_PAGE], bool write)
{
	uint64_t gfns[HOLES_PAGES];
	int errs[HOLES_PAGES];
	unsigned int page;
	uint8_t *mem;

	for (page = 0; page < HOLES_PAGES; page++)
		gfns[page] = HOLES_PAGES_GFN + page;
	mem = tsmc_foreign_map(xen, domid, write, gfns, HOLES_PAGES, errs);
	CHECK(mem);
	for (page = 0; page < HOLES_PAGES; page++)
		CHECK(!errs[page]);
	if (write)
		memcpy(mem, pages, HOLES_PAGES * HOLES_PAGE);
	else
		memcpy(pages, mem, HOLES_PAGES * HOLES_PAGE);
	tsmc_foreign_unmap(xen, mem, HOLES_PAGES);
	return true;
}

/* A stale copy stays in staging, so that a page that is not filled is seen. */
static bool pages_are_parked(void)
{
	static uint8_t stale[HOLES_PAGES][HOLES_PAGE];
	uint64_t gfns[HOLES_RAM];
	unsigned int page;

	base = tsmc_physmap_staging_base(TOP_GFN);
	memset(stale, 0xaa, sizeof(stale));
	memcpy(stale[HOLES_RAM], original[HOLES_RAM], (HOLES_PAGES - HOLES_RAM) * HOLES_PAGE);
	CHECK(transfer(stale, true));
	for (page = 0; page < HOLES_RAM; page++) {
		gfns[page] = HOLES_PAGES_GFN + page;
		missing[page] = true;
	}
	CHECK(!tsmc_physmap_park(xen, domid, base, gfns, HOLES_RAM));
	return true;
}

static bool resolve(uint64_t gfn)
{
	uint64_t page = gfn - HOLES_PAGES_GFN, staging = base + gfn;
	void *mem;
	int err;

	if (gfn < HOLES_PAGES_GFN || page >= HOLES_PAGES || !missing[page])
		return true;
	mem = tsmc_foreign_map(xen, domid, true, &staging, 1, &err);
	CHECK(mem);
	memcpy(mem, original[page], HOLES_PAGE);
	tsmc_foreign_unmap(xen, mem, 1);
	CHECK(!tsmc_physmap_return(xen, domid, base, &gfn, 1));
	missing[page] = false;
	return true;
}

static bool serve(void)
{
	struct tsmc_access access;
	unsigned int i;
	int r;

	while ((r = tsmc_ioreq_next(io, &access)) == 1) {
		CHECK(access.vcpu == 0 && access.nr_gfns >= 1);
		faults++;
		for (i = 0; i < access.nr_gfns; i++)
			CHECK(resolve(access.gfns[i]));
		CHECK(!tsmc_ioreq_complete(io, access.vcpu));
	}
	CHECK(!r);
	return true;
}

/* Serves until the guest says it is through, or a limit. */
static bool serve_until_done(struct holes_shared *shared)
{
	struct pollfd pfd = { .fd = tsmc_ioreq_fd(io), .events = POLLIN };
	int64_t limit = glue_now_ms() + RUN_LIMIT_MS;

	while (!__atomic_load_n(&shared->nr_values, __ATOMIC_ACQUIRE)) {
		poll(&pfd, 1, 10);
		CHECK(serve());
		if (glue_now_ms() > limit) {
			ksft_print_msg("waited %d s for the guest's end: magic %#lx, %u faults\n",
				       RUN_LIMIT_MS / 1000, shared->magic, faults);
			return false;
		}
	}
	return serve();
}

static bool guest_runs_over_holes(void)
{
	struct tsmc_gfn_range range = { .first = 0, .count = TOP_GFN };
	uint64_t gfn = HOLES_SHARED_GFN;
	struct holes_shared *shared;
	unsigned int i;
	bool ok;
	int err;

	CHECK(!tsmc_ioreq_create(xen, domid, 1, &range, 1, &io));
	shared = tsmc_foreign_map(xen, domid, false, &gfn, 1, &err);
	CHECK(shared);
	CHECK(!tsmc_toolstack_unpause(xen, domid));
	ok = serve_until_done(shared);
	ksft_print_msg("%u accesses were performed\n", faults);
	if (ok && shared->nr_values != nr_values)
		ok = false;
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
	static uint8_t now[HOLES_PAGES][HOLES_PAGE];
	unsigned int page, offset;

	for (page = 0; page < HOLES_PAGES; page++)
		CHECK(resolve(HOLES_PAGES_GFN + page));
	CHECK(!tsmc_domain_pause(xen, domid));
	CHECK(transfer(now, false));
	for (page = 0; page < HOLES_PAGES; page++) {
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
	munmap(original, 2 * HOLES_PAGES * HOLES_PAGE);
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
