// SPDX-License-Identifier: GPL-2.0-or-later
#include "list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * tsmc_list_add - put a copy at the end
 * @list: where
 * @item: of the list's size
 *
 * Return: 0 or -ENOMEM.
 */
int tsmc_list_add(struct tsmc_list *list, const void *item)
{
	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : 64;
		void *items = reallocarray(list->items, room, list->size);

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->room = room;
	}
	memcpy((char *)list->items + list->count++ * list->size, item, list->size);
	return 0;
}
