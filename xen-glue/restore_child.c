// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The child process in which libxl builds a domain from our stream.
 */
#include "restore_child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include <libxl_event.h>

static void write_report(int fd, const struct tsmc_report *report)
{
	/* Nobody to tell when this fails: the parent sees us end without a result. */
	if (write(fd, report, sizeof(*report)) != sizeof(*report))
		_exit(2);
}

static void emit_report(void *opaque, enum tsmc_log_level level, const char *fmt, va_list args)
{
	struct tsmc_report report = { .kind = TSMC_REPORT_LOG, .level = level };

	vsnprintf(report.text, sizeof(report.text), fmt, args);
	write_report(*(int *)opaque, &report);
}

/* Only our two pipes stay open, or a dead parent's connections would not be seen to close. */
static void isolate_child(int stream, int reports)
{
	static const int defaults[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD };
	unsigned int low = stream < reports ? stream : reports;
	unsigned int high = stream < reports ? reports : stream;
	int null = open("/dev/null", O_RDWR);
	struct rlimit data;
	sigset_t none;
	size_t i;

	/* A signal to the terminal is for the parent: it ends us by closing the stream. */
	if (null < 0 || setsid() < 0)
		_exit(2);
	for (i = 0; i < 3; i++)
		if (dup2(null, i) < 0)
			_exit(2);
	if (low > 3)
		close_range(3, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
	/* What holds our parent to its bound is not for the programs that libxl starts. */
	if (!getrlimit(RLIMIT_DATA, &data)) {
		data.rlim_cur = data.rlim_max;
		setrlimit(RLIMIT_DATA, &data);
	}

	for (i = 0; i < ARRAY_SIZE(defaults); i++)
		signal(defaults[i], SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void tsmc_restore_child(struct tsmc_xen *xen, libxl_domain_config *config, int stream, int reports)
{
	struct tsmc_log log = { .emit = emit_report, .opaque = &reports };
	struct tsmc_report result = { .kind = TSMC_REPORT_DONE };
	libxl_domain_restore_params params;
	struct tsmc_bridge bridge;
	libxl_ctx *ctx;

	libxl_postfork_child_noexec(xen->ctx);
	isolate_child(stream, reports);
	tsmc_bridge_init(&bridge, &log);

	result.rc = libxl_ctx_alloc(&ctx, LIBXL_VERSION, 0, &bridge.vtable);
	if (!result.rc) {
		libxl_domain_restore_params_init(&params);
		params.stream_version = 2;
		result.rc = libxl_domain_create_restore(ctx, config, &result.domid, stream, -1,
							&params, NULL, NULL);
	}
	write_report(reports, &result);
	_exit(0);
}
