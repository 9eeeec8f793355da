// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What agents leave in /run for one another: records, the pages file and claims.
 * Each test has a small file system of its own there.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent_life.h"
#include "carry_over.h"
#include "claim.h"
#include "journal.h"
#include "silent.h"
#include "unit.h"

#define FRAMES	(3 * 64 + 5)
#define IO_LEN	48u

static const struct tsmc_log no_log;

/* Of the glue, whose state it is. */
size_t tsmc_ioreq_state_len(unsigned int nr_vcpus)
{
	return IO_LEN * nr_vcpus;
}

static void fresh(void)
{
	umount2("/run", MNT_DETACH);
	EXPECT(!mount("tmpfs", "/run", "tmpfs", 0, "size=64k"));
}

static struct tsmc_journal record(uint8_t session, enum tsmc_phase phase, const char *name)
{
	struct tsmc_journal journal = { .session = { session }, .phase = phase, .domid = session, .pid = 7 };

	strcpy(journal.name, name);
	return journal;
}

static void put(uint8_t session, enum tsmc_phase phase, const char *name)
{
	struct tsmc_journal journal = record(session, phase, name);

	EXPECT(!tsmc_journal_write(&journal, &no_log));
}

static int count_all(const struct tsmc_journal *journal, void *opaque)
{
	(void)journal;
	++*(int *)opaque;
	return 0;
}

static int records(void)
{
	int nr = 0;

	EXPECT(!tsmc_journal_each(count_all, &nr));
	return nr;
}

/* Takes all room that is left; a file that exists is emptied by its owner before it is written. */
static void fill_up(void)
{
	static const char block[4096];
	int fd = open("/run/ballast", O_WRONLY | O_CREAT, 0600);

	EXPECT(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	EXPECT(errno == ENOSPC);
	close(fd);
}

static void written_and_read(void)
{
	struct tsmc_journal journal, back = record(1, TSMC_PHASE_MOVING, "");

	fresh();
	EXPECT(!records());
	put(1, TSMC_PHASE_MOVING, "guest");
	EXPECT(records() == 1);
	EXPECT(!tsmc_journal_reload(&back));
	EXPECT(!strcmp(back.name, "guest") && back.phase == TSMC_PHASE_MOVING && back.pid == 7);
	journal = back;
	EXPECT(!tsmc_journal_enter(&journal, TSMC_PHASE_GIVEN, &no_log));
	EXPECT(!tsmc_journal_reload(&back) && back.phase == TSMC_PHASE_GIVEN);
	tsmc_journal_remove(&journal);
	EXPECT(!records() && tsmc_journal_reload(&back) == -ENOENT);
}

static void a_guest_from_here(void)
{
	struct tsmc_journal journal = { 0 };

	fresh();
	put(1, TSMC_PHASE_WAITING, "guest");
	put(2, TSMC_PHASE_MOVING, "guest2");
	EXPECT(tsmc_journal_of_source("guest", &journal) == -ENOENT && !journal.domid);
	put(3, TSMC_PHASE_WITHDRAWN, "guest");
	EXPECT(!tsmc_journal_of_source("guest", &journal) && journal.domid == 3);
	EXPECT(records() == 3);
}

static void a_session_of_the_target(void)
{
	const uint8_t source[TSMC_WIRE_SESSION_LEN] = { 1 }, target[TSMC_WIRE_SESSION_LEN] = { 2 };
	struct tsmc_journal journal;

	fresh();
	put(1, TSMC_PHASE_MOVING, "guest");
	put(2, TSMC_PHASE_OWNER, "guest");
	EXPECT(tsmc_journal_of_session(source, &journal) == -ENOENT);
	EXPECT(!tsmc_journal_of_session(target, &journal) && journal.phase == TSMC_PHASE_OWNER);
}

/* Both sides of one migration may be records of one host, and neither is the other's. */
static void both_sides(void)
{
	struct tsmc_journal target = record(1, TSMC_PHASE_OWNER, "guest");
	struct tsmc_journal source = record(1, TSMC_PHASE_GIVEN, "guest");

	fresh();
	put(1, TSMC_PHASE_GIVEN, "guest");
	put(1, TSMC_PHASE_OWNER, "guest");
	EXPECT(records() == 2);
	tsmc_journal_remove(&target);
	EXPECT(records() == 1 && !tsmc_journal_reload(&source) && source.phase == TSMC_PHASE_GIVEN);
}

static void damaged_is_passed_over(void)
{
	fresh();
	put(1, TSMC_PHASE_MOVING, "guest");
	put(2, TSMC_PHASE_MOVING, "guest2");
	EXPECT(!truncate("/run/tsmc/01000000000000000000000000000000.source", 20));
	EXPECT(records() == 1);
}

static void no_room(void)
{
	struct tsmc_journal journal = record(1, TSMC_PHASE_TOLD, "guest"), back = journal;
	struct stat stat_of;

	fresh();
	EXPECT(!tsmc_journal_write(&journal, &no_log));
	fill_up();
	EXPECT(tsmc_journal_enter(&journal, TSMC_PHASE_GIVEN, &no_log) == -ENOSPC);
	EXPECT(journal.phase == TSMC_PHASE_TOLD);
	EXPECT(!tsmc_journal_reload(&back) && back.phase == TSMC_PHASE_TOLD);
	EXPECT(stat("/run/tsmc/01000000000000000000000000000000.source.new", &stat_of) && errno == ENOENT);
}

/* What one process has stored is there for the next. */
static void pages_go_on(void)
{
	const uint8_t session[TSMC_WIRE_SESSION_LEN] = { 5 };
	struct tsmc_carry_over carry, next;

	fresh();
	EXPECT(tsmc_carry_over_open(&next, session) == -ENOENT);
	EXPECT(!tsmc_carry_over_create(&carry, session, FRAMES, 2));
	EXPECT(!((uintptr_t)carry.io % 8) && (char *)carry.io == (char *)carry.missing + 4 * 8);
	EXPECT((char *)carry.io + 2 * IO_LEN == (char *)carry.area + carry.len);
	carry.missing[3] = 0x1f;
	memset(carry.io, 0xa5, 2 * IO_LEN);
	tsmc_carry_over_close(&carry);
	EXPECT(!carry.area);
	EXPECT(!tsmc_carry_over_open(&next, session));
	EXPECT(next.nr_gfns == FRAMES && next.nr_vcpus == 2 && !next.missing[0] && next.missing[3] == 0x1f);
	EXPECT(((uint8_t *)next.io)[0] == 0xa5 && ((uint8_t *)next.io)[2 * IO_LEN - 1] == 0xa5);
	tsmc_carry_over_close(&next);
	tsmc_carry_over_remove(session);
	EXPECT(tsmc_carry_over_open(&next, session) == -ENOENT);
}

static void pages_begin_empty(void)
{
	const uint8_t session[TSMC_WIRE_SESSION_LEN] = { 5 };
	struct tsmc_carry_over carry;

	fresh();
	EXPECT(!tsmc_carry_over_create(&carry, session, FRAMES, 1));
	carry.missing[0] = ~0ULL;
	tsmc_carry_over_close(&carry);
	EXPECT(!tsmc_carry_over_create(&carry, session, FRAMES, 1));
	EXPECT(!carry.missing[0]);
	tsmc_carry_over_close(&carry);
}

/* One that another version wrote, or that is cut short. */
static void pages_not_ours(void)
{
	static const char path[] = "/run/tsmc/05000000000000000000000000000000.pages";
	const uint8_t session[TSMC_WIRE_SESSION_LEN] = { 5 };
	struct tsmc_carry_over carry;
	size_t len;
	int fd;

	fresh();
	EXPECT(!tsmc_carry_over_create(&carry, session, FRAMES, 2));
	len = carry.len;
	tsmc_carry_over_close(&carry);
	for (off_t at = 0; at < 24; at += sizeof(uint32_t)) {
		uint32_t word, wrong;

		fd = open(path, O_RDWR);
		EXPECT(fd >= 0 && pread(fd, &word, sizeof(word), at) == sizeof(word));
		wrong = word + 64;
		EXPECT(pwrite(fd, &wrong, sizeof(wrong), at) == sizeof(wrong));
		EXPECT(tsmc_carry_over_open(&carry, session) == -EPROTO);
		EXPECT(pwrite(fd, &word, sizeof(word), at) == sizeof(word));
		close(fd);
	}
	EXPECT(!tsmc_carry_over_open(&carry, session));
	tsmc_carry_over_close(&carry);
	EXPECT(!truncate(path, len - 8) && tsmc_carry_over_open(&carry, session) == -EPROTO);
	EXPECT(!truncate(path, 8) && tsmc_carry_over_open(&carry, session) == -EPROTO);
}

static void no_room_for_pages(void)
{
	const uint8_t session[TSMC_WIRE_SESSION_LEN] = { 5 };
	struct tsmc_carry_over carry;

	fresh();
	EXPECT(!tsmc_run_dir());
	EXPECT(tsmc_carry_over_create(&carry, session, 8 * 128 * 1024, 1) == -ENOSPC);
	EXPECT(tsmc_carry_over_open(&carry, session) == -ENOENT);
}

/* In another process, which is where it matters: 0 it got the claim, EBUSY it did not. */
static int claim_elsewhere(uint32_t domid)
{
	pid_t child = fork();
	int status;

	EXPECT(child >= 0);
	if (!child)
		_exit(tsmc_claim(domid) < 0 ? EBUSY : 0);
	EXPECT(waitpid(child, &status, 0) == child && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void one_claim_each(void)
{
	int claim;

	fresh();
	claim = tsmc_claim(3);
	EXPECT(claim >= 0 && claim_elsewhere(3) == EBUSY);
	EXPECT(tsmc_claim(3) == -EBUSY);
	EXPECT(!claim_elsewhere(4) && !claim_elsewhere(2) && !claim_elsewhere(TSMC_CLAIM_BUILD));
	close(claim);
	/* The one who had it elsewhere is gone, too. */
	EXPECT(!claim_elsewhere(3) && !claim_elsewhere(3));
}

/* Looking takes nothing, and sees what this process holds and what another one does. */
static void a_claim_is_seen(void)
{
	int claim;

	fresh();
	EXPECT(!tsmc_claimed(3));
	claim = tsmc_claim(3);
	EXPECT(tsmc_claimed(3) && !tsmc_claimed(2) && !tsmc_claimed(4));
	close(claim);
	EXPECT(!tsmc_claimed(3) && !claim_elsewhere(3));
}

static void an_agent_lives(void)
{
	struct tsmc_journal journal = record(3, TSMC_PHASE_MOVING, "guest");
	int claim;

	fresh();
	claim = tsmc_claim(3);
	journal.pid = getpid();
	EXPECT(tsmc_agent_lives(&journal));
	/* Another program has got the number of one that is gone; or it left by itself. */
	journal.pid = getppid();
	EXPECT(!tsmc_agent_lives(&journal));
	journal.pid = 0;
	EXPECT(!tsmc_agent_lives(&journal));
	close(claim);
	journal.pid = getpid();
	EXPECT(!tsmc_agent_lives(&journal));
	/* No domain is built yet that it could claim. */
	journal = record(3, TSMC_PHASE_INCOMING, "guest");
	journal.domid = 0;
	journal.pid = getpid();
	EXPECT(tsmc_agent_lives(&journal));
}

static const struct unit_test tests[] = {
	{ "a record is there until it is removed", written_and_read },
	{ "of records with a guest's name, the source's is found", a_guest_from_here },
	{ "of records of a session, the target's is found", a_session_of_the_target },
	{ "both sides of a migration may have a record on one host", both_sides },
	{ "a damaged record is passed over", damaged_is_passed_over },
	{ "without room the record before stays, and nothing else", no_room },
	{ "the next process finds the pages file as it was left", pages_go_on },
	{ "a new pages file is empty", pages_begin_empty },
	{ "a pages file of another kind is refused", pages_not_ours },
	{ "without room there is no pages file", no_room_for_pages },
	{ "a claim is one process's until it is closed or ends", one_claim_each },
	{ "a claim is seen without being taken", a_claim_is_seen },
	{ "an agent lives as long as its process and its claim", an_agent_lives },
};

int main(void)
{
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		ksft_print_header();
		ksft_exit_skip("no file systems of its own: %s\n", strerror(errno));
	}
	unit_run(tests, sizeof(tests) / sizeof(*tests));
}
