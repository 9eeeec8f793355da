/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TSMC_OBSERVER_FRAME_H
#define TSMC_OBSERVER_FRAME_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OBSERVER_FRAME_MAX	256
#define ETH_ALEN		6

/**
 * struct station - an end of the conversation
 * @mac: Ethernet address
 * @ip: IPv4 address
 * @port: UDP port, host order
 */
struct station {
	uint8_t mac[ETH_ALEN];
	struct in_addr ip;
	uint16_t port;
};

size_t tsmc_frame_arp(uint8_t *frame, bool reply, const struct station *from,
		      const struct station *to);
size_t tsmc_frame_probe(uint8_t *frame, const struct station *from,
			const struct station *to, uint64_t seq);
bool tsmc_frame_is_arp(const uint8_t *frame, size_t len, bool *reply,
		       struct station *from, struct in_addr *wanted);
bool tsmc_frame_is_echo(const uint8_t *frame, size_t len,
			const struct station *from, const struct station *to,
			uint64_t *seq);

#endif
