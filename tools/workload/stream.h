/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes over a connection of the tcpstream workload.
 */
#ifndef TSMC_WORKLOAD_STREAM_H
#define TSMC_WORKLOAD_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "report.h"

#define TSMC_STREAM_MAGIC	0x6d61657274637074ULL

/* Read and checked in pieces of this size at most. */
#define TSMC_STREAM_CHUNK	16384

/**
 * enum tsmc_stream_mode - what the server does with the bytes
 * @TSMC_STREAM_ECHO: checks them, changes them and sends them back
 * @TSMC_STREAM_SINK: checks them; at the end sends how many there were
 */
enum tsmc_stream_mode {
	TSMC_STREAM_ECHO,
	TSMC_STREAM_SINK,
};

/**
 * struct tsmc_stream_hello - first bytes from the client, then the stream
 * @magic: TSMC_STREAM_MAGIC
 * @key: contents of the stream
 * @mode: enum tsmc_stream_mode
 */
struct tsmc_stream_hello {
	uint64_t magic;
	uint64_t key;
	uint64_t mode;
};

/**
 * struct tsmc_stream - one workload and all its connections
 * @report: findings
 * @bytes: received and compared, or, by the client of a sink, acknowledged
 * @longest_ns: longest time in which @bytes of an open connection did not grow
 */
struct tsmc_stream {
	struct tsmc_report report;
	uint64_t bytes;
	uint64_t longest_ns;
};

void tsmc_stream_fill(uint64_t key, uint64_t offset, uint8_t *bytes,
		      size_t len);
void tsmc_stream_change(uint64_t key, uint64_t offset, uint8_t *bytes,
			size_t len);
void tsmc_stream_check(struct tsmc_stream *s, const char *who, uint64_t offset,
		       const uint8_t *found, const uint8_t *expected,
		       size_t len);
void tsmc_stream_gap(struct tsmc_stream *s, uint64_t *last_ns);

/**
 * struct tsmc_stream_client - the sending side
 * @stream: counters
 * @fd: connected socket
 * @key: contents
 * @mode: what is asked of the server
 * @rate: bytes per second, 0 for no limit
 */
struct tsmc_stream_client {
	struct tsmc_stream *stream;
	int fd;
	uint64_t key;
	enum tsmc_stream_mode mode;
	uint64_t rate;
};

void *tsmc_stream_client(void *client);

/**
 * struct tsmc_stream_server - one accepted connection
 * @stream: counters
 * @fd: connected socket
 */
struct tsmc_stream_server {
	struct tsmc_stream *stream;
	int fd;
};

void *tsmc_stream_server(void *server);

#endif
