// SPDX-License-Identifier: GPL-2.0-or-later
#include "interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;
static const char *volatile sentence;

static void note(int number)
{
	const char *said = interrupted ? NULL : sentence;
	ssize_t written = 0;
	int error = errno;

	interrupted = number;
	/* At once: what waits may take a while to notice. Nothing can be done if it is not read. */
	if (said)
		written = write(STDERR_FILENO, said, strlen(said));
	(void)written;
	errno = error;
}

static void handle_both(void (*handler)(int))
{
	/* Without SA_RESTART: a wait ends, and its caller looks. */
	struct sigaction action = { .sa_handler = handler };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/**
 * tsmc_interrupt_catch - make SIGINT and SIGTERM a clean failure
 *
 * Waits of the transport return -ECANCELED afterwards.
 */
void tsmc_interrupt_catch(void)
{
	handle_both(note);
}

/**
 * tsmc_interrupt_say - tell the operator what an interrupt does
 * @text: a line with its end, written to standard error when the first one comes; NULL: none. It
 *	must stay until another is set or interrupts are ignored.
 */
void tsmc_interrupt_say(const char *text)
{
	sentence = text;
}

/**
 * tsmc_interrupt_ignore - no interrupt from here on
 *
 * For the time after the hand-over: who waits for the last pages must not be
 * talked out of it. One that came before is forgotten.
 */
void tsmc_interrupt_ignore(void)
{
	handle_both(SIG_IGN);
	interrupted = 0;
	sentence = NULL;
}

/**
 * tsmc_interrupted - has the operator asked to stop?
 *
 * Return: true from the first caught signal on.
 */
bool tsmc_interrupted(void)
{
	return interrupted;
}
