/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host that takes one guest in: stands for Xen, libxl and the session behind the
 * target's side of a migration, and holds that to the rules that keep memory correct.
 * It outlives the agent: what one session leaves another finds.
 */
#ifndef TSMC_FAKE_HOST_H
#define TSMC_FAKE_HOST_H

#include "fuzz.h"
#include "session.h"

/* Frames that the guest may have, and vCPUs. */
#define HOST_GFNS	96u
#define HOST_VCPUS	2u
#define HOST_DOMID	7u

/* An access of a vCPU to holes: vCPU and number of frames (1 byte), the first frame (1), the distance (1). */
#define HOST_ACCESS_BYTES	3u

/* A host with nothing on it; the accesses are made once the guest runs, whose module drops page cache or not. */
void host_begin(struct fuzz_input accesses, bool drops);
/* A new agent; the second channel for when it asks for it. */
void host_session(const uint8_t *id, struct tsmc_channel *second);
/* What must hold at the end of a session, however it came; status is an enum tsmc_exit. */
void host_end(int status);
/* What the agent hears of the source, and is about to tell it. */
void host_heard(const struct tsmc_record *record);
void host_tells(unsigned int type, const void *payload);

/* For fake_toolstack.c: the domain comes to be, runs, does not. */
void host_create(void);
void host_destroy(void);
void host_run(void);
void host_pause(void);
/* Somebody destroys it while no agent is there. */
void host_vanish(void);
bool host_runs(void);
bool host_is_built(void);
struct tsmc_channel *host_take_second_channel(void);

/* For fake_records.c: whose the guest is, and what was said. */
bool host_is_of(const uint8_t *session);
bool host_is_guarded(void);
bool host_heard_done(void);

#endif /* TSMC_FAKE_HOST_H */
