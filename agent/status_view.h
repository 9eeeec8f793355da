/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verb status shows of a record.
 */
#ifndef TSMC_STATUS_VIEW_H
#define TSMC_STATUS_VIEW_H

#include <stdio.h>

#include "situation.h"

/* For people, some lines. @alive as for tsmc_situation_of(). */
void tsmc_status_text(const struct tsmc_journal *journal, bool alive, FILE *out);
/* For programs, one JSON object without a newline behind it. */
void tsmc_status_json(const struct tsmc_journal *journal, bool alive, FILE *out);

#endif /* TSMC_STATUS_VIEW_H */
