// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is asked of a domain at the source: it goes on as it was.
 *
 * usage: source_test DOMAIN
 */
#include "glue_test.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>

#define XEN_DIR	"/usr/lib/xen-4.17"
#define VERIFY	XEN_DIR "/bin/verify-stream-v2"
#define STREAM	"/tmp/tsmc-source-test.stream"
#define NO_DOMAIN	32000

static const char *domain;
static struct tsmc_domain_info info;
static uint64_t special[TSMC_SPECIAL_MAX];
static unsigned int nr_special = TSMC_SPECIAL_MAX;
static uint8_t *populated;
static uint64_t nr_gfns;
static char *json;

static bool is_found(void)
{
	char number[16], *name = NULL;
	uint32_t domid;

	CHECK(!tsmc_toolstack_find(xen, domain, &domid));
	CHECK(!tsmc_toolstack_name(xen, domid, &name));
	CHECK(!strcmp(name, domain));
	free(name);
	snprintf(number, sizeof(number), "%u", domid);
	CHECK(!tsmc_toolstack_find(xen, number, &info.domid));
	CHECK(info.domid == domid);
	glue_quiet(true);
	CHECK(tsmc_toolstack_find(xen, "no such domain", &domid) == -ENOENT);
	CHECK(tsmc_toolstack_find(xen, "32000", &domid) == -ENOENT);
	return true;
}

static bool is_described(void)
{
	struct tsmc_domain_info none;

	CHECK(!tsmc_domain_info(xen, info.domid, &info));
	CHECK(info.hvm && !info.shutdown);
	CHECK(info.nr_vcpus >= 1 && info.tot_pages && info.tot_pages <= info.max_pages);
	glue_quiet(true);
	CHECK(tsmc_domain_info(xen, 32000, &none) == -ESRCH);
	return true;
}

/* Xen counts each page that a guest owns; the map must show every one of them. */
static bool map_is_complete(void)
{
	unsigned int i;
	int64_t count;

	CHECK(!tsmc_domain_nr_gfns(xen, info.domid, &nr_gfns));
	populated = calloc(nr_gfns, 1);
	CHECK(populated);
	count = glue_populated(info.domid, nr_gfns, populated);
	ksft_print_msg("%ld of %lu frames populated, domain owns %lu pages\n", count, nr_gfns,
		       info.tot_pages);
	CHECK(count == (int64_t)info.tot_pages);

	CHECK(!tsmc_domain_special_gfns(xen, info.domid, special, &nr_special));
	CHECK(nr_special >= 4);
	for (i = 0; i < nr_special; i++)
		CHECK(special[i] < nr_gfns && populated[special[i]]);
	return true;
}

static bool maps_mark_holes(void)
{
	uint64_t gfns[3], hole;
	int errs[3];
	void *addr;

	/* Just below the special frames there is nothing, not even Xen's own pages. */
	for (hole = special[0]; hole && populated[hole]; hole--)
		;
	CHECK(hole);
	gfns[0] = special[0];
	gfns[1] = hole;
	gfns[2] = special[1];
	addr = tsmc_foreign_map(xen, info.domid, false, gfns, 3, errs);
	CHECK(addr);
	CHECK(!errs[0] && errs[1] < 0 && !errs[2]);
	tsmc_foreign_unmap(xen, addr, 3);
	CHECK(!tsmc_foreign_map(xen, info.domid, false, &hole, 1, errs));
	return true;
}

static bool changes_are_recorded(void)
{
	struct tsmc_logdirty *first, *again;
	const uint64_t *bitmap;
	int64_t dirty, limit;
	uint64_t gfn;

	CHECK(!tsmc_logdirty_start(xen, info.domid, nr_gfns, &first));
	glue_quiet(true);
	CHECK(!tsmc_logdirty_start(xen, info.domid, nr_gfns, &again));
	glue_quiet(false);

	/* An idle guest writes at each tick of its clock. */
	limit = glue_now_ms() + 10000;
	do {
		dirty = tsmc_logdirty_peek(again);
		CHECK(dirty >= 0);
		if (!dirty)
			poll(NULL, 0, 10);
	} while (!dirty && !info.paused && glue_now_ms() < limit);
	CHECK(dirty > 0 || info.paused);

	CHECK(!tsmc_domain_pause(xen, info.domid));
	dirty = tsmc_logdirty_clean(again);
	bitmap = tsmc_logdirty_bitmap(again);
	for (gfn = 0; gfn < (nr_gfns + 63) / 64 * 64; gfn++)
		if (bitmap[gfn / 64] >> gfn % 64 & 1)
			CHECK(gfn < nr_gfns && dirty-- > 0);
	CHECK(!dirty);
	CHECK(tsmc_logdirty_clean(again) == 0);
	CHECK(!tsmc_domain_unpause(xen, info.domid));
	tsmc_logdirty_stop(again);
	tsmc_logdirty_stop(first);
	tsmc_logdirty_stop(NULL);
	return true;
}

static bool config_is_accepted(void)
{
	uint64_t pages;
	char why[256];

	CHECK(!tsmc_toolstack_config(xen, info.domid, &json));
	CHECK(!tsmc_toolstack_check(xen, json, why, sizeof(why)));
	CHECK(!tsmc_toolstack_need_pages(xen, json, &pages));
	ksft_print_msg("a target needs %lu pages\n", pages);
	CHECK(pages >= info.tot_pages && pages < 2 * info.tot_pages + 65536);
	return true;
}

/* Whether a configuration is refused for a reason that has the word in it. */
static bool refused(const char *text, const char *word)
{
	char why[256];

	CHECK(tsmc_toolstack_check(xen, text, why, sizeof(why)) == -EOPNOTSUPP);
	ksft_print_msg("cannot be moved: %s\n", why);
	CHECK(strstr(why, word));
	return true;
}

static bool others_are_refused(void)
{
	char why[256], *text;
	bool ok;

	CHECK(refused("{\"c_info\":{\"type\":\"pv\"},\"b_info\":{\"type.pv\":{}}}", "shadow"));
	CHECK(refused("{\"c_info\":{\"type\":\"hvm\"},\"b_info\":{\"type.hvm\":{}}}", "HVM"));
	CHECK(asprintf(&text, "{\"pcidevs\":[{\"bus\":3}],%s", strchr(json, '{') + 1) > 0);
	ok = refused(text, "PCI");
	free(text);
	CHECK(ok);
	glue_quiet(true);
	CHECK(tsmc_toolstack_check(xen, "{ nonsense", why, sizeof(why)) == -EINVAL);
	return true;
}

/* Xen's own checker reads what we wrote. */
static bool stream_is_valid(void)
{
	const void *end;
	size_t len, end_len;
	void *head;
	int fd;

	CHECK(!tsmc_stream_head(xen, info.domid, &head, &len));
	end = tsmc_stream_end(&end_len);
	ksft_print_msg("stream: %zu bytes and %zu\n", len, end_len);
	if (access(VERIFY, X_OK)) {
		ksft_print_msg("no " VERIFY ", not verified\n");
		free(head);
		return true;
	}
	fd = open(STREAM, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0);
	CHECK(write(fd, head, len) == (ssize_t)len);
	CHECK(write(fd, end, end_len) == (ssize_t)end_len);
	close(fd);
	free(head);
	CHECK(!system("PYTHONPATH=" XEN_DIR "/lib/python " VERIFY " -f libxl -i " STREAM));
	unlink(STREAM);
	return true;
}

static bool xenstore_works(void)
{
	char *value;

	CHECK(tsmc_xenstore_read(xen, info.domid, "data/glue-test", &value) == -ENOENT);
	CHECK(tsmc_xenstore_write(xen, NO_DOMAIN, "data/glue-test", "42") == -ENOENT);
	CHECK(tsmc_xenstore_read(xen, NO_DOMAIN, "data/glue-test", &value) == -ENOENT);
	CHECK(!tsmc_xenstore_write(xen, info.domid, "data/glue-test", "42"));
	CHECK(!tsmc_xenstore_read(xen, info.domid, "data/glue-test", &value));
	CHECK(!strcmp(value, "42"));
	free(value);
	CHECK(!tsmc_xenstore_remove(xen, info.domid, "data/glue-test"));
	CHECK(!tsmc_xenstore_remove(xen, info.domid, "data/glue-test"));
	CHECK(tsmc_xenstore_read(xen, info.domid, "data/glue-test", &value) == -ENOENT);
	return true;
}

static bool suspend_can_be_cancelled(void)
{
	struct tsmc_domain_info now;
	void *context;
	size_t len;

	if (info.paused)
		return true;
	CHECK(!tsmc_toolstack_suspend(xen, info.domid));
	CHECK(!tsmc_domain_info(xen, info.domid, &now));
	CHECK(now.shutdown);
	CHECK(!tsmc_domain_get_context(xen, info.domid, &context, &len));
	free(context);
	CHECK(!tsmc_toolstack_resume(xen, info.domid));
	CHECK(!tsmc_domain_info(xen, info.domid, &now));
	CHECK(!now.shutdown && !now.paused);
	CHECK(now.tot_pages == info.tot_pages);
	return true;
}

int main(int argc, char **argv)
{
	static const struct glue_test tests[] = {
		{ "a domain is found by name and by number", is_found },
		{ "a domain is described", is_described },
		{ "the map shows every page the domain owns", map_is_complete },
		{ "foreign mappings tell holes from pages", maps_mark_holes },
		{ "changes are recorded, also after a crashed recorder", changes_are_recorded },
		{ "the configuration is accepted", config_is_accepted },
		{ "what cannot be moved is refused with a reason", others_are_refused },
		{ "the restore stream is valid", stream_is_valid },
		{ "xenstore is written and read", xenstore_works },
		{ "a suspended guest resumes in place", suspend_can_be_cancelled },
	};

	glue_open();
	if (argc != 2)
		ksft_exit_fail_msg("usage: source_test DOMAIN\n");
	domain = argv[1];
	glue_run(tests, ARRAY_SIZE(tests));
}
