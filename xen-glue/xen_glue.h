/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one door to Xen: mechanisms only, no policy, nothing is ever printed.
 *
 * Frames are guest frame numbers (gfn) in units of 4 KiB. Every function
 * returns 0 or a count on success and a negative errno on failure, after one
 * message to the caller's logger that says what was tried and on what.
 * A handle may be used from several threads unless a function says otherwise.
 */
#ifndef TSMC_XEN_GLUE_H
#define TSMC_XEN_GLUE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef __printf
#define __printf(a, b)				\
	__attribute__((				\
		__format__(__printf__, a, b)))
#endif

#define TSMC_PAGE_SIZE		4096u
#define TSMC_PAGE_SHIFT		12

/* Most frames that one batched call takes (1 MiB of address list, 4 MiB of guest). */
#define TSMC_BATCH_MAX		1024u

enum tsmc_log_level { TSMC_LOG_ERROR, TSMC_LOG_WARN, TSMC_LOG_INFO, TSMC_LOG_DEBUG };

/**
 * struct tsmc_log - where messages go
 * @emit: called with a message without newline; may be called from any thread
 * @opaque: handed to @emit
 */
struct tsmc_log {
	void (*emit)(void *opaque, enum tsmc_log_level level, const char *fmt, va_list args);
	void *opaque;
};

void tsmc_log(const struct tsmc_log *log, enum tsmc_log_level level, const char *fmt, ...)
	__printf(3, 4);

/* ---- domain.c: handles, domain control and state ---- */

struct tsmc_xen;

int tsmc_xen_open(struct tsmc_xen **xen, const struct tsmc_log *log);
void tsmc_xen_close(struct tsmc_xen *xen);
/* From here on memory is mapped, and ioreq servers are made, of this domain alone. */
void tsmc_xen_restrict(struct tsmc_xen *xen, uint32_t domid);

/**
 * struct tsmc_domain_info - what Xen says of a domain
 * @domid: domain number
 * @hvm: has hardware-assisted paging (PVH or HVM); a PV guest has not
 * @paused: paused by the toolstack
 * @shutdown: shut down or suspended
 * @shutdown_reason: SHUTDOWN_* when @shutdown
 * @nr_vcpus: vCPUs, online or not
 * @tot_pages: pages it owns now
 * @max_pages: pages it may own
 */
struct tsmc_domain_info {
	uint32_t domid;
	bool hvm;
	bool paused;
	bool shutdown;
	unsigned int shutdown_reason;
	unsigned int nr_vcpus;
	uint64_t tot_pages;
	uint64_t max_pages;
};

/**
 * struct tsmc_tsc_info - the guest's time-stamp counter
 * @mode: TSC_MODE_*
 * @khz: guest frequency
 * @nsec: guest time, ns
 * @incarnation: times this guest was restored
 */
struct tsmc_tsc_info {
	uint32_t mode;
	uint32_t khz;
	uint64_t nsec;
	uint32_t incarnation;
};

int tsmc_domain_info(struct tsmc_xen *xen, uint32_t domid, struct tsmc_domain_info *info);
/* All guests of this host, malloc'ed, in the order of their numbers; not Dom0, nor what is being destroyed. */
int tsmc_domain_list(struct tsmc_xen *xen, struct tsmc_domain_info **guests, unsigned int *nr);
int tsmc_domain_pause(struct tsmc_xen *xen, uint32_t domid);
int tsmc_domain_unpause(struct tsmc_xen *xen, uint32_t domid);
/* Frames Xen may know for the domain: highest gfn + 1. */
int tsmc_domain_nr_gfns(struct tsmc_xen *xen, uint32_t domid, uint64_t *nr_gfns);
/* populated[i] = 1 when gfn first + i is memory (or a grant/shared-info frame); count <= TSMC_BATCH_MAX. */
int tsmc_domain_populated(struct tsmc_xen *xen, uint32_t domid, uint64_t first,
			  unsigned int count, uint8_t *populated);
/* CPU and device state; *context is malloc'ed. */
int tsmc_domain_get_context(struct tsmc_xen *xen, uint32_t domid, void **context, size_t *len);
int tsmc_domain_set_context(struct tsmc_xen *xen, uint32_t domid, const void *context, size_t len);
int tsmc_domain_get_tsc(struct tsmc_xen *xen, uint32_t domid, struct tsmc_tsc_info *tsc);
int tsmc_domain_set_tsc(struct tsmc_xen *xen, uint32_t domid, const struct tsmc_tsc_info *tsc);

#define TSMC_SPECIAL_MAX 16
/*
 * Frames named by HVM parameters (xenstore ring, console ring, ioreq pages,
 * ...). A restore clears them: their content is never copied. *nr in/out.
 */
int tsmc_domain_special_gfns(struct tsmc_xen *xen, uint32_t domid, uint64_t *gfns, unsigned int *nr);
/* Free memory of this host, in pages. */
int tsmc_host_free_pages(struct tsmc_xen *xen, uint64_t *pages);
int tsmc_host_cpus(struct tsmc_xen *xen, unsigned int *cpus);

/* ---- logdirty.c: which pages change ---- */

struct tsmc_logdirty;

/* Enables log-dirty mode; from the return on every write of the guest is recorded. */
int tsmc_logdirty_start(struct tsmc_xen *xen, uint32_t domid, uint64_t nr_gfns,
			struct tsmc_logdirty **ld);
/* Likewise, but -EBUSY when it is enabled already. */
int tsmc_logdirty_start_alone(struct tsmc_xen *xen, uint32_t domid, uint64_t nr_gfns,
			      struct tsmc_logdirty **ld);
/* Fetches the bitmap (bit g of word g / 64); clean also starts a new record. Returns the number of dirty pages. */
int64_t tsmc_logdirty_clean(struct tsmc_logdirty *ld);
int64_t tsmc_logdirty_peek(struct tsmc_logdirty *ld);
/* The bitmap of the last clean or peek: (nr_gfns + 63) / 64 words, no bit set at nr_gfns or above. */
const uint64_t *tsmc_logdirty_bitmap(const struct tsmc_logdirty *ld);
/* Disables log-dirty mode if the domain still exists, frees everything. NULL is allowed. */
void tsmc_logdirty_stop(struct tsmc_logdirty *ld);
/* Disables log-dirty mode that a process which is gone has enabled. */
void tsmc_logdirty_off(struct tsmc_xen *xen, uint32_t domid);
/* Frees everything, and leaves log-dirty mode to whoever has it now. */
void tsmc_logdirty_leave(struct tsmc_logdirty *ld);

/* ---- grants.c: what backends may write to ---- */

/* Entries of the largest grant table: 64 frames of 512. */
#define TSMC_GRANTS_MAX 32768u
/* Frames granted for writing by a suspended domain; returns how many. */
int tsmc_grants_writable(struct tsmc_xen *xen, uint32_t domid, uint64_t *gfns, unsigned int max);

/* ---- foreign.c: another domain's pages ---- */

/*
 * Maps count frames (<= TSMC_BATCH_MAX) as one area. errs[i] is 0 or a negative
 * errno for frame i, whose page must then not be touched. NULL with errno set
 * when nothing could be mapped.
 */
void *tsmc_foreign_map(struct tsmc_xen *xen, uint32_t domid, bool writable,
		       const uint64_t *gfns, unsigned int count, int *errs);
void tsmc_foreign_unmap(struct tsmc_xen *xen, void *addr, unsigned int count);

/* ---- physmap.c: memory of a domain that is being completed ---- */

/*
 * Populates count frames from first on, in 2 MiB extents where aligned and
 * available, in single pages else. The pages are zero. -ENOMEM when the host has no more.
 */
int tsmc_physmap_populate(struct tsmc_xen *xen, uint32_t domid, uint64_t first, uint64_t count);

/*
 * Park and return (rule 1): a missing page's frame is moved to
 * staging_base + gfn, which leaves a hole; content is written there through
 * a foreign mapping; the frame is moved back in one operation. Neither on a
 * running domain: there, tsmc_ioreq_return().
 * top_gfn: highest RAM frame of the guest + 1.
 */
uint64_t tsmc_physmap_staging_base(uint64_t top_gfn);
int tsmc_physmap_park(struct tsmc_xen *xen, uint32_t domid, uint64_t staging_base,
		      const uint64_t *gfns, unsigned int count);
int tsmc_physmap_return(struct tsmc_xen *xen, uint32_t domid, uint64_t staging_base,
			const uint64_t *gfns, unsigned int count);

/* ---- ioreq.c: accesses to holes ---- */

struct tsmc_ioreq;

/* Frames of one access: string instructions touch two sides. */
#define TSMC_ACCESS_GFNS 8

/**
 * struct tsmc_access - one access of a vCPU to a hole, not yet performed
 * @vcpu: who waits
 * @nr_gfns: used entries of @gfns
 * @gfns: every frame that must be present before the access is performed
 */
struct tsmc_access {
	unsigned int vcpu;
	unsigned int nr_gfns;
	uint64_t gfns[TSMC_ACCESS_GFNS];
};

struct tsmc_gfn_range {
	uint64_t first;
	uint64_t count;
};

/* All calls for one server by one thread at a time. */

/* Claims accesses to the ranges; from the return on a hole in them traps to us. */
int tsmc_ioreq_create(struct tsmc_xen *xen, uint32_t domid, unsigned int nr_vcpus,
		      uint64_t staging_base, const struct tsmc_gfn_range *ranges,
		      unsigned int nr_ranges, void *state, struct tsmc_ioreq **io);
/* Memory for @state, all zero: what another process needs to serve on when this one is gone. */
size_t tsmc_ioreq_state_len(unsigned int nr_vcpus);
/* Whether that memory is of a server that is there still. */
bool tsmc_ioreq_left(const void *state);
/* Serves on for the paused domain from that memory. */
int tsmc_ioreq_adopt(struct tsmc_xen *xen, uint32_t domid, unsigned int nr_vcpus,
		     uint64_t staging_base, void *state, struct tsmc_ioreq **io);
/* Frees, but leaves the server in Xen: for tsmc_ioreq_adopt(). NULL is allowed. */
void tsmc_ioreq_leave(struct tsmc_ioreq *io);
/* Readable when tsmc_ioreq_next() may have something. */
int tsmc_ioreq_fd(const struct tsmc_ioreq *io);
/*
 * Next access that waits, 1; none, 0. Requests that need no page (invalidations)
 * are answered in here.
 */
int tsmc_ioreq_next(struct tsmc_ioreq *io, struct tsmc_access *access);
/*
 * Lets this vCPU go on, which runs its instruction anew. 1 when done; 0 when a frame of
 * the access, whose content is final, has to go home first: try again after tsmc_ioreq_return().
 */
int tsmc_ioreq_complete(struct tsmc_ioreq *io, unsigned int vcpu);
/* tsmc_physmap_return() for the running domain, which stands still meanwhile. */
int tsmc_ioreq_return(struct tsmc_ioreq *io, const uint64_t *gfns, unsigned int count);
/* Ends the server in Xen, as below, and tells whether that was possible. */
int tsmc_ioreq_end(struct tsmc_ioreq *io);
/*
 * Takes the server away. Outstanding requests are answered first; only when
 * no hole is left may it be called on a running domain. NULL is allowed.
 */
void tsmc_ioreq_destroy(struct tsmc_ioreq *io);

/* ---- stream.c: what libxl's restore wants to read ---- */

/*
 * The head of a libxl stream v2 / libxc stream v3 of a running domain: headers,
 * CPU policies, the special frames to allocate, TSC, context and HVM
 * parameters; everything but the memory and the END records. *head is malloc'ed.
 */
int tsmc_stream_head(struct tsmc_xen *xen, uint32_t domid, void **head, size_t *len);
/* The END records that complete it; static storage. */
const void *tsmc_stream_end(size_t *len);

/* ---- toolstack.c: libxl ---- */

/* Accepts a name or a number. -ENOENT when there is none. */
int tsmc_toolstack_find(struct tsmc_xen *xen, const char *name_or_domid, uint32_t *domid);
/* malloc'ed. */
int tsmc_toolstack_name(struct tsmc_xen *xen, uint32_t domid, char **name);
/* The domain's configuration as libxl's JSON, malloc'ed. */
int tsmc_toolstack_config(struct tsmc_xen *xen, uint32_t domid, char **json);
/*
 * Whether the domain of this configuration can be moved by us: 0, or
 * -EOPNOTSUPP with the reason in why (not PVH, a device passed through, ...).
 */
int tsmc_toolstack_check(struct tsmc_xen *xen, const char *json, char *why, size_t why_len);
/* Whether the name is free here, but for the domain of this configuration itself: 0, or -EEXIST. */
int tsmc_toolstack_name_free(struct tsmc_xen *xen, const char *json, const char *name);
/* Memory the configuration needs at a target, in pages, with Xen's overhead. */
int tsmc_toolstack_need_pages(struct tsmc_xen *xen, const char *json, uint64_t *pages);

struct tsmc_build;

/*
 * Starts libxl's restore of a paused domain in a child process. Disks that the
 * target must not hold open while the source runs (anything but phy on a block
 * device) are left out; tsmc_build_attach_disks() adds them at the switchover.
 */
int tsmc_build_start(struct tsmc_xen *xen, const char *json, const char *name, struct tsmc_build **build);
/* Feeds the stream's head and returns the domain number once libxl has read all of it: the domain exists, has no memory yet. */
int tsmc_build_feed(struct tsmc_build *build, const void *head, size_t len, uint32_t *domid);
/* Whether no cache of this host has what a guest of it wrote last. */
bool tsmc_disks_are_direct(struct tsmc_xen *xen, const char *json);
/* Feeds the END records. Memory must be populated. Does not wait. */
int tsmc_build_end(struct tsmc_build *build);
/* 1 when libxl has finished building and plugging, 0 not yet (with wait_ms of 0: only looks), or its failure. */
int tsmc_build_wait(struct tsmc_build *build, unsigned int wait_ms);
int tsmc_build_attach_disks(struct tsmc_build *build);
/* Frees; kills a restore that is still under way. Does not destroy the domain. NULL is allowed. */
void tsmc_build_free(struct tsmc_build *build);

/* Asks the guest to suspend and waits until it has (limit_ms); -ETIMEDOUT, or -EPROTO when it refused. */
int tsmc_toolstack_suspend(struct tsmc_xen *xen, uint32_t domid);
/* 0 if it is not paused, and nobody else has it suspend or shut down; -EBUSY. */
int tsmc_toolstack_may_suspend(struct tsmc_xen *xen, uint32_t domid);
/* Undoes a request to suspend whose asker is gone: the guest runs on, suspended or not yet. */
int tsmc_toolstack_take_back(struct tsmc_xen *xen, uint32_t domid, unsigned int limit_ms);
/* Which domain has a name: 0, -ENOENT, or another negative errno. */
int tsmc_toolstack_holder(struct tsmc_xen *xen, const char *name, uint32_t *domid);
/* Resumes a suspended domain in place (cancelled migration). */
int tsmc_toolstack_resume(struct tsmc_xen *xen, uint32_t domid);
int tsmc_toolstack_rename(struct tsmc_xen *xen, uint32_t domid, const char *from, const char *to);
int tsmc_toolstack_unpause(struct tsmc_xen *xen, uint32_t domid);
int tsmc_toolstack_destroy(struct tsmc_xen *xen, uint32_t domid);

/* ---- death.c: the end of a domain ---- */

/* Waits until it has shut down, other than to suspend: 0 with SHUTDOWN_*; -ESRCH when it is gone. */
int tsmc_death_await(struct tsmc_xen *xen, uint32_t domid, unsigned int *reason);
/* Does what its configuration says then: 0 when nothing is left to wait for, 1 when the guest runs anew. */
int tsmc_death_follow(struct tsmc_xen *xen, uint32_t *domid, unsigned int reason);
/* A new file below /var/log/xen, open for writing. */
int tsmc_death_log(struct tsmc_xen *xen, const char *name);

/* ---- xenstore.c ---- */

/* Paths are below /local/domain/DOMID. *value is malloc'ed. -ENOENT when absent. */
int tsmc_xenstore_read(struct tsmc_xen *xen, uint32_t domid, const char *path, char **value);
int tsmc_xenstore_write(struct tsmc_xen *xen, uint32_t domid, const char *path, const char *value);
int tsmc_xenstore_remove(struct tsmc_xen *xen, uint32_t domid, const char *path);

#endif /* TSMC_XEN_GLUE_H */
