/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fake host knows. For fake_host.c and fake_memory.c alone.
 */
#ifndef TSMC_FAKE_HOST_STATE_H
#define TSMC_FAKE_HOST_STATE_H

#include "fake_host.h"
#include "journal.h"
#include "xen_glue.h"

#define PAGE	TSMC_PAGE_SIZE
#define STAGING	(1ULL << 20)

enum place { HOLE, HOME, PARKED };

/**
 * struct host - the guest that comes in, and the session that is at it
 * @fd: its memory, frame by frame
 * @memory: all of it
 * @place: where a frame is
 * @written: mapped for writing since memory was all zero
 * @known: the guest has looked at it, and nobody else may change it any more
 * @seen: its content then
 * @id: names the session
 * @second: its urgent channel
 * @was_built: the guest was here when it began
 * @phase_before: of the guest's record then
 * @says_ready: it has said READY, or is about to
 * @ran: it has let the guest run
 * @go, @error, @done, @withdrawn, @resumed: what the source has said in it
 * @built: the guest exists
 * @owner: the session that built it
 * @ready: a source has been told that it is prepared
 * @runs: its vCPUs do
 * @has_run: they did
 * @guarded: accesses to holes wait
 * @attached: an agent serves them
 * @vanished: somebody has destroyed one with a record
 * @mapped: areas that an agent has mapped
 * @accesses: to be made
 * @waits: a vCPU waits for one
 * @again: which no agent has been told since the one before
 * @waiting: which
 * @breath: the next question for accesses finds none
 * @writes: how often the guest has written
 * @drops: its module drops page cache
 */
struct host {
	int fd;
	uint8_t *memory;
	enum place place[HOST_GFNS];
	bool written[HOST_GFNS], known[HOST_GFNS];
	uint8_t seen[HOST_GFNS][PAGE];
	uint8_t id[TSMC_WIRE_SESSION_LEN];
	struct tsmc_channel *second;
	bool was_built;
	enum tsmc_phase phase_before;
	bool says_ready, ran, go, error, done, withdrawn, resumed;
	bool built;
	uint8_t owner[TSMC_WIRE_SESSION_LEN];
	bool ready, runs, has_run, guarded, attached, vanished;
	unsigned int mapped;
	struct fuzz_input accesses;
	bool waits[HOST_VCPUS], again[HOST_VCPUS];
	struct tsmc_access waiting[HOST_VCPUS];
	bool breath;
	unsigned int writes;
	bool drops;
};

extern struct host host;

static inline uint8_t *host_frame(uint64_t gfn)
{
	return host.memory + gfn * PAGE;
}

/* Memory of its own, all zero, none of it the guest's yet. */
void host_clear_memory(void);
/* No content has come into a parked frame. */
void host_mark_lacking(uint64_t gfn);
bool host_lacks_content(uint64_t gfn);
/* A vCPU looks at a frame: what it sees is final. */
void host_look(uint64_t gfn);
/* Likewise, and then it changes it. */
void host_use(uint64_t gfn);
/* Frames without content, and whether there are parked ones at all. */
unsigned int host_count_missing(bool *parked);

#endif /* TSMC_FAKE_HOST_STATE_H */
