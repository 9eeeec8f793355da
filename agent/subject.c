// SPDX-License-Identifier: GPL-2.0-or-later
#include "subject.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "claim.h"

/**
 * tsmc_subject_movable - whether a domain can be moved, as far as it is for itself to say
 * @agent: handles
 * @json: its configuration
 * @info: what Xen says of it
 * @why: on failure what completes "web1 cannot be migrated: "
 * @why_len: room, at least 256
 *
 * Return: 0 or negative errno.
 */
int tsmc_subject_movable(struct tsmc_agent *agent, const char *json, const struct tsmc_domain_info *info,
			 char *why, size_t why_len)
{
	int rc;

	if (strlen(json) > TSMC_WIRE_JSON_MAX) {
		snprintf(why, why_len, "its configuration is longer than %u bytes, which no target takes",
			 TSMC_WIRE_JSON_MAX);
		return -E2BIG;
	}
	rc = tsmc_toolstack_check(agent->xen, json, why, why_len);
	if (!rc && (info->shutdown || info->paused)) {
		snprintf(why, why_len, "it is %s; only a running guest can be migrated",
			 info->shutdown ? "shut down or suspended" : "paused: xl unpause it first");
		rc = -EINVAL;
	}
	return rc;
}

static int check_movable(struct tsmc_agent *agent, const struct tsmc_subject *subject,
			 const struct tsmc_domain_info *info)
{
	char why[256];
	int rc;

	rc = tsmc_subject_movable(agent, subject->json, info, why, sizeof(why));
	if (rc)
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "%s cannot be migrated: %s", subject->name, why);
	return rc;
}

static int claim(struct tsmc_agent *agent, struct tsmc_subject *subject)
{
	int rc = tsmc_claim(subject->domid);

	subject->claimed = rc >= 0;
	subject->claim = rc;
	if (rc == -EBUSY)
		tsmc_log(&agent->log, TSMC_LOG_ERROR,
			 "another tsmc-agent of this host is busy with %s: wait for its end", subject->name);
	else if (rc < 0)
		tsmc_log(&agent->log, TSMC_LOG_ERROR, "cannot keep other agents away from %s: %s",
			 subject->name, strerror(-rc));
	return rc < 0 ? rc : 0;
}

/**
 * tsmc_subject_find - find a domain, check that it can be moved, claim it
 * @agent: handles
 * @domain: name or number
 * @subject: filled in; tsmc_subject_destroy() frees, also after a failure
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_subject_find(struct tsmc_agent *agent, const char *domain, struct tsmc_subject *subject)
{
	struct tsmc_domain_info info;
	int rc;

	*subject = (struct tsmc_subject){ 0 };
	rc = tsmc_toolstack_find(agent->xen, domain, &subject->domid);
	if (!rc)
		rc = tsmc_domain_info(agent->xen, subject->domid, &info);
	if (!rc)
		rc = tsmc_toolstack_name(agent->xen, subject->domid, &subject->name);
	if (!rc)
		rc = tsmc_toolstack_config(agent->xen, subject->domid, &subject->json);
	if (!rc)
		rc = check_movable(agent, subject, &info);
	if (!rc)
		rc = claim(agent, subject);
	if (rc)
		return rc;
	subject->disks_direct = tsmc_disks_are_direct(agent->xen, subject->json);
	tsmc_xen_restrict(agent->xen, subject->domid);
	subject->tot_pages = info.tot_pages;
	return 0;
}

static int send_config(struct tsmc_agent *agent, struct tsmc_channel *bulk,
		       const struct tsmc_subject *subject)
{
	struct tsmc_wire_config config = {
		.flags = agent->options.verify ? TSMC_CONFIG_VERIFY : 0,
		.name_len = strlen(subject->name),
		.json_len = strlen(subject->json),
	};
	struct iovec pieces[3] = { { &config, sizeof(config) }, { subject->name, config.name_len },
				   { subject->json, config.json_len } };

	return tsmc_channel_send(bulk, TSMC_REC_CONFIG, pieces, 3);
}

static int send_platform(struct tsmc_agent *agent, struct tsmc_channel *bulk,
			 const struct tsmc_subject *subject)
{
	void *head;
	size_t len;
	int rc;

	rc = tsmc_stream_head(agent->xen, subject->domid, &head, &len);
	if (rc)
		return rc;
	rc = tsmc_channel_send_one(bulk, TSMC_REC_PLATFORM, head, len);
	free(head);
	return rc;
}

static int send_layout(struct tsmc_channel *bulk, const struct tsmc_layout *layout)
{
	struct tsmc_wire_layout head = {
		.top_gfn = layout->top_gfn,
		.nr_ranges = layout->nr_ranges,
		.nr_specials = layout->nr_specials,
	};
	struct iovec pieces[3] = {
		{ &head, sizeof(head) },
		{ layout->ranges, layout->nr_ranges * sizeof(*layout->ranges) },
		{ (void *)layout->specials, layout->nr_specials * sizeof(*layout->specials) },
	};

	return tsmc_channel_send(bulk, TSMC_REC_LAYOUT, pieces, 3);
}

/**
 * tsmc_subject_describe - tell the target what to build
 * @agent: handles and options
 * @bulk: to the target
 * @subject: found; its layout is known
 *
 * Return: 0 or negative errno; logged.
 */
int tsmc_subject_describe(struct tsmc_agent *agent, struct tsmc_channel *bulk,
			  struct tsmc_subject *subject)
{
	int rc;

	rc = send_config(agent, bulk, subject);
	if (!rc)
		rc = send_platform(agent, bulk, subject);
	if (!rc)
		rc = send_layout(bulk, &subject->layout);
	return rc;
}

/**
 * tsmc_subject_destroy - free what is known of a domain
 * @subject: zeroed or found
 */
void tsmc_subject_destroy(struct tsmc_subject *subject)
{
	if (subject->claimed)
		close(subject->claim);
	free(subject->name);
	free(subject->json);
	tsmc_layout_destroy(&subject->layout);
	*subject = (struct tsmc_subject){ 0 };
}
