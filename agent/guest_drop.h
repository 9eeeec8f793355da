/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has a guest's module drop page cache: see Documentation/hint-abi.md, section 10.
 */
#ifndef TSMC_GUEST_DROP_H
#define TSMC_GUEST_DROP_H

#include "wire_format.h"
#include "xen_glue.h"

/* Most pages in a portion. */
#define TSMC_DROP_MAX	TSMC_WIRE_DROPPED_MAX

struct tsmc_guest_drop;

/* NULL when the guest's module cannot do so, or its memory cannot be mapped. */
struct tsmc_guest_drop *tsmc_guest_drop_open(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid);
/* Asks for a portion; the one before was answered, and is done with. 0 or negative errno. */
int tsmc_guest_drop_ask(struct tsmc_guest_drop *drop, const uint64_t *gfns, unsigned int count);
/*
 * Whether the portion was answered. Then dropped says of each of its pages whether what was in it
 * matters to nobody any more.
 */
bool tsmc_guest_drop_answered(struct tsmc_guest_drop *drop, bool *dropped);
/* NULL is allowed. */
void tsmc_guest_drop_close(struct tsmc_guest_drop *drop);

#endif /* TSMC_GUEST_DROP_H */
