// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Channels between two threads: records that come whole, in drips, or not.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"
#include "interrupt.h"
#include "transport.h"
#include "silent.h"
#include "unit.h"

/* A drip takes so long, and so many are no record yet. */
#define DRIP_MS		5
#define DRIPS		1000
#define WAIT_MS		100

static struct tsmc_channel ours, theirs;
static const struct tsmc_log no_log;

static void begin(void)
{
	int ends[2];

	EXPECT(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	EXPECT(!tsmc_channel_adopt(&ours, "ours", ends[0], ends[0], &no_log));
	EXPECT(!tsmc_channel_adopt(&theirs, "theirs", ends[1], ends[1], &no_log));
}

static void end(void)
{
	tsmc_channel_close(&ours);
	tsmc_channel_close(&theirs);
}

static void records_come_whole(void)
{
	static uint64_t payload[100000];
	struct tsmc_record record;

	begin();
	for (unsigned int i = 0; i < 3; i++) {
		payload[i] = i;
		EXPECT(!tsmc_channel_send_one(&theirs, TSMC_REC_READY, payload, 8 * i));
	}
	for (unsigned int i = 0; i < 3; i++) {
		EXPECT(!tsmc_channel_expect(&ours, TSMC_REC_READY, &record, 1000));
		EXPECT(record.length == 8 * i);
		EXPECT(!i || !memcmp(record.payload, payload, 8 * i));
	}
	EXPECT(!tsmc_channel_receive(&ours, &record, 0));
	end();
}

static void another_record_is_refused(void)
{
	struct tsmc_record record;

	begin();
	EXPECT(!tsmc_channel_send_one(&theirs, TSMC_REC_GO, NULL, 0));
	EXPECT(tsmc_channel_expect(&ours, TSMC_REC_READY, &record, 1000) == -EPROTO);
	end();
}

static void a_peer_that_works_is_waited_for(void)
{
	struct tsmc_record record;

	begin();
	for (unsigned int i = 0; i < 3; i++)
		EXPECT(!tsmc_channel_send_one(&theirs, TSMC_REC_WORKING, NULL, 0));
	EXPECT(!tsmc_channel_send_one(&theirs, TSMC_REC_BUILT, NULL, 0));
	EXPECT(!tsmc_channel_await(&ours, TSMC_REC_BUILT, &record, 10000));
	EXPECT(!tsmc_channel_send_one(&theirs, TSMC_REC_GO, NULL, 0));
	EXPECT(tsmc_channel_await(&ours, TSMC_REC_BUILT, &record, 10000) == -EPROTO);
	end();
}

static void but_not_for_ever(void)
{
	struct tsmc_record record;

	begin();
	EXPECT(!tsmc_channel_send_one(&theirs, TSMC_REC_WORKING, NULL, 0));
	EXPECT(tsmc_channel_await(&ours, TSMC_REC_BUILT, &record, 0) == -ETIMEDOUT);
	end();
}

static void garbage_ends_the_channel(void)
{
	struct tsmc_record record;

	begin();
	EXPECT(send(theirs.wfd, "garbage that is no record", 25, 0) == 25);
	EXPECT(tsmc_channel_receive(&ours, &record, 1000) == -EPROTO);
	EXPECT(tsmc_channel_receive(&ours, &record, 1000) < 0);
	end();
}

static void the_end_is_noticed(void)
{
	struct tsmc_record record;

	begin();
	EXPECT(send(theirs.wfd, "\x09\0\0", 3, 0) == 3);
	tsmc_channel_disconnect(&theirs);
	EXPECT(tsmc_channel_expect(&ours, TSMC_REC_READY, &record, 1000) == -EPIPE);
	end();
}

/* A record of 2 MiB, byte by byte; in the end the channel closes. */
static void *drip(void *opaque)
{
	const struct tsmc_wire_header header = { .type = TSMC_REC_READY, .length = TSMC_WIRE_PAYLOAD_MAX };

	(void)opaque;
	send(theirs.wfd, &header, sizeof(header), MSG_NOSIGNAL);
	for (unsigned int i = 0; i < DRIPS && send(theirs.wfd, "x", 1, MSG_NOSIGNAL) == 1; i++)
		poll(NULL, 0, DRIP_MS);
	shutdown(theirs.wfd, SHUT_RDWR);
	return NULL;
}

static void drips_are_not_waited_for(void)
{
	struct tsmc_record record;
	pthread_t thread;
	int rc;

	begin();
	EXPECT(!pthread_create(&thread, NULL, drip, NULL));
	rc = tsmc_channel_expect(&ours, TSMC_REC_READY, &record, WAIT_MS);
	shutdown(ours.rfd, SHUT_RDWR);
	EXPECT(!pthread_join(thread, NULL));
	EXPECT(rc == -ETIMEDOUT);
	end();
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "records come whole and in order", records_come_whole },
		{ "a record that is not expected is refused", another_record_is_refused },
		{ "a peer that says that it works is waited for", a_peer_that_works_is_waited_for },
		{ "but not for longer than is allowed", but_not_for_ever },
		{ "garbage ends the channel", garbage_ends_the_channel },
		{ "the end of the stream is noticed inside a record", the_end_is_noticed },
		{ "a record in drips is not waited for longer than for another",
		  drips_are_not_waited_for },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
