// SPDX-License-Identifier: GPL-2.0-or-later
#include "extack.h"

#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "names.h"

/* The attribute at an offset into the request, which the answer repeats. */
static const char *attribute_at(const struct nlmsghdr *request, uint32_t room, uint32_t offset)
{
	const struct nlattr *attr = (const struct nlattr *)((const char *)request + offset);

	if (offset < NLMSG_HDRLEN + GENL_HDRLEN || offset > room || room - offset < sizeof(*attr))
		return NULL;
	return tsmc_attr_name(nla_type(attr));
}

/* What the attribute may be, as " (LEAST to MOST)". */
static void limits(struct nlattr *policy, char *text, size_t size)
{
	struct nlattr *attrs[NL_POLICY_TYPE_ATTR_MAX + 1], *least, *most;

	if (nla_parse_nested(attrs, NL_POLICY_TYPE_ATTR_MAX, policy, NULL) < 0)
		return;
	least = attrs[NL_POLICY_TYPE_ATTR_MIN_VALUE_U];
	most = attrs[NL_POLICY_TYPE_ATTR_MAX_VALUE_U];
	if (least && most && nla_len(least) >= 8 && nla_len(most) >= 8)
		snprintf(text, size, " (%" PRIu64 " to %" PRIu64 ")", nla_get_u64(least), nla_get_u64(most));
}

static void describe(struct nlattr **attrs, const char *which, char *said, size_t size)
{
	char range[64] = "";
	struct nlattr *text = attrs[NLMSGERR_ATTR_MSG];

	if (attrs[NLMSGERR_ATTR_POLICY])
		limits(attrs[NLMSGERR_ATTR_POLICY], range, sizeof(range));
	snprintf(said, size, "%s%s%.*s%s", which ? which : "", which && text ? ": " : "",
		 text ? (int)strnlen(nla_data(text), nla_len(text)) : 0,
		 text ? (const char *)nla_data(text) : "", range);
}

/**
 * tsmc_extack_read - read an answer that ends a request
 * @answer: NLMSG_ERROR, or NLMSG_DONE at the end of a dump
 * @said: what the kernel says of it; empty if nothing
 * @size: of @said
 *
 * Return: 0, or the negative errno that the answer carries, or -EBADMSG.
 */
int tsmc_extack_read(const struct nlmsghdr *answer, char *said, size_t size)
{
	/* Of DONE only the errno comes before the kernel's words. */
	const struct nlmsgerr *error = nlmsg_data(answer);
	const uint32_t length = nlmsg_datalen(answer);
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1];
	const char *which = NULL;
	uint32_t skip = sizeof(error->error);

	said[0] = '\0';
	if (length < sizeof(error->error))
		return answer->nlmsg_type == NLMSG_DONE ? 0 : -EBADMSG;
	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS))
		return error->error;
	if (answer->nlmsg_type == NLMSG_ERROR) {
		if (length < sizeof(*error))
			return -EBADMSG;
		skip = sizeof(*error);
		if (!(answer->nlmsg_flags & NLM_F_CAPPED)) {
			if (error->msg.nlmsg_len < NLMSG_HDRLEN ||
			    error->msg.nlmsg_len > length - sizeof(error->error))
				return -EBADMSG;
			skip = sizeof(error->error) + NLMSG_ALIGN(error->msg.nlmsg_len);
		}
	}
	if (skip > length)
		return error->error;
	if (nla_parse(attrs, NLMSGERR_ATTR_MAX, (struct nlattr *)((char *)nlmsg_data(answer) + skip),
		      length - skip, NULL) < 0)
		return error->error;
	if (attrs[NLMSGERR_ATTR_OFFS] && nla_len(attrs[NLMSGERR_ATTR_OFFS]) >= 4)
		which = attribute_at(&error->msg, skip - sizeof(error->error),
				     nla_get_u32(attrs[NLMSGERR_ATTR_OFFS]));
	describe(attrs, which, said, size);
	return error->error;
}
