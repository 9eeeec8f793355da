// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The few Ethernet frames that an observer sends and understands: ARP, and a
 * UDP datagram that carries a sequence number.
 */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <string.h>

#include "observer_frame.h"

struct arp_frame {
	struct ether_header eth;
	struct ether_arp arp;
} __attribute__((packed));

struct probe_frame {
	struct ether_header eth;
	struct iphdr ip;
	struct udphdr udp;
	uint64_t seq;		/* only its sender reads it: host order */
} __attribute__((packed));

static uint16_t checksum(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

/**
 * tsmc_frame_arp() - build an ARP request or reply
 * @frame: room for OBSERVER_FRAME_MAX bytes
 * @reply: a reply; else a request, broadcast, and @to's mac does not matter
 * @from: who sends
 * @to: who is asked or answered
 *
 * Return: the frame's length.
 */
size_t tsmc_frame_arp(uint8_t *frame, bool reply, const struct station *from,
		      const struct station *to)
{
	struct arp_frame f = { 0 };

	memset(f.eth.ether_dhost, 0xff, ETH_ALEN);
	if (reply) {
		memcpy(f.eth.ether_dhost, to->mac, ETH_ALEN);
		memcpy(f.arp.arp_tha, to->mac, ETH_ALEN);
	}
	memcpy(f.eth.ether_shost, from->mac, ETH_ALEN);
	f.eth.ether_type = htons(ETHERTYPE_ARP);
	f.arp.arp_hrd = htons(ARPHRD_ETHER);
	f.arp.arp_pro = htons(ETHERTYPE_IP);
	f.arp.arp_hln = ETH_ALEN;
	f.arp.arp_pln = sizeof(from->ip);
	f.arp.arp_op = htons(reply ? ARPOP_REPLY : ARPOP_REQUEST);
	memcpy(f.arp.arp_sha, from->mac, ETH_ALEN);
	memcpy(f.arp.arp_spa, &from->ip, sizeof(from->ip));
	memcpy(f.arp.arp_tpa, &to->ip, sizeof(to->ip));
	memcpy(frame, &f, sizeof(f));
	return sizeof(f);
}

/**
 * tsmc_frame_probe() - build a UDP probe
 * @frame: room for OBSERVER_FRAME_MAX bytes
 * @from: who sends
 * @to: who is to echo it
 * @seq: what it carries
 *
 * Return: the frame's length.
 */
size_t tsmc_frame_probe(uint8_t *frame, const struct station *from,
			const struct station *to, uint64_t seq)
{
	struct probe_frame f = { .seq = seq };

	memcpy(f.eth.ether_dhost, to->mac, ETH_ALEN);
	memcpy(f.eth.ether_shost, from->mac, ETH_ALEN);
	f.eth.ether_type = htons(ETHERTYPE_IP);
	f.ip.version = IPVERSION;
	f.ip.ihl = sizeof(f.ip) / 4;
	f.ip.tot_len = htons(sizeof(f) - sizeof(f.eth));
	f.ip.ttl = IPDEFTTL;
	f.ip.protocol = IPPROTO_UDP;
	f.ip.saddr = from->ip.s_addr;
	f.ip.daddr = to->ip.s_addr;
	f.ip.check = checksum(&f.ip, sizeof(f.ip));
	f.udp.source = htons(from->port);
	f.udp.dest = htons(to->port);
	f.udp.len = htons(sizeof(f.udp) + sizeof(f.seq));
	memcpy(frame, &f, sizeof(f));
	return sizeof(f);
}

/**
 * tsmc_frame_is_arp() - recognise ARP
 * @frame: a frame
 * @len: its length
 * @reply: set to whether it is a reply
 * @from: its mac and ip are set to the sender's
 * @wanted: set to the address asked for, or answered
 *
 * Return: whether it is ARP for IPv4 over Ethernet.
 */
bool tsmc_frame_is_arp(const uint8_t *frame, size_t len, bool *reply,
		       struct station *from, struct in_addr *wanted)
{
	struct arp_frame f;

	if (len < sizeof(f))
		return false;
	memcpy(&f, frame, sizeof(f));
	if (f.eth.ether_type != htons(ETHERTYPE_ARP) ||
	    f.arp.arp_pro != htons(ETHERTYPE_IP) || f.arp.arp_hln != ETH_ALEN)
		return false;
	*reply = f.arp.arp_op == htons(ARPOP_REPLY);
	memcpy(from->mac, f.arp.arp_sha, ETH_ALEN);
	memcpy(&from->ip, f.arp.arp_spa, sizeof(from->ip));
	memcpy(wanted, f.arp.arp_tpa, sizeof(*wanted));
	return true;
}

/**
 * tsmc_frame_is_echo() - recognise the echo of a probe
 * @frame: a frame
 * @len: its length
 * @from: who echoes
 * @to: who sent the probe
 * @seq: set to what the probe carried
 *
 * Return: whether it is one.
 */
bool tsmc_frame_is_echo(const uint8_t *frame, size_t len,
			const struct station *from, const struct station *to,
			uint64_t *seq)
{
	struct probe_frame f;

	if (len < sizeof(f))
		return false;
	memcpy(&f, frame, sizeof(f));
	if (f.eth.ether_type != htons(ETHERTYPE_IP) || f.ip.ihl != 5 ||
	    f.ip.protocol != IPPROTO_UDP ||
	    f.ip.saddr != from->ip.s_addr || f.ip.daddr != to->ip.s_addr ||
	    f.udp.source != htons(from->port) || f.udp.dest != htons(to->port))
		return false;
	*seq = f.seq;
	return true;
}
