// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into an agent: does something to it at the moment at which it has written down a
 * phase of its migration.
 *
 * TSMC_AT="PHASE WHAT": PHASE as in the record; WHAT is
 *
 *	kill	SIGKILL
 *	intr	SIGINT
 *	stop	stands still for good, until it is killed or continued
 *	nospace	the record cannot be written
 *	memory	the next allocation of 64 bytes or more fails
 *	xen	the next hypercall fails
 *	break	stands still until /tmp/at.PHASE.go is there; meanwhile /tmp/at.PHASE.here is
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SMALL	64
#define LOOK_MS	10

static pid_t agent;
static bool fail_memory, fail_xen, done;

/* A guardian is a child: what it does is none of our business. */
__attribute__((constructor)) static void begin(void)
{
	agent = getpid();
}

static void *next(const char *symbol)
{
	return dlsym(RTLD_NEXT, symbol);
}

static bool is_record(const char *path)
{
	return strstr(path, "/run/tsmc/") == path &&
	       (strstr(path, ".source") || strstr(path, ".target"));
}

/* Whether the file says "phase WORD". */
static bool tells(const char *path, const char *word, size_t len)
{
	char text[4096], *at;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return false;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got < 0)
		return false;
	text[got] = '\0';
	at = strstr(text, "\nphase ");
	return at && !strncmp(at + 7, word, len) && at[7 + len] == '\n';
}

static void breakpoint(const char *phase, size_t len)
{
	char here[64], go[64];

	snprintf(here, sizeof(here), "/tmp/at.%.*s.here", (int)len, phase);
	snprintf(go, sizeof(go), "/tmp/at.%.*s.go", (int)len, phase);
	close(open(here, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	while (access(go, F_OK))
		poll(NULL, 0, LOOK_MS);
	unlink(here);
	unlink(go);
}

static void act(const char *phase, const char *what)
{
	done = true;
	if (!strcmp(what, "kill"))
		raise(SIGKILL);
	else if (!strcmp(what, "intr"))
		raise(SIGINT);
	else if (!strcmp(what, "stop"))
		raise(SIGSTOP);
	else if (!strcmp(what, "memory"))
		fail_memory = true;
	else if (!strcmp(what, "xen"))
		fail_xen = true;
	else if (!strcmp(what, "break"))
		breakpoint(phase, what - 1 - phase);
}

int rename(const char *from, const char *to)
{
	int (*real)(const char *from, const char *to) = next("rename");
	const char *at = getenv("TSMC_AT"), *what = at ? strchr(at, ' ') : NULL;
	int rc;

	if (!what || done || getpid() != agent || !is_record(to) || !tells(from, at, what - at))
		return real(from, to);
	if (!strcmp(what + 1, "nospace")) {
		done = true;
		errno = ENOSPC;
		return -1;
	}
	rc = real(from, to);
	act(at, what + 1);
	return rc;
}

static bool refuse_memory(size_t size)
{
	if (!fail_memory || size < SMALL)
		return false;
	fail_memory = false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	static void *(*real)(size_t);

	if (!real)
		real = next("malloc");
	return refuse_memory(size) ? NULL : real(size);
}

/* dlsym() itself allocates: until we know the real one there is this. */
void *calloc(size_t count, size_t size)
{
	static void *(*real)(size_t, size_t);
	static char early[4096];
	static size_t used;
	static bool looking;

	if (!real) {
		if (looking) {
			void *area = early + used;

			used += (count * size + 15) & ~(size_t)15;
			return used <= sizeof(early) ? area : NULL;
		}
		looking = true;
		real = next("calloc");
	}
	return refuse_memory(count * size) ? NULL : real(count, size);
}

/* Xen's libraries reach the hypervisor by ioctls of type 'P'. */
int ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int, unsigned long, ...);
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (!real)
		real = next("ioctl");
	if (fail_xen && _IOC_TYPE(request) == 'P') {
		fail_xen = false;
		errno = EFAULT;
		return -1;
	}
	return real(fd, request, arg);
}
