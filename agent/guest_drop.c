// SPDX-License-Identifier: GPL-2.0-or-later
#include "guest_drop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "guest_hints.h"

static_assert(TSMC_DROP_MAX <= TSMC_HINT_DROP_MAX, "a portion fits its page");

/**
 * struct tsmc_guest_drop - the guest's page, mapped
 * @xen: handles
 * @domid: the guest
 * @area: written by us and by the guest, whatever it likes
 * @asked: number of the newest portion
 * @count: pages in it
 */
struct tsmc_guest_drop {
	struct tsmc_xen *xen;
	uint32_t domid;
	struct tsmc_hint_drop *area;
	uint64_t asked;
	unsigned int count;
};

/**
 * tsmc_guest_drop_open - get ready to have page cache dropped
 * @xen: handles; kept
 * @log: where troubles are told
 * @domid: the guest, which runs
 *
 * Return: NULL when it cannot be done, which is no error.
 */
struct tsmc_guest_drop *tsmc_guest_drop_open(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid)
{
	struct tsmc_guest_hints guest;
	struct tsmc_guest_drop *drop;
	char why[256];
	uint64_t gfn;
	int err = 0;

	if (tsmc_guest_hints_open(&guest, xen, log, domid, why, sizeof(why)) ||
	    !(guest.header.features & TSMC_HINT_F_DROP))
		return NULL;
	drop = calloc(1, sizeof(*drop));
	if (!drop)
		return NULL;
	/* No answer that is there already may look like one to us. */
	*drop = (struct tsmc_guest_drop){ .xen = xen, .domid = domid, .asked = tsmc_fresh_number() };
	gfn = guest.header.drop_gfn;
	drop->area = tsmc_foreign_map(xen, domid, true, &gfn, 1, &err);
	if (!drop->area) {
		free(drop);
		return NULL;
	}
	return drop;
}

/**
 * tsmc_guest_drop_ask - ask for a portion of page cache to be dropped
 * @drop: open
 * @gfns: the pages
 * @count: how many, at most TSMC_DROP_MAX
 *
 * Says also that all holes are filled that the portion before has dropped.
 *
 * Return: 0 or negative errno.
 */
int tsmc_guest_drop_ask(struct tsmc_guest_drop *drop, const uint64_t *gfns, unsigned int count)
{
	char number[24];

	drop->count = count < TSMC_DROP_MAX ? count : TSMC_DROP_MAX;
	memcpy(drop->area->pfn, gfns, drop->count * sizeof(*gfns));
	drop->area->count = drop->count;
	/* Pairs with the guest's: what is asked for, before that it is. */
	atomic_thread_fence(memory_order_release);
	__atomic_store_n(&drop->area->asked, ++drop->asked, __ATOMIC_RELAXED);
	atomic_thread_fence(memory_order_seq_cst);
	snprintf(number, sizeof(number), "%" PRIu64, drop->asked);
	return tsmc_xenstore_write(drop->xen, drop->domid, TSMC_XS_DIR "/" TSMC_XS_DROP, number);
}

/**
 * tsmc_guest_drop_answered - has the guest dealt with the portion?
 * @drop: asked
 * @dropped: by place in the portion: the page was dropped; room for TSMC_DROP_MAX
 *
 * Return: true once it has.
 */
bool tsmc_guest_drop_answered(struct tsmc_guest_drop *drop, bool *dropped)
{
	uint64_t words[TSMC_HINT_DROP_BITS / 64];

	if (__atomic_load_n(&drop->area->answered, __ATOMIC_RELAXED) != drop->asked)
		return false;
	atomic_thread_fence(memory_order_acquire);
	memcpy(words, drop->area->dropped, sizeof(words));
	for (unsigned int i = 0; i < drop->count; i++)
		dropped[i] = words[i / 64] >> i % 64 & 1;
	return true;
}

/**
 * tsmc_guest_drop_close - unmap
 * @drop: NULL is allowed
 *
 * The guest keeps what it has dropped last until it hears that the migration is over.
 */
void tsmc_guest_drop_close(struct tsmc_guest_drop *drop)
{
	if (!drop)
		return;
	tsmc_foreign_unmap(drop->xen, drop->area, 1);
	free(drop);
}
