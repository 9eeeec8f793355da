// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stands for libxl and the rest of the agent behind the target's side.
 */
#include <errno.h>

#include "agent.h"
#include "fake_host.h"
#include "guest_hints.h"
#include "interrupt.h"
#include "memory_limit.h"
#include "recover.h"
#include "tcp.h"
#include "xen_glue.h"

/* One build at a time, of which nothing is known but that it is there. */
static char the_build;
static char build_name[512], domain_name[512];

void tsmc_xen_restrict(struct tsmc_xen *xen, uint32_t domid)
{
	(void)xen;
	MUST(domid == HOST_DOMID);
}

int tsmc_build_start(struct tsmc_xen *xen, const char *json, const char *name, struct tsmc_build **build)
{
	(void)xen;
	MUST(*json && *name && strlen(name) < sizeof(build_name));
	strcpy(build_name, name);
	*build = (struct tsmc_build *)&the_build;
	return 0;
}

int tsmc_build_feed(struct tsmc_build *build, const void *head, size_t len, uint32_t *domid)
{
	(void)build;
	(void)head;
	if (!len)
		return -EPROTO;
	if (host_is_built())
		return -EEXIST;
	host_create();
	strcpy(domain_name, build_name);
	*domid = HOST_DOMID;
	return 0;
}

int tsmc_build_end(struct tsmc_build *build)
{
	(void)build;
	return 0;
}

int tsmc_build_wait(struct tsmc_build *build, unsigned int wait_ms)
{
	(void)build;
	(void)wait_ms;
	return 1;
}

int tsmc_build_attach_disks(struct tsmc_build *build)
{
	(void)build;
	return 0;
}

void tsmc_build_free(struct tsmc_build *build)
{
	(void)build;
}

int tsmc_toolstack_name_free(struct tsmc_xen *xen, const char *json, const char *name)
{
	(void)xen;
	(void)json;
	return strcmp(name, "taken") ? 0 : -EEXIST;
}

int tsmc_toolstack_need_pages(struct tsmc_xen *xen, const char *json, uint64_t *pages)
{
	(void)xen;
	*pages = strlen(json);
	return 0;
}

int tsmc_host_free_pages(struct tsmc_xen *xen, uint64_t *pages)
{
	(void)xen;
	*pages = HOST_GFNS;
	return 0;
}

int tsmc_toolstack_unpause(struct tsmc_xen *xen, uint32_t domid)
{
	(void)xen;
	MUST(domid == HOST_DOMID);
	host_run();
	return 0;
}

int tsmc_toolstack_name(struct tsmc_xen *xen, uint32_t domid, char **name)
{
	(void)xen;
	MUST(domid == HOST_DOMID && host_is_built());
	*name = strdup(domain_name);
	return *name ? 0 : -ENOMEM;
}

int tsmc_toolstack_check(struct tsmc_xen *xen, const char *json, char *why, size_t why_len)
{
	(void)xen;
	if (*json != '!')
		return 0;
	snprintf(why, why_len, "it is of no kind");
	return -EOPNOTSUPP;
}

int tsmc_toolstack_holder(struct tsmc_xen *xen, const char *name, uint32_t *domid)
{
	(void)xen;
	*domid = HOST_DOMID;
	return host_is_built() && !strcmp(name, domain_name) ? 0 : -ENOENT;
}

int tsmc_toolstack_rename(struct tsmc_xen *xen, uint32_t domid, const char *from, const char *to)
{
	(void)xen;
	MUST(domid == HOST_DOMID && *to && !strcmp(from, domain_name) && host_runs());
	strcpy(domain_name, to);
	return 0;
}

int tsmc_toolstack_destroy(struct tsmc_xen *xen, uint32_t domid)
{
	(void)xen;
	MUST(domid == HOST_DOMID);
	host_destroy();
	return 0;
}

int tsmc_domain_info(struct tsmc_xen *xen, uint32_t domid, struct tsmc_domain_info *info)
{
	(void)xen;
	MUST(domid == HOST_DOMID);
	if (!host_is_built())
		return -ESRCH;
	*info = (struct tsmc_domain_info){ .domid = domid, .hvm = true, .paused = !host_runs(),
					   .nr_vcpus = HOST_VCPUS, .max_pages = HOST_GFNS };
	return 0;
}

int tsmc_domain_pause(struct tsmc_xen *xen, uint32_t domid)
{
	(void)xen;
	MUST(domid == HOST_DOMID);
	host_pause();
	return 0;
}

int tsmc_domain_set_context(struct tsmc_xen *xen, uint32_t domid, const void *context, size_t len)
{
	(void)xen;
	MUST(domid == HOST_DOMID && context && len && !host_runs());
	return 0;
}

int tsmc_domain_set_tsc(struct tsmc_xen *xen, uint32_t domid, const struct tsmc_tsc_info *tsc)
{
	(void)xen;
	(void)domid;
	return tsc->mode > 2 ? -EINVAL : 0;
}

void tsmc_guest_hints_forward(struct tsmc_xen *xen, uint32_t domid, uint64_t header_gfn)
{
	(void)xen;
	(void)domid;
	MUST(header_gfn < 1ULL << 40);
}

void tsmc_guest_hints_finish(struct tsmc_xen *xen, uint32_t domid)
{
	(void)xen;
	(void)domid;
}

int tsmc_session_join(struct tsmc_session *session, const struct tsmc_log *log)
{
	struct tsmc_channel *second = host_take_second_channel();

	(void)log;
	MUST(second);
	session->urgent = *second;
	*second = (struct tsmc_channel){ .rfd = -1, .wfd = -1 };
	return 0;
}

void tsmc_interrupt_ignore(void)
{
}

bool tsmc_interrupted(void)
{
	return false;
}

/* The link is no socket. */
bool tsmc_tcp_lost(int fd)
{
	(void)fd;
	return false;
}

/* ---- what only a source needs ---- */

int64_t tsmc_logdirty_peek(struct tsmc_logdirty *ld)
{
	(void)ld;
	abort();
}

const uint64_t *tsmc_logdirty_bitmap(const struct tsmc_logdirty *ld)
{
	(void)ld;
	abort();
}

void tsmc_logdirty_off(struct tsmc_xen *xen, uint32_t domid)
{
	(void)xen;
	(void)domid;
	abort();
}

int tsmc_toolstack_take_back(struct tsmc_xen *xen, uint32_t domid, unsigned int limit_ms)
{
	(void)xen;
	(void)domid;
	(void)limit_ms;
	abort();
}

int tsmc_domain_get_context(struct tsmc_xen *xen, uint32_t domid, void **context, size_t *len)
{
	(void)xen;
	(void)domid;
	(void)context;
	(void)len;
	abort();
}

int tsmc_domain_get_tsc(struct tsmc_xen *xen, uint32_t domid, struct tsmc_tsc_info *tsc)
{
	(void)xen;
	(void)domid;
	(void)tsc;
	abort();
}

enum tsmc_exit tsmc_recover_given(struct tsmc_agent *agent, struct tsmc_journal *journal,
				  struct tsmc_report *report)
{
	(void)agent;
	(void)journal;
	(void)report;
	abort();
}

enum tsmc_exit tsmc_recover_withdrawn(struct tsmc_agent *agent, struct tsmc_journal *journal)
{
	(void)agent;
	(void)journal;
	abort();
}

void tsmc_session_forget(const uint8_t *id)
{
	(void)id;
	abort();
}

/* The limit of an input is libFuzzer's. */
void tsmc_memory_limit(uint64_t bytes, const struct tsmc_log *log)
{
	(void)log;
	MUST(bytes >> 20 < 4096);
}

void tsmc_memory_unlimit(void)
{
}
