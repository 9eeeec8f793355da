/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where Dom0 finds the page tables of the guest's processes.
 */
#ifndef TSMC_ADDRESS_SPACES_H
#define TSMC_ADDRESS_SPACES_H

struct tsmc_hint_table;

unsigned int tsmc_address_spaces_settle(struct tsmc_hint_table *table);

#endif /* TSMC_ADDRESS_SPACES_H */
