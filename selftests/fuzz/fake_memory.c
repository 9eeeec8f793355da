// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's memory, and accesses to holes in it.
 */
#include "fake_host_state.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* In parked frames until their content comes. */
static const char canary[] = "no content here yet, 9f31c7d4a6e8";

/* What a server of accesses leaves to the next agent. */
struct left {
	uint64_t created;
	uint64_t vcpus[HOST_VCPUS];
};

void host_clear_memory(void)
{
	if (host.fd < 0) {
		host.fd = memfd_create("guest", MFD_CLOEXEC);
		MUST(host.fd >= 0 && !ftruncate(host.fd, HOST_GFNS * PAGE));
		host.memory = mmap(NULL, HOST_GFNS * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, host.fd, 0);
		MUST(host.memory != MAP_FAILED);
	}
	for (uint64_t gfn = 0; gfn < HOST_GFNS; gfn++) {
		if (host.written[gfn])
			memset(host_frame(gfn), 0, PAGE);
		host.written[gfn] = false;
		host.place[gfn] = HOLE;
		host.known[gfn] = false;
	}
}

void host_mark_lacking(uint64_t gfn)
{
	host.written[gfn] = true;
	memcpy(host_frame(gfn), canary, sizeof(canary));
}

/* Not by memcmp(), of which the fuzzer would learn the canary. */
bool host_lacks_content(uint64_t gfn)
{
	uint8_t differs = 0;

	for (size_t i = 0; i < sizeof(canary); i++)
		differs |= host_frame(gfn)[i] ^ canary[i];
	return !differs;
}

/* Rule 1: what a vCPU has looked at changes only as the guest writes to it. */
void host_look(uint64_t gfn)
{
	MUST(!host_lacks_content(gfn));
	MUST(!host.known[gfn] || !memcmp(host.seen[gfn], host_frame(gfn), PAGE));
	host.known[gfn] = true;
	memcpy(host.seen[gfn], host_frame(gfn), PAGE);
}

/* The guest looks at a frame and then changes it. */
void host_use(uint64_t gfn)
{
	uint32_t *last = (uint32_t *)(host_frame(gfn) + PAGE) - 1;

	host_look(gfn);
	*last = ++host.writes;
	host.written[gfn] = true;
	memcpy(host.seen[gfn], host_frame(gfn), PAGE);
}

/* Frames without content, and whether there are parked ones at all. */
unsigned int host_count_missing(bool *parked)
{
	unsigned int count = 0;

	*parked = false;
	for (uint64_t gfn = 0; gfn < HOST_GFNS; gfn++) {
		*parked |= host.place[gfn] == PARKED;
		count += host.place[gfn] == PARKED && host_lacks_content(gfn);
	}
	return count;
}

static bool is_mapped(uint64_t gfn)
{
	return gfn < HOST_GFNS ? host.place[gfn] == HOME :
	       gfn - STAGING < HOST_GFNS && host.place[gfn - STAGING] == PARKED;
}

/* As Xen does: the frames themselves, so that one that moves later is still reached. */
void *tsmc_foreign_map(struct tsmc_xen *xen, uint32_t domid, bool writable,
		       const uint64_t *gfns, unsigned int count, int *errs)
{
	int prot = PROT_READ | (writable ? PROT_WRITE : 0);
	unsigned int mapped = 0;
	uint8_t *area;

	(void)xen;
	MUST(count && count <= TSMC_BATCH_MAX && domid == HOST_DOMID && host.built);
	MUST(!writable || !host.runs);
	area = mmap(NULL, (size_t)count * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		return NULL;
	for (unsigned int i = 0; i < count; i++) {
		uint64_t number = gfns[i] % STAGING;

		errs[i] = is_mapped(gfns[i]) ? 0 : -EINVAL;
		if (errs[i])
			continue;
		/* What the guest may have written to is the guest's alone. */
		MUST(!writable || !host.has_run || gfns[i] >= STAGING);
		mapped++;
		host.written[number] |= writable;
		MUST(mmap(area + (size_t)i * PAGE, PAGE, prot, MAP_SHARED | MAP_FIXED, host.fd,
			  number * PAGE) != MAP_FAILED);
	}
	host.mapped++;
	if (mapped)
		return area;
	tsmc_foreign_unmap(xen, area, count);
	errno = EINVAL;
	return NULL;
}

void tsmc_foreign_unmap(struct tsmc_xen *xen, void *addr, unsigned int count)
{
	(void)xen;
	MUST(addr && host.mapped-- && !munmap(addr, (size_t)count * PAGE));
}

int tsmc_physmap_populate(struct tsmc_xen *xen, uint32_t domid, uint64_t first, uint64_t count)
{
	(void)xen;
	MUST(count && domid == HOST_DOMID);
	if (first >= HOST_GFNS || count > HOST_GFNS - first)
		return -ENOMEM;
	for (uint64_t gfn = first; gfn < first + count; gfn++) {
		MUST(host.place[gfn] == HOLE);
		host.place[gfn] = HOME;
	}
	return 0;
}

int tsmc_domain_populated(struct tsmc_xen *xen, uint32_t domid, uint64_t first,
			  unsigned int count, uint8_t *populated)
{
	(void)xen;
	MUST(count && count <= TSMC_BATCH_MAX && domid == HOST_DOMID && host.built);
	for (unsigned int i = 0; i < count; i++)
		populated[i] = is_mapped(first + i);
	return 0;
}

uint64_t tsmc_physmap_staging_base(uint64_t top_gfn)
{
	(void)top_gfn;
	return STAGING;
}

static int move(const uint64_t *gfns, unsigned int count, enum place from, enum place to)
{
	MUST(count && count <= TSMC_BATCH_MAX);
	for (unsigned int i = 0; i < count; i++) {
		if (gfns[i] < HOST_GFNS && host.place[gfns[i]] == from) {
			host.place[gfns[i]] = to;
			continue;
		}
		while (i--)
			host.place[gfns[i]] = from;
		return -ENOENT;
	}
	return 0;
}

int tsmc_physmap_park(struct tsmc_xen *xen, uint32_t domid, uint64_t staging_base,
		      const uint64_t *gfns, unsigned int count)
{
	(void)xen;
	MUST(!host.has_run && domid == HOST_DOMID && staging_base == STAGING);
	return move(gfns, count, HOME, PARKED);
}

int tsmc_physmap_return(struct tsmc_xen *xen, uint32_t domid, uint64_t staging_base,
			const uint64_t *gfns, unsigned int count)
{
	(void)xen;
	MUST(!host.has_run && domid == HOST_DOMID && staging_base == STAGING);
	return move(gfns, count, PARKED, HOME);
}

/* ---- accesses to holes ---- */

size_t tsmc_ioreq_state_len(unsigned int nr_vcpus)
{
	MUST(nr_vcpus == HOST_VCPUS);
	return sizeof(struct left);
}

int tsmc_ioreq_create(struct tsmc_xen *xen, uint32_t domid, unsigned int nr_vcpus,
		      uint64_t staging_base, const struct tsmc_gfn_range *ranges,
		      unsigned int nr_ranges, void *state, struct tsmc_ioreq **io)
{
	struct left *left = state;

	(void)xen;
	MUST(domid == HOST_DOMID && nr_vcpus == HOST_VCPUS && staging_base == STAGING && nr_ranges);
	MUST(!host.guarded && !host.attached && !left->created && !((uintptr_t)state % 8));
	/* Rule 2: every hole is guarded. */
	for (uint64_t gfn = 0; gfn < HOST_GFNS; gfn++) {
		bool claimed = false;

		if (host.place[gfn] != PARKED)
			continue;
		for (unsigned int i = 0; i < nr_ranges; i++)
			claimed |= gfn - ranges[i].first < ranges[i].count;
		MUST(claimed);
		host_mark_lacking(gfn);
	}
	left->created = 1;
	host.guarded = true;
	host.attached = true;
	*io = (struct tsmc_ioreq *)left;
	return 0;
}

bool tsmc_ioreq_left(const void *state)
{
	return ((const struct left *)state)->created;
}

/* Who waits is heard of once more. */
int tsmc_ioreq_adopt(struct tsmc_xen *xen, uint32_t domid, unsigned int nr_vcpus,
		     uint64_t staging_base, void *state, struct tsmc_ioreq **io)
{
	struct left *left = state;

	(void)xen;
	MUST(domid == HOST_DOMID && nr_vcpus == HOST_VCPUS && staging_base == STAGING);
	MUST(left->created && host.guarded && !host.attached && !host.runs);
	memcpy(host.again, host.waits, sizeof(host.again));
	host.attached = true;
	*io = (struct tsmc_ioreq *)left;
	return 0;
}

void tsmc_ioreq_leave(struct tsmc_ioreq *io)
{
	if (!io)
		return;
	MUST(host.guarded && host.attached && !host.runs && tsmc_ioreq_left(io));
	host.attached = false;
}

int tsmc_ioreq_fd(const struct tsmc_ioreq *io)
{
	(void)io;
	return -1;
}

static void describe(struct tsmc_access *access, struct fuzz_input input)
{
	uint8_t what = fuzz_int(&input, 1), first = fuzz_int(&input, 1), distance = fuzz_int(&input, 1);

	*access = (struct tsmc_access){ .vcpu = what % HOST_VCPUS,
					.nr_gfns = 1 + what / 2 % TSMC_ACCESS_GFNS };
	for (unsigned int i = 0; i < access->nr_gfns; i++)
		access->gfns[i] = first + (uint64_t)i * distance;
}

/* A guest that runs writes to what it has. */
static void go_on(void)
{
	uint64_t gfn = host.writes % HOST_GFNS;

	if (host.place[gfn] == HOME)
		host_use(gfn);
	else
		host.writes++;
}

static bool take_again(struct tsmc_access *access)
{
	for (unsigned int vcpu = 0; vcpu < HOST_VCPUS; vcpu++) {
		if (!host.again[vcpu])
			continue;
		host.again[vcpu] = false;
		*access = host.waiting[vcpu];
		return true;
	}
	return false;
}

int tsmc_ioreq_next(struct tsmc_ioreq *io, struct tsmc_access *access)
{
	struct fuzz_input next = host.accesses;

	MUST(host.attached && tsmc_ioreq_left(io));
	if (host.runs)
		go_on();
	if (take_again(access))
		return 1;
	host.breath = !host.breath;
	if (host.breath || !host.runs || next.left < HOST_ACCESS_BYTES)
		return 0;
	describe(access, next);
	if (host.waits[access->vcpu])
		return 0;
	fuzz_part(&host.accesses, HOST_ACCESS_BYTES);
	host.waits[access->vcpu] = true;
	host.waiting[access->vcpu] = *access;
	return 1;
}

static void perform(unsigned int vcpu)
{
	const struct tsmc_access *access = &host.waiting[vcpu];

	for (unsigned int i = 0; i < access->nr_gfns; i++) {
		if (access->gfns[i] < HOST_GFNS && host.place[access->gfns[i]] != HOLE)
			host_use(access->gfns[i]);
	}
	host.waits[vcpu] = false;
}

int tsmc_ioreq_complete(struct tsmc_ioreq *io, unsigned int vcpu)
{
	const struct tsmc_access *access;

	MUST(vcpu < HOST_VCPUS && host.waits[vcpu] && !host.again[vcpu]);
	MUST(host.guarded && host.attached && tsmc_ioreq_left(io));
	access = &host.waiting[vcpu];
	for (unsigned int i = 0; i < access->nr_gfns; i++)
		MUST(access->gfns[i] >= HOST_GFNS || !host_lacks_content(access->gfns[i]));
	for (unsigned int i = 0; i < access->nr_gfns; i++)
		if (access->gfns[i] < HOST_GFNS && host.place[access->gfns[i]] == PARKED)
			return 0;
	perform(vcpu);
	return 1;
}

int tsmc_ioreq_return(struct tsmc_ioreq *io, const uint64_t *gfns, unsigned int count)
{
	MUST(io && host.guarded && host.attached && tsmc_ioreq_left(io));
	MUST(!move(gfns, count, PARKED, HOME));
	for (unsigned int i = 0; i < count; i++)
		host_look(gfns[i]);
	return 0;
}

/* Who waits still has all that it needs. */
int tsmc_ioreq_end(struct tsmc_ioreq *io)
{
	bool parked;

	if (!io || !tsmc_ioreq_left(io))
		return 0;
	MUST(host.guarded && host.attached && tsmc_ioreq_left(io));
	host_count_missing(&parked);
	MUST(!host.has_run || !parked);
	for (unsigned int vcpu = 0; vcpu < HOST_VCPUS; vcpu++) {
		if (host.waits[vcpu])
			perform(vcpu);
	}
	((struct left *)io)->created = 0;
	host.guarded = false;
	host.attached = false;
	return 0;
}

void tsmc_ioreq_destroy(struct tsmc_ioreq *io)
{
	tsmc_ioreq_end(io);
}
