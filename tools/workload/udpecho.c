// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends every datagram back at once, so that an observer outside sees when
 * the guest runs and when it does not.  The echo is a real-time thread with
 * its memory locked and never prints: what is measured is the guest and its
 * network, not this program.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "endpoint.h"
#include "report.h"

#define STACK_SIZE	(64 * 1024)
#define PRIORITY	50

static const char help[] =
	"usage: udpecho [OPTION]...\n"
	"Echo UDP datagrams.\n"
	"  --listen [ADDRESS:]PORT  where (default 7777, 0: any free port)\n"
	TSMC_REPORT_HELP;

/**
 * struct echo - the server
 * @report: findings; a check is a datagram sent back whole
 * @fd: the socket
 * @unsent: datagrams that the network would not take back (interface down)
 */
struct echo {
	struct tsmc_report report;
	int fd;
	uint64_t unsent;
};

static void *echo_main(void *arg)
{
	static char buffer[65536];
	struct echo *e = arg;

	for (;;) {
		struct sockaddr_in from;
		socklen_t len = sizeof(from);
		ssize_t n, sent;

		n = recvfrom(e->fd, buffer, sizeof(buffer), 0,
			     (struct sockaddr *)&from, &len);
		if (n < 0 && errno != EINTR && errno != ECONNREFUSED) {
			tsmc_report_fail(&e->report, "receive: %s",
					 strerror(errno));
			return NULL;
		}
		if (n < 0)
			continue;
		sent = sendto(e->fd, buffer, n, 0, (struct sockaddr *)&from,
			      len);
		if (sent == n)
			tsmc_report_checks(&e->report, 1);
		else if (sent < 0)
			__atomic_fetch_add(&e->unsent, 1, __ATOMIC_RELAXED);
		else
			tsmc_report_fail(&e->report, "send: expected %zd bytes found %zd",
					 n, sent);
	}
}

/*
 * Without the right to it (not root) the echo still works, only less promptly:
 * the ready line says which it is.
 */
static bool start_echo(struct echo *e)
{
	struct sched_param priority = { .sched_priority = PRIORITY };
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all, old;

	/* A small stack, because all of it is going to be locked. */
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&thread, &attr, echo_main, e))
		tsmc_die("cannot start the echo thread");
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);

	return !pthread_setschedparam(thread, SCHED_FIFO, &priority) &&
	       !mlockall(MCL_CURRENT | MCL_FUTURE);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		TSMC_OPTION_REPORT,
		TSMC_OPTION_STATUS,
		TSMC_OPTION_HELP,
		{ }
	};
	static struct echo e = { .report = TSMC_REPORT_INIT("udpecho") };
	struct tsmc_pace pace = { .rate = 10 };
	const char *listen = "7777";
	char name[TSMC_ENDPOINT_TEXT];
	struct sockaddr_in address;
	int opt;
	bool realtime;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (tsmc_report_option(&e.report, opt, optarg, help))
			continue;
		if (opt != 'l')
			tsmc_die("try udpecho --help");
		listen = optarg;
	}
	if (optind < argc)
		tsmc_die("unexpected argument %s, try udpecho --help",
			 argv[optind]);

	tsmc_report_start(&e.report);
	address = tsmc_endpoint_parse("listen", listen);
	e.fd = tsmc_endpoint_bind(SOCK_DGRAM, &address);
	realtime = start_echo(&e);
	tsmc_endpoint_name(e.fd, name);
	tsmc_report_ready(&e.report, "listen=%s realtime=%s", name,
			  realtime ? "yes" : "no");
	while (!tsmc_stop_requested()) {
		tsmc_pace(&pace);
		tsmc_report_tick(&e.report, "unsent=%llu",
				 (unsigned long long)__atomic_load_n(&e.unsent,
							__ATOMIC_RELAXED));
	}
	return tsmc_report_finish(&e.report);
}
