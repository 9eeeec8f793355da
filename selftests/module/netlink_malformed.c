// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages that the family "tsmc" must not accept, and what it says to them.
 */
#include <errno.h>
#include <kselftest.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "family.h"
#include "guest_module.h"
#include "kernel_log.h"

#define PAGE		4096ULL
#define FUZZ_MESSAGES	3000

static struct family family;

/**
 * struct given - an attribute of a message
 * @type: TSMC_A_* or what is none; 0 ends a list
 * @bytes: length of its value
 * @value: its value
 */
struct given {
	uint16_t type;
	uint16_t bytes;
	uint64_t value;
};

#define U8(type, value)		{ type, 1, value }
#define U32(type, value)	{ type, 4, value }
#define U64(type, value)	{ type, 8, value }

/**
 * struct bad - a message, and the error that it is answered with
 * @what: for people
 * @command: TSMC_CMD_* or what is none
 * @dump: asked for as a dump
 * @error: expected
 * @given: attributes
 */
struct bad {
	const char *what;
	uint8_t command;
	bool dump;
	int error;
	struct given given[5];
};

#define HINT(start, length, ...) {			\
		U64(TSMC_A_START, start),		\
		U64(TSMC_A_LENGTH, length),		\
		##__VA_ARGS__				\
	}
#define NO_ATTRS { { .type = 0 } }
#define HOT U32(TSMC_A_ADVICE, TSMC_ADVICE_HOT)

static const struct bad bad[] = {
	{ "command 0", TSMC_CMD_UNSPEC, false, EOPNOTSUPP, NO_ATTRS },
	{ "a command that there is not", 200, false, EOPNOTSUPP, NO_ATTRS },
	{ "an event as a command", TSMC_EVENT_ANNOUNCED, false, EOPNOTSUPP, NO_ATTRS },
	{ "status as a dump", TSMC_CMD_STATUS_GET, true, EOPNOTSUPP, NO_ATTRS },
	{ "a hint as a dump", TSMC_CMD_HINT_SET, true, EOPNOTSUPP, NO_ATTRS },
	{ "hot pages without a dump", TSMC_CMD_HOT_GET, false, EOPNOTSUPP, NO_ATTRS },
	{ "processes without a dump", TSMC_CMD_PROCESS_GET, false, EOPNOTSUPP, NO_ATTRS },

	{ "an attribute to a command without any", TSMC_CMD_STATUS_GET, false,
	  EINVAL, { U32(TSMC_A_STATE, 0) } },
	{ "the same to another", TSMC_CMD_PROCESS_GET, true,
	  EINVAL, { U32(TSMC_A_PID, 1) } },
	{ "an unknown attribute", TSMC_CMD_CLASSES_GET, false,
	  EINVAL, { U32(TSMC_A_MAX + 1, 0) } },
	{ "an unknown attribute beside known ones", TSMC_CMD_HINT_SET, false,
	  EINVAL, HINT(PAGE, PAGE, HOT, U32(0x3fff, 0)) },
	{ "an attribute of another command", TSMC_CMD_HINT_SET, false,
	  EINVAL, HINT(PAGE, PAGE, HOT, U8(TSMC_A_CLASS, 1)) },
	{ "a string where none belongs", TSMC_CMD_SETTINGS_SET, false,
	  EINVAL, { { TSMC_A_COMM, 300, 0x6161616161616161 } } },
	{ "a name of a file", TSMC_CMD_MAPPING_GET, true,
	  EINVAL, { U32(TSMC_A_PID, 1), { TSMC_A_NAME, 8, 0x61616161 } } },
	{ "a number marked as a nest", TSMC_CMD_SETTINGS_SET, false,
	  EINVAL, { U32(TSMC_A_INTERVAL_MS | NLA_F_NESTED, 100) } },

	{ "a heat of 4 bytes", TSMC_CMD_HOT_GET, true,
	  EINVAL, { U32(TSMC_A_HEAT_MIN, 8) } },
	{ "a class of no byte", TSMC_CMD_HOT_GET, true,
	  EINVAL, { { TSMC_A_CLASS, 0, 0 } } },
	{ "a pid of 2 bytes", TSMC_CMD_MAPPING_GET, true,
	  EINVAL, { { TSMC_A_PID, 2, 1 } } },
	{ "a setting of 8 bytes", TSMC_CMD_SETTINGS_SET, false,
	  EINVAL, { U64(TSMC_A_BUDGET_PERMILLE, 10) } },
	{ "a start of 4 bytes", TSMC_CMD_HINT_SET, false, EINVAL,
	  { U32(TSMC_A_START, PAGE), U64(TSMC_A_LENGTH, PAGE), HOT } },
	{ "a length of 9 bytes", TSMC_CMD_HINT_SET, false, EINVAL,
	  { U64(TSMC_A_START, PAGE), { TSMC_A_LENGTH, 9, PAGE }, HOT } },

	{ "mappings of nobody", TSMC_CMD_MAPPING_GET, true, EINVAL, NO_ATTRS },
	{ "settings without one", TSMC_CMD_SETTINGS_SET, false, EINVAL, NO_ATTRS },
	{ "a hint of nothing", TSMC_CMD_HINT_SET, false, EINVAL, NO_ATTRS },
	{ "a hint without advice", TSMC_CMD_HINT_SET, false, EINVAL,
	  HINT(PAGE, PAGE) },
	{ "a hint without length", TSMC_CMD_HINT_SET, false, EINVAL,
	  { U64(TSMC_A_START, PAGE), HOT } },
	{ "a hint without start", TSMC_CMD_HINT_SET, false, EINVAL,
	  { U64(TSMC_A_LENGTH, PAGE), HOT } },

	{ "class 10", TSMC_CMD_HOT_GET, true, ERANGE,
	  { U8(TSMC_A_CLASS, TSMC_CLASS_NR) } },
	{ "heat 16", TSMC_CMD_HOT_GET, true, ERANGE,
	  { U8(TSMC_A_HEAT_MIN, 16) } },
	{ "pid 0", TSMC_CMD_MAPPING_GET, true, ERANGE, { U32(TSMC_A_PID, 0) } },
	{ "pid -1", TSMC_CMD_MAPPING_GET, true, ERANGE,
	  { U32(TSMC_A_PID, ~0U) } },
	{ "a pid that nobody has", TSMC_CMD_MAPPING_GET, true, ESRCH,
	  { U32(TSMC_A_PID, 4194304) } },
	{ "mappings of a kernel thread", TSMC_CMD_MAPPING_GET, true, ESRCH,
	  { U32(TSMC_A_PID, 2) } },
	{ "an interval of 19", TSMC_CMD_SETTINGS_SET, false, ERANGE,
	  { U32(TSMC_A_INTERVAL_MS, 19) } },
	{ "an interval of 60001", TSMC_CMD_SETTINGS_SET, false, ERANGE,
	  { U32(TSMC_A_INTERVAL_MS, 60001) } },
	{ "1 in the background", TSMC_CMD_SETTINGS_SET, false, ERANGE,
	  { U32(TSMC_A_BACKGROUND_MS, 1) } },
	{ "999 in the background", TSMC_CMD_SETTINGS_SET, false, ERANGE,
	  { U32(TSMC_A_BACKGROUND_MS, 999) } },
	{ "3600001 in the background", TSMC_CMD_SETTINGS_SET, false, ERANGE,
	  { U32(TSMC_A_BACKGROUND_MS, 3600001) } },
	{ "no budget", TSMC_CMD_SETTINGS_SET, false, ERANGE,
	  { U32(TSMC_A_BUDGET_PERMILLE, 0) } },
	{ "a budget of 501", TSMC_CMD_SETTINGS_SET, false, ERANGE,
	  { U32(TSMC_A_BUDGET_PERMILLE, 501) } },
	{ "a good setting beside a bad one", TSMC_CMD_SETTINGS_SET, false,
	  ERANGE, { U32(TSMC_A_INTERVAL_MS, 77),
		    U32(TSMC_A_BUDGET_PERMILLE, 65536 + 10) } },
	{ "advice 4", TSMC_CMD_HINT_SET, false, ERANGE,
	  HINT(PAGE, PAGE, U32(TSMC_A_ADVICE, TSMC_ADVICE_MAX + 1)) },
	{ "a hint on pid 0", TSMC_CMD_HINT_SET, false, ERANGE,
	  HINT(PAGE, PAGE, HOT, U32(TSMC_A_PID, 0)) },

	{ "a start within a page", TSMC_CMD_HINT_SET, false, EINVAL,
	  HINT(PAGE + 8, PAGE, HOT) },
	{ "half a page", TSMC_CMD_HINT_SET, false, EINVAL,
	  HINT(PAGE, PAGE / 2, HOT) },
	{ "a length of 0", TSMC_CMD_HINT_SET, false, EINVAL,
	  HINT(PAGE, 0, HOT) },
	{ "a range that overflows", TSMC_CMD_HINT_SET, false, ERANGE,
	  HINT(-PAGE, 2 * PAGE, HOT) },
	{ "a length that overflows", TSMC_CMD_HINT_SET, false, ERANGE,
	  HINT(2 * PAGE, -PAGE, HOT) },
	{ "the kernel's memory", TSMC_CMD_HINT_SET, false, ERANGE,
	  HINT(0xffff888000000000ULL, PAGE, HOT) },
	{ "a range that ends too far", TSMC_CMD_HINT_SET, false, ERANGE,
	  HINT(PAGE, 1ULL << 60, HOT) },
};

static void put_given(struct nlmsghdr *request, const struct given *given)
{
	char value[512];
	size_t at;

	for (; given->type; given++) {
		for (at = 0; at < sizeof(value); at += sizeof(given->value))
			memcpy(value + at, &given->value, sizeof(given->value));
		mnl_attr_put(request, given->type, given->bytes, value);
	}
}

static void test_bad(const struct bad *one)
{
	struct nlmsghdr *request = family_begin(&family, one->command,
						one->dump ? NLM_F_DUMP : 0);
	int ret;

	put_given(request, one->given);
	ret = family_talk(&family, request, NULL, NULL);
	if (ret != -one->error)
		ksft_print_msg("answered with error %d, not %d\n", -ret,
			       one->error);
	ksft_test_result(ret == -one->error, "%s: %s\n", one->what,
			 strerror(one->error));
}

/* A message of @bytes bytes that says of itself that it has @said. */
static int send_cut(uint32_t said, size_t bytes)
{
	struct nlmsghdr *request = family_begin(&family, TSMC_CMD_STATUS_GET, 0);
	int ret;

	request->nlmsg_len = said;
	ret = family_send(&family, request, bytes);
	return ret ?: family_receive(&family, NULL, NULL);
}

static void test_headers(void)
{
	struct nlmsghdr *request = family_begin(&family, TSMC_CMD_STATUS_GET, 0);
	struct genlmsghdr *header = mnl_nlmsg_get_payload(request);

	header->reserved = 1;
	ksft_test_result(family_talk(&family, request, NULL, NULL) == -EINVAL,
			 "a reserved field that is not 0\n");
	request = family_begin(&family, TSMC_CMD_STATUS_GET,
			       NLM_F_ACK | NLM_F_EXCL);
	ksft_test_result(family_talk(&family, request, NULL, NULL) == -EINVAL,
			 "flags that mean nothing here\n");
	ksft_test_result(send_cut(NLMSG_HDRLEN + 2, NLMSG_HDRLEN + 4) == -EINVAL,
			 "half a generic header\n");
	ksft_test_result(send_cut(NLMSG_HDRLEN, NLMSG_HDRLEN) == -EINVAL,
			 "no generic header\n");
}

/* The kernel does not answer what it cannot even take for a message. */
static void test_no_messages(void)
{
	const char *bytes = (void *)family_begin(&family, TSMC_CMD_STATUS_GET, 0);
	struct nlmsghdr *request = (void *)family.request;
	unsigned int sent = 0, size;

	for (size = 1; size < NLMSG_HDRLEN + GENL_HDRLEN; size++)
		sent += !family_send(&family, bytes, size);
	request->nlmsg_len = NLMSG_HDRLEN - 1;
	sent += !family_send(&family, bytes, NLMSG_HDRLEN + GENL_HDRLEN);
	request->nlmsg_len = 1U << 31;
	sent += !family_send(&family, bytes, NLMSG_HDRLEN + GENL_HDRLEN);
	ksft_test_result(sent == size + 1 &&
			 family_status(&family, TSMC_A_NR_PFNS) != ~0ULL,
			 "%u messages cut short are left without answer\n",
			 sent);
}

static int hint_with_last(uint16_t attr_len, size_t junk)
{
	struct nlmsghdr *request = family_begin(&family, TSMC_CMD_HINT_SET, 0);
	struct nlattr *last;

	mnl_attr_put_u64(request, TSMC_A_START, PAGE);
	mnl_attr_put_u64(request, TSMC_A_LENGTH, PAGE);
	last = mnl_nlmsg_get_payload_tail(request);
	mnl_attr_put_u32(request, TSMC_A_ADVICE, TSMC_ADVICE_HOT);
	last->nla_len = attr_len;
	memset(mnl_nlmsg_get_payload_tail(request), 0, junk);
	request->nlmsg_len += junk;
	return family_talk(&family, request, NULL, NULL);
}

static void test_attributes(void)
{
	ksft_test_result(hint_with_last(400, 0) == -EINVAL,
			 "an attribute that ends behind its message\n");
	ksft_test_result(hint_with_last(3, 0) == -EINVAL &&
			 hint_with_last(0, 0) == -EINVAL,
			 "attributes without even a header\n");
	ksft_test_result(hint_with_last(8, 3) == -EINVAL &&
			 hint_with_last(8, 8) == -EINVAL,
			 "something behind the attributes\n");
}

static uint32_t seed = 1;

static uint32_t arbitrary(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* Half of the attributes have the size that they should have. */
static void put_arbitrary(struct nlmsghdr *request)
{
	static const uint16_t sizes[] = { 1, 4, 8, 8 };
	uint16_t type = arbitrary(TSMC_A_MAX + 4), size;
	uint64_t value[5];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(value); i++)
		value[i] = arbitrary(2) ? arbitrary(64) :
			   (uint64_t)arbitrary(1U << 24) << arbitrary(40);
	if (arbitrary(4) == 0)
		value[0] &= -PAGE;
	size = arbitrary(2) ? sizes[arbitrary(ARRAY_SIZE(sizes))] :
			      arbitrary(sizeof(value));
	if (arbitrary(16) == 0)
		type |= NLA_F_NESTED;
	mnl_attr_put(request, type, size, value);
}

static void test_arbitrary(void)
{
	unsigned int i, accepted = 0, silent = 0;
	struct nlmsghdr *request;
	int ret, nr;

	for (i = 0; i < FUZZ_MESSAGES; i++) {
		request = family_begin(&family, arbitrary(TSMC_CMD_MAX + 2),
				       arbitrary(2) ? NLM_F_DUMP : 0);
		for (nr = arbitrary(5); nr; nr--)
			put_arbitrary(request);
		ret = family_talk(&family, request, NULL, NULL);
		accepted += !ret;
		silent += ret == -ETIMEDOUT;
	}
	ksft_test_result(!silent && accepted && accepted < i &&
			 family_status(&family, TSMC_A_NR_PFNS) != ~0ULL,
			 "%u arbitrary messages, %u of them accepted, are answered\n",
			 i, accepted);
}

struct settings {
	uint64_t value[3];
};

static void take_settings(const struct nlattr **attrs, void *data)
{
	struct settings *settings = data;
	int i;

	for (i = 0; i < 3; i++)
		settings->value[i] = family_u64(attrs, TSMC_A_INTERVAL_MS + i);
}

static struct settings get_settings(void)
{
	struct settings settings = { };

	family_ask(&family, TSMC_CMD_SETTINGS_GET, 0, take_settings, &settings);
	return settings;
}

int main(void)
{
	struct settings before, after;
	unsigned int i;
	int log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	ksft_set_plan(ARRAY_SIZE(bad) + 11);
	if (family_open(&family))
		ksft_exit_fail_msg("no family \"" TSMC_GENL_NAME "\"\n");

	before = get_settings();
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		test_bad(&bad[i]);
	test_headers();
	test_no_messages();
	test_attributes();
	after = get_settings();
	ksft_test_result(!memcmp(&before, &after, sizeof(after)) &&
			 !family_status(&family, TSMC_A_ADVICE_RANGES),
			 "none of them changed anything\n");
	test_arbitrary();
	/* Some of these were good: what they set goes with the module. */
	family_close(&family);
	if (module_unload_limited() || module_load())
		ksft_exit_fail_msg("tsmc.ko does not unload and load again\n");
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
