/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an agent writes down, in memory: it outlives the agent, and nothing of it
 * touches a file.
 */
#ifndef TSMC_FAKE_RECORDS_H
#define TSMC_FAKE_RECORDS_H

#include "fuzz.h"
#include "journal.h"

/* Nothing is written down; one write is to fail, counted from 1 (0: none), before or after it took effect. */
void records_begin(unsigned int failing, bool after);
/* Whether it has. */
bool records_failed(void);
/* The phase that is written down of a session, or TSMC_PHASE_NR without a record. */
enum tsmc_phase records_phase(const uint8_t *session);
/* Whether it has left what stage three needs. */
bool records_have_pages(const uint8_t *session);
/* How many records there are. */
unsigned int records_count(void);

#endif /* TSMC_FAKE_RECORDS_H */
