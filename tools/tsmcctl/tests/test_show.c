// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of the module, and what people and programs are shown of them.
 */
#include "made_messages.h"
#include "show.h"

static struct nl_msg *status_message(void)
{
	struct nl_msg *msg = message_begin(TSMC_CMD_STATUS_GET);
	static const struct {
		int attr;
		uint64_t value;
	} wide[] = {
		{ TSMC_A_EPOCH, 3 }, { TSMC_A_GENERATION, 44 }, { TSMC_A_REQUEST, UINT64_MAX },
		{ TSMC_A_SETTLE_NS, 1500000 }, { TSMC_A_GUARD_TOUCHES, 5 }, { TSMC_A_EXEC_TOUCHES, 6 },
		{ TSMC_A_NR_PFNS, 65536 }, { TSMC_A_SAMPLES, 4 }, { TSMC_A_SAMPLE_NS, 10000000 },
		{ TSMC_A_SAMPLE_PAGES, 123 }, { TSMC_A_PUT_BACK, 99 }, { TSMC_A_YIELDS, 1 },
	};

	EXPECT(!nla_put_u32(msg, TSMC_A_STATE, TSMC_HINT_PREPARED));
	for (unsigned int i = 0; i < sizeof(wide) / sizeof(*wide); i++)
		EXPECT(!nla_put_u64(msg, wide[i].attr, wide[i].value));
	EXPECT(!nla_put_u32(msg, TSMC_A_INTERVAL_NOW_MS, 200));
	return msg;
}

static void status(void)
{
	struct nl_msg *msg = status_message();
	struct tsmc_json json = { 0 };
	struct tsmc_status status;
	struct written written;

	EXPECT(tsmc_status_read(&status, nlmsg_hdr(msg)) == -EBADMSG);
	EXPECT(!nla_put_u32(msg, TSMC_A_ADVICE_RANGES, 2));
	EXPECT(!tsmc_status_read(&status, nlmsg_hdr(msg)));
	nlmsg_free(msg);
	written_begin(&written);
	json.out = written.out;
	tsmc_status_json(&status, &json, NULL);
	EXPECT(written_is(&written, "{\"state\": \"prepared\", \"epoch\": 3, \"generation\": 44, "
			  "\"request\": 18446744073709551615, \"settle_ns\": 1500000, \"guard_touches\": 5, "
			  "\"exec_touches\": 6, \"nr_pfns\": 65536, \"samples\": 4, \"sample_ns\": 10000000, "
			  "\"sample_pages\": 123, \"interval_now_ms\": 200, \"put_back\": 99, \"yields\": 1, "
			  "\"advice_ranges\": 2}"));
	written_begin(&written);
	tsmc_status_text(&status, written.out);
	EXPECT(written_is(&written,
			  "state              prepared for a migration, request 18446744073709551615\n"
			  "migrations so far  3\n"
			  "table              65536 pfns, 44 scans\n"
			  "last settling      1.500 ms\n"
			  "touched            5 pages before a grant, 6 before being executable\n"
			  "tracker            a sample every 200 ms\n"
			  "samples            4, 0.010 s of processor time, 2.500 ms each\n"
			  "newest sample      123 pages touched\n"
			  "for reclaim        gave back 99 accessed bits, made way 1 times\n"
			  "advice             2 ranges of applications\n"));
}

static void unknown_states(void)
{
	struct tsmc_status status = { .state = 77 };
	struct tsmc_json json = { 0 };
	struct written written;

	written_begin(&written);
	json.out = written.out;
	tsmc_status_json(&status, &json, NULL);
	fflush(written.out);
	EXPECT(!strncmp(written.text, "{\"state\": \"unknown\", ", 20));
	fclose(written.out);
	free(written.text);
}

static void classes(void)
{
	struct nl_msg *msg = message_begin(TSMC_CMD_CLASSES_GET);
	struct tsmc_class_counts classes;
	struct tsmc_json json = { 0 };
	struct written written;

	put_class(msg, TSMC_CLASS_ANON, 1000, 10);
	put_class(msg, TSMC_CLASS_FREE, 0, 0);
	put_class(msg, 12, 1, 1);
	/* Attributes of a newer module do no harm. */
	EXPECT(!nla_put_u32(msg, TSMC_A_MAX + 5, 1));
	EXPECT(!tsmc_classes_read(&classes, nlmsg_hdr(msg)));
	written_begin(&written);
	json.out = written.out;
	tsmc_json_open(&json, NULL, '{');
	tsmc_classes_json(&classes, &json);
	tsmc_json_close(&json, '}');
	EXPECT(written_is(&written, "{\"classes\": {\"free\": {\"pages\": 0, \"hot\": 0}, "
			  "\"anon\": {\"pages\": 1000, \"hot\": 10}, \"class-12\": {\"pages\": 1, \"hot\": 1}}}"));
	written_begin(&written);
	tsmc_classes_text(&classes, written.out);
	EXPECT(written_is(&written, "CLASS             PAGES          HOT\n"
			  "anon               1000           10\n"
			  "class-12              1            1\n"));
	put_class(msg, 16, 1, 1);
	EXPECT(tsmc_classes_read(&classes, nlmsg_hdr(msg)) == -EBADMSG);
	nlmsg_free(msg);
}

static void runs(void)
{
	struct nl_msg *msg = message_begin(TSMC_CMD_HOT_GET);
	struct tsmc_json json = { 0 };
	struct written written;
	struct tsmc_run run;

	EXPECT(!nla_put_u64(msg, TSMC_A_PFN, 0x1234) && !nla_put_u64(msg, TSMC_A_PAGES, 16) &&
	       !nla_put_u8(msg, TSMC_A_CLASS, TSMC_CLASS_SHMEM) && !nla_put_u8(msg, TSMC_A_HEAT, 15));
	EXPECT(!tsmc_run_read(&run, nlmsg_hdr(msg)));
	nlmsg_free(msg);
	written_begin(&written);
	json.out = written.out;
	tsmc_run_json(&run, &json);
	EXPECT(written_is(&written, "{\"pfn\": 4660, \"pages\": 16, \"class\": \"shmem\", \"heat\": 15}"));
	written_begin(&written);
	tsmc_run_text(&run, written.out);
	EXPECT(written_is(&written, "      0x1234         16   15  shmem\n"));
	msg = message_begin(TSMC_CMD_HOT_GET);
	EXPECT(!nla_put_u64(msg, TSMC_A_PFN, 0x1234) && !nla_put_u64(msg, TSMC_A_PAGES, 16) &&
	       !nla_put_u8(msg, TSMC_A_CLASS, TSMC_CLASS_SHMEM) && !nla_put_u8(msg, TSMC_A_HEAT, 16));
	EXPECT(tsmc_run_read(&run, nlmsg_hdr(msg)) == -EBADMSG);
	nlmsg_free(msg);
}

static struct nl_msg *process_message(const char *comm, int length)
{
	struct nl_msg *msg = message_begin(TSMC_CMD_PROCESS_GET);

	EXPECT(!nla_put_u32(msg, TSMC_A_PID, 321) && !nla_put(msg, TSMC_A_COMM, length, comm) &&
	       !nla_put_u64(msg, TSMC_A_PAGES, 30) && !nla_put_u64(msg, TSMC_A_HOT, 20) &&
	       !nla_put_u64(msg, TSMC_A_WRITTEN, 10));
	put_class(msg, TSMC_CLASS_ANON, 30, 20);
	return msg;
}

static void processes(void)
{
	struct nl_msg *msg = process_message("a \"b\"\n", 7);
	struct tsmc_json json = { 0 };
	struct tsmc_process process;
	struct written written;

	EXPECT(!tsmc_process_read(&process, nlmsg_hdr(msg)));
	nlmsg_free(msg);
	written_begin(&written);
	json.out = written.out;
	tsmc_process_json(&process, &json);
	EXPECT(written_is(&written, "{\"pid\": 321, \"comm\": \"a \\\"b\\\"\\u000a\", \"pages\": 30, \"hot\": 20, "
			  "\"written\": 10, \"classes\": {\"anon\": {\"pages\": 30, \"hot\": 20}}}"));
	written_begin(&written);
	tsmc_process_text(&process, written.out);
	EXPECT(written_is(&written, "       321 a \"b\"\\x0a               20         10         30\n"));
}

static void long_names(void)
{
	static const char longer[] = "0123456789abcdefghij";
	struct nl_msg *msg = process_message(longer, sizeof(longer));
	struct tsmc_process process;

	EXPECT(!tsmc_process_read(&process, nlmsg_hdr(msg)));
	EXPECT(!strcmp(process.comm, "0123456789abcde"));
	nlmsg_free(msg);
	/* Without a zero at its end. */
	msg = process_message(longer, 4);
	EXPECT(!tsmc_process_read(&process, nlmsg_hdr(msg)));
	EXPECT(!strcmp(process.comm, "0123"));
	nlmsg_free(msg);
}

static struct nl_msg *mapping_message(void)
{
	struct nl_msg *msg = message_begin(TSMC_CMD_MAPPING_GET);

	EXPECT(!nla_put_u64(msg, TSMC_A_START, 0x7f0000000000) &&
	       !nla_put_u64(msg, TSMC_A_LENGTH, 0x2000) && !nla_put_u32(msg, TSMC_A_PROT, 0x0d) &&
	       !nla_put_u64(msg, TSMC_A_PAGES, 2) && !nla_put_u64(msg, TSMC_A_HOT, 1) &&
	       !nla_put_u64(msg, TSMC_A_WRITTEN, 0));
	return msg;
}

static void mappings(void)
{
	struct nl_msg *msg = mapping_message();
	struct tsmc_json json = { 0 };
	struct tsmc_mapping mapping;
	struct written written;

	EXPECT(!tsmc_mapping_read(&mapping, nlmsg_hdr(msg)));
	written_begin(&written);
	tsmc_mapping_text(&mapping, written.out);
	EXPECT(written_is(&written,
			  "7f0000000000-7f0000002000 r-xs          1          0          2  -\n"));
	EXPECT(!nla_put_string(msg, TSMC_A_NAME, "lib\xff.so"));
	EXPECT(!tsmc_mapping_read(&mapping, nlmsg_hdr(msg)));
	nlmsg_free(msg);
	written_begin(&written);
	json.out = written.out;
	tsmc_mapping_json(&mapping, &json);
	EXPECT(written_is(&written, "{\"start\": 139637976727552, \"length\": 8192, \"prot\": {\"read\": true, "
			  "\"write\": false, \"execute\": true, \"shared\": true}, \"name\": \"lib\\ufffd.so\", "
			  "\"pages\": 2, \"hot\": 1, \"written\": 0, \"classes\": {}}"));
	written_begin(&written);
	tsmc_mapping_text(&mapping, written.out);
	EXPECT(written_is(&written,
			  "7f0000000000-7f0000002000 r-xs          1          0          2  lib\\xff.so\n"));
}

static void settings(void)
{
	struct nl_msg *msg = message_begin(TSMC_CMD_SETTINGS_GET);
	struct tsmc_settings settings;
	struct tsmc_json json = { 0 };
	struct written written;

	EXPECT(!nla_put_u32(msg, TSMC_A_INTERVAL_MS, 100) && !nla_put_u32(msg, TSMC_A_BACKGROUND_MS, 0) &&
	       !nla_put_u32(msg, TSMC_A_BUDGET_PERMILLE, 10));
	EXPECT(!tsmc_settings_read(&settings, nlmsg_hdr(msg)));
	nlmsg_free(msg);
	written_begin(&written);
	json.out = written.out;
	tsmc_settings_json(&settings, &json);
	EXPECT(written_is(&written, "{\"interval_ms\": 100, \"background_ms\": 0, \"budget_permille\": 10}"));
	written_begin(&written);
	tsmc_settings_text(&settings, written.out);
	EXPECT(written_is(&written, "interval-ms 100\nbackground-ms 0\nbudget-permille 10\n"));
}

static void events(void)
{
	static const struct {
		int command;
		const char *text;
	} kinds[] = {
		{ TSMC_EVENT_ANNOUNCED, "announced request 9 epoch 2\n" },
		{ TSMC_EVENT_SUSPENDING, "suspending request 9 epoch 2\n" },
		{ TSMC_EVENT_RESUMED, "resumed request 9 epoch 2\n" },
		{ TSMC_EVENT_COMPLETE, "complete request 9 epoch 2\n" },
	};
	struct tsmc_json json = { 0 };
	struct tsmc_event event;
	struct written written;

	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct nl_msg *msg = message_begin(kinds[i].command);

		EXPECT(tsmc_event_read(&event, nlmsg_hdr(msg)) == -EBADMSG);
		EXPECT(!nla_put_u64(msg, TSMC_A_REQUEST, 9) && !nla_put_u64(msg, TSMC_A_EPOCH, 2));
		EXPECT(!tsmc_event_read(&event, nlmsg_hdr(msg)));
		nlmsg_free(msg);
		written_begin(&written);
		tsmc_event_text(&event, written.out);
		EXPECT(written_is(&written, kinds[i].text));
	}
	written_begin(&written);
	json.out = written.out;
	tsmc_event_json(&event, &json);
	EXPECT(written_is(&written, "{\"event\": \"complete\", \"request\": 9, \"epoch\": 2}"));
}

static void other_messages(void)
{
	struct nl_msg *msg = message_begin(TSMC_CMD_MAX + 1);
	struct tsmc_event event;

	EXPECT(tsmc_event_read(&event, nlmsg_hdr(msg)) == -ENOMSG);
	nlmsg_free(msg);
	msg = message_begin(TSMC_CMD_STATUS_GET);
	EXPECT(tsmc_event_read(&event, nlmsg_hdr(msg)) == -ENOMSG);
	nlmsg_free(msg);
}

/* Whatever bytes stand where, nothing is read outside of the message. */
static void malformed(void)
{
	struct nl_msg *good = process_message("memory", 7);
	const struct nlmsghdr *header = nlmsg_hdr(good);
	uint64_t state = 2;

	for (unsigned int round = 0; round < 50000; round++) {
		uint32_t length = NLMSG_HDRLEN + unit_below(&state, header->nlmsg_len - NLMSG_HDRLEN + 1);
		struct nlmsghdr *bad = malloc(length);
		struct tsmc_process process;
		struct tsmc_class_counts classes;
		struct tsmc_mapping mapping;
		struct tsmc_status status;
		struct tsmc_event event;

		EXPECT(bad);
		memcpy(bad, header, length);
		for (unsigned int i = unit_below(&state, 8); i && length > NLMSG_HDRLEN; i--)
			((uint8_t *)bad)[NLMSG_HDRLEN + unit_below(&state, length - NLMSG_HDRLEN)] =
				unit_below(&state, 40);
		bad->nlmsg_len = length;
		tsmc_process_read(&process, bad);
		tsmc_classes_read(&classes, bad);
		tsmc_mapping_read(&mapping, bad);
		tsmc_status_read(&status, bad);
		tsmc_event_read(&event, bad);
		free(bad);
	}
	nlmsg_free(good);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "the status is shown, if nothing of it is missing", status },
		{ "a state that is not known is called so", unknown_states },
		{ "classes are shown, those of newer modules too", classes },
		{ "runs of pages are shown", runs },
		{ "processes are shown, whatever their name", processes },
		{ "names are cut to their length, with or without a zero", long_names },
		{ "mappings are shown, with and without a file", mappings },
		{ "settings are shown as they are set", settings },
		{ "events are shown, one line each", events },
		{ "messages that are no events are left alone", other_messages },
		{ "malformed messages do no harm", malformed },
	};

	unit_run(tests, sizeof(tests) / sizeof(*tests));
}
