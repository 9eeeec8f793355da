// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "guest_hints.h"

static const char *state_name(uint32_t state)
{
	switch (state) {
	case TSMC_HINT_IDLE:
		return "idle";
	case TSMC_HINT_PREPARED:
		return "prepared for a migration";
	case TSMC_HINT_SETTLED:
		return "suspended";
	default:
		return "unknown";
	}
}

static void show_header(const struct tsmc_guest_hints *guest)
{
	const struct tsmc_hint_header *header = &guest->header;

	printf("domain %u: %s, table of %" PRIu64 " pfns, header at gfn %#" PRIx64 "\n", guest->domid,
	       state_name(header->state), (uint64_t)header->nr_pfns, guest->header_gfn);
	printf("scans %" PRIu64 ", migrations %" PRIu64 ", last settling %.3f ms, grants touched %" PRIu64 "\n",
	       (uint64_t)header->generation, (uint64_t)header->epoch, header->settle_ns / 1e6,
	       (uint64_t)header->guard_touches);
	printf("features:%s%s%s\n", header->features & TSMC_HINT_F_FREE ? " free" : "",
	       header->features & TSMC_HINT_F_GUARD ? " grant-guard" : "",
	       header->features & TSMC_HINT_F_HEAT ? " heat" : "");
}

static void show_table(const struct tsmc_hints *hints)
{
	uint64_t count[TSMC_CLASS_NR] = { 0 }, hot[TSMC_CLASS_NR] = { 0 };

	for (uint64_t pfn = 0; pfn < hints->nr_pfns; pfn++) {
		unsigned int class = tsmc_hints_class(hints, pfn);

		count[class]++;
		if (tsmc_hints_heat(hints, pfn) > TSMC_HINT_HEAT_MAX / 2)
			hot[class]++;
	}
	printf("%-10s %12s %12s\n", "class", "pages", "hot");
	for (unsigned int class = 0; class < TSMC_CLASS_NR; class++) {
		if (count[class])
			printf("%-10s %12" PRIu64 " %12" PRIu64 "\n", tsmc_class_name(class), count[class],
			       hot[class]);
	}
}

static int show(struct tsmc_agent *agent, const char *domain)
{
	struct tsmc_guest_hints guest;
	struct tsmc_hints hints;
	char why[256] = "";
	uint32_t domid;
	int rc;

	rc = tsmc_toolstack_find(agent->xen, domain, &domid);
	if (rc)
		return rc;
	rc = tsmc_guest_hints_open(&guest, agent->xen, &agent->log, domid, why, sizeof(why));
	if (!rc)
		rc = tsmc_guest_hints_read(&guest, guest.header.nr_pfns, &hints, why, sizeof(why));
	if (rc) {
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "domain %s: %s", domain, why);
		return rc;
	}
	show_header(&guest);
	show_table(&hints);
	tsmc_hints_destroy(&hints);
	return 0;
}

/**
 * tsmc_cmd_hints - the verb hints: what a guest publishes
 * @agent: without handles yet
 * @argc: arguments from the verb on
 * @argv: likewise
 *
 * Return: enum tsmc_exit.
 */
int tsmc_cmd_hints(struct tsmc_agent *agent, int argc, char **argv)
{
	bool help = argc == 2 && !strcmp(argv[1], "--help");
	int rc;

	if (help || argc != 2) {
		fprintf(help ? stdout : stderr, "usage: tsmc-agent hints DOMAIN\n");
		return help ? TSMC_EXIT_OK : TSMC_EXIT_USAGE;
	}
	rc = tsmc_xen_open(&agent->xen, &agent->log);
	if (!rc)
		rc = show(agent, argv[1]);
	tsmc_xen_close(agent->xen);
	return rc ? TSMC_EXIT_FAILED : TSMC_EXIT_OK;
}
