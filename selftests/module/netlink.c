// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the family "tsmc" shows of the whole and how it is set, and what somebody
 * without a privilege may ask of it.
 */
#include <errno.h>
#include <kselftest.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "family.h"
#include "guest_module.h"
#include "kernel_log.h"

#define PAGE		4096UL
#define NOBODY		65534

static struct family family;

static void count_attrs(const struct nlattr **attrs, void *data)
{
	int *there = data, type;

	for (type = TSMC_A_STATE; type <= TSMC_A_ADVICE_RANGES; type++)
		*there += !!attrs[type];
}

static void test_status(void)
{
	struct tsmc_hint_header header;
	int there = 0;

	module_read_header(&header);
	ksft_test_result(!family_ask(&family, TSMC_CMD_STATUS_GET, 0,
				     count_attrs, &there) &&
			 there == TSMC_A_ADVICE_RANGES - TSMC_A_STATE + 1 &&
			 family_status(&family, TSMC_A_STATE) == header.state &&
			 family_status(&family, TSMC_A_NR_PFNS) ==
			 header.nr_pfns &&
			 family_status(&family, TSMC_A_EPOCH) == header.epoch &&
			 family_status(&family, TSMC_A_GENERATION) >=
			 header.generation &&
			 !family_status(&family, TSMC_A_REQUEST),
			 "status is what the header says\n");
}

/**
 * struct classes - pages of all classes
 * @pages: in all
 * @wrong: entries that make no sense
 */
struct classes {
	uint64_t pages;
	unsigned int wrong;
};

/* libmnl's parser keeps one attribute of a type only: classes repeat. */
static int take_class(const struct nlattr *attr, void *data)
{
	const struct nlattr *attrs[TSMC_A_MAX + 1] = { };
	struct classes *classes = data;
	const struct nlattr *part;

	if (mnl_attr_get_type(attr) != TSMC_A_CLASS_ENTRY)
		return MNL_CB_OK;
	mnl_attr_for_each_nested(part, attr)
		attrs[mnl_attr_get_type(part)] = part;
	classes->pages += family_u64(attrs, TSMC_A_PAGES);
	if (family_u64(attrs, TSMC_A_CLASS) >= TSMC_CLASS_NR ||
	    family_u64(attrs, TSMC_A_HOT) > family_u64(attrs, TSMC_A_PAGES))
		classes->wrong++;
	return MNL_CB_OK;
}

static void test_classes(void)
{
	struct nlmsghdr *request = family_begin(&family, TSMC_CMD_CLASSES_GET, 0);
	const struct nlmsghdr *answer;
	struct classes classes = { };
	char buffer[FAMILY_ROOM_MIN];

	family_send(&family, request, request->nlmsg_len);
	if (mnl_socket_recvfrom(family.socket, buffer, sizeof(buffer)) > 0) {
		answer = (void *)buffer;
		mnl_attr_parse(answer, sizeof(struct genlmsghdr), take_class,
			       &classes);
	}
	ksft_test_result(!family_receive(&family, NULL, NULL) &&
			 classes.pages == family_status(&family,
							TSMC_A_NR_PFNS) &&
			 !classes.wrong, "each page is in one class\n");
}

struct settings {
	uint64_t interval;
	uint64_t background;
	uint64_t budget;
};

static void take_settings(const struct nlattr **attrs, void *data)
{
	struct settings *settings = data;

	settings->interval = family_u64(attrs, TSMC_A_INTERVAL_MS);
	settings->background = family_u64(attrs, TSMC_A_BACKGROUND_MS);
	settings->budget = family_u64(attrs, TSMC_A_BUDGET_PERMILLE);
}

static struct settings get_settings(void)
{
	struct settings settings = { };

	family_ask(&family, TSMC_CMD_SETTINGS_GET, 0, take_settings, &settings);
	return settings;
}

static int set(int type, uint32_t value)
{
	struct nlmsghdr *request = family_begin(&family, TSMC_CMD_SETTINGS_SET, 0);

	mnl_attr_put_u32(request, type, value);
	return family_talk(&family, request, NULL, NULL);
}

static void test_settings(void)
{
	const struct settings was = get_settings();
	struct settings is;
	bool right;

	right = !set(TSMC_A_INTERVAL_MS, 60000) &&
		!set(TSMC_A_BUDGET_PERMILLE, 7);
	is = get_settings();
	right = right && is.interval == 60000 && is.budget == 7 &&
		is.background == was.background;
	right = right && !set(TSMC_A_BACKGROUND_MS, 3600000);
	is = get_settings();
	right = right && is.interval == 60000 && is.background == 3600000;
	set(TSMC_A_INTERVAL_MS, was.interval);
	set(TSMC_A_BACKGROUND_MS, was.background);
	set(TSMC_A_BUDGET_PERMILLE, was.budget);
	is = get_settings();
	ksft_test_result(right && !memcmp(&was, &is, sizeof(is)),
			 "settings change one by one\n");
}

/* As somebody who may do nothing: returns a bit for each thing gone wrong. */
static int unprivileged(void)
{
	struct nlmsghdr *request;
	uint32_t parent = getppid();
	struct family own;
	int wrong = 0;

	if (setgid(NOBODY) || setuid(NOBODY) || family_open(&own))
		return 0x80;
	if (family_ask(&own, TSMC_CMD_STATUS_GET, 0, NULL, NULL) ||
	    family_ask(&own, TSMC_CMD_CLASSES_GET, 0, NULL, NULL) ||
	    family_ask(&own, TSMC_CMD_SETTINGS_GET, 0, NULL, NULL))
		wrong |= 1;
	if (family_ask(&own, TSMC_CMD_HOT_GET, NLM_F_DUMP, NULL, NULL) != -EPERM)
		wrong |= 2;
	if (family_ask(&own, TSMC_CMD_PROCESS_GET, NLM_F_DUMP, NULL, NULL) !=
	    -EPERM)
		wrong |= 4;
	request = family_begin(&own, TSMC_CMD_MAPPING_GET, NLM_F_DUMP);
	mnl_attr_put_u32(request, TSMC_A_PID, getpid());
	if (family_talk(&own, request, NULL, NULL) != -EPERM)
		wrong |= 8;
	request = family_begin(&own, TSMC_CMD_SETTINGS_SET, 0);
	mnl_attr_put_u32(request, TSMC_A_INTERVAL_MS, 12345);
	if (family_talk(&own, request, NULL, NULL) != -EPERM)
		wrong |= 16;
	if (family_hint(&own, parent, NULL, PAGE, TSMC_ADVICE_HOT) != -EPERM ||
	    family_hint(&own, getpid(), NULL, PAGE, TSMC_ADVICE_HOT) != -EPERM)
		wrong |= 32;
	if (family_hint(&own, 0, NULL, PAGE, TSMC_ADVICE_HOT) ||
	    family_status(&own, TSMC_A_ADVICE_RANGES) != 1)
		wrong |= 64;
	return wrong;
}

static void test_unprivileged(void)
{
	pid_t child = fork();
	int status = 0;

	if (!child)
		_exit(unprivileged());
	waitpid(child, &status, 0);
	if (status)
		ksft_print_msg("what nobody may: status %#x\n", status);
	ksft_test_result(!status && get_settings().interval != 12345 &&
			 !family_status(&family, TSMC_A_ADVICE_RANGES),
			 "nobody sees the whole and advises on own memory, no more\n");
}

int main(void)
{
	int log;

	ksft_print_header();
	module_require();
	log = kernel_log_open();
	ksft_set_plan(6);
	if (family_open(&family))
		ksft_exit_fail_msg("no family \"" TSMC_GENL_NAME "\"\n");

	test_status();
	test_classes();
	test_settings();
	test_unprivileged();
	test_status();
	ksft_test_result(!kernel_log_complaints(log),
			 "the kernel does not complain\n");
	ksft_finished();
}
