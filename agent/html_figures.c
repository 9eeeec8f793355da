// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of all figures.
 */
#include "html.h"

enum unit { SECONDS, MILLISECONDS, MIB, COUNT };

/**
 * struct figure - one row
 * @name: of it
 * @part: of the row above
 * @rare: left out when it is 0
 * @unit: of what @get gives: ns, bytes or a count
 * @get: the figure
 */
struct figure {
	const char *name;
	bool part, rare;
	enum unit unit;
	uint64_t (*get)(const struct tsmc_report *report);
};

#define GETTER(name, value) \
	static uint64_t get_##name(const struct tsmc_report *report) { return value; }

static uint64_t sum(const uint64_t counts[TSMC_STAGES][TSMC_CLASS_NR])
{
	uint64_t all = 0;

	for (unsigned int stage = 1; stage < TSMC_STAGES; stage++)
		for (unsigned int class = 0; class < TSMC_CLASS_NR; class++)
			all += counts[stage][class];
	return all;
}

GETTER(total, report->ended - report->started)
GETTER(readiness, report->suspend - report->started)
GETTER(downtime, report->running - report->suspend)
GETTER(suspend, report->suspended - report->suspend)
GETTER(switch, report->target.switch_ns)
GETTER(recovery, report->ended - report->running)
GETTER(residue, report->safe ? report->safe - report->running : 0)
GETTER(sent, report->bytes_sent)
GETTER(memory, report->ram_pages * 4096)
GETTER(free, report->free_pages)
GETTER(pages, sum(report->pages.data))
GETTER(markers, sum(report->pages.zero))
GETTER(rounds, report->rounds)
GETTER(missing, report->missing_pages)
GETTER(pushed, report->target.pages_pushed)
GETTER(demanded, report->target.pages_demanded)
GETTER(dropped, report->dropped_pages)
GETTER(faults, report->target.faults)
GETTER(local, report->target.faults_local)
GETTER(wait, report->target.fault_wait_ns)
GETTER(mean, report->target.faults ? report->target.fault_wait_ns / report->target.faults : 0)
GETTER(longest, report->target.fault_wait_max_ns)
GETTER(packed, report->pages.pack.bytes_in)
GETTER(became, report->pages.pack.bytes_out)

static const struct figure figures[] = {
	{ "Total migration", false, false, SECONDS, get_total },
	{ "Readiness: start to suspend", true, false, SECONDS, get_readiness },
	{ "Downtime: suspend to resume", true, false, SECONDS, get_downtime },
	{ "Recovery: resume to the last page", true, false, SECONDS, get_recovery },
	{ "The guest took to suspend", false, false, SECONDS, get_suspend },
	{ "Switchover at the target", false, false, SECONDS, get_switch },
	{ "Resume to nothing missing but clean page cache", false, true, SECONDS, get_residue },
	{ "Sent over the link", false, false, MIB, get_sent },
	{ "Packed by compression", false, true, MIB, get_packed },
	{ "what it became", true, true, MIB, get_became },
	{ "Memory of the guest", false, false, MIB, get_memory },
	{ "Pages free when stage one began", false, false, COUNT, get_free },
	{ "Pages sent with their content", false, false, COUNT, get_pages },
	{ "Pages of which a marker was sent", false, false, COUNT, get_markers },
	{ "Passes over memory before the suspend", false, false, COUNT, get_rounds },
	{ "Pages missing at the resume", false, false, COUNT, get_missing },
	{ "pushed", true, false, COUNT, get_pushed },
	{ "demanded, with their neighbours", true, false, COUNT, get_demanded },
	{ "dropped by the guest", true, true, COUNT, get_dropped },
	{ "Demand faults", false, false, COUNT, get_faults },
	{ "whose page had just arrived", true, false, COUNT, get_local },
	{ "Waits of vCPUs for pages, in all", false, false, SECONDS, get_wait },
	{ "on average", true, false, MILLISECONDS, get_mean },
	{ "at most", true, false, MILLISECONDS, get_longest },
};

static void value(FILE *out, enum unit unit, uint64_t number)
{
	static const double divisors[] = { [SECONDS] = 1e9, [MILLISECONDS] = 1e6, [MIB] = 1048576 };
	static const char *const units[] = { [SECONDS] = "s", [MILLISECONDS] = "ms", [MIB] = "MiB" };

	if (unit == COUNT) {
		tsmc_html_count(out, number);
		return;
	}
	tsmc_html_digits(out, number / divisors[unit]);
	fprintf(out, " %s", units[unit]);
}

static void row(const struct tsmc_html *html, const struct figure *figure)
{
	uint64_t first = figure->get(html->runs[0]);

	if (figure->rare && !first && !figure->get(html->runs[html->nr - 1]))
		return;
	fprintf(html->out, "<tr%s><th scope=\"row\">%s</th>", figure->part ? " class=\"part\"" : "", figure->name);
	for (unsigned int i = 0; i < html->nr; i++) {
		fputs("<td>", html->out);
		value(html->out, figure->unit, figure->get(html->runs[i]));
		fputs("</td>", html->out);
	}
	if (html->nr > 1 && first)
		fprintf(html->out, "<td>%.2f</td>", (double)figure->get(html->runs[1]) / first);
	else if (html->nr > 1)
		fputs("<td>&ndash;</td>", html->out);
	fputs("</tr>\n", html->out);
}

/**
 * tsmc_html_figures - all figures, and of two runs the ratio
 * @html: page
 */
void tsmc_html_figures(const struct tsmc_html *html)
{
	fputs("<section id=\"figures\">\n<h2>All figures</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th></th>", html->out);
	for (unsigned int i = 0; i < html->nr; i++) {
		fputs("<th scope=\"col\">", html->out);
		if (html->nr > 1)
			tsmc_html_badge(html, i);
		else
			fputs("measured", html->out);
		fputs("</th>", html->out);
	}
	fprintf(html->out, "%s</tr></thead>\n<tbody>\n", html->nr > 1 ? "<th scope=\"col\">B / A</th>" : "");
	for (unsigned int i = 0; i < sizeof(figures) / sizeof(*figures); i++)
		row(html, &figures[i]);
	fputs("</tbody></table></div>\n</section>\n", html->out);
}
