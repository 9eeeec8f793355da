/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Talking to the generic netlink family "tsmc".
 */
#ifndef FAMILY_H
#define FAMILY_H

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/tsmc_netlink.h>

#define FAMILY_ROOM_MIN	4096
#define FAMILY_ROOM_MAX	32768

/**
 * struct family - a socket, and what was found out about the family
 * @socket: the socket
 * @id: message type of the family
 * @events: number of its group of events
 * @room: bytes that one read takes
 * @reads: reads that brought something
 * @request: the message that is being built or was sent last
 */
struct family {
	struct mnl_socket *socket;
	uint16_t id;
	uint32_t events;
	size_t room;
	unsigned int reads;
	char request[1024];
};

/* Sees each message of an answer; @attrs has TSMC_A_MAX + 1 of them. */
typedef void (*family_message_t)(const struct nlattr **attrs, void *data);

int family_open(struct family *family);
void family_close(struct family *family);
struct nlmsghdr *family_begin(struct family *family, uint8_t command,
			      uint16_t flags);
int family_talk(struct family *family, const struct nlmsghdr *request,
		family_message_t message, void *data);
int family_send(struct family *family, const void *request, size_t bytes);
int family_receive(struct family *family, family_message_t message,
		   void *data);
int family_ask(struct family *family, uint8_t command, uint16_t flags,
	       family_message_t message, void *data);
int family_hint(struct family *family, uint32_t pid, const void *start,
		size_t bytes, uint32_t advice);
int family_listen(struct family *family);
int family_event(struct family *family, int limit_ms, uint64_t *request,
		 uint64_t *epoch);
uint64_t family_u64(const struct nlattr **attrs, int type);
uint64_t family_status(struct family *family, int type);

#endif /* FAMILY_H */
