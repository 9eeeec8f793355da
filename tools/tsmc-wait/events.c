// SPDX-License-Identifier: GPL-2.0-or-later
#include "events.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include <linux/tsmc_netlink.h>

/* More than the kernel puts into one message. */
#define ROOM	16384

/**
 * struct family - what the kernel says of a family
 * @id: its message type
 * @group_name: the group that is looked for
 * @group: its number; 0: not found
 */
struct family {
	uint16_t id;
	const char *group_name;
	uint32_t group;
};

static int take_group(const struct nlattr *attr, void *opaque)
{
	struct family *family = opaque;
	const struct nlattr *part;
	const char *name = NULL;
	uint32_t id = 0;

	mnl_attr_for_each_nested(part, attr) {
		if (mnl_attr_get_type(part) == CTRL_ATTR_MCAST_GRP_NAME &&
		    mnl_attr_validate(part, MNL_TYPE_NUL_STRING) >= 0)
			name = mnl_attr_get_str(part);
		if (mnl_attr_get_type(part) == CTRL_ATTR_MCAST_GRP_ID &&
		    mnl_attr_validate(part, MNL_TYPE_U32) >= 0)
			id = mnl_attr_get_u32(part);
	}
	if (name && !strcmp(name, family->group_name))
		family->group = id;
	return MNL_CB_OK;
}

static int take_family(const struct nlattr *attr, void *opaque)
{
	struct family *family = opaque;

	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID && mnl_attr_validate(attr, MNL_TYPE_U16) >= 0)
		family->id = mnl_attr_get_u16(attr);
	if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
		return mnl_attr_parse_nested(attr, take_group, family);
	return MNL_CB_OK;
}

static int on_family(const struct nlmsghdr *message, void *opaque)
{
	return mnl_attr_parse(message, sizeof(struct genlmsghdr), take_family, opaque);
}

/* Finds a family and the group of a name in it. */
static int find(struct mnl_socket *socket, const char *name, struct family *family)
{
	char buffer[ROOM] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *header = mnl_nlmsg_put_extra_header(request, sizeof(*header));
	ssize_t got;

	request->nlmsg_type = GENL_ID_CTRL;
	request->nlmsg_flags = NLM_F_REQUEST;
	header->cmd = CTRL_CMD_GETFAMILY;
	header->version = 1;
	mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, name);
	if (mnl_socket_sendto(socket, request, request->nlmsg_len) < 0)
		return -errno;
	got = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
	if (got < 0 || mnl_cb_run(buffer, got, 0, 0, on_family, family) < 0)
		return -errno;
	return family->id && family->group ? 0 : -ENOENT;
}

/*
 * Both families are looked up before a group is joined: then nothing but the
 * answer can arrive.
 */
static int listen_to(struct tsmc_events *events)
{
	struct family ours = { .group_name = TSMC_GENL_EVENTS }, control = { .group_name = "notify" };
	int rc = find(events->socket, TSMC_GENL_NAME, &ours);

	/* This one says when the module, and with it its group, is gone. */
	if (!rc)
		rc = find(events->socket, "nlctrl", &control);
	if (rc)
		return rc;
	events->family = ours.id;
	if (mnl_socket_setsockopt(events->socket, NETLINK_ADD_MEMBERSHIP, &ours.group,
				  sizeof(ours.group)) ||
	    mnl_socket_setsockopt(events->socket, NETLINK_ADD_MEMBERSHIP, &control.group,
				  sizeof(control.group)))
		return -errno;
	return 0;
}

/**
 * tsmc_events_open - hear events from now on
 * @events: filled in; closed by the caller if there was no error
 *
 * Return: 0, -ENOENT if the module is not loaded, or another negative errno.
 */
int tsmc_events_open(struct tsmc_events *events)
{
	int rc;

	events->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!events->socket)
		return -errno;
	rc = mnl_socket_bind(events->socket, 0, MNL_SOCKET_AUTOPID) ? -errno : listen_to(events);
	if (rc)
		mnl_socket_close(events->socket);
	return rc;
}

/**
 * tsmc_events_close - hear no more
 * @events: open
 */
void tsmc_events_close(struct tsmc_events *events)
{
	mnl_socket_close(events->socket);
}

/**
 * struct reading - what is done with messages
 * @events: whose
 * @see: sees events
 * @opaque: for @see
 * @error: that ends it
 */
struct reading {
	const struct tsmc_events *events;
	tsmc_event_fn see;
	void *opaque;
	int error;
};

static int take_attr(const struct nlattr *attr, void *opaque)
{
	const struct nlattr **attrs = opaque;

	if (mnl_attr_type_valid(attr, TSMC_A_MAX) > 0)
		attrs[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static int on_event(const struct nlmsghdr *message, struct reading *reading)
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attrs[TSMC_A_MAX + 1] = { 0 };

	mnl_attr_parse(message, sizeof(*header), take_attr, attrs);
	if (!attrs[TSMC_A_REQUEST] || mnl_attr_validate(attrs[TSMC_A_REQUEST], MNL_TYPE_U64) < 0 ||
	    !attrs[TSMC_A_EPOCH] || mnl_attr_validate(attrs[TSMC_A_EPOCH], MNL_TYPE_U64) < 0)
		return -EBADMSG;
	return reading->see(header->cmd, mnl_attr_get_u64(attrs[TSMC_A_REQUEST]),
			    mnl_attr_get_u64(attrs[TSMC_A_EPOCH]), reading->opaque);
}

/* Does the controller say that our family is gone? */
static bool is_farewell(const struct nlmsghdr *message, uint16_t family)
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	struct family other = { .group_name = "" };

	return header->cmd == CTRL_CMD_DELFAMILY && on_family(message, &other) >= 0 && other.id == family;
}

static int on_message(const struct nlmsghdr *message, void *opaque)
{
	struct reading *reading = opaque;

	if (mnl_nlmsg_get_payload_len(message) < sizeof(struct genlmsghdr))
		reading->error = -EBADMSG;
	else if (message->nlmsg_type == reading->events->family)
		reading->error = on_event(message, reading);
	else if (message->nlmsg_type == GENL_ID_CTRL && is_farewell(message, reading->events->family))
		reading->error = -ESHUTDOWN;
	return reading->error ? MNL_CB_STOP : MNL_CB_OK;
}

/**
 * tsmc_events_read - wait for events
 * @events: open
 * @limit_ms: how long; negative: for ever
 * @see: sees each that is there
 * @opaque: for @see
 *
 * Return: 0 if all that was there was seen, what @see returned below 0,
 * -ETIMEDOUT, -ESHUTDOWN if the module was unloaded, -ENOBUFS if events were
 * lost, or another negative errno.
 */
int tsmc_events_read(struct tsmc_events *events, int limit_ms, tsmc_event_fn see, void *opaque)
{
	struct reading reading = { .events = events, .see = see, .opaque = opaque };
	struct pollfd wait = { .fd = mnl_socket_get_fd(events->socket), .events = POLLIN };
	char buffer[ROOM] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t got;
	int ready = poll(&wait, 1, limit_ms);

	if (ready <= 0)
		return ready ? -errno : -ETIMEDOUT;
	got = mnl_socket_recvfrom(events->socket, buffer, sizeof(buffer));
	if (got < 0 || mnl_cb_run(buffer, got, 0, 0, on_message, &reading) < 0)
		return -errno;
	return reading.error;
}
