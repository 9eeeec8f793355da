/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 addresses as the network workloads take them.
 */
#ifndef TSMC_WORKLOAD_ENDPOINT_H
#define TSMC_WORKLOAD_ENDPOINT_H

#include <netinet/in.h>

/* Room for "255.255.255.255:65535". */
#define TSMC_ENDPOINT_TEXT	24

struct sockaddr_in tsmc_endpoint_parse(const char *option, const char *arg);
int tsmc_endpoint_bind(int type, const struct sockaddr_in *address);
void tsmc_endpoint_name(int fd, char text[TSMC_ENDPOINT_TEXT]);

#endif
