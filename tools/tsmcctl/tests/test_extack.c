// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel says of a request that it refuses, built in memory.
 */
#include <errno.h>
#include <stddef.h>

#include "extack.h"
#include "made_messages.h"

/* The beginning of an answer: the error and the request that it repeats. */
static struct nl_msg *refusal(int error, const struct nl_msg *request, uint16_t flags)
{
	const struct nlmsghdr *header = request ? nlmsg_hdr((struct nl_msg *)request) : NULL;
	struct nl_msg *msg = nlmsg_alloc();
	uint32_t length = header ? header->nlmsg_len : NLMSG_HDRLEN;
	struct nlmsgerr *body;

	EXPECT(msg && nlmsg_put(msg, 0, 1, NLMSG_ERROR, 0, flags));
	if (flags & NLM_F_CAPPED)
		length = NLMSG_HDRLEN;
	body = nlmsg_reserve(msg, sizeof(body->error) + length, NLMSG_ALIGNTO);
	EXPECT(body);
	memset(body, 0, sizeof(*body));
	body->error = error;
	if (header)
		memcpy(&body->msg, header, length);
	else
		body->msg.nlmsg_len = NLMSG_HDRLEN;
	return msg;
}

static struct nl_msg *settings_request(uint32_t *offset)
{
	struct nl_msg *request = message_begin(TSMC_CMD_SETTINGS_SET);

	EXPECT(!nla_put_u32(request, TSMC_A_BACKGROUND_MS, 0));
	*offset = nlmsg_hdr(request)->nlmsg_len;
	EXPECT(!nla_put_u32(request, TSMC_A_INTERVAL_MS, 1));
	return request;
}

static void put_limits(struct nl_msg *msg, uint64_t least, uint64_t most)
{
	struct nlattr *nest = nla_nest_start(msg, NLMSGERR_ATTR_POLICY);

	EXPECT(nest && !nla_put_u64(msg, NL_POLICY_TYPE_ATTR_MIN_VALUE_U, least) &&
	       !nla_put_u64(msg, NL_POLICY_TYPE_ATTR_MAX_VALUE_U, most));
	nla_nest_end(msg, nest);
}

static bool said(struct nl_msg *msg, int error, const char *expected)
{
	char text[128] = "before";
	int got = tsmc_extack_read(nlmsg_hdr(msg), text, sizeof(text));

	if (got != error || strcmp(text, expected))
		ksft_print_msg("%d, '%s' instead of %d, '%s'\n", got, text, error, expected);
	nlmsg_free(msg);
	return got == error && !strcmp(text, expected);
}

static void silent(void)
{
	struct nl_msg *msg = nlmsg_alloc();

	EXPECT(said(refusal(-EPERM, NULL, 0), -EPERM, ""));
	EXPECT(said(refusal(0, NULL, 0), 0, ""));
	EXPECT(msg && nlmsg_put(msg, 0, 1, NLMSG_DONE, 0, 0));
	EXPECT(said(msg, 0, ""));
}

static void words(void)
{
	struct nl_msg *msg = refusal(-ESRCH, NULL, NLM_F_ACK_TLVS);

	EXPECT(!nla_put_string(msg, NLMSGERR_ATTR_MSG, "no such process"));
	EXPECT(said(msg, -ESRCH, "no such process"));
}

static void bad_attribute(void)
{
	uint32_t offset;
	struct nl_msg *request = settings_request(&offset);
	struct nl_msg *msg = refusal(-ERANGE, request, NLM_F_ACK_TLVS);

	EXPECT(!nla_put_string(msg, NLMSGERR_ATTR_MSG, "integer out of range"));
	EXPECT(!nla_put_u32(msg, NLMSGERR_ATTR_OFFS, offset));
	put_limits(msg, 20, 60000);
	EXPECT(said(msg, -ERANGE, "interval-ms: integer out of range (20 to 60000)"));
	nlmsg_free(request);
}

static void capped(void)
{
	uint32_t offset;
	struct nl_msg *request = settings_request(&offset);
	struct nl_msg *msg = refusal(-ERANGE, request, NLM_F_ACK_TLVS | NLM_F_CAPPED);

	EXPECT(!nla_put_string(msg, NLMSGERR_ATTR_MSG, "integer out of range"));
	EXPECT(!nla_put_u32(msg, NLMSGERR_ATTR_OFFS, offset));
	EXPECT(said(msg, -ERANGE, "integer out of range"));
	nlmsg_free(request);
}

static void dump_end(void)
{
	struct nl_msg *msg = nlmsg_alloc();
	int *error;

	EXPECT(msg && nlmsg_put(msg, 0, 1, NLMSG_DONE, 0, NLM_F_MULTI | NLM_F_ACK_TLVS));
	error = nlmsg_reserve(msg, sizeof(*error), NLMSG_ALIGNTO);
	EXPECT(error);
	*error = -EINTR;
	EXPECT(!nla_put_string(msg, NLMSGERR_ATTR_MSG, "interrupted"));
	EXPECT(said(msg, -EINTR, "interrupted"));
}

static void offsets(void)
{
	static const uint32_t bad[] = { 0, 15, 19, 36, 37, 1000, UINT32_MAX };
	uint32_t offset;

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct nl_msg *request = settings_request(&offset);
		struct nl_msg *msg = refusal(-EINVAL, request, NLM_F_ACK_TLVS);

		EXPECT(!nla_put_string(msg, NLMSGERR_ATTR_MSG, "wrong"));
		EXPECT(!nla_put_u32(msg, NLMSGERR_ATTR_OFFS, bad[i]));
		EXPECT(said(msg, -EINVAL, "wrong"));
		nlmsg_free(request);
	}
}

static void malformed(void)
{
	uint32_t offset;
	struct nl_msg *request = settings_request(&offset);
	struct nl_msg *good = refusal(-ERANGE, request, NLM_F_ACK_TLVS);
	const struct nlmsghdr *header;
	uint64_t state = 3;

	EXPECT(!nla_put_u32(good, NLMSGERR_ATTR_OFFS, offset));
	put_limits(good, 20, 60000);
	EXPECT(!nla_put_string(good, NLMSGERR_ATTR_MSG, "integer out of range"));
	header = nlmsg_hdr(good);
	for (unsigned int round = 0; round < 50000; round++) {
		uint32_t length = NLMSG_HDRLEN + unit_below(&state, header->nlmsg_len - NLMSG_HDRLEN + 1);
		struct nlmsghdr *bad = malloc(length);
		char text[64];

		EXPECT(bad);
		memcpy(bad, header, length);
		for (unsigned int i = unit_below(&state, 6); i && length > NLMSG_HDRLEN; i--)
			((uint8_t *)bad)[NLMSG_HDRLEN + unit_below(&state, length - NLMSG_HDRLEN)] =
				unit_below(&state, 80);
		bad->nlmsg_len = length;
		bad->nlmsg_type = round & 1 ? NLMSG_ERROR : NLMSG_DONE;
		tsmc_extack_read(bad, text, sizeof(text));
		EXPECT(memchr(text, '\0', sizeof(text)));
		free(bad);
	}
	nlmsg_free(good);
	nlmsg_free(request);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "an error without words is an error", silent },
		{ "the kernel's words are passed on", words },
		{ "the attribute that is wrong is named, and its limits", bad_attribute },
		{ "an answer that does not repeat the request has its words", capped },
		{ "so has the end of a dump", dump_end },
		{ "offsets out of the request name nothing", offsets },
		{ "malformed answers do no harm", malformed },
	};

	unit_run(tests, sizeof(tests) / sizeof(*tests));
}
