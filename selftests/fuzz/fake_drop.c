// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest that is asked to drop page cache, and may say of any page that it has:
 * what it is asked for, and what becomes of that.
 */
#include <errno.h>
#include <string.h>

#include "fake_host_state.h"
#include "guest_drop.h"

/**
 * struct tsmc_guest_drop - the one that there can be
 * @gfns: the newest portion
 * @dropped: what the guest has said of it
 * @count: pages in it
 * @answered: it has
 * @asked: pages of this portion and of those before it
 * @looks: how often it was asked whether it has answered
 */
struct tsmc_guest_drop {
	uint64_t gfns[TSMC_DROP_MAX];
	bool dropped[TSMC_DROP_MAX];
	unsigned int count;
	bool answered;
	bool asked[HOST_GFNS];
	unsigned int looks;
};

static struct tsmc_guest_drop drop;

static bool is_zero(uint64_t gfn)
{
	static const uint8_t zero[PAGE];

	return !memcmp(host_frame(gfn), zero, PAGE);
}

/* What was dropped is home and zero, and nothing else has changed. */
static void check_portion(void)
{
	for (unsigned int i = 0; drop.answered && i < drop.count; i++)
		MUST(drop.dropped[i] ? host.place[drop.gfns[i]] == HOME && is_zero(drop.gfns[i]) :
				       host_lacks_content(drop.gfns[i]));
}

struct tsmc_guest_drop *tsmc_guest_drop_open(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid)
{
	(void)xen;
	(void)log;
	MUST(domid == HOST_DOMID && host.runs);
	if (!host.drops)
		return NULL;
	host.mapped++;
	drop = (struct tsmc_guest_drop){ 0 };
	return &drop;
}

/* Each page once, and only such as are missing. */
int tsmc_guest_drop_ask(struct tsmc_guest_drop *guest, const uint64_t *gfns, unsigned int count)
{
	MUST(guest == &drop && count && count <= TSMC_DROP_MAX);
	check_portion();
	drop.count = count;
	drop.answered = false;
	for (unsigned int i = 0; i < count; i++) {
		MUST(gfns[i] < HOST_GFNS && host.place[gfns[i]] == PARKED && host_lacks_content(gfns[i]));
		MUST(!drop.asked[gfns[i]]);
		drop.asked[gfns[i]] = true;
		drop.gfns[i] = gfns[i];
	}
	return 0;
}

/* Answers sooner or later. A page that has come meanwhile it has touched: what it says of that is a lie. */
bool tsmc_guest_drop_answered(struct tsmc_guest_drop *guest, bool *dropped)
{
	unsigned int kept = 0;

	MUST(guest == &drop && !drop.answered);
	if (drop.looks++ % 2)
		return false;
	drop.answered = true;
	for (unsigned int i = 0; i < drop.count; i++) {
		dropped[i] = (drop.gfns[i] + drop.looks) % 4 != 0;
		if (!host_lacks_content(drop.gfns[i]))
			continue;
		drop.dropped[kept] = dropped[i];
		drop.gfns[kept++] = drop.gfns[i];
	}
	drop.count = kept;
	return true;
}

void tsmc_guest_drop_close(struct tsmc_guest_drop *guest)
{
	if (!guest)
		return;
	check_portion();
	MUST(guest == &drop && host.mapped--);
}
