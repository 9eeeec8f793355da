// SPDX-License-Identifier: GPL-2.0-or-later
#include "names.h"

#include <stddef.h>
#include <string.h>

#include <linux/tsmc_hint.h>
#include <linux/tsmc_netlink.h>

#define NR_OF(array) (sizeof(array) / sizeof(*(array)))

static const char *const classes[TSMC_CLASSES] = {
	[TSMC_CLASS_UNKNOWN] = "unknown",
	[TSMC_CLASS_NOPAGE] = "nopage",
	[TSMC_CLASS_FREE] = "free",
	[TSMC_CLASS_KERNEL] = "kernel",
	[TSMC_CLASS_EXEC] = "exec",
	[TSMC_CLASS_STACK] = "stack",
	[TSMC_CLASS_PINNED] = "pinned",
	[TSMC_CLASS_ANON] = "anon",
	[TSMC_CLASS_FILE] = "file",
	[TSMC_CLASS_SHMEM] = "shmem",
	[TSMC_CLASS_CACHE] = "cache",
	"class-11", "class-12", "class-13", "class-14", "class-15",
};

static const char *const states[] = {
	[TSMC_HINT_IDLE] = "idle",
	[TSMC_HINT_PREPARED] = "prepared",
	[TSMC_HINT_SETTLED] = "settled",
};

static const char *const events[] = {
	[TSMC_EVENT_ANNOUNCED] = "announced",
	[TSMC_EVENT_SUSPENDING] = "suspending",
	[TSMC_EVENT_RESUMED] = "resumed",
	[TSMC_EVENT_COMPLETE] = "complete",
};

static const char *const advice_kinds[] = {
	[TSMC_ADVICE_NONE] = "none",
	[TSMC_ADVICE_HOT] = "hot",
	[TSMC_ADVICE_COLD] = "cold",
	[TSMC_ADVICE_DISCARDABLE] = "discardable",
};

/* Those that a user can give wrongly, as the user gives them. */
static const char *const attrs[] = {
	[TSMC_A_HEAT_MIN] = "heat",
	[TSMC_A_CLASS] = "class",
	[TSMC_A_PID] = "pid",
	[TSMC_A_START] = "start",
	[TSMC_A_LENGTH] = "length",
	[TSMC_A_ADVICE] = "advice",
	[TSMC_A_INTERVAL_MS] = "interval-ms",
	[TSMC_A_BACKGROUND_MS] = "background-ms",
	[TSMC_A_BUDGET_PERMILLE] = "budget-permille",
};

static bool find(const char *const *names, unsigned int count, const char *name, unsigned int *at)
{
	for (unsigned int i = 0; i < count; i++) {
		if (names[i] && !strcmp(names[i], name)) {
			*at = i;
			return true;
		}
	}
	return false;
}

/**
 * tsmc_class_name - name of a class of pages
 * @class: enum tsmc_class, or one that is not known here
 */
const char *tsmc_class_name(unsigned int class)
{
	return class < NR_OF(classes) ? classes[class] : "unknown";
}

/**
 * tsmc_class_find - class of pages that has a name
 * @name: as tsmc_class_name() gives it
 * @class: set when there is one
 *
 * Return: whether there is one.
 */
bool tsmc_class_find(const char *name, unsigned int *class)
{
	return find(classes, TSMC_CLASS_NR, name, class);
}

/**
 * tsmc_state_name - what the module is doing for a migration
 * @state: enum tsmc_hint_state, or one that is not known here
 */
const char *tsmc_state_name(uint32_t state)
{
	return state < NR_OF(states) ? states[state] : "unknown";
}

/**
 * tsmc_event_name - name of a multicast event
 * @command: of its message
 *
 * Return: NULL if it is no event known here.
 */
const char *tsmc_event_name(unsigned int command)
{
	return command < NR_OF(events) ? events[command] : NULL;
}

/**
 * tsmc_attr_name - what a user calls an attribute of a request
 * @attr: enum tsmc_attr
 *
 * Return: NULL if no user gives it.
 */
const char *tsmc_attr_name(unsigned int attr)
{
	return attr < NR_OF(attrs) ? attrs[attr] : NULL;
}

/**
 * tsmc_advice_find - what to say of a range of memory
 * @name: hot, cold, discardable or none
 * @advice: enum tsmc_advice_kind, set when there is one of this name
 *
 * Return: whether there is one.
 */
bool tsmc_advice_find(const char *name, uint32_t *advice)
{
	return find(advice_kinds, NR_OF(advice_kinds), name, advice);
}
