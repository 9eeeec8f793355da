// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Echo UDP datagrams, ahead of whatever else the guest does: an observer
 * outside takes missing answers for the guest's downtime.
 */
#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define PORT	7

int main(void)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	struct sched_param prio = { .sched_priority = 50 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char buf[2048];

	if (bind(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		perror("guest_echo: cannot listen");
		return 1;
	}
	if (sched_setscheduler(0, SCHED_RR, &prio) || mlockall(MCL_CURRENT))
		perror("guest_echo: stays at normal priority");
	for (;;) {
		struct sockaddr_in peer;
		socklen_t len = sizeof(peer);
		ssize_t n = recvfrom(fd, buf, sizeof(buf), 0,
				     (struct sockaddr *)&peer, &len);

		if (n >= 0)
			sendto(fd, buf, n, 0, (struct sockaddr *)&peer, len);
	}
}
