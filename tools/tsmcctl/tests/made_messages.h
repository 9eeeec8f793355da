/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages of the module, built in memory, and what is written of them.
 */
#ifndef TSMC_MADE_MESSAGES_H
#define TSMC_MADE_MESSAGES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <linux/tsmc_hint.h>
#include <linux/tsmc_netlink.h>

#include "unit.h"

#define TEST_FAMILY	0x25

static inline struct nl_msg *message_begin(int command)
{
	struct nl_msg *msg = nlmsg_alloc();

	EXPECT(msg && genlmsg_put(msg, 0, 1, TEST_FAMILY, 0, 0, command, TSMC_GENL_VERSION));
	return msg;
}

static inline void put_class(struct nl_msg *msg, unsigned int class, uint64_t pages, uint64_t hot)
{
	struct nlattr *nest = nla_nest_start(msg, TSMC_A_CLASS_ENTRY);

	EXPECT(nest && !nla_put_u8(msg, TSMC_A_CLASS, class) && !nla_put_u64(msg, TSMC_A_PAGES, pages) &&
	       !nla_put_u64(msg, TSMC_A_HOT, hot));
	nla_nest_end(msg, nest);
}

/* A stream whose content is compared. */
struct written {
	char *text;
	size_t size;
	FILE *out;
};

static inline void written_begin(struct written *written)
{
	written->text = NULL;
	written->out = open_memstream(&written->text, &written->size);
	EXPECT(written->out);
}

static inline bool written_is(struct written *written, const char *expected)
{
	bool same;

	fclose(written->out);
	same = !strcmp(written->text, expected);
	if (!same)
		ksft_print_msg("expected: %s\n# written: %s\n", expected, written->text);
	free(written->text);
	return same;
}

#endif /* TSMC_MADE_MESSAGES_H */
