// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A copy of a domain is built beside it, as at a target, and taken away.
 *
 * usage: target_test DOMAIN
 */
#include "glue_test.h"

#include <string.h>
#include <time.h>

#define BUILD_LIMIT_MS	60000
#define NR_PARKED	600

static char copy_name[256];
static uint32_t source, copy;
static uint64_t nr_gfns, tot_pages, top_gfn;
static uint8_t *wanted;
static char *json;
static void *head;
static size_t head_len;
static struct tsmc_build *build;
static uint64_t free_before;

/*
 * The copy must not share a UUID with the domain beside it: libxl keeps
 * /vm/UUID in xenstore and removes it with either.
 */
static bool replace_uuid(void)
{
	char *uuid = strstr(json, "\"uuid\"");
	char *digit;

	uuid = uuid ? strchr(uuid, ':') : NULL;
	uuid = uuid ? strchr(uuid, '"') : NULL;
	if (!uuid)
		return false;
	for (digit = uuid + 1; *digit && *digit != '"'; digit++)
		if (*digit != '-')
			*digit = "0123456789abcdef"[random() & 15];
	return true;
}

/* What the agent does at the source: which frames the copy gets. */
static bool source_is_read(void)
{
	uint64_t special[TSMC_SPECIAL_MAX], gfn;
	unsigned int i, nr = TSMC_SPECIAL_MAX;
	struct tsmc_domain_info info;
	char *name;

	CHECK(!tsmc_domain_info(xen, source, &info));
	tot_pages = info.tot_pages;
	CHECK(!tsmc_toolstack_name(xen, source, &name));
	snprintf(copy_name, sizeof(copy_name), "%s--incoming", name);
	free(name);
	CHECK(!tsmc_toolstack_config(xen, source, &json));
	CHECK(replace_uuid());
	CHECK(!tsmc_domain_nr_gfns(xen, source, &nr_gfns));
	wanted = calloc(nr_gfns, 1);
	CHECK(wanted);
	CHECK(glue_populated(source, nr_gfns, wanted) == (int64_t)tot_pages);
	CHECK(!tsmc_domain_special_gfns(xen, source, special, &nr));
	for (i = 0; i < nr; i++)
		wanted[special[i]] = 0;
	for (gfn = 0; gfn < 1 << 19; gfn++)
		if (gfn < nr_gfns && wanted[gfn])
			top_gfn = gfn + 1;
	CHECK(!tsmc_stream_head(xen, source, &head, &head_len));
	CHECK(!tsmc_host_free_pages(xen, &free_before));
	return true;
}

static bool nothing_is_left(void)
{
	uint32_t domid;

	glue_quiet(true);
	CHECK(tsmc_toolstack_find(xen, copy_name, &domid) == -ENOENT);
	glue_quiet(false);
	return glue_wait_free(free_before);
}

static bool garbage_is_refused(void)
{
	char garbage[4096];
	uint32_t domid;

	memset(garbage, 0x5a, sizeof(garbage));
	CHECK(!tsmc_build_start(xen, json, copy_name, &build));
	glue_quiet(true);
	CHECK(tsmc_build_feed(build, garbage, sizeof(garbage), &domid) < 0);
	tsmc_build_free(build);
	return nothing_is_left();
}

static bool cancelling_leaves_nothing(void)
{
	uint32_t domid;

	CHECK(!tsmc_build_start(xen, json, copy_name, &build));
	tsmc_build_free(build);
	CHECK(nothing_is_left());

	CHECK(!tsmc_build_start(xen, json, copy_name, &build));
	CHECK(!tsmc_build_feed(build, head, head_len, &domid));
	CHECK(!tsmc_build_wait(build, 0));
	CHECK(!tsmc_physmap_populate(xen, domid, 0, 512));
	glue_quiet(true);
	tsmc_build_free(build);
	tsmc_build_free(NULL);
	return nothing_is_left();
}

static bool populate_wanted(void)
{
	uint64_t first, last;

	for (first = 0; first < nr_gfns; first = last) {
		for (last = first; last < nr_gfns && wanted[last] == wanted[first]; last++)
			;
		if (wanted[first])
			CHECK(!tsmc_physmap_populate(xen, copy, first, last - first));
	}
	return true;
}

static bool copy_is_built(void)
{
	struct tsmc_build *second = NULL;
	struct tsmc_domain_info info;
	int64_t start = glue_now_ms();
	int64_t fed, populated;

	CHECK(!tsmc_build_start(xen, json, copy_name, &build));
	CHECK(!tsmc_build_feed(build, head, head_len, &copy));
	fed = glue_now_ms();
	glue_quiet(true);
	CHECK(tsmc_build_start(xen, json, copy_name, &second) == -EEXIST);
	glue_quiet(false);
	CHECK(populate_wanted());
	populated = glue_now_ms();
	CHECK(!tsmc_build_end(build));
	CHECK(tsmc_build_wait(build, BUILD_LIMIT_MS) == 1);
	CHECK(tsmc_build_wait(build, 0) == 1);
	ksft_print_msg("fed %ld ms, populated %ld ms, plugged %ld ms\n", fed - start,
		       populated - fed, glue_now_ms() - populated);
	CHECK(!tsmc_build_attach_disks(build));
	tsmc_build_free(build);

	CHECK(!tsmc_domain_info(xen, copy, &info));
	CHECK(info.hvm && info.paused && !info.shutdown);
	CHECK(info.tot_pages == tot_pages);
	return true;
}

static bool copy_has_the_same_map(void)
{
	uint8_t *here = calloc(nr_gfns, 1), *there = calloc(nr_gfns, 1);
	bool same;

	CHECK(here && there);
	CHECK(glue_populated(copy, nr_gfns, here) == (int64_t)tot_pages);
	CHECK(glue_populated(source, nr_gfns, there) == (int64_t)tot_pages);
	same = !memcmp(here, there, nr_gfns);
	free(here);
	free(there);
	CHECK(same);
	return true;
}

static bool memory_is_zero(void)
{
	static const uint8_t zeroes[TSMC_PAGE_SIZE];
	uint64_t gfns[TSMC_BATCH_MAX], gfn = 0;
	int errs[TSMC_BATCH_MAX];
	unsigned int i, n;
	uint8_t *mem;

	while (gfn < nr_gfns) {
		for (n = 0; n < TSMC_BATCH_MAX && gfn < nr_gfns; gfn++)
			if (wanted[gfn])
				gfns[n++] = gfn;
		if (!n)
			break;
		mem = tsmc_foreign_map(xen, copy, false, gfns, n, errs);
		CHECK(mem);
		for (i = 0; i < n; i++) {
			CHECK(!errs[i]);
			CHECK(!memcmp(mem + i * TSMC_PAGE_SIZE, zeroes, sizeof(zeroes)));
		}
		tsmc_foreign_unmap(xen, mem, n);
	}
	return true;
}

static bool state_is_loaded(void)
{
	struct tsmc_tsc_info tsc, now;
	void *context;
	size_t len;

	CHECK(!tsmc_domain_get_context(xen, source, &context, &len));
	CHECK(!tsmc_domain_set_context(xen, copy, context, len));
	free(context);
	CHECK(!tsmc_domain_get_tsc(xen, source, &tsc));
	CHECK(!tsmc_domain_set_tsc(xen, copy, &tsc));
	CHECK(!tsmc_domain_get_tsc(xen, copy, &now));
	CHECK(now.mode == tsc.mode && now.khz == tsc.khz && now.incarnation == tsc.incarnation + 1);
	return true;
}

/* Writes a word that tells the page and the round into each page, or checks it. */
static bool stamp(const uint64_t *gfns, uint64_t base, uint64_t round, bool check)
{
	uint64_t at[NR_PARKED];
	int errs[NR_PARKED];
	unsigned int i;
	uint64_t *mem;

	for (i = 0; i < NR_PARKED; i++)
		at[i] = base + gfns[i];
	mem = tsmc_foreign_map(xen, copy, !check, at, NR_PARKED, errs);
	CHECK(mem);
	for (i = 0; i < NR_PARKED; i++) {
		uint64_t *word = mem + i * (TSMC_PAGE_SIZE / 8) + i % 512;

		CHECK(!errs[i]);
		CHECK(!check || *word == (gfns[i] << 8 | round));
		if (!check)
			*word = gfns[i] << 8 | round;
	}
	tsmc_foreign_unmap(xen, mem, NR_PARKED);
	return true;
}

static bool holes(const uint64_t *gfns, bool expected)
{
	unsigned int i;
	uint8_t there;

	for (i = 0; i < NR_PARKED; i++) {
		CHECK(!tsmc_domain_populated(xen, copy, gfns[i], 1, &there));
		CHECK(there == !expected);
	}
	return true;
}

static bool pages_park_and_return(void)
{
	uint64_t base = tsmc_physmap_staging_base(top_gfn);
	uint64_t gfns[NR_PARKED], before, after, gfn, hole;
	unsigned int n = 0;

	CHECK(base >= 1 << 20 && base >= top_gfn && !(base & ((1 << 18) - 1)));
	for (gfn = 100; n < NR_PARKED; gfn += 17)
		if (wanted[gfn])
			gfns[n++] = gfn;
	for (hole = 0; wanted[hole]; hole++)
		;
	CHECK(!tsmc_host_free_pages(xen, &before));
	CHECK(stamp(gfns, 0, 1, false));
	CHECK(!tsmc_physmap_park(xen, copy, base, gfns, NR_PARKED));
	CHECK(holes(gfns, true));
	CHECK(stamp(gfns, base, 1, true));
	CHECK(stamp(gfns, base, 2, false));
	CHECK(!tsmc_physmap_return(xen, copy, base, gfns, NR_PARKED));
	CHECK(holes(gfns, false));
	CHECK(stamp(gfns, 0, 2, true));

	/* A batch with a frame that is not there changes nothing. */
	gfn = gfns[NR_PARKED / 2];
	gfns[NR_PARKED / 2] = hole;
	glue_quiet(true);
	CHECK(tsmc_physmap_park(xen, copy, base, gfns, NR_PARKED) < 0);
	CHECK(tsmc_physmap_return(xen, copy, base, gfns, 1) < 0);
	gfns[NR_PARKED / 2] = gfn;
	CHECK(holes(gfns, false));
	CHECK(stamp(gfns, 0, 2, true));
	CHECK(!tsmc_host_free_pages(xen, &after));
	CHECK(before == after);
	return true;
}

static bool fault_server_comes_and_goes(void)
{
	struct tsmc_gfn_range ranges[] = { { 0, top_gfn }, { 0, 1 } };
	uint64_t before, after, base = tsmc_physmap_staging_base(top_gfn);
	struct tsmc_domain_info info;
	struct tsmc_access access;
	struct tsmc_ioreq *io;
	int i;

	CHECK(!tsmc_domain_info(xen, copy, &info));
	CHECK(!tsmc_host_free_pages(xen, &before));
	for (i = 0; i < 3; i++) {
		CHECK(!tsmc_ioreq_create(xen, copy, info.nr_vcpus, base, ranges, 1, glue_io_state(), &io));
		CHECK(tsmc_ioreq_fd(io) >= 0);
		CHECK(!tsmc_ioreq_next(io, &access));
		glue_quiet(true);
		CHECK(tsmc_ioreq_complete(io, 0) == -EINVAL);
		glue_quiet(false);
		tsmc_ioreq_destroy(io);
	}
	glue_quiet(true);
	CHECK(tsmc_ioreq_create(xen, copy, info.nr_vcpus, base, ranges, 2, glue_io_state(), &io) == -EEXIST);
	CHECK(tsmc_ioreq_create(xen, copy, 129, base, ranges, 1, glue_io_state(), &io) == -EINVAL);
	tsmc_ioreq_destroy(NULL);
	CHECK(!tsmc_host_free_pages(xen, &after));
	CHECK(before == after);
	return true;
}

static bool copy_is_renamed_and_destroyed(void)
{
	struct tsmc_domain_info info;

	CHECK(!tsmc_toolstack_rename(xen, copy, copy_name, "glue-test--renamed"));
	CHECK(!tsmc_toolstack_rename(xen, copy, "glue-test--renamed", copy_name));
	CHECK(!tsmc_toolstack_destroy(xen, copy));
	CHECK(nothing_is_left());
	CHECK(!tsmc_domain_info(xen, source, &info));
	CHECK(!info.shutdown && info.tot_pages == tot_pages);
	return true;
}

int main(int argc, char **argv)
{
	static const struct glue_test tests[] = {
		{ "the source is read", source_is_read },
		{ "a corrupt stream fails and leaves nothing", garbage_is_refused },
		{ "a cancelled build leaves nothing", cancelling_leaves_nothing },
		{ "a copy is built", copy_is_built },
		{ "the copy has the map of its source", copy_has_the_same_map },
		{ "its memory is zero", memory_is_zero },
		{ "CPU state and TSC are loaded", state_is_loaded },
		{ "pages are parked and return with new content", pages_park_and_return },
		{ "the fault server comes and goes", fault_server_comes_and_goes },
		{ "the copy is destroyed and no memory is lost", copy_is_renamed_and_destroyed },
	};

	glue_open();
	if (argc != 2)
		ksft_exit_fail_msg("usage: target_test DOMAIN\n");
	srandom(time(NULL));
	if (tsmc_toolstack_find(xen, argv[1], &source))
		ksft_exit_fail_msg("no domain %s\n", argv[1]);
	glue_run(tests, ARRAY_SIZE(tests));
}
