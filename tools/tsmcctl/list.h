/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list that grows: what a dump brings, until it is complete.
 */
#ifndef TSMC_LIST_H
#define TSMC_LIST_H

#include <stddef.h>

/**
 * struct tsmc_list - a list
 * @items: one after the other; freed by the owner
 * @size: bytes of one
 * @count: how many there are
 * @room: for how many there is memory
 */
struct tsmc_list {
	void *items;
	size_t size;
	size_t count;
	size_t room;
};

int tsmc_list_add(struct tsmc_list *list, const void *item);

#endif /* TSMC_LIST_H */
