// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Building a target: libxl's restore runs in a child process and reads from
 * our pipe, so that the parent can populate and write memory meanwhile.
 */
#include "late_disks.h"
#include "restore_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xen/hvm/params.h>

/* No progress for so long, and the restore is given up. */
#define FEED_LIMIT_MS		30000
/* How long a cancelled restore has to clean up behind itself. */
#define CANCEL_LIMIT_MS		20000
/* How often things that raise no event are looked at. */
#define LOOK_MS			10
#define GFNS_4GIB		(UINT64_C(1) << 20)

/**
 * struct tsmc_build - a restore under way
 * @xen: handle
 * @pid: the child, 0 once it has been waited for
 * @started: there is or was a child
 * @stream: pipe into the restore, -1 once closed
 * @reports: pipe from the child, -1 once closed
 * @name: of the domain being built
 * @nr_gfns: the head may name no frame at or above this one
 * @domid: of the domain, once @known
 * @known: whether @domid is valid
 * @done: the child has told its result
 * @rc: libxl's result, once @done
 * @got: bytes of @report that have arrived
 * @report: report being read
 * @late: disks to attach at the switchover
 */
struct tsmc_build {
	struct tsmc_xen *xen;
	pid_t pid;
	bool started;
	int stream;
	int reports;
	char *name;
	uint64_t nr_gfns;
	uint32_t domid;
	bool known;
	bool done;
	int rc;
	size_t got;
	struct tsmc_report report;
	struct tsmc_late_disks late;
};

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void close_pipe(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void take_report(struct tsmc_build *build)
{
	struct tsmc_report *report = &build->report;

	if (report->kind == TSMC_REPORT_LOG) {
		report->text[sizeof(report->text) - 1] = '\0';
		tsmc_log(&build->xen->log, report->level, "building \"%s\": %s", build->name,
			 report->text);
		return;
	}
	build->done = true;
	build->rc = report->rc;
	if (!build->rc) {
		build->domid = report->domid;
		build->known = true;
	}
}

static void read_reports(struct tsmc_build *build)
{
	ssize_t n;

	while (build->reports >= 0) {
		n = read(build->reports, (uint8_t *)&build->report + build->got,
			 sizeof(build->report) - build->got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close_pipe(&build->reports);
			return;
		}
		build->got += n;
		if (build->got < sizeof(build->report))
			continue;
		build->got = 0;
		take_report(build);
	}
}

/* Whether the child has ended without a result; *status is its wait status. */
static bool child_died(struct tsmc_build *build, int *status)
{
	if (build->done || !build->pid || waitpid(build->pid, status, WNOHANG) != build->pid)
		return false;
	build->pid = 0;
	read_reports(build);
	return !build->done;
}

/*
 * Waits up to wait_ms for a report, or for room in the stream when want_room,
 * and takes all reports there are. 0 or the failure of the restore.
 */
static int pump(struct tsmc_build *build, bool want_room, int wait_ms)
{
	struct pollfd pfds[] = {
		{ .fd = build->reports, .events = POLLIN },
		{ .fd = want_room ? build->stream : -1, .events = POLLOUT },
	};
	int status;

	if (poll(pfds, ARRAY_SIZE(pfds), wait_ms) < 0 && errno != EINTR)
		return tsmc_xen_error(build->xen, errno, "cannot wait for the restore of \"%s\"",
				      build->name);
	read_reports(build);
	if (child_died(build, &status))
		return tsmc_xen_error(build->xen, EIO, "the restore of \"%s\" died (wait status %#x)",
				      build->name, status);
	if (build->done && build->rc)
		return tsmc_xen_error(build->xen, tsmc_libxl_errno(build->rc),
				      "cannot build \"%s\": libxl's restore failed (%d)",
				      build->name, build->rc);
	return 0;
}

/* Special frames lie below 4 GiB, or where memory is. */
static uint64_t frames_below(const libxl_domain_config *config)
{
	uint64_t kb = config->b_info.max_memkb;

	return GFNS_4GIB + (kb == LIBXL_MEMKB_DEFAULT ? 0 : kb / (TSMC_PAGE_SIZE / 1024));
}

static int name_config(struct tsmc_build *build, libxl_domain_config *config)
{
	uint32_t other;
	int err = tsmc_toolstack_holder(build->xen, build->name, &other);

	if (err && err != -ENOENT)
		return err;
	if (!err)
		return tsmc_xen_error(build->xen, EEXIST,
				      "cannot build \"%s\": domain %u has that name (xl destroy removes a leftover)",
				      build->name, other);
	free(config->c_info.name);
	config->c_info.name = strdup(build->name);
	if (!config->c_info.name)
		return tsmc_xen_error(build->xen, ENOMEM, "cannot build \"%s\"", build->name);
	/* The number it has at the source means nothing here. */
	config->c_info.domid = INVALID_DOMID;
	return 0;
}

static int start_child(struct tsmc_build *build, libxl_domain_config *config)
{
	int stream[2] = { -1, -1 }, reports[2] = { -1, -1 };
	int err = 0;

	if (pipe2(stream, O_CLOEXEC) || pipe2(reports, O_CLOEXEC) ||
	    fcntl(stream[1], F_SETFL, O_NONBLOCK) || fcntl(reports[0], F_SETFL, O_NONBLOCK)) {
		err = tsmc_xen_error(build->xen, errno, "cannot make pipes to build \"%s\"", build->name);
		goto fail;
	}
	build->pid = fork();
	if (build->pid < 0) {
		build->pid = 0;
		err = tsmc_xen_error(build->xen, errno, "cannot fork to build \"%s\"", build->name);
		goto fail;
	}
	if (!build->pid)
		tsmc_restore_child(build->xen, config, stream[0], reports[1]);
	build->started = true;
	close(stream[0]);
	close(reports[1]);
	build->stream = stream[1];
	build->reports = reports[0];
	return 0;
fail:
	close_pipe(&stream[0]);
	close_pipe(&stream[1]);
	close_pipe(&reports[0]);
	close_pipe(&reports[1]);
	return err;
}

/* Writes all of it; fails when the restore ends, or reads nothing for too long. */
static int write_all(struct tsmc_build *build, const void *data, size_t len)
{
	int64_t limit = now_ms() + FEED_LIMIT_MS;
	const uint8_t *p = data;
	ssize_t n;
	int err;

	while (len) {
		n = write(build->stream, p, len);
		if (n > 0) {
			p += n;
			len -= n;
			limit = now_ms() + FEED_LIMIT_MS;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR && errno != EPIPE)
			return tsmc_xen_error(build->xen, errno, "cannot feed the restore of \"%s\"",
					      build->name);
		/* After EPIPE the child's own report says more. */
		err = pump(build, errno == EAGAIN, LOOK_MS);
		if (err)
			return err;
		if (now_ms() > limit)
			return tsmc_xen_error(build->xen, ETIMEDOUT,
					      "the restore of \"%s\" read nothing for %d s (%zu bytes left)",
					      build->name, FEED_LIMIT_MS / 1000, len);
	}
	return 0;
}

/**
 * tsmc_build_start() - start building a paused domain
 * @xen: handle
 * @json: configuration of the source's domain; its UUID is kept
 * @name: of the domain meanwhile, in use nowhere on this host
 * @build: the build
 *
 * Forks a child that goes on without exec: call it while no other thread of
 * the process is inside one of Xen's libraries.
 *
 * Xen and libxl accept two domains of one UUID on one host, but share
 * /vm/UUID in xenstore between them, which goes away with the first of them.
 *
 * Return: 0, -EEXIST when the name is taken, -EINVAL for a configuration that
 * cannot be read, or another negative errno.
 */
int tsmc_build_start(struct tsmc_xen *xen, const char *json, const char *name, struct tsmc_build **build)
{
	uint8_t opening[TSMC_STREAM_OPENING];
	libxl_domain_config config;
	struct tsmc_build *b;
	int err;

	b = calloc(1, sizeof(*b));
	if (!b)
		return tsmc_xen_error(xen, ENOMEM, "cannot build \"%s\"", name);
	b->xen = xen;
	b->stream = -1;
	b->reports = -1;
	b->name = strdup(name);
	err = tsmc_toolstack_parse(xen, json, &config);
	if (!err && !b->name)
		err = tsmc_xen_error(xen, ENOMEM, "cannot build \"%s\"", name);
	if (!err)
		err = name_config(b, &config);
	b->nr_gfns = frames_below(&config);
	if (!err)
		err = tsmc_late_disks_split(xen, &config, &b->late);
	if (!err)
		err = start_child(b, &config);
	libxl_domain_config_dispose(&config);
	/*
	 * At once: libxl 4.17 crashes, and leaves its domain behind, when the
	 * stream is broken or ends before its inner part has begun.
	 */
	tsmc_stream_opening(opening);
	if (!err)
		err = write_all(b, opening, sizeof(opening));
	if (err) {
		tsmc_build_free(b);
		return err;
	}
	*build = b;
	return 0;
}

/* Whether libxl has done all that the head asks for, the last of which is STORE_PFN. */
static bool head_is_done(struct tsmc_build *build)
{
	uint64_t store_gfn = 0;
	int left;

	if (!build->known && !libxl_name_to_domid(build->xen->ctx, build->name, &build->domid))
		build->known = true;
	return build->known && !ioctl(build->stream, FIONREAD, &left) && !left &&
	       !xc_hvm_param_get(build->xen->xc, build->domid, HVM_PARAM_STORE_PFN, &store_gfn) &&
	       store_gfn;
}

/**
 * tsmc_build_feed() - give the restore the head of the stream
 * @build: the build
 * @head: from tsmc_stream_head() at the source
 * @len: its length in bytes
 * @domid: number of the new domain
 *
 * On return the domain exists with its special frames and no other memory,
 * and the restore waits for the END records: populate and fill it meanwhile.
 *
 * Return: 0, -EPROTO when it is no restore stream, -ETIMEDOUT when libxl makes
 * no progress, or the restore's failure.
 */
int tsmc_build_feed(struct tsmc_build *build, const void *head, size_t len, uint32_t *domid)
{
	int64_t limit;
	int err;

	if (tsmc_stream_check(head, len, build->nr_gfns))
		return tsmc_xen_error(build->xen, EPROTO, "cannot build \"%s\" from what is no head of a restore stream",
				      build->name);
	err = write_all(build, (const uint8_t *)head + TSMC_STREAM_OPENING, len - TSMC_STREAM_OPENING);
	if (err)
		return err;
	limit = now_ms() + FEED_LIMIT_MS;
	while (!head_is_done(build)) {
		err = pump(build, false, LOOK_MS);
		if (err)
			return err;
		if (now_ms() > limit)
			return tsmc_xen_error(build->xen, ETIMEDOUT,
					      "the restore of \"%s\" did not finish the head of the stream in %d s",
					      build->name, FEED_LIMIT_MS / 1000);
	}
	*domid = build->domid;
	return 0;
}

/**
 * tsmc_build_end() - tell the restore that the memory is there
 * @build: the build, fed, its memory populated
 *
 * Does not wait: libxl plugs the devices while the caller goes on.
 */
int tsmc_build_end(struct tsmc_build *build)
{
	const void *end;
	size_t len;
	int err;

	end = tsmc_stream_end(&len);
	err = write_all(build, end, len);
	close_pipe(&build->stream);
	return err;
}

/**
 * tsmc_build_wait() - wait for the restore to finish
 * @build: the build, after tsmc_build_end()
 * @wait_ms: at most so long; 0 only looks
 *
 * Return: 1 when the domain is complete and paused, 0 not yet, or the
 * restore's failure (libxl has destroyed the domain then).
 */
int tsmc_build_wait(struct tsmc_build *build, unsigned int wait_ms)
{
	int64_t limit = now_ms() + wait_ms;
	int64_t left;
	int err;

	do {
		left = limit - now_ms();
		err = pump(build, false, build->done || left < 0 ? 0 : left);
		if (err)
			return err;
		if (build->done)
			return 1;
	} while (now_ms() < limit);
	return 0;
}

/**
 * tsmc_build_attach_disks() - attach the disks that had to wait
 * @build: a finished build, its domain still paused
 *
 * To be called when the source has stopped for good. Each disk once: a
 * second call attaches what the first one failed to.
 */
int tsmc_build_attach_disks(struct tsmc_build *build)
{
	return tsmc_late_disks_attach(build->xen, build->domid, &build->late);
}

/* What a restore that did not come to its own end has built: nobody else had the name. */
static void destroy_leftover(struct tsmc_build *build)
{
	uint32_t domid;

	if (tsmc_toolstack_holder(build->xen, build->name, &domid))
		return;
	tsmc_log(&build->xen->log, TSMC_LOG_WARN, "destroying domain %u that the restore of \"%s\" left behind",
		 domid, build->name);
	tsmc_toolstack_destroy(build->xen, domid);
}

/*
 * A restore whose stream ends too early fails and takes its domain down
 * itself. Killing is the last resort.
 */
static void end_child(struct tsmc_build *build)
{
	int64_t limit = now_ms() + CANCEL_LIMIT_MS;
	int status;

	while (build->pid && !build->done && now_ms() < limit) {
		struct pollfd pfd = { .fd = build->reports, .events = POLLIN };

		poll(&pfd, 1, LOOK_MS);
		read_reports(build);
		child_died(build, &status);
	}
	if (build->pid && !build->done) {
		tsmc_log(&build->xen->log, TSMC_LOG_WARN,
			 "the restore of \"%s\" did not end in %d s and is killed", build->name,
			 CANCEL_LIMIT_MS / 1000);
		/* Its helpers too: it leads their session. */
		kill(-build->pid, SIGKILL);
	}
	while (build->pid && waitpid(build->pid, &status, 0) < 0 && errno == EINTR)
		;
	build->pid = 0;
	if (!build->done)
		destroy_leftover(build);
}

/**
 * tsmc_build_free() - end a build
 * @build: the build; NULL is allowed
 *
 * A restore that is still under way is cancelled. Does not destroy a finished
 * domain.
 */
void tsmc_build_free(struct tsmc_build *build)
{
	if (!build)
		return;
	close_pipe(&build->stream);
	if (build->started)
		end_child(build);
	close_pipe(&build->reports);
	tsmc_late_disks_dispose(&build->late);
	free(build->name);
	free(build);
}
