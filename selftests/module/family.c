// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The family "tsmc" over libmnl. Answers are read here and not by libmnl's own
 * loop, which does not tell how a dump ended.
 */
#include <errno.h>
#include <kselftest.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "family.h"

/**
 * struct reader - who sees the messages of an answer
 * @message: is called, may be NULL
 * @data: handed on
 */
struct reader {
	family_message_t message;
	void *data;
};

static int take_attr(const struct nlattr *attr, void *data)
{
	const struct nlattr **attrs = data;

	if (mnl_attr_get_type(attr) <= TSMC_A_MAX)
		attrs[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static void hand_on(const struct nlmsghdr *message, const struct reader *reader)
{
	const struct nlattr *attrs[TSMC_A_MAX + 1] = { };

	mnl_attr_parse(message, sizeof(struct genlmsghdr), take_attr, attrs);
	if (reader->message)
		reader->message(attrs, reader->data);
}

/* Returns 1 while there is more to come, or how it ended. */
static int read_some(struct family *family, const struct reader *reader)
{
	static char buffer[FAMILY_ROOM_MAX];
	struct pollfd wait = {
		.fd = mnl_socket_get_fd(family->socket),
		.events = POLLIN,
	};
	const struct nlmsghdr *message = (void *)buffer;
	ssize_t got;
	int left;

	if (poll(&wait, 1, 30000) <= 0)
		return -ETIMEDOUT;
	got = mnl_socket_recvfrom(family->socket, buffer, family->room);
	if (got < 0)
		return -errno;
	family->reads++;
	for (left = got; mnl_nlmsg_ok(message, left);
	     message = mnl_nlmsg_next(message, &left)) {
		if (message->nlmsg_type == NLMSG_ERROR ||
		    message->nlmsg_type == NLMSG_DONE)
			return *(int *)mnl_nlmsg_get_payload(message);
		hand_on(message, reader);
	}
	return 1;
}

/**
 * family_receive - read an answer to its end
 * @family: the socket
 * @message: sees each message, may be NULL
 * @data: handed on
 *
 * Return: 0 or the negative errno that the kernel sent.
 */
int family_receive(struct family *family, family_message_t message, void *data)
{
	const struct reader reader = { message, data };
	int ret;

	family->reads = 0;
	do {
		ret = read_some(family, &reader);
	} while (ret > 0);
	return ret;
}

/**
 * family_send - send bytes, whatever they are
 * @family: the socket
 * @request: the bytes
 * @bytes: how many
 *
 * Return: 0 or a negative errno.
 */
int family_send(struct family *family, const void *request, size_t bytes)
{
	return mnl_socket_sendto(family->socket, request, bytes) < 0 ?
	       -errno : 0;
}

/**
 * family_talk - send a request and read its answer
 * @family: the socket
 * @request: what family_begin() began
 * @message: sees each message of the answer, may be NULL
 * @data: handed on
 *
 * Return: 0 or the negative errno that the kernel sent.
 */
int family_talk(struct family *family, const struct nlmsghdr *request,
		family_message_t message, void *data)
{
	int ret = family_send(family, request, request->nlmsg_len);

	return ret ?: family_receive(family, message, data);
}

/**
 * family_begin - begin a request
 * @family: the socket; keeps the one request
 * @command: TSMC_CMD_*
 * @flags: NLM_F_DUMP, or 0 for a command that is acknowledged
 */
struct nlmsghdr *family_begin(struct family *family, uint8_t command,
			      uint16_t flags)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(family->request);
	struct genlmsghdr *header;

	request->nlmsg_type = family->id;
	request->nlmsg_flags = NLM_F_REQUEST | (flags ?: NLM_F_ACK);
	header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
	header->cmd = command;
	header->version = TSMC_GENL_VERSION;
	return request;
}

/**
 * family_ask - send a request without attributes and read its answer
 * @family: the socket
 * @command: TSMC_CMD_*
 * @flags: NLM_F_DUMP or 0
 * @message: sees each message of the answer, may be NULL
 * @data: handed on
 *
 * Return: 0 or the negative errno that the kernel sent.
 */
int family_ask(struct family *family, uint8_t command, uint16_t flags,
	       family_message_t message, void *data)
{
	return family_talk(family, family_begin(family, command, flags),
			   message, data);
}

/**
 * family_hint - say something of a range of memory
 * @family: the socket
 * @pid: whose, or 0: the test's own
 * @start: its first byte
 * @bytes: its length
 * @advice: TSMC_ADVICE_*
 *
 * Return: 0 or the negative errno that the kernel sent.
 */
int family_hint(struct family *family, uint32_t pid, const void *start,
		size_t bytes, uint32_t advice)
{
	struct nlmsghdr *request = family_begin(family, TSMC_CMD_HINT_SET, 0);

	if (pid)
		mnl_attr_put_u32(request, TSMC_A_PID, pid);
	mnl_attr_put_u64(request, TSMC_A_START, (uintptr_t)start);
	mnl_attr_put_u64(request, TSMC_A_LENGTH, bytes);
	mnl_attr_put_u32(request, TSMC_A_ADVICE, advice);
	return family_talk(family, request, NULL, NULL);
}

/**
 * family_u64 - the value of a number of any size
 * @attrs: attributes of a message
 * @type: TSMC_A_*
 *
 * Return: the value, all bits set if it is not there.
 */
uint64_t family_u64(const struct nlattr **attrs, int type)
{
	uint64_t value = 0;

	if (!attrs[type] ||
	    mnl_attr_get_payload_len(attrs[type]) > sizeof(value))
		return ~0ULL;
	memcpy(&value, mnl_attr_get_payload(attrs[type]),
	       mnl_attr_get_payload_len(attrs[type]));
	return value;
}

struct wanted {
	int type;
	uint64_t value;
};

static void take_wanted(const struct nlattr **attrs, void *data)
{
	struct wanted *wanted = data;

	wanted->value = family_u64(attrs, wanted->type);
}

/**
 * family_status - one number of the module's status
 * @family: the socket
 * @type: TSMC_A_*
 *
 * Return: the number, all bits set if it is not there.
 */
uint64_t family_status(struct family *family, int type)
{
	struct wanted wanted = { type, ~0ULL };

	family_ask(family, TSMC_CMD_STATUS_GET, 0, take_wanted, &wanted);
	return wanted.value;
}

/**
 * family_listen - hear of events from now on
 * @family: the socket
 *
 * Return: 0 or a negative errno.
 */
int family_listen(struct family *family)
{
	return mnl_socket_setsockopt(family->socket, NETLINK_ADD_MEMBERSHIP,
				     &family->events, sizeof(family->events)) ?
	       -errno : 0;
}

/**
 * family_event - wait for the next event
 * @family: a socket that listens
 * @limit_ms: how long
 * @request: number of the migration
 * @epoch: of the guest
 *
 * Return: TSMC_EVENT_*, or a negative errno.
 */
int family_event(struct family *family, int limit_ms, uint64_t *request,
		 uint64_t *epoch)
{
	struct pollfd wait = {
		.fd = mnl_socket_get_fd(family->socket),
		.events = POLLIN,
	};
	const struct nlattr *attrs[TSMC_A_MAX + 1] = { };
	char buffer[FAMILY_ROOM_MIN];
	const struct nlmsghdr *message = (void *)buffer;
	const struct genlmsghdr *header;
	ssize_t got;

	if (poll(&wait, 1, limit_ms) <= 0)
		return -ETIMEDOUT;
	got = mnl_socket_recvfrom(family->socket, buffer, sizeof(buffer));
	if (got < 0)
		return -errno;
	if (!mnl_nlmsg_ok(message, got) || message->nlmsg_type != family->id)
		return -EBADMSG;
	header = mnl_nlmsg_get_payload(message);
	mnl_attr_parse(message, sizeof(*header), take_attr, attrs);
	*request = family_u64(attrs, TSMC_A_REQUEST);
	*epoch = family_u64(attrs, TSMC_A_EPOCH);
	return header->cmd;
}

static int take_group(const struct nlattr *attr, void *data)
{
	struct family *family = data;
	const struct nlattr *part;

	mnl_attr_for_each_nested(part, attr)
		if (mnl_attr_get_type(part) == CTRL_ATTR_MCAST_GRP_ID)
			family->events = mnl_attr_get_u32(part);
	return MNL_CB_OK;
}

static int take_family(const struct nlattr *attr, void *data)
{
	struct family *family = data;

	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
		family->id = mnl_attr_get_u16(attr);
	/* The family has one group. */
	if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
		mnl_attr_parse_nested(attr, take_group, family);
	return MNL_CB_OK;
}

static int find_family(struct family *family)
{
	struct nlmsghdr *request;
	char answer[FAMILY_ROOM_MIN];
	ssize_t got;

	family->id = GENL_ID_CTRL;
	request = family_begin(family, CTRL_CMD_GETFAMILY, NLM_F_REQUEST);
	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, TSMC_GENL_NAME);
	if (family_send(family, request, request->nlmsg_len))
		return -EIO;
	got = mnl_socket_recvfrom(family->socket, answer, sizeof(answer));
	request = (void *)answer;
	if (got <= 0 || request->nlmsg_type == NLMSG_ERROR)
		return -ENOENT;
	mnl_attr_parse(request, sizeof(struct genlmsghdr), take_family, family);
	return family->id != GENL_ID_CTRL && family->events ? 0 : -ENOENT;
}

/**
 * family_open - open a socket and look the family up
 * @family: to set up
 *
 * Return: 0 or a negative errno, -ENOENT if there is no such family.
 */
int family_open(struct family *family)
{
	memset(family, 0, sizeof(*family));
	family->room = FAMILY_ROOM_MAX;
	family->socket = mnl_socket_open(NETLINK_GENERIC);
	if (!family->socket)
		return -errno;
	if (mnl_socket_bind(family->socket, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	return find_family(family);
}

/**
 * family_close - close the socket
 * @family: the socket
 */
void family_close(struct family *family)
{
	mnl_socket_close(family->socket);
}
