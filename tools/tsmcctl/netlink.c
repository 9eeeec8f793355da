// SPDX-License-Identifier: GPL-2.0-or-later
#include "netlink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include <linux/tsmc_netlink.h>

#include "extack.h"

/**
 * struct exchange - messages that are being received
 * @netlink: whose
 * @take: takes those with content
 * @opaque: for @take
 * @events: they answer no request, hence have no number of one
 * @over: the last one came
 * @error: of the exchange, negative errno
 */
struct exchange {
	struct tsmc_netlink *netlink;
	tsmc_message_fn take;
	void *opaque;
	bool events;
	bool over;
	int error;
};

static int end(struct exchange *exchange, const struct nlmsghdr *answer)
{
	exchange->over = true;
	if (!exchange->error)
		exchange->error = tsmc_extack_read(answer, exchange->netlink->said,
						   sizeof(exchange->netlink->said));
	return NL_STOP;
}

static int on_valid(struct nl_msg *msg, void *opaque)
{
	struct exchange *exchange = opaque;

	/* After an error the rest is still received, so that none is left over. */
	if (!exchange->error && exchange->take)
		exchange->error = exchange->take(nlmsg_hdr(msg), exchange->opaque);
	return NL_OK;
}

static int on_end(struct nl_msg *msg, void *opaque)
{
	return end(opaque, nlmsg_hdr(msg));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *opaque)
{
	(void)from;
	/* libnl hands over what follows the header, in its own buffer. */
	return end(opaque, (const struct nlmsghdr *)((const char *)error - NLMSG_HDRLEN));
}

static int any_sequence(struct nl_msg *msg, void *opaque)
{
	(void)msg;
	(void)opaque;
	return NL_OK;
}

/* libnl's own errors; those of the kernel do not come this way. */
static int fail(struct tsmc_netlink *netlink, const char *what, int nl_error)
{
	snprintf(netlink->said, sizeof(netlink->said), "%s: %s", what, nl_geterror(nl_error));
	switch (-nl_error) {
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
		return -EPERM;
	case NLE_AGAIN:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

/* Receives what is there, at least once; blocks if the socket does. */
static int receive(struct exchange *exchange)
{
	struct nl_cb *callbacks = nl_cb_alloc(NL_CB_DEFAULT);
	int rc;

	if (!callbacks)
		return -ENOMEM;
	nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_valid, exchange);
	nl_cb_set(callbacks, NL_CB_ACK, NL_CB_CUSTOM, on_end, exchange);
	nl_cb_set(callbacks, NL_CB_FINISH, NL_CB_CUSTOM, on_end, exchange);
	nl_cb_err(callbacks, NL_CB_CUSTOM, on_error, exchange);
	if (exchange->events)
		nl_cb_set(callbacks, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence, NULL);
	rc = nl_recvmsgs(exchange->netlink->socket, callbacks);
	nl_cb_put(callbacks);
	if (exchange->over || exchange->error)
		return exchange->error;
	/* The memory of a running guest changes while it is dumped. */
	if (rc < 0 && rc != -NLE_DUMP_INTR)
		return fail(exchange->netlink, "receiving", rc);
	return 0;
}

/**
 * tsmc_netlink_open - find the module
 * @netlink: filled in; to be closed also after an error
 *
 * Return: 0, -ENOENT if it is not loaded, or another negative errno.
 */
int tsmc_netlink_open(struct tsmc_netlink *netlink)
{
	const int on = 1;
	int rc;

	memset(netlink, 0, sizeof(*netlink));
	netlink->socket = nl_socket_alloc();
	if (!netlink->socket)
		return -ENOMEM;
	rc = genl_connect(netlink->socket);
	if (rc < 0)
		return fail(netlink, "connecting with generic netlink", rc);
	/* Kernels that do not know these say less of errors. */
	setsockopt(nl_socket_get_fd(netlink->socket), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	rc = genl_ctrl_resolve(netlink->socket, TSMC_GENL_NAME);
	if (rc < 0)
		return fail(netlink, "looking for the family '" TSMC_GENL_NAME "'", rc);
	netlink->family = rc;
	return 0;
}

/**
 * tsmc_netlink_close - give up the connection
 * @netlink: opened, with or without success
 */
void tsmc_netlink_close(struct tsmc_netlink *netlink)
{
	nl_socket_free(netlink->socket);
}

/**
 * tsmc_netlink_request - begin a request
 * @netlink: open
 * @command: enum tsmc_cmd
 * @dump: all there is, instead of one
 *
 * Return: for attributes to be put into and tsmc_netlink_ask(); NULL without
 * memory.
 */
struct nl_msg *tsmc_netlink_request(struct tsmc_netlink *netlink, int command, bool dump)
{
	struct nl_msg *request = nlmsg_alloc();

	if (!request)
		return NULL;
	if (!genlmsg_put(request, NL_AUTO_PORT, NL_AUTO_SEQ, netlink->family, 0,
			 NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK), command,
			 TSMC_GENL_VERSION)) {
		nlmsg_free(request);
		return NULL;
	}
	return request;
}

/**
 * tsmc_netlink_ask - send a request, take its whole answer
 * @netlink: open
 * @request: freed; NULL means that there was no memory for it
 * @take: takes each message of the answer; NULL if it has none
 * @opaque: for @take
 *
 * Return: 0, or the negative errno of kernel, connection or @take.
 */
int tsmc_netlink_ask(struct tsmc_netlink *netlink, struct nl_msg *request,
		     tsmc_message_fn take, void *opaque)
{
	struct exchange exchange = { .netlink = netlink, .take = take, .opaque = opaque };
	int rc;

	netlink->said[0] = '\0';
	if (!request)
		return -ENOMEM;
	rc = nl_send_auto(netlink->socket, request);
	nlmsg_free(request);
	if (rc < 0)
		return fail(netlink, "sending", rc);
	do {
		rc = receive(&exchange);
	} while (!rc && !exchange.over);
	return rc;
}

static int join(struct tsmc_netlink *netlink, const char *family, const char *group)
{
	int rc = genl_ctrl_resolve_grp(netlink->socket, family, group);

	if (rc >= 0)
		rc = nl_socket_add_membership(netlink->socket, rc);
	return rc < 0 ? fail(netlink, "joining a multicast group", rc) : 0;
}

/**
 * tsmc_netlink_listen - from now on, receive events
 * @netlink: open; tsmc_netlink_ask() cannot be used any more, and its socket
 *	does not block
 *
 * Return: 0 or a negative errno.
 */
int tsmc_netlink_listen(struct tsmc_netlink *netlink)
{
	int rc = join(netlink, TSMC_GENL_NAME, TSMC_GENL_EVENTS);

	/* This one says that the module, and with it the group, is gone. */
	if (!rc)
		rc = join(netlink, "nlctrl", "notify");
	if (!rc && nl_socket_set_nonblocking(netlink->socket) < 0)
		rc = -EIO;
	return rc;
}

/* Does the controller say that our family is gone? */
static bool is_farewell(const struct tsmc_netlink *netlink, struct nlmsghdr *message)
{
	struct nlattr *attrs[CTRL_ATTR_MAX + 1];

	if (!genlmsg_valid_hdr(message, 0) || genlmsg_hdr(message)->cmd != CTRL_CMD_DELFAMILY ||
	    genlmsg_parse(message, 0, attrs, CTRL_ATTR_MAX, NULL) < 0)
		return false;
	return attrs[CTRL_ATTR_FAMILY_ID] && nla_len(attrs[CTRL_ATTR_FAMILY_ID]) >= 2 &&
	       nla_get_u16(attrs[CTRL_ATTR_FAMILY_ID]) == netlink->family;
}

struct hearing {
	struct tsmc_netlink *netlink;
	tsmc_message_fn take;
	void *opaque;
};

static int on_event(struct nlmsghdr *message, void *opaque)
{
	const struct hearing *hearing = opaque;

	if (message->nlmsg_type == hearing->netlink->family)
		return hearing->take(message, hearing->opaque);
	if (message->nlmsg_type == GENL_ID_CTRL && is_farewell(hearing->netlink, message)) {
		snprintf(hearing->netlink->said, sizeof(hearing->netlink->said),
			 "the module was unloaded");
		return -ESHUTDOWN;
	}
	return 0;
}

/**
 * tsmc_netlink_hear - take the events that are there
 * @netlink: listening
 * @take: takes each
 * @opaque: for @take
 *
 * Return: 0, -EAGAIN if there is none, -ENOBUFS if some were lost, -ESHUTDOWN
 * if the module was unloaded, or the negative errno of connection or @take.
 */
int tsmc_netlink_hear(struct tsmc_netlink *netlink, tsmc_message_fn take, void *opaque)
{
	struct hearing hearing = { netlink, take, opaque };
	struct exchange exchange = {
		.netlink = netlink, .take = on_event, .opaque = &hearing, .events = true,
	};
	int rc = receive(&exchange);

	/* libnl's name for ENOBUFS. */
	return rc == -ENOMEM ? -ENOBUFS : rc;
}

/**
 * tsmc_netlink_complain - say what went wrong, and what to do
 * @netlink: where it went wrong
 * @verb: what the user asked for
 * @error: negative errno
 */
void tsmc_netlink_complain(const struct tsmc_netlink *netlink, const char *verb, int error)
{
	const char *said = netlink->said;

	if (!netlink->family && error == -ENOENT)
		fprintf(stderr, "tsmcctl %s: the module is not loaded; 'modprobe tsmc' loads it\n", verb);
	else if (error == -EPERM && !*said)
		fprintf(stderr, "tsmcctl %s: this needs root (CAP_SYS_ADMIN)\n", verb);
	else if (error == -ESRCH && !*said)
		fprintf(stderr, "tsmcctl %s: there is no such process, or it has no memory of its own\n", verb);
	else if (error == -EBADMSG)
		fprintf(stderr, "tsmcctl %s: cannot read the module's answer; module and tsmcctl must be of the same version\n",
			verb);
	else if (*said && (error == -EIO || error == -ESHUTDOWN || error == -EPERM))
		fprintf(stderr, "tsmcctl %s: %s\n", verb, said);
	else if (*said)
		fprintf(stderr, "tsmcctl %s: %s (%s)\n", verb, said, strerror(-error));
	else
		fprintf(stderr, "tsmcctl %s: %s\n", verb, strerror(-error));
}
