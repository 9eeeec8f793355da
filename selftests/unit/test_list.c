// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the guests of a host are shown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "list_view.h"
#include "unit.h"

static const struct tsmc_listed guests[] = {
	{ .info = { .domid = 3, .hvm = true, .nr_vcpus = 2, .tot_pages = 512 * 256 }, .name = "web1",
	  .movable = true, .hints = true },
	{ .info = { .domid = 14, .hvm = true, .nr_vcpus = 1, .tot_pages = 1024 * 256 + 255 }, .name = "database",
	  .movable = true, .no_hints = "the module tsmc is not loaded in the guest" },
	{ .info = { .domid = 15, .nr_vcpus = 1, .tot_pages = 256, .paused = true }, .name = "old \"pv\"",
	  .why_not = "it is a PV guest", .no_hints = "it is a PV guest" },
};

static char *shown;

static void show(void (*view)(const struct tsmc_listed *, unsigned int, FILE *), const struct tsmc_listed *of,
		 unsigned int nr)
{
	size_t len;
	FILE *out;

	free(shown);
	out = open_memstream(&shown, &len);
	EXPECT(out);
	view(of, nr, out);
	EXPECT(!fclose(out));
}

static void a_table(void)
{
	show(tsmc_list_text, guests, 3);
	EXPECT(!strcmp(shown,
		"NAME        ID  MEM/MIB VCPUS  HINTS  MIGRATION\n"
		"web1         3      512     2  yes    three stages\n"
		"database    14     1024     1  no     precopy only: the module tsmc is not loaded in the guest\n"
		"old \"pv\"    15        1     1  no     no: it is a PV guest\n"));
}

static void an_empty_table(void)
{
	show(tsmc_list_text, NULL, 0);
	EXPECT(!strcmp(shown, "NAME    ID  MEM/MIB VCPUS  HINTS  MIGRATION\n"));
	show(tsmc_list_json, NULL, 0);
	EXPECT(!strcmp(shown, "{\"guests\": []}\n"));
}

static void json(void)
{
	show(tsmc_list_json, guests, 3);
	EXPECT(!strcmp(shown,
		"{\"guests\": [\n"
		"  {\"name\": \"web1\", \"domid\": 3, \"memory_kib\": 524288, \"vcpus\": 2, \"paused\": false, "
		"\"shutdown\": false, \"hints\": true, \"no_hints\": null, \"movable\": true, \"why_not\": null, "
		"\"mode\": \"tsmc\"},\n"
		"  {\"name\": \"database\", \"domid\": 14, \"memory_kib\": 1049596, \"vcpus\": 1, \"paused\": false, "
		"\"shutdown\": false, \"hints\": false, \"no_hints\": \"the module tsmc is not loaded in the guest\", "
		"\"movable\": true, \"why_not\": null, \"mode\": \"precopy\"},\n"
		"  {\"name\": \"old \\\"pv\\\"\", \"domid\": 15, \"memory_kib\": 1024, \"vcpus\": 1, \"paused\": true, "
		"\"shutdown\": false, \"hints\": false, \"no_hints\": \"it is a PV guest\", "
		"\"movable\": false, \"why_not\": \"it is a PV guest\", \"mode\": null}\n"
		"]}\n"));
}

/* One that is read but cannot be moved has its hints told all the same. */
static void hints_and_movable_are_two_things(void)
{
	struct tsmc_listed guest = guests[0];

	guest.movable = false;
	strcpy(guest.why_not, "it is paused");
	show(tsmc_list_text, &guest, 1);
	EXPECT(strstr(shown, " yes    no: it is paused\n"));
	show(tsmc_list_json, &guest, 1);
	EXPECT(strstr(shown, "\"hints\": true, \"no_hints\": null, \"movable\": false, \"why_not\": \"it is paused\", "
		      "\"mode\": null}"));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "guests are shown as a table", a_table },
		{ "none is an empty one", an_empty_table },
		{ "guests are shown as JSON", json },
		{ "hints are told of a guest that cannot be moved", hints_and_movable_are_two_things },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
