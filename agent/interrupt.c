// SPDX-License-Identifier: GPL-2.0-or-later
#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t interrupted;

static void note(int number)
{
	interrupted = number;
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
 * tsmc_interrupt_ignore - no interrupt from here on
 *
 * For the time after the hand-over: who waits for the last pages must not be
 * talked out of it. One that came before is forgotten.
 */
void tsmc_interrupt_ignore(void)
{
	handle_both(SIG_IGN);
	interrupted = 0;
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
