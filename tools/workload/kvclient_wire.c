// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * memcached's text protocol in datagrams, and comparing what comes back.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "kvclient.h"
#include "pattern.h"

#define DATAGRAM_MAX	1400

/* In front of each datagram; network byte order. */
struct frame {
	uint16_t id;
	uint16_t number;
	uint16_t total;
	uint16_t reserved;
};

static void fill_value(struct tsmc_kv *kv, uint32_t key, uint32_t version,
		       char *value)
{
	uint64_t start = tsmc_mix64(kv->seed + ((uint64_t)key << 32 | version));
	uint64_t word;
	size_t at;

	for (at = 0; at < kv->value; at += sizeof(word)) {
		word = tsmc_pattern_word(start, at / sizeof(word));
		memcpy(value + at, &word, sizeof(word));
	}
	/* For people who look at it. */
	snprintf(value, 24, "%010u v%010u", key, version);
}

static void send_one(struct tsmc_kv *kv, const struct tsmc_kv_request *request)
{
	struct frame frame = { htons(request->id), 0, htons(1), 0 };
	char datagram[DATAGRAM_MAX];
	size_t used = sizeof(frame);

	memcpy(datagram, &frame, sizeof(frame));
	if (request->kind == TSMC_KV_SET) {
		used += sprintf(datagram + used, "set k%010u 0 0 %zu\r\n",
				request->key, kv->value);
		fill_value(kv, request->key, kv->versions[request->key] + 1,
			   datagram + used);
		used += kv->value;
		used += sprintf(datagram + used, "\r\n");
	} else {
		used += sprintf(datagram + used,
				request->kind == TSMC_KV_TOUCH ?
				"touch k%010u 0\r\n" : "get k%010u\r\n",
				request->key);
	}
	/* What cannot be sent now, to a guest that is away, is sent again. */
	send(kv->fd, datagram, used, 0);
}

/**
 * tsmc_kv_send - send requests
 * @kv: the connection
 * @requests: of different keys
 * @count: how many
 */
void tsmc_kv_send(struct tsmc_kv *kv, struct tsmc_kv_request *requests,
		  unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		requests[i].id = ++kv->newest_id;
		requests[i].waiting = true;
		send_one(kv, &requests[i]);
	}
}

/**
 * tsmc_kv_send_again - send once more what was not answered
 * @kv: the connection
 * @requests: given to tsmc_kv_send() before
 * @count: how many
 */
void tsmc_kv_send_again(struct tsmc_kv *kv,
			const struct tsmc_kv_request *requests,
			unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!requests[i].waiting)
			continue;
		send_one(kv, &requests[i]);
		kv->asked_again++;
	}
}

static void check_value(struct tsmc_kv *kv, uint32_t key, const char *answer,
			size_t len)
{
	char expected[DATAGRAM_MAX];
	size_t head, total, at;

	head = sprintf(expected, "VALUE k%010u 0 %zu\r\n", key, kv->value);
	fill_value(kv, key, kv->versions[key], expected + head);
	total = head + kv->value;
	total += sprintf(expected + total, "\r\nEND\r\n");
	if (len == total && !memcmp(answer, expected, total))
		return;
	for (at = 0; at < len && at < total && answer[at] == expected[at];)
		at++;
	if (at < head)
		tsmc_report_fail(kv->report,
				 "key %u version %u: expected %.*s found %.*s",
				 key, kv->versions[key], (int)head - 2, expected,
				 (int)strcspn(answer, "\r"), answer);
	else
		tsmc_report_fail(kv->report,
				 "key %u byte %zu: expected version %u '%.22s' found '%.22s'",
				 key, at - head, kv->versions[key],
				 expected + head, answer + head);
}

/* The value says of which version it is; what it says is checked as ever. */
static void believe_version(struct tsmc_kv *kv, uint32_t key,
			    const char *answer)
{
	const char *value = strstr(answer, "\r\n");
	uint32_t version;

	if (value && sscanf(value, "%*u v%u", &version) == 1)
		kv->versions[key] = version;
}

static bool check_done(struct tsmc_kv *kv, uint32_t key, const char *answer,
		       const char *expected)
{
	if (!strcmp(answer, expected))
		return true;
	tsmc_report_fail(kv->report,
			 "key %u version %u: expected %.*s found %.*s",
			 key, kv->versions[key],
			 (int)strcspn(expected, "\r"), expected,
			 (int)strcspn(answer, "\r"), answer);
	return false;
}

static void check_answer(struct tsmc_kv *kv, struct tsmc_kv_request *request,
			 const char *answer, size_t len)
{
	request->waiting = false;
	tsmc_report_checks(kv->report, 1);
	switch (request->kind) {
	case TSMC_KV_LOOK:
		believe_version(kv, request->key, answer);
		check_value(kv, request->key, answer, len);
		break;
	case TSMC_KV_GET:
		check_value(kv, request->key, answer, len);
		break;
	case TSMC_KV_SET:
		kv->versions[request->key]++;
		if (!check_done(kv, request->key, answer, "STORED\r\n"))
			kv->versions[request->key]--;
		break;
	case TSMC_KV_TOUCH:
		check_done(kv, request->key, answer, "TOUCHED\r\n");
		break;
	}
}

/* One datagram; an answer to what was answered before is nothing new. */
static void take(struct tsmc_kv *kv, struct tsmc_kv_request *requests,
		 unsigned int count, const char *datagram, size_t len)
{
	struct frame frame;
	unsigned int i;

	if (len < sizeof(frame))
		return;
	memcpy(&frame, datagram, sizeof(frame));
	for (i = 0; i < count; i++)
		if (requests[i].waiting && requests[i].id == ntohs(frame.id))
			check_answer(kv, &requests[i],
				     datagram + sizeof(frame),
				     len - sizeof(frame));
}

static bool all_answered(const struct tsmc_kv_request *requests,
			 unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (requests[i].waiting)
			return false;
	return true;
}

/**
 * tsmc_kv_receive - take answers
 * @kv: the connection
 * @requests: given to tsmc_kv_send() before
 * @count: how many
 * @timeout_ms: how long nothing may come
 *
 * Return: true if all are answered now.
 */
bool tsmc_kv_receive(struct tsmc_kv *kv, struct tsmc_kv_request *requests,
		     unsigned int count, int timeout_ms)
{
	struct pollfd pfd = { .fd = kv->fd, .events = POLLIN };
	char datagram[DATAGRAM_MAX + 1];
	ssize_t len;

	while (!all_answered(requests, count)) {
		if (poll(&pfd, 1, timeout_ms) != 1)
			return false;
		len = recv(kv->fd, datagram, DATAGRAM_MAX, 0);
		/* The network says that the guest is away: as no answer. */
		if (len < 0)
			return false;
		datagram[len] = '\0';
		take(kv, requests, count, datagram, len);
	}
	return true;
}
