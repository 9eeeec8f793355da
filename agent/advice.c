// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice.h"

#include <errno.h>
#include <stdio.h>

static int read_hints(struct tsmc_advice *advice, uint64_t top_gfn, char *why, size_t why_len)
{
	struct tsmc_hints hints = { 0 };
	int rc = tsmc_guest_hints_read(&advice->guest, top_gfn, &hints, why, why_len);

	if (rc)
		return rc;
	tsmc_hints_destroy(&advice->hints);
	advice->hints = hints;
	return 0;
}

/**
 * tsmc_advice_announce - have a guest's module get ready for a migration
 * @advice: zeroed
 * @agent: handles; kept
 * @domid: the guest, whose log-dirty mode is on
 * @why: one sentence on failure
 * @why_len: its room
 *
 * Return: 0: tsmc_advice_await() tells more; or negative errno: there is no module that could.
 */
int tsmc_advice_announce(struct tsmc_advice *advice, struct tsmc_agent *agent, uint32_t domid,
			 char *why, size_t why_len)
{
	int rc;

	rc = tsmc_guest_hints_open(&advice->guest, agent->xen, &agent->log, domid, why, why_len);
	if (rc)
		return rc;
	if (!(advice->guest.header.features & TSMC_HINT_F_GUARD)) {
		snprintf(why, why_len, "the module in the guest cannot guard grants");
		return -EOPNOTSUPP;
	}
	advice->announced = true;
	return tsmc_guest_hints_request(&advice->guest, why, why_len);
}

/**
 * tsmc_advice_await - wait for the module and read its table
 * @advice: announced
 * @top_gfn: bound of its frames
 * @why: one sentence on failure
 * @why_len: its room
 *
 * Return: 0: pages may wait; or negative errno: they may not.
 */
int tsmc_advice_await(struct tsmc_advice *advice, uint64_t top_gfn, char *why, size_t why_len)
{
	int rc = tsmc_guest_hints_await(&advice->guest, why, why_len);

	return rc ? rc : read_hints(advice, top_gfn, why, why_len);
}

/**
 * tsmc_advice_update - read the table again while the guest runs
 * @advice: any
 * @top_gfn: bound of the guest's frames
 *
 * When it cannot be read what was read before stays.
 */
void tsmc_advice_update(struct tsmc_advice *advice, uint64_t top_gfn)
{
	char why[256] = "";

	if (tsmc_advice_hints(advice) && read_hints(advice, top_gfn, why, sizeof(why)))
		tsmc_log(advice->guest.log, TSMC_LOG_DEBUG, "%s: older hints are used", why);
}

/**
 * tsmc_advice_settled - read the table of the suspended guest
 * @advice: asked
 * @top_gfn: bound of the guest's frames
 *
 * Return: the hints; NULL when they are not exact, which is logged.
 */
const struct tsmc_hints *tsmc_advice_settled(struct tsmc_advice *advice, uint64_t top_gfn)
{
	char why[256] = "the module did not settle its table";
	int rc;

	rc = tsmc_guest_hints_refresh(&advice->guest, why, sizeof(why));
	if (!rc && advice->guest.header.state != TSMC_HINT_SETTLED)
		rc = -EPROTO;
	if (!rc)
		rc = read_hints(advice, top_gfn, why, sizeof(why));
	if (!rc)
		return &advice->hints;
	tsmc_log(advice->guest.log, TSMC_LOG_WARN, "%s: all changed pages cross while the guest is suspended", why);
	tsmc_hints_destroy(&advice->hints);
	return NULL;
}

/**
 * tsmc_advice_hints - the table as last read
 * @advice: any
 *
 * Return: NULL when there is none.
 */
const struct tsmc_hints *tsmc_advice_hints(const struct tsmc_advice *advice)
{
	return advice->hints.bytes ? &advice->hints : NULL;
}

/**
 * tsmc_advice_guest - the guest whose table was read
 * @advice: any
 *
 * Return: NULL when there is no table.
 */
struct tsmc_guest_hints *tsmc_advice_guest(struct tsmc_advice *advice)
{
	return advice->hints.bytes ? &advice->guest : NULL;
}

/**
 * tsmc_advice_gfn - where the table lies
 * @advice: any
 *
 * Return: gfn of its header, which a migration does not change; 0 when there is none.
 */
uint64_t tsmc_advice_gfn(const struct tsmc_advice *advice)
{
	return advice->announced ? advice->guest.header_gfn : 0;
}

/**
 * tsmc_advice_withdraw - the migration was given up
 * @advice: any
 */
void tsmc_advice_withdraw(struct tsmc_advice *advice)
{
	if (advice->announced)
		tsmc_guest_hints_finish(advice->guest.xen, advice->guest.domid);
	advice->announced = false;
}

/**
 * tsmc_advice_destroy - free what was read
 * @advice: any
 */
void tsmc_advice_destroy(struct tsmc_advice *advice)
{
	tsmc_hints_destroy(&advice->hints);
}
