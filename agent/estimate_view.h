/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How an estimate is shown: one row for each mode.
 */
#ifndef TSMC_ESTIMATE_VIEW_H
#define TSMC_ESTIMATE_VIEW_H

#include <stdio.h>

#include "domain_watch.h"

void tsmc_estimate_text(const struct tsmc_domain_watch *watch, double rate_mib, FILE *out);
void tsmc_estimate_json(const struct tsmc_domain_watch *watch, double rate_mib, FILE *out);

#endif /* TSMC_ESTIMATE_VIEW_H */
