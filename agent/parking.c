// SPDX-License-Identifier: GPL-2.0-or-later
#include "parking.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Slots are numbered in 32 bits. */
#define AREAS_MAX	(UINT32_MAX / TSMC_BATCH_MAX)

/**
 * struct area - frames that were mapped together
 * @pages: the mapping
 * @count: how many
 */
struct area {
	char *pages;
	unsigned int count;
};

/**
 * struct tsmc_parking - a mapping stays until the end, also of a frame that went home
 * @xen: handles
 * @log: where troubles are told
 * @domid: the domain
 * @staging: a parked frame G is at @staging + G
 * @parked: frames that are not home
 * @areas: mappings
 * @nr_areas: of them
 * @slots: by gfn, 1 + where it is mapped: area * TSMC_BATCH_MAX + page; 0: nowhere
 */
struct tsmc_parking {
	struct tsmc_xen *xen;
	const struct tsmc_log *log;
	uint32_t domid;
	uint64_t staging;
	struct tsmc_pagemap parked;
	struct area *areas;
	unsigned int nr_areas;
	uint32_t *slots;
};

/**
 * tsmc_parking_new - nothing is parked yet
 * @xen: handles; kept
 * @log: where troubles are told; kept
 * @domid: the domain that comes in
 * @top_gfn: bound of its frames
 * @parking: result
 *
 * Return: 0; -ENOMEM.
 */
int tsmc_parking_new(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid, uint64_t top_gfn,
		     struct tsmc_parking **parking)
{
	struct tsmc_parking *new = calloc(1, sizeof(*new));

	if (!new)
		return -ENOMEM;
	*new = (struct tsmc_parking){ .xen = xen, .log = log, .domid = domid,
				      .staging = tsmc_physmap_staging_base(top_gfn) };
	new->slots = calloc(top_gfn, sizeof(*new->slots));
	if (!new->slots || tsmc_pagemap_init(&new->parked, top_gfn)) {
		tsmc_parking_free(new);
		return -ENOMEM;
	}
	*parking = new;
	return 0;
}

/* The frames are at @offset + gfn now. */
static int map(struct tsmc_parking *parking, uint64_t offset, const uint64_t *gfns, unsigned int count)
{
	uint64_t places[TSMC_BATCH_MAX];
	int errs[TSMC_BATCH_MAX];
	struct area *areas;
	char *pages;
	int rc = 0;

	if (parking->nr_areas == AREAS_MAX)
		return -E2BIG;
	areas = realloc(parking->areas, (parking->nr_areas + 1) * sizeof(*areas));
	if (!areas)
		return -ENOMEM;
	parking->areas = areas;
	for (unsigned int i = 0; i < count; i++)
		places[i] = offset + gfns[i];
	pages = tsmc_foreign_map(parking->xen, parking->domid, true, places, count, errs);
	if (!pages)
		return -errno;
	areas[parking->nr_areas] = (struct area){ pages, count };
	for (unsigned int i = 0; i < count; i++) {
		if (errs[i]) {
			tsmc_log(parking->log, TSMC_LOG_ERROR,
				 "cannot map frame %#" PRIx64 " of domain %u, which is to be missing: %s",
				 gfns[i], parking->domid, strerror(-errs[i]));
			rc = errs[i];
		} else {
			parking->slots[gfns[i]] = 1 + parking->nr_areas * TSMC_BATCH_MAX + i;
		}
	}
	parking->nr_areas++;
	return rc;
}

/* A mapping is of the memory, not of the place: made before the move it serves after it. */
static int add_batch(struct tsmc_parking *parking, const uint64_t *gfns, unsigned int count)
{
	uint64_t unmapped[TSMC_BATCH_MAX];
	unsigned int nr = 0;
	int rc = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (!parking->slots[gfns[i]])
			unmapped[nr++] = gfns[i];
	}
	if (nr)
		rc = map(parking, 0, unmapped, nr);
	if (!rc)
		rc = tsmc_physmap_park(parking->xen, parking->domid, parking->staging, gfns, count);
	for (unsigned int i = 0; !rc && i < count; i++)
		tsmc_pagemap_set(&parking->parked, gfns[i]);
	return rc;
}

/**
 * tsmc_parking_add - make holes of frames
 * @parking: of a domain that has never run
 * @gfns: populated frames below the bound, each once; those that are parked already are passed over
 * @count: how many, at most TSMC_BATCH_MAX
 *
 * Return: 0; -ENOMEM; -E2BIG when the source announced them in too small pieces; another
 * negative errno, logged.
 */
int tsmc_parking_add(struct tsmc_parking *parking, const uint64_t *gfns, unsigned int count)
{
	uint64_t new[TSMC_BATCH_MAX];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (!tsmc_pagemap_test(&parking->parked, gfns[i]))
			new[nr++] = gfns[i];
	}
	return nr ? add_batch(parking, new, nr) : 0;
}

/**
 * struct found - parked frames that are not mapped yet
 * @gfns: mapped together, since a process has room for so many mappings only
 * @nr: how many
 */
struct found {
	uint64_t gfns[TSMC_BATCH_MAX];
	unsigned int nr;
};

static int adopt_found(struct tsmc_parking *parking, struct found *found)
{
	unsigned int nr = found->nr;
	int rc = nr ? map(parking, parking->staging, found->gfns, nr) : 0;

	found->nr = 0;
	for (unsigned int i = 0; !rc && i < nr; i++)
		tsmc_pagemap_set(&parking->parked, found->gfns[i]);
	return rc;
}

/* Of these frames, those that are parked. */
static int look_for_parked(struct tsmc_parking *parking, uint64_t first, unsigned int count, struct found *found)
{
	uint8_t populated[TSMC_BATCH_MAX];
	int rc;

	rc = tsmc_domain_populated(parking->xen, parking->domid, parking->staging + first, count, populated);
	for (unsigned int i = 0; !rc && i < count; i++) {
		if (!populated[i])
			continue;
		found->gfns[found->nr++] = first + i;
		if (found->nr == TSMC_BATCH_MAX)
			rc = adopt_found(parking, found);
	}
	return rc;
}

/**
 * tsmc_parking_adopt - find out what another process has parked
 * @parking: new, of a domain that is paused; the other process is gone
 *
 * Xen tells: a parked frame is one that is populated in staging.
 *
 * Return: as tsmc_parking_add().
 */
int tsmc_parking_adopt(struct tsmc_parking *parking)
{
	uint64_t nr_gfns = parking->parked.nr_gfns;
	struct found found = { .nr = 0 };
	int rc = 0;

	for (uint64_t first = 0; !rc && first < nr_gfns; first += TSMC_BATCH_MAX)
		rc = look_for_parked(parking, first,
				     nr_gfns - first < TSMC_BATCH_MAX ? nr_gfns - first : TSMC_BATCH_MAX, &found);
	return rc ? rc : adopt_found(parking, &found);
}

static int go_home(struct tsmc_parking *parking, const struct tsmc_pagemap *missing)
{
	uint64_t gfns[TSMC_BATCH_MAX], from = 0;
	unsigned int count;
	int rc = 0;

	while (!rc && (count = tsmc_pagemap_take_except(&parking->parked, missing, &from, gfns, TSMC_BATCH_MAX))) {
		rc = tsmc_physmap_return(parking->xen, parking->domid, parking->staging, gfns, count);
		for (unsigned int i = 0; !rc && i < count; i++)
			tsmc_pagemap_clear(&parking->parked, gfns[i]);
	}
	return rc;
}

/**
 * tsmc_parking_settle - what is missing now is known
 * @parking: of a domain that has never run
 * @missing: the frames to be parked
 *
 * Every other frame goes home with the content that it has.
 *
 * Return: as tsmc_parking_add().
 */
int tsmc_parking_settle(struct tsmc_parking *parking, const struct tsmc_pagemap *missing)
{
	uint64_t gfns[TSMC_BATCH_MAX], from = 0;
	unsigned int count;
	int rc;

	rc = go_home(parking, missing);
	while (!rc && (count = tsmc_pagemap_take(missing, &from, gfns, TSMC_BATCH_MAX)))
		rc = tsmc_parking_add(parking, gfns, count);
	return rc;
}

/**
 * tsmc_parking_page - the page of a frame
 * @parking: any
 * @gfn: any number
 *
 * To be written to only while the frame is parked, or before the domain runs (rule 1).
 *
 * Return: its 4096 bytes, or NULL if it was never parked.
 */
void *tsmc_parking_page(const struct tsmc_parking *parking, uint64_t gfn)
{
	uint32_t slot = gfn < parking->parked.nr_gfns ? parking->slots[gfn] : 0;

	if (!slot--)
		return NULL;
	return parking->areas[slot / TSMC_BATCH_MAX].pages + (size_t)(slot % TSMC_BATCH_MAX) * TSMC_PAGE_SIZE;
}

/**
 * tsmc_parking_staging - where parked frames are
 * @parking: any
 *
 * Return: what is added to a frame's number while it is parked.
 */
uint64_t tsmc_parking_staging(const struct tsmc_parking *parking)
{
	return parking->staging;
}

/**
 * tsmc_parking_parked - which frames are parked
 * @parking: new, settled or adopted
 *
 * Frames that tsmc_ioreq_return() has put back since are still among them.
 *
 * Return: valid as long as @parking.
 */
const struct tsmc_pagemap *tsmc_parking_parked(const struct tsmc_parking *parking)
{
	return &parking->parked;
}

/**
 * tsmc_parking_free - unmap
 * @parking: NULL is allowed; frames stay where they are
 */
void tsmc_parking_free(struct tsmc_parking *parking)
{
	if (!parking)
		return;
	for (unsigned int i = 0; i < parking->nr_areas; i++)
		tsmc_foreign_unmap(parking->xen, parking->areas[i].pages, parking->areas[i].count);
	tsmc_pagemap_destroy(&parking->parked);
	free(parking->areas);
	free(parking->slots);
	free(parking);
}
