// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A source that sends garbage: the whole of the target's side, with both channels
 * made of the input, twice: what the first session leaves the second finds, which goes
 * on with it, or tries something else. Whatever comes, the rules that keep memory correct
 * hold of what is here, and who owns the guest is what is written down.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fake_host.h"
#include "fake_records.h"
#include "stand_ins.h"
#include "target.h"

#define ACCESSES_MAX 64u

/* What the second session is: its bulk channel begins with a sound RESUME, for which verdict; how it is named. */
#define HOW_RESUMES	(1u << 0)
#define HOW_WITHDRAWN	(1u << 1)
#define HOW_SAME_NAME	(1u << 2)
/* The guest is destroyed between the sessions; one record cannot be written, or can it? */
#define HOW_VANISHES	(1u << 3)
#define HOW_FAILS_AFTER	(1u << 4)
/* The guest's module drops page cache. */
#define HOW_DROPS	(1u << 5)

static const uint8_t first_id[TSMC_WIRE_SESSION_LEN] = "first session..";
static const uint8_t second_id[TSMC_WIRE_SESSION_LEN] = "second session.";

int __wrap_tsmc_wire_reader_advance(struct tsmc_wire_reader *reader, size_t len, struct tsmc_record *record)
{
	int rc = __real_tsmc_wire_reader_advance(reader, len, record);

	if (rc == 1)
		host_heard(record);
	return rc;
}

int __wrap_tsmc_channel_send_one(struct tsmc_channel *channel, unsigned int type, const void *payload,
				 size_t len)
{
	host_tells(type, payload);
	return __real_tsmc_channel_send_one(channel, type, payload, len);
}

/**
 * struct end - the other end of a channel
 * @fd: ours
 * @said: what it says and we have not read; then it closes
 */
struct end {
	int fd;
	struct fuzz_input said;
};

/* The second channel is silent until the first has said so much. */
static struct end bulk, urgent;
static size_t silence;

/* Nobody closes while the other channel has something to say. */
static bool is_ready(int fd)
{
	bool bulk_ready = bulk.said.left != 0, urgent_ready = urgent.said.left && bulk.said.left <= silence;

	if (!bulk_ready && !urgent_ready)
		return true;
	return fd == bulk.fd ? bulk_ready : urgent_ready;
}

/* Passes by as the agent waits in vain, and a little whenever it asks. */
static uint64_t now_ms;

int fuzz_poll(struct pollfd *fds, nfds_t nr, int timeout_ms)
{
	int ready = 0;

	for (nfds_t i = 0; i < nr; i++) {
		bool open = fds[i].fd >= 0 && (!(fds[i].events & POLLIN) || is_ready(fds[i].fd));

		fds[i].revents = open ? fds[i].events : 0;
		ready += open;
	}
	MUST(ready || timeout_ms >= 0);
	now_ms += ready ? 1 : 1 + timeout_ms;
	return ready;
}

int fuzz_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	*now = (struct timespec){ now_ms / 1000, now_ms % 1000 * 1000000 };
	return 0;
}

int fuzz_nanosleep(const struct timespec *duration, struct timespec *left)
{
	(void)left;
	now_ms += 1 + duration->tv_sec * 1000 + duration->tv_nsec / 1000000;
	return 0;
}

ssize_t fuzz_read(int fd, void *to, size_t len)
{
	struct end *end = fd == bulk.fd ? &bulk : &urgent;
	struct fuzz_input part;

	MUST(fd == end->fd);
	if (!is_ready(fd)) {
		errno = EAGAIN;
		return -1;
	}
	part = fuzz_part(&end->said, len);
	if (part.left)
		memcpy(to, part.bytes, part.left);
	return part.left;
}

/* What is sent there is lost. */
static void open_channel(struct tsmc_channel *channel, const char *name, struct end *end,
			 struct fuzz_input said)
{
	static const struct tsmc_log log;
	static int null = -1;

	if (null < 0)
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
	*end = (struct end){ dup(null), said };
	MUST(!tsmc_channel_adopt(channel, name, end->fd, dup(null), &log));
}

/* One agent, from its first record to its end. */
static void run_session(const uint8_t *id, struct fuzz_input bulk_says, struct fuzz_input urgent_says,
			size_t silent_until)
{
	struct tsmc_session session = { 0 };
	struct tsmc_agent agent = { 0 };
	struct tsmc_channel channel;

	silence = silent_until;
	memcpy(session.id, id, sizeof(session.id));
	open_channel(&channel, "urgent", &urgent, urgent_says);
	open_channel(&session.bulk, "bulk", &bulk, bulk_says);
	host_session(id, &channel);
	host_end(tsmc_target_receive(&agent, &session));
	tsmc_channel_close(&session.bulk);
	tsmc_channel_close(&session.urgent);
	tsmc_channel_close(&channel);
}

/* A sound RESUME of the first session, then the rest of what is said. */
static struct fuzz_input put_resume(struct fuzz_input rest, enum tsmc_verdict verdict, uint8_t *bytes)
{
	const struct tsmc_wire_header header = { .type = TSMC_REC_RESUME, .length = sizeof(struct tsmc_wire_resume) };
	struct tsmc_wire_resume resume = { .verdict = verdict };

	memcpy(resume.session, first_id, sizeof(resume.session));
	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), &resume, sizeof(resume));
	if (rest.left)
		memcpy(bytes + sizeof(header) + sizeof(resume), rest.bytes, rest.left);
	return (struct fuzz_input){ bytes, sizeof(header) + sizeof(resume) + rest.left };
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static uint8_t resumed[UINT16_MAX + sizeof(struct tsmc_wire_header) + sizeof(struct tsmc_wire_resume)];
	struct fuzz_input input = { bytes, size }, accesses, first_urgent, second_urgent, second_bulk;
	size_t first_length = fuzz_int(&input, 2), first_silence = fuzz_int(&input, 2);
	size_t second_length = fuzz_int(&input, 2), second_silence = fuzz_int(&input, 2);
	size_t second_bulk_length = fuzz_int(&input, 2);
	unsigned int how = fuzz_int(&input, 1), failing = fuzz_int(&input, 1);

	accesses = fuzz_part(&input, fuzz_int(&input, 1) % ACCESSES_MAX * HOST_ACCESS_BYTES);
	first_urgent = fuzz_part(&input, first_length);
	second_urgent = fuzz_part(&input, second_length);
	second_bulk = fuzz_part(&input, second_bulk_length);
	if (how & HOW_RESUMES)
		second_bulk = put_resume(second_bulk, how & HOW_WITHDRAWN ? TSMC_VERDICT_WITHDRAWN :
					 TSMC_VERDICT_GIVEN, resumed);
	now_ms = 0;
	records_begin(failing, how & HOW_FAILS_AFTER);
	host_begin(accesses, how & HOW_DROPS);
	run_session(first_id, input, first_urgent, first_silence);
	if (how & HOW_VANISHES)
		host_vanish();
	run_session(how & HOW_SAME_NAME ? first_id : second_id, second_bulk, second_urgent, second_silence);
	return 0;
}
