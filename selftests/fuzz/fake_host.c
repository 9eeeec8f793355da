// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_host.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent.h"
#include "xen_glue.h"

#define PAGE	TSMC_PAGE_SIZE
#define STAGING	(1ULL << 20)

/* In parked frames until their content comes. */
static const char canary[] = "no content here yet, 9f31c7d4a6e8";

enum place { HOLE, HOME, PARKED };

/**
 * struct host - the guest that comes in
 * @fd: its memory, frame by frame
 * @memory: all of it
 * @place: where a frame is
 * @written: mapped for writing since memory was all zero
 * @seen: content that a running guest has seen at home
 * @second: its urgent channel
 * @built: it exists
 * @runs: its vCPUs do
 * @has_run: they did
 * @guarded: accesses to holes wait
 * @accesses: to be made
 * @waits: a vCPU waits for one
 * @waiting: which
 * @breath: the next question for accesses finds none
 * @refusals: every so often the emulator is busy
 */
static struct {
	int fd;
	uint8_t *memory;
	enum place place[HOST_GFNS];
	bool written[HOST_GFNS];
	uint8_t seen[HOST_GFNS][PAGE];
	struct tsmc_channel *second;
	bool built, runs, has_run, guarded;
	struct fuzz_input accesses;
	bool waits[HOST_VCPUS];
	struct tsmc_access waiting[HOST_VCPUS];
	bool breath;
	unsigned int refusals;
} host = { .fd = -1 };

static uint8_t *frame(uint64_t gfn)
{
	return host.memory + gfn * PAGE;
}

void host_begin(struct fuzz_input accesses)
{
	if (host.fd < 0) {
		host.fd = memfd_create("guest", MFD_CLOEXEC);
		MUST(host.fd >= 0 && !ftruncate(host.fd, HOST_GFNS * PAGE));
		host.memory = mmap(NULL, HOST_GFNS * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, host.fd, 0);
		MUST(host.memory != MAP_FAILED);
	}
	for (uint64_t gfn = 0; gfn < HOST_GFNS; gfn++) {
		if (host.written[gfn])
			memset(frame(gfn), 0, PAGE);
		host.written[gfn] = false;
		host.place[gfn] = HOLE;
	}
	memset(host.waits, 0, sizeof(host.waits));
	host.second = NULL;
	host.built = false;
	host.runs = false;
	host.has_run = false;
	host.guarded = false;
	host.breath = false;
	host.refusals = accesses.left;
	host.accesses = accesses;
}

void host_second_channel(struct tsmc_channel *channel)
{
	host.second = channel;
}

static void show(uint64_t gfn)
{
	memcpy(host.seen[gfn], frame(gfn), PAGE);
}

/* Not by memcmp(), of which the fuzzer would learn the canary. */
static bool lacks_content(uint64_t gfn)
{
	uint8_t differs = 0;

	for (size_t i = 0; i < sizeof(canary); i++)
		differs |= frame(gfn)[i] ^ canary[i];
	return !differs;
}

void host_end(int status)
{
	bool incomplete = false;

	for (uint64_t gfn = 0; gfn < HOST_GFNS; gfn++) {
		/* Rule 1: what a vCPU can see at home is final. */
		if (host.has_run && host.place[gfn] == HOME)
			MUST(!memcmp(host.seen[gfn], frame(gfn), PAGE) && !lacks_content(gfn));
		if (status == TSMC_EXIT_OK)
			MUST(host.place[gfn] != PARKED);
		incomplete |= host.place[gfn] == PARKED && lacks_content(gfn);
	}
	MUST(status == TSMC_EXIT_OK || status == TSMC_EXIT_FAILED || status == TSMC_EXIT_AWAY);
	MUST(status != TSMC_EXIT_OK || (host.runs && !host.guarded));
	/* Before the hand-over nothing is left here, after it the guest is kept. */
	MUST(status != TSMC_EXIT_FAILED || (!host.built && !host.has_run && !host.guarded));
	MUST(status != TSMC_EXIT_AWAY || (host.built && host.has_run));
	/* Once all of it is here it runs, whatever becomes of the link. */
	MUST(!host.has_run || host.runs || incomplete);
}

/* ---- what the toolstack does ---- */

void host_create(void)
{
	MUST(!host.built);
	host.built = true;
}

void host_destroy(void)
{
	MUST(host.built && !host.has_run);
	host.built = false;
}

void host_run(void)
{
	MUST(host.built && !host.has_run);
	for (uint64_t gfn = 0; gfn < HOST_GFNS; gfn++) {
		MUST(host.place[gfn] != PARKED || host.guarded);
		if (host.place[gfn] == HOME)
			show(gfn);
	}
	host.runs = true;
	host.has_run = true;
}

void host_pause(void)
{
	host.runs = false;
}

bool host_runs(void)
{
	return host.runs;
}

struct tsmc_channel *host_take_second_channel(void)
{
	struct tsmc_channel *second = host.second;

	host.second = NULL;
	return second;
}

/* ---- memory ---- */

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
	MUST(!writable || !host.has_run);
	area = mmap(NULL, (size_t)count * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		return NULL;
	for (unsigned int i = 0; i < count; i++) {
		uint64_t number = gfns[i] % STAGING;

		errs[i] = is_mapped(gfns[i]) ? 0 : -EINVAL;
		if (errs[i])
			continue;
		mapped++;
		host.written[number] |= writable;
		MUST(mmap(area + (size_t)i * PAGE, PAGE, prot, MAP_SHARED | MAP_FIXED, host.fd,
			  number * PAGE) != MAP_FAILED);
	}
	if (mapped)
		return area;
	tsmc_foreign_unmap(xen, area, count);
	errno = EINVAL;
	return NULL;
}

void tsmc_foreign_unmap(struct tsmc_xen *xen, void *addr, unsigned int count)
{
	(void)xen;
	MUST(addr && !munmap(addr, (size_t)count * PAGE));
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

int tsmc_ioreq_create(struct tsmc_xen *xen, uint32_t domid, unsigned int nr_vcpus,
		      uint64_t staging_base, const struct tsmc_gfn_range *ranges,
		      unsigned int nr_ranges, struct tsmc_ioreq **io)
{
	(void)xen;
	MUST(domid == HOST_DOMID && nr_vcpus == HOST_VCPUS && staging_base == STAGING && nr_ranges);
	/* Rule 2: every hole is guarded. */
	for (uint64_t gfn = 0; gfn < HOST_GFNS; gfn++) {
		bool claimed = false;

		if (host.place[gfn] != PARKED)
			continue;
		for (unsigned int i = 0; i < nr_ranges; i++)
			claimed |= gfn - ranges[i].first < ranges[i].count;
		MUST(claimed);
		host.written[gfn] = true;
		memcpy(frame(gfn), canary, sizeof(canary));
	}
	host.guarded = true;
	*io = (struct tsmc_ioreq *)&host;
	return 0;
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

int tsmc_ioreq_next(struct tsmc_ioreq *io, struct tsmc_access *access)
{
	struct fuzz_input next = host.accesses;

	(void)io;
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

static bool is_busy(void)
{
	return ++host.refusals % 5 == 0;
}

int tsmc_ioreq_complete(struct tsmc_ioreq *io, unsigned int vcpu)
{
	const struct tsmc_access *access;

	(void)io;
	MUST(vcpu < HOST_VCPUS && host.waits[vcpu] && host.guarded);
	access = &host.waiting[vcpu];
	for (unsigned int i = 0; i < access->nr_gfns; i++)
		MUST(access->gfns[i] >= HOST_GFNS || !lacks_content(access->gfns[i]));
	if (is_busy())
		return 0;
	host.waits[vcpu] = false;
	return 1;
}

int tsmc_ioreq_return(struct tsmc_ioreq *io, const uint64_t *gfns, unsigned int count)
{
	(void)io;
	MUST(host.guarded);
	if (is_busy())
		return 0;
	MUST(!move(gfns, count, PARKED, HOME));
	for (unsigned int i = 0; i < count; i++)
		show(gfns[i]);
	return 1;
}

void tsmc_ioreq_destroy(struct tsmc_ioreq *io)
{
	if (!io)
		return;
	MUST(host.guarded);
	for (uint64_t gfn = 0; host.runs && gfn < HOST_GFNS; gfn++)
		MUST(host.place[gfn] != PARKED);
	host.guarded = false;
}
