// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who waits for the end of a guest, on a host that is invented: which guests are refused, that
 * the one who asks is told, and that it goes on with a guest that was started anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "claim.h"
#include "journal.h"
#include "privileges.h"
#include "silent.h"
#include "unit.h"

#define DOMID		7u
#define ENDS_MAX	4
#define LIMIT_S		20

/**
 * struct end - what becomes of the guest
 * @await: what waiting for it brings
 * @reason: why it shut down
 * @follow: what following it brings
 * @domid: of the guest that was started anew
 */
struct end {
	int await;
	unsigned int reason;
	int follow;
	uint32_t domid;
};

/**
 * struct host - shared with the process that waits
 * @found: number of the guest, or negative errno
 * @busy: an agent has it, for so many looks
 * @phase: of a record of it; TSMC_PHASE_NR: there is none
 * @watched: domain that another monitor has
 * @ends: of the guest, one after the other
 * @at: the next of them
 * @awaited: domains that were waited for
 * @claimed: claims on the end of these
 * @nr_claimed: of them
 * @reason: that was followed last
 */
static struct host {
	int found;
	int busy;
	enum tsmc_phase phase;
	uint32_t watched;
	struct end ends[ENDS_MAX];
	unsigned int at;
	uint32_t awaited[ENDS_MAX];
	uint32_t claimed[ENDS_MAX];
	unsigned int nr_claimed;
	unsigned int reason;
} *host;

void tsmc_privileges_drop(const struct tsmc_log *log)
{
	(void)log;
}

int tsmc_xen_open(struct tsmc_xen **xen, const struct tsmc_log *log)
{
	(void)log;
	*xen = NULL;
	return 0;
}

void tsmc_xen_close(struct tsmc_xen *xen)
{
	(void)xen;
}

int tsmc_toolstack_find(struct tsmc_xen *xen, const char *name_or_domid, uint32_t *domid)
{
	(void)xen;
	(void)name_or_domid;
	*domid = host->found;
	return host->found < 0 ? host->found : 0;
}

int tsmc_toolstack_name(struct tsmc_xen *xen, uint32_t domid, char **name)
{
	(void)xen;
	(void)domid;
	*name = strdup("web1");
	return 0;
}

static int descriptor(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

int tsmc_claim(uint32_t domid)
{
	(void)domid;
	return host->busy-- > 0 ? -EBUSY : descriptor();
}

int tsmc_claim_end(uint32_t domid)
{
	if (domid == host->watched)
		return -EBUSY;
	host->claimed[host->nr_claimed++] = domid;
	return descriptor();
}

int tsmc_journal_each(int (*take)(const struct tsmc_journal *journal, void *opaque), void *opaque)
{
	struct tsmc_journal journal = { .domid = DOMID, .phase = host->phase };

	return host->phase == TSMC_PHASE_NR ? 0 : take(&journal, opaque);
}

int tsmc_death_log(struct tsmc_xen *xen, const char *name)
{
	(void)xen;
	return strcmp(name, "web1") ? -EINVAL : descriptor();
}

int tsmc_death_await(struct tsmc_xen *xen, uint32_t domid, unsigned int *reason)
{
	(void)xen;
	host->awaited[host->at] = domid;
	*reason = host->ends[host->at].reason;
	return host->ends[host->at].await;
}

int tsmc_death_follow(struct tsmc_xen *xen, uint32_t *domid, unsigned int reason)
{
	struct end *end = &host->ends[host->at++];

	(void)xen;
	host->reason = reason;
	if (end->domid)
		*domid = end->domid;
	return end->follow;
}

static struct tsmc_agent agent;

/* What the verb returns; the process that waits, if there is one, has ended. */
static int monitor(char *guest)
{
	char *argv[3] = { "monitor", guest };
	int status = tsmc_cmd_monitor(&agent, guest ? 2 : 1, argv);

	alarm(LIMIT_S);
	while (wait(NULL) > 0)
		;
	alarm(0);
	return status;
}

static void usual(void)
{
	*host = (struct host){ .found = DOMID, .phase = TSMC_PHASE_NR, .watched = UINT32_MAX,
			       .ends[0].await = -ESRCH };
}

static void a_guest_that_leaves_is_let_go(void)
{
	usual();
	EXPECT(monitor("web1") == TSMC_EXIT_OK);
	EXPECT(host->nr_claimed == 1 && host->claimed[0] == DOMID && host->awaited[0] == DOMID && !host->at);
}

static void a_guest_that_ends_is_followed_once(void)
{
	usual();
	host->ends[0] = (struct end){ .reason = 3 };
	EXPECT(monitor("web1") == TSMC_EXIT_OK);
	EXPECT(host->at == 1 && host->reason == 3 && host->nr_claimed == 1);
}

static void a_guest_that_is_started_anew_is_waited_for_again(void)
{
	usual();
	host->ends[0] = (struct end){ .reason = 1, .follow = 1, .domid = 9 };
	/* A reset keeps the number, and the claim. */
	host->ends[1] = (struct end){ .reason = 5, .follow = 1 };
	host->ends[2] = (struct end){ .await = -ESRCH };
	EXPECT(monitor("web1") == TSMC_EXIT_OK);
	EXPECT(host->at == 2 && host->awaited[0] == DOMID && host->awaited[1] == 9 && host->awaited[2] == 9);
	EXPECT(host->nr_claimed == 2 && host->claimed[1] == 9);
}

static void a_guest_that_cannot_be_started_ends_it(void)
{
	usual();
	host->ends[0] = (struct end){ .reason = 1, .follow = -EIO, .domid = 9 };
	EXPECT(monitor("web1") == TSMC_EXIT_OK);
	EXPECT(host->at == 1 && host->nr_claimed == 1);
}

static void who_has_the_new_one_keeps_it(void)
{
	usual();
	host->watched = 9;
	host->ends[0] = (struct end){ .reason = 1, .follow = 1, .domid = 9 };
	EXPECT(monitor("web1") == TSMC_EXIT_OK);
	EXPECT(host->at == 1 && host->nr_claimed == 1);
}

static void an_agent_that_is_about_to_end_is_waited_for(void)
{
	usual();
	host->busy = 3;
	EXPECT(monitor("web1") == TSMC_EXIT_OK);
	EXPECT(host->nr_claimed == 1);
}

static bool is_refused(void)
{
	return monitor("web1") == TSMC_EXIT_FAILED && !host->nr_claimed && !host->awaited[0];
}

static void what_has_no_end_or_another_monitor_is_refused(void)
{
	usual();
	host->found = -ENOENT;
	EXPECT(is_refused());
	usual();
	host->found = 0;
	EXPECT(is_refused());
	usual();
	host->watched = DOMID;
	EXPECT(is_refused());
}

static void a_guest_that_is_not_complete_is_refused(void)
{
	usual();
	host->phase = TSMC_PHASE_WAITING;
	EXPECT(is_refused());
	usual();
	host->phase = TSMC_PHASE_MOVING;
	EXPECT(is_refused());
	usual();
	host->phase = TSMC_PHASE_COMPLETE;
	EXPECT(monitor("web1") == TSMC_EXIT_OK);
}

static void an_option_is_no_guest(void)
{
	usual();
	EXPECT(monitor("--now") == TSMC_EXIT_USAGE);
	EXPECT(monitor(NULL) == TSMC_EXIT_USAGE);
	EXPECT(!host->nr_claimed);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a guest that leaves is let go", a_guest_that_leaves_is_let_go },
		{ "a guest that ends is followed once", a_guest_that_ends_is_followed_once },
		{ "a guest that is started anew is waited for again", a_guest_that_is_started_anew_is_waited_for_again },
		{ "a guest that cannot be started ends it", a_guest_that_cannot_be_started_ends_it },
		{ "who has the new one keeps it", who_has_the_new_one_keeps_it },
		{ "an agent that is about to end is waited for", an_agent_that_is_about_to_end_is_waited_for },
		{ "what has no end, or another monitor, is refused", what_has_no_end_or_another_monitor_is_refused },
		{ "a guest that is not complete is refused", a_guest_that_is_not_complete_is_refused },
		{ "an option is no guest", an_option_is_no_guest },
	};

	host = mmap(NULL, sizeof(*host), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (host == MAP_FAILED)
		ksft_exit_fail_msg("no memory to share\n");
	unit_run(tests, ARRAY_SIZE(tests));
}
