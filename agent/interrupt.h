/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operator's Ctrl-C: noticed where the agent waits, so that every failure
 * takes the one way out that leaves the guest running.
 */
#ifndef TSMC_INTERRUPT_H
#define TSMC_INTERRUPT_H

#include <stdbool.h>

/* From here on SIGINT and SIGTERM only interrupt waits. */
void tsmc_interrupt_catch(void);
/* What to write when the first one comes; NULL: nothing. */
void tsmc_interrupt_say(const char *text);
/* From here on they do nothing: there is no way back. */
void tsmc_interrupt_ignore(void);
/* Has one come? */
bool tsmc_interrupted(void);

#endif /* TSMC_INTERRUPT_H */
