/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TSMC_PLAIN_TEXT_H
#define TSMC_PLAIN_TEXT_H

#include <stdio.h>

/* Writes a text of somebody else for people: what would steer a terminal becomes '?'. Returns its length. */
int tsmc_plain_text(const char *text, FILE *out);

#endif /* TSMC_PLAIN_TEXT_H */
