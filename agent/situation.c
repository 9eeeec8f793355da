// SPDX-License-Identifier: GPL-2.0-or-later
#include "situation.h"

/**
 * struct meaning - of a phase
 * @what: how it stands with the guest
 * @owner: whose it is
 * @alive: why nothing is to be done while the agent is at work
 * @next: what is to be done when it is gone
 * @gone: what that brings
 */
struct meaning {
	const char *what;
	enum tsmc_owner owner;
	const char *alive;
	enum tsmc_next next;
	const char *gone;
};

#define AT_WORK		"tsmc-agent is at work"
#define CAN_ABORT	AT_WORK "; tsmc-agent abort would stop it"

static const struct meaning meanings[TSMC_PHASE_NR] = {
	[TSMC_PHASE_MOVING] = {
		"it runs here, and its memory is being copied", TSMC_OWNER_HERE, CAN_ABORT,
		TSMC_NEXT_RECOVER, "the guest stays here" },
	[TSMC_PHASE_SUSPENDING] = {
		"it is being suspended here", TSMC_OWNER_HERE, CAN_ABORT,
		TSMC_NEXT_RECOVER, "the guest runs on here" },
	[TSMC_PHASE_TOLD] = {
		"it is suspended here, and the target gets ready to run it", TSMC_OWNER_HERE, CAN_ABORT,
		TSMC_NEXT_RECOVER, "the guest runs on here, and the target is told" },
	[TSMC_PHASE_GIVEN] = {
		"it was handed over; pages that it lacks there are still here", TSMC_OWNER_THERE,
		AT_WORK ", or calls the target again",
		TSMC_NEXT_RECOVER, "the missing pages cross; only if the target's host is gone for good: tsmc-agent abort --lost" },
	[TSMC_PHASE_WITHDRAWN] = {
		"it runs on here, and the target has yet to be told", TSMC_OWNER_HERE, AT_WORK,
		TSMC_NEXT_RECOVER, "the target is told, and removes what it has" },
	[TSMC_PHASE_INCOMING] = {
		"its domain is being built and filled here; it runs at the source", TSMC_OWNER_THERE, AT_WORK,
		TSMC_NEXT_ABORT_LOST, "what is left of it here is removed; the guest is at the source" },
	[TSMC_PHASE_PREPARED] = {
		"its domain here is ready and has not run", TSMC_OWNER_SOURCE_KNOWS, AT_WORK,
		TSMC_NEXT_RECOVER_THERE, "the source says whose the guest is; only if its host is gone for good: tsmc-agent abort --lost here" },
	[TSMC_PHASE_OWNER] = {
		"it runs here; pages that it lacks are still at the source", TSMC_OWNER_HERE, AT_WORK,
		TSMC_NEXT_RECOVER_THERE, "the missing pages come; until then the guest may stand still" },
	[TSMC_PHASE_WAITING] = {
		"it is paused here; pages that it lacks are still at the source", TSMC_OWNER_HERE,
		AT_WORK ": the source has called again",
		TSMC_NEXT_RECOVER_THERE, "unless the source calls by itself; only if its host is gone for good: tsmc-agent abort --lost here" },
	[TSMC_PHASE_COMPLETE] = {
		"it runs here and lacks nothing; the source may not know that", TSMC_OWNER_HERE, AT_WORK,
		TSMC_NEXT_NOTHING, "the source is told when it calls again" },
};

/**
 * tsmc_situation_of - a record in an operator's words
 * @phase: below TSMC_PHASE_NR
 * @alive: the agent that the record names is at work
 *
 * Return: what it means and what is to be done; its texts are static.
 */
struct tsmc_situation tsmc_situation_of(enum tsmc_phase phase, bool alive)
{
	const struct meaning *meaning = &meanings[phase];

	return (struct tsmc_situation){
		.what = meaning->what,
		.owner = meaning->owner,
		.next = alive ? TSMC_NEXT_NOTHING : meaning->next,
		.why = alive ? meaning->alive : meaning->gone,
		.interrupted = !alive && meaning->next != TSMC_NEXT_NOTHING,
	};
}
