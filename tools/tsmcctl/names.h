/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of what the family has as numbers: for people, and in JSON.
 */
#ifndef TSMC_NAMES_H
#define TSMC_NAMES_H

#include <stdbool.h>
#include <stdint.h>

/* What four bits of a table byte can say; not all have a meaning yet. */
#define TSMC_CLASSES	16

const char *tsmc_class_name(unsigned int class);
bool tsmc_class_find(const char *name, unsigned int *class);
const char *tsmc_state_name(uint32_t state);
const char *tsmc_event_name(unsigned int command);
const char *tsmc_attr_name(unsigned int attr);
bool tsmc_advice_find(const char *name, uint32_t *advice);

#endif /* TSMC_NAMES_H */
