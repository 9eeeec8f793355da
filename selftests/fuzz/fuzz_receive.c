// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A source that sends garbage: the whole of the target's side, with both channels
 * made of the input. Whatever comes, the rules that keep memory correct hold of
 * what is here, and nothing is left of a guest that was not handed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "fake_host.h"
#include "stand_ins.h"
#include "target.h"

#define ACCESSES_MAX 64u

/* What guards the holes of a guest that is not complete stays until the process ends. */
static struct tsmc_fault_server *guard;

int __wrap_tsmc_fault_server_new(struct tsmc_xen *xen, const struct tsmc_log *log, uint32_t domid,
				 unsigned int nr_vcpus, struct tsmc_parking *parking,
				 struct tsmc_pagemap *missing, struct tsmc_fault_server **server)
{
	int rc = __real_tsmc_fault_server_new(xen, log, domid, nr_vcpus, parking, missing, server);

	guard = rc ? NULL : *server;
	return rc;
}

void __wrap_tsmc_fault_server_free(struct tsmc_fault_server *server)
{
	MUST(!server || server == guard);
	__real_tsmc_fault_server_free(server);
	if (server)
		guard = NULL;
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

int fuzz_poll(struct pollfd *fds, nfds_t nr, int timeout_ms)
{
	int ready = 0;

	(void)timeout_ms;
	for (nfds_t i = 0; i < nr; i++) {
		bool open = fds[i].fd >= 0 && (!(fds[i].events & POLLIN) || is_ready(fds[i].fd));

		fds[i].revents = open ? fds[i].events : 0;
		ready += open;
	}
	return ready;
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct fuzz_input input = { bytes, size }, accesses, second;
	struct tsmc_session session = { 0 };
	struct tsmc_agent agent = { 0 };
	struct tsmc_channel channel;
	size_t urgent_length = fuzz_int(&input, 2);

	silence = fuzz_int(&input, 2);
	accesses = fuzz_part(&input, fuzz_int(&input, 1) % ACCESSES_MAX * HOST_ACCESS_BYTES);
	second = fuzz_part(&input, urgent_length);
	host_begin(accesses);
	open_channel(&channel, "urgent", &urgent, second);
	open_channel(&session.bulk, "bulk", &bulk, input);
	host_second_channel(&channel);
	host_end(tsmc_target_receive(&agent, &session));
	__real_tsmc_fault_server_free(guard);
	guard = NULL;
	tsmc_channel_close(&session.bulk);
	tsmc_channel_close(&session.urgent);
	tsmc_channel_close(&channel);
	return 0;
}
