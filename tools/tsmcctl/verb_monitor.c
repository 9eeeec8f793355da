// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <netlink/socket.h>

#include "show.h"
#include "stop.h"
#include "verbs.h"

static int take_event(struct nlmsghdr *message, void *opaque)
{
	const struct tsmc_args *args = opaque;
	struct tsmc_json json = { .out = stdout };
	struct tsmc_event event;
	int rc = tsmc_event_read(&event, message);

	/* A newer module may know more events. */
	if (rc)
		return rc == -ENOMSG ? 0 : rc;
	if (args->json) {
		tsmc_event_json(&event, &json);
		putchar('\n');
	} else {
		tsmc_event_text(&event, stdout);
	}
	return fflush(stdout) ? -errno : 0;
}

static int hear_all(struct tsmc_netlink *netlink, const struct tsmc_args *args)
{
	int rc = tsmc_netlink_hear(netlink, take_event, (void *)args);

	if (rc == -EAGAIN)
		return 0;
	if (rc == -ENOBUFS) {
		fprintf(stderr, "tsmcctl monitor: events were lost: they came faster than they were read\n");
		return 0;
	}
	return rc;
}

static int run_monitor(struct tsmc_netlink *netlink, const struct tsmc_args *args)
{
	int stop = tsmc_stop_open();
	int rc = stop < 0 ? stop : tsmc_netlink_listen(netlink);

	while (!rc) {
		rc = tsmc_stop_wait(stop, nl_socket_get_fd(netlink->socket), -1);
		if (rc == TSMC_WOKEN_STOP) {
			rc = 0;
			break;
		}
		if (rc >= 0)
			rc = hear_all(netlink, args);
	}
	if (stop >= 0)
		close(stop);
	return rc;
}

const struct tsmc_verb tsmc_verb_monitor = {
	.name = "monitor",
	.words = "",
	.summary = "show events as they come",
	.help = "  announced   this guest is about to be migrated\n"
		"  suspending  it stops next\n"
		"  resumed     it runs again; the epoch has grown if in a new domain\n"
		"  complete    no migration is under way any more\n\n"
		"One line each, until interrupted or until the module is unloaded. Anybody may.\n",
	.run = run_monitor,
};
