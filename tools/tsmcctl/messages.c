// SPDX-License-Identifier: GPL-2.0-or-later
#include "messages.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include <linux/tsmc_netlink.h>

#define NR_OF(array) (sizeof(array) / sizeof(*(array)))

/* Lengths are checked against it; attributes that it does not have are not. */
static struct nla_policy policy[TSMC_A_MAX + 1] = {
	[TSMC_A_STATE] = { .type = NLA_U32 },
	[TSMC_A_EPOCH] = { .type = NLA_U64 },
	[TSMC_A_GENERATION] = { .type = NLA_U64 },
	[TSMC_A_REQUEST] = { .type = NLA_U64 },
	[TSMC_A_SETTLE_NS] = { .type = NLA_U64 },
	[TSMC_A_GUARD_TOUCHES] = { .type = NLA_U64 },
	[TSMC_A_EXEC_TOUCHES] = { .type = NLA_U64 },
	[TSMC_A_NR_PFNS] = { .type = NLA_U64 },
	[TSMC_A_SAMPLES] = { .type = NLA_U64 },
	[TSMC_A_SAMPLE_NS] = { .type = NLA_U64 },
	[TSMC_A_SAMPLE_PAGES] = { .type = NLA_U64 },
	[TSMC_A_INTERVAL_NOW_MS] = { .type = NLA_U32 },
	[TSMC_A_PUT_BACK] = { .type = NLA_U64 },
	[TSMC_A_YIELDS] = { .type = NLA_U64 },
	[TSMC_A_ADVICE_RANGES] = { .type = NLA_U32 },
	[TSMC_A_CLASS] = { .type = NLA_U8 },
	[TSMC_A_PAGES] = { .type = NLA_U64 },
	[TSMC_A_HOT] = { .type = NLA_U64 },
	[TSMC_A_WRITTEN] = { .type = NLA_U64 },
	[TSMC_A_HEAT] = { .type = NLA_U8 },
	[TSMC_A_PFN] = { .type = NLA_U64 },
	[TSMC_A_PID] = { .type = NLA_U32 },
	[TSMC_A_START] = { .type = NLA_U64 },
	[TSMC_A_LENGTH] = { .type = NLA_U64 },
	[TSMC_A_PROT] = { .type = NLA_U32 },
	[TSMC_A_INTERVAL_MS] = { .type = NLA_U32 },
	[TSMC_A_BACKGROUND_MS] = { .type = NLA_U32 },
	[TSMC_A_BUDGET_PERMILLE] = { .type = NLA_U32 },
};

/**
 * struct field - an attribute, and where its value goes
 * @attr: enum tsmc_attr
 * @offset: in the structure to fill in; its size follows from the policy
 */
struct field {
	unsigned int attr;
	size_t offset;
};

/* Every field must be there: a module that leaves one out is not ours. */
static int read_fields(const struct field *fields, unsigned int count, struct nlattr **attrs,
		       void *where)
{
	for (unsigned int i = 0; i < count; i++) {
		struct nlattr *attr = attrs[fields[i].attr];
		char *to = (char *)where + fields[i].offset;
		uint64_t wide;
		uint32_t narrow;

		if (!attr)
			return -EBADMSG;
		switch (policy[fields[i].attr].type) {
		case NLA_U64:
			wide = nla_get_u64(attr);
			memcpy(to, &wide, sizeof(wide));
			break;
		case NLA_U32:
			narrow = nla_get_u32(attr);
			memcpy(to, &narrow, sizeof(narrow));
			break;
		default:
			*to = nla_get_u8(attr);
			break;
		}
	}
	return 0;
}

static int read_message(struct nlmsghdr *message, const struct field *fields, unsigned int count,
			struct nlattr **attrs, void *where)
{
	if (!genlmsg_valid_hdr(message, 0) ||
	    genlmsg_parse(message, 0, attrs, TSMC_A_MAX, policy) < 0)
		return -EBADMSG;
	return read_fields(fields, count, attrs, where);
}

struct class_entry {
	uint8_t class;
	uint64_t pages;
	uint64_t hot;
};

static const struct field entry_fields[] = {
	{ TSMC_A_CLASS, offsetof(struct class_entry, class) },
	{ TSMC_A_PAGES, offsetof(struct class_entry, pages) },
	{ TSMC_A_HOT, offsetof(struct class_entry, hot) },
};

/* The same attribute repeated: a table of attributes holds only one. */
static int read_entries(struct tsmc_class_counts *classes, struct nlmsghdr *message)
{
	struct genlmsghdr *header = genlmsg_hdr(message);
	struct nlattr *attrs[TSMC_A_MAX + 1], *attr;
	struct class_entry entry;
	int left;

	memset(classes, 0, sizeof(*classes));
	nla_for_each_attr(attr, genlmsg_attrdata(header, 0), genlmsg_attrlen(header, 0), left) {
		if (nla_type(attr) != TSMC_A_CLASS_ENTRY)
			continue;
		if (nla_parse_nested(attrs, TSMC_A_MAX, attr, policy) < 0 ||
		    read_fields(entry_fields, NR_OF(entry_fields), attrs, &entry) ||
		    entry.class >= TSMC_CLASSES)
			return -EBADMSG;
		classes->told |= 1u << entry.class;
		classes->pages[entry.class] = entry.pages;
		classes->hot[entry.class] = entry.hot;
	}
	return 0;
}

/**
 * tsmc_status_read - read the answer to TSMC_CMD_STATUS_GET
 * @status: filled in
 * @message: the answer
 *
 * Return: 0, or -EBADMSG if something is missing or malformed.
 */
int tsmc_status_read(struct tsmc_status *status, struct nlmsghdr *message)
{
	static const struct field fields[] = {
		{ TSMC_A_STATE, offsetof(struct tsmc_status, state) },
		{ TSMC_A_EPOCH, offsetof(struct tsmc_status, epoch) },
		{ TSMC_A_GENERATION, offsetof(struct tsmc_status, generation) },
		{ TSMC_A_REQUEST, offsetof(struct tsmc_status, request) },
		{ TSMC_A_SETTLE_NS, offsetof(struct tsmc_status, settle_ns) },
		{ TSMC_A_GUARD_TOUCHES, offsetof(struct tsmc_status, guard_touches) },
		{ TSMC_A_EXEC_TOUCHES, offsetof(struct tsmc_status, exec_touches) },
		{ TSMC_A_NR_PFNS, offsetof(struct tsmc_status, nr_pfns) },
		{ TSMC_A_SAMPLES, offsetof(struct tsmc_status, samples) },
		{ TSMC_A_SAMPLE_NS, offsetof(struct tsmc_status, sample_ns) },
		{ TSMC_A_SAMPLE_PAGES, offsetof(struct tsmc_status, sample_pages) },
		{ TSMC_A_INTERVAL_NOW_MS, offsetof(struct tsmc_status, interval_now_ms) },
		{ TSMC_A_PUT_BACK, offsetof(struct tsmc_status, put_back) },
		{ TSMC_A_YIELDS, offsetof(struct tsmc_status, yields) },
		{ TSMC_A_ADVICE_RANGES, offsetof(struct tsmc_status, advice_ranges) },
	};
	struct nlattr *attrs[TSMC_A_MAX + 1];

	return read_message(message, fields, NR_OF(fields), attrs, status);
}

/**
 * tsmc_classes_read - read the answer to TSMC_CMD_CLASSES_GET
 * @classes: filled in
 * @message: the answer
 *
 * Return: 0, or -EBADMSG if something is missing or malformed.
 */
int tsmc_classes_read(struct tsmc_class_counts *classes, struct nlmsghdr *message)
{
	if (!genlmsg_valid_hdr(message, 0))
		return -EBADMSG;
	return read_entries(classes, message);
}

/**
 * tsmc_run_read - read one message of the dump TSMC_CMD_HOT_GET
 * @run: filled in
 * @message: one of the dump
 *
 * Return: 0, or -EBADMSG if something is missing or malformed.
 */
int tsmc_run_read(struct tsmc_run *run, struct nlmsghdr *message)
{
	static const struct field fields[] = {
		{ TSMC_A_PFN, offsetof(struct tsmc_run, pfn) },
		{ TSMC_A_PAGES, offsetof(struct tsmc_run, pages) },
		{ TSMC_A_CLASS, offsetof(struct tsmc_run, class) },
		{ TSMC_A_HEAT, offsetof(struct tsmc_run, heat) },
	};
	struct nlattr *attrs[TSMC_A_MAX + 1];
	int rc = read_message(message, fields, NR_OF(fields), attrs, run);

	return !rc && run->heat > 15 ? -EBADMSG : rc;
}

/**
 * tsmc_process_read - read one message of the dump TSMC_CMD_PROCESS_GET
 * @process: filled in
 * @message: one of the dump
 *
 * Return: 0, or -EBADMSG if something is missing or malformed.
 */
int tsmc_process_read(struct tsmc_process *process, struct nlmsghdr *message)
{
	static const struct field fields[] = {
		{ TSMC_A_PID, offsetof(struct tsmc_process, pid) },
		{ TSMC_A_PAGES, offsetof(struct tsmc_process, pages) },
		{ TSMC_A_HOT, offsetof(struct tsmc_process, hot) },
		{ TSMC_A_WRITTEN, offsetof(struct tsmc_process, written) },
	};
	struct nlattr *attrs[TSMC_A_MAX + 1];
	int rc = read_message(message, fields, NR_OF(fields), attrs, process);

	if (rc)
		return rc;
	if (!attrs[TSMC_A_COMM])
		return -EBADMSG;
	nla_strlcpy(process->comm, attrs[TSMC_A_COMM], sizeof(process->comm));
	return read_entries(&process->classes, message);
}

/**
 * tsmc_mapping_read - read one message of the dump TSMC_CMD_MAPPING_GET
 * @mapping: filled in
 * @message: one of the dump
 *
 * Return: 0, or -EBADMSG if something is missing or malformed.
 */
int tsmc_mapping_read(struct tsmc_mapping *mapping, struct nlmsghdr *message)
{
	static const struct field fields[] = {
		{ TSMC_A_START, offsetof(struct tsmc_mapping, start) },
		{ TSMC_A_LENGTH, offsetof(struct tsmc_mapping, length) },
		{ TSMC_A_PROT, offsetof(struct tsmc_mapping, prot) },
		{ TSMC_A_PAGES, offsetof(struct tsmc_mapping, pages) },
		{ TSMC_A_HOT, offsetof(struct tsmc_mapping, hot) },
		{ TSMC_A_WRITTEN, offsetof(struct tsmc_mapping, written) },
	};
	struct nlattr *attrs[TSMC_A_MAX + 1];
	int rc = read_message(message, fields, NR_OF(fields), attrs, mapping);

	if (rc)
		return rc;
	mapping->name[0] = '\0';
	if (attrs[TSMC_A_NAME])
		nla_strlcpy(mapping->name, attrs[TSMC_A_NAME], sizeof(mapping->name));
	return read_entries(&mapping->classes, message);
}

/**
 * tsmc_settings_read - read the answer to TSMC_CMD_SETTINGS_GET
 * @settings: filled in
 * @message: the answer
 *
 * Return: 0, or -EBADMSG if something is missing or malformed.
 */
int tsmc_settings_read(struct tsmc_settings *settings, struct nlmsghdr *message)
{
	static const struct field fields[] = {
		{ TSMC_A_INTERVAL_MS, offsetof(struct tsmc_settings, interval_ms) },
		{ TSMC_A_BACKGROUND_MS, offsetof(struct tsmc_settings, background_ms) },
		{ TSMC_A_BUDGET_PERMILLE, offsetof(struct tsmc_settings, budget_permille) },
	};
	struct nlattr *attrs[TSMC_A_MAX + 1];

	return read_message(message, fields, NR_OF(fields), attrs, settings);
}

/**
 * tsmc_event_read - read a multicast event
 * @event: filled in
 * @message: as it came
 *
 * Return: 0, -ENOMSG if it is no event that is known here, or -EBADMSG if
 * something is missing or malformed.
 */
int tsmc_event_read(struct tsmc_event *event, struct nlmsghdr *message)
{
	static const struct field fields[] = {
		{ TSMC_A_REQUEST, offsetof(struct tsmc_event, request) },
		{ TSMC_A_EPOCH, offsetof(struct tsmc_event, epoch) },
	};
	struct nlattr *attrs[TSMC_A_MAX + 1];

	if (!genlmsg_valid_hdr(message, 0))
		return -EBADMSG;
	event->name = tsmc_event_name(genlmsg_hdr(message)->cmd);
	if (!event->name)
		return -ENOMSG;
	return read_message(message, fields, NR_OF(fields), attrs, event);
}
