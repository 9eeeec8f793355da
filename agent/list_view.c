// SPDX-License-Identifier: GPL-2.0-or-later
#include "list_view.h"

#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "mode.h"
#include "plain_text.h"

/* A page is 4 KiB. */
#define KIB_A_PAGE	4
#define PAGES_A_MIB	256

static int name_width(const struct tsmc_listed *guests, unsigned int nr)
{
	size_t width = strlen("NAME");

	for (unsigned int i = 0; i < nr; i++) {
		size_t len = strlen(guests[i].name);

		width = len > width ? len : width;
	}
	return (int)width;
}

static void text_line(const struct tsmc_listed *guest, int width, FILE *out)
{
	int len = tsmc_plain_text(guest->name, out);

	fprintf(out, "%*s %5u %8" PRIu64 " %5u  %-5s  ", width - len, "", guest->info.domid,
		guest->info.tot_pages / PAGES_A_MIB, guest->info.nr_vcpus, guest->hints ? "yes" : "no");
	if (!guest->movable)
		fprintf(out, "no: %s\n", guest->why_not);
	else if (guest->hints)
		fprintf(out, "three stages\n");
	else
		fprintf(out, "precopy only: %s\n", guest->no_hints);
}

/**
 * tsmc_list_text - guests for people
 * @guests: to be shown in this order
 * @nr: how many; none is told by the head of the table alone
 * @out: where to
 */
void tsmc_list_text(const struct tsmc_listed *guests, unsigned int nr, FILE *out)
{
	int width = name_width(guests, nr);

	fprintf(out, "%-*s %5s %8s %5s  %-5s  %s\n", width, "NAME", "ID", "MEM/MIB", "VCPUS", "HINTS", "MIGRATION");
	for (unsigned int i = 0; i < nr; i++)
		text_line(&guests[i], width, out);
}

static void json_reason(const char *key, bool there, const char *reason, FILE *out)
{
	fprintf(out, ", \"%s\": ", key);
	if (there)
		tsmc_json_string(reason, out);
	else
		fprintf(out, "null");
}

static const char *yes_no(bool yes)
{
	return yes ? "true" : "false";
}

static void json_guest(const struct tsmc_listed *guest, FILE *out)
{
	const char *mode = tsmc_mode_name(guest->hints ? TSMC_MODE_THREE_STAGE : TSMC_MODE_PRECOPY);

	fprintf(out, "{\"name\": ");
	tsmc_json_string(guest->name, out);
	fprintf(out, ", \"domid\": %u, \"memory_kib\": %" PRIu64 ", \"vcpus\": %u, \"paused\": %s, \"shutdown\": %s",
		guest->info.domid, guest->info.tot_pages * KIB_A_PAGE, guest->info.nr_vcpus,
		yes_no(guest->info.paused), yes_no(guest->info.shutdown));
	fprintf(out, ", \"hints\": %s", yes_no(guest->hints));
	json_reason("no_hints", !guest->hints, guest->no_hints, out);
	fprintf(out, ", \"movable\": %s", yes_no(guest->movable));
	json_reason("why_not", !guest->movable, guest->why_not, out);
	json_reason("mode", guest->movable, mode, out);
	fputc('}', out);
}

/**
 * tsmc_list_json - guests for programs
 * @guests: to be shown in this order
 * @nr: how many
 * @out: where to
 */
void tsmc_list_json(const struct tsmc_listed *guests, unsigned int nr, FILE *out)
{
	fprintf(out, "{\"guests\": [");
	for (unsigned int i = 0; i < nr; i++) {
		fprintf(out, "%s\n  ", i ? "," : "");
		json_guest(&guests[i], out);
	}
	fprintf(out, "%s]}\n", nr ? "\n" : "");
}
