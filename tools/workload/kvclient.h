/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memcached under load, every answer checked: the requests and answers.
 *
 * They go over UDP, so that a lost one is asked again after a fixed time and
 * not after TCP's growing one. What is stored for a key says which key it is
 * and which version; nobody else may write to the server, and it must run one
 * thread, which takes datagrams in their order.
 */
#ifndef TSMC_WORKLOAD_KVCLIENT_H
#define TSMC_WORKLOAD_KVCLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"

#define TSMC_KV_VALUE_MAX	1280
/* Requests that wait for their answers at once. */
#define TSMC_KV_BATCH		36

/**
 * enum tsmc_kv_kind - what is asked
 * @TSMC_KV_GET: the value, which must be of the version that was stored last
 * @TSMC_KV_LOOK: the value, which may be of any version and must say which
 * @TSMC_KV_SET: to store the next version
 * @TSMC_KV_TOUCH: to write to the item without a change of its value
 */
enum tsmc_kv_kind {
	TSMC_KV_GET,
	TSMC_KV_LOOK,
	TSMC_KV_SET,
	TSMC_KV_TOUCH,
};

/**
 * struct tsmc_kv_request - one request
 * @key: which key
 * @kind: what is asked
 * @id: private: of its datagrams
 * @waiting: private: not answered yet
 */
struct tsmc_kv_request {
	uint32_t key;
	enum tsmc_kv_kind kind;
	uint16_t id;
	bool waiting;
};

/**
 * struct tsmc_kv - the connection and what must be stored
 * @report: findings
 * @fd: socket
 * @seed: of all values
 * @value: bytes of one
 * @versions: stored last, for each key
 * @newest_id: private
 * @asked_again: datagrams that were sent a second time
 */
struct tsmc_kv {
	struct tsmc_report *report;
	int fd;
	uint64_t seed;
	size_t value;
	uint32_t *versions;
	uint16_t newest_id;
	uint64_t asked_again;
};

void tsmc_kv_send(struct tsmc_kv *kv, struct tsmc_kv_request *requests,
		  unsigned int count);
bool tsmc_kv_receive(struct tsmc_kv *kv, struct tsmc_kv_request *requests,
		     unsigned int count, int timeout_ms);
void tsmc_kv_send_again(struct tsmc_kv *kv,
			const struct tsmc_kv_request *requests,
			unsigned int count);

#endif
