/* SPDX-License-Identifier: ((GPL-2.0-only WITH Linux-syscall-note) OR MIT) */
/*
 * The generic netlink family "tsmc": what the guest's module tells its own
 * guest, and what it is told there. Documentation/netlink.md has each command
 * with its attributes; names of attributes there are those here in lower case.
 *
 *	TSMC_CMD_STATUS_GET	do	-> STATE .. ADVICE_RANGES
 *	TSMC_CMD_CLASSES_GET	do	-> CLASS_ENTRY...
 *	TSMC_CMD_HOT_GET	dump	CLASS? HEAT_MIN? -> PFN PAGES CLASS HEAT
 *	TSMC_CMD_PROCESS_GET	dump	-> PID COMM PAGES HOT WRITTEN CLASS_ENTRY...
 *	TSMC_CMD_MAPPING_GET	dump	PID -> START LENGTH PROT NAME? PAGES HOT WRITTEN CLASS_ENTRY...
 *	TSMC_CMD_SETTINGS_GET	do	-> INTERVAL_MS BACKGROUND_MS BUDGET_PERMILLE
 *	TSMC_CMD_SETTINGS_SET	do	INTERVAL_MS? BACKGROUND_MS? BUDGET_PERMILLE?
 *	TSMC_CMD_HINT_SET	do	START LENGTH ADVICE PID?
 *
 * STATUS_GET, CLASSES_GET, SETTINGS_GET and a HINT_SET without PID are for
 * everybody; the rest needs CAP_SYS_ADMIN. The multicast group "events" carries
 * TSMC_EVENT_*, each with REQUEST and EPOCH.
 */
#ifndef _UAPI_LINUX_TSMC_NETLINK_H
#define _UAPI_LINUX_TSMC_NETLINK_H

#define TSMC_GENL_NAME		"tsmc"
#define TSMC_GENL_VERSION	1
#define TSMC_GENL_EVENTS	"events"

enum tsmc_cmd {
	TSMC_CMD_UNSPEC,
	TSMC_CMD_STATUS_GET,
	TSMC_CMD_CLASSES_GET,
	TSMC_CMD_HOT_GET,
	TSMC_CMD_PROCESS_GET,
	TSMC_CMD_MAPPING_GET,
	TSMC_CMD_SETTINGS_GET,
	TSMC_CMD_SETTINGS_SET,
	TSMC_CMD_HINT_SET,

	TSMC_EVENT_ANNOUNCED,	/* Dom0 is about to migrate this guest */
	TSMC_EVENT_SUSPENDING,	/* the guest stops next */
	TSMC_EVENT_RESUMED,	/* it runs again; EPOCH has grown if elsewhere */
	TSMC_EVENT_COMPLETE,	/* no migration is under way any more */

	__TSMC_CMD_NR
};
#define TSMC_CMD_MAX (__TSMC_CMD_NR - 1)

/* What an application says of a range of its memory. */
enum tsmc_advice_kind {
	TSMC_ADVICE_NONE,	/* forget what was said of it */
	TSMC_ADVICE_HOT,	/* needed soon after a resume */
	TSMC_ADVICE_COLD,	/* can come late */
	TSMC_ADVICE_DISCARDABLE, /* can come last of all */

	__TSMC_ADVICE_NR
};
#define TSMC_ADVICE_MAX (__TSMC_ADVICE_NR - 1)

enum tsmc_attr {
	TSMC_A_UNSPEC,
	TSMC_A_PAD,
	TSMC_A_STATE,			/* u32, enum tsmc_hint_state */
	TSMC_A_EPOCH,			/* u64 */
	TSMC_A_GENERATION,		/* u64 */
	TSMC_A_REQUEST,			/* u64, 0: no migration announced */
	TSMC_A_SETTLE_NS,		/* u64 */
	TSMC_A_GUARD_TOUCHES,		/* u64 */
	TSMC_A_EXEC_TOUCHES,		/* u64 */
	TSMC_A_NR_PFNS,			/* u64 */
	TSMC_A_SAMPLES,			/* u64, since the module was loaded */
	TSMC_A_SAMPLE_NS,		/* u64, processor time they took in all */
	TSMC_A_SAMPLE_PAGES,		/* u64, pages that the newest saw touched */
	TSMC_A_INTERVAL_NOW_MS,		/* u32, 0: asleep */
	TSMC_A_PUT_BACK,		/* u64, accessed bits given back to reclaim */
	TSMC_A_YIELDS,			/* u64, times it made way for reclaim */
	TSMC_A_ADVICE_RANGES,		/* u32, ranges that applications advise on */

	TSMC_A_CLASS_ENTRY,		/* nest: CLASS PAGES HOT, repeated */
	TSMC_A_CLASS,			/* u8, enum tsmc_class */
	TSMC_A_PAGES,			/* u64 */
	TSMC_A_HOT,			/* u64, pages of heat 8 and above */
	TSMC_A_WRITTEN,			/* u64, pages that their entry marks dirty */
	TSMC_A_HEAT,			/* u8, 0..15 */
	TSMC_A_HEAT_MIN,		/* u8, 0..15 */
	TSMC_A_PFN,			/* u64, first of a run */

	TSMC_A_PID,			/* u32, of a process, in the first namespace */
	TSMC_A_COMM,			/* string, at most 15 bytes */
	TSMC_A_START,			/* u64, address, on a page */
	TSMC_A_LENGTH,			/* u64, bytes, whole pages, not 0 */
	TSMC_A_PROT,			/* u32, bits 0 read, 1 write, 2 execute, 3 shared */
	TSMC_A_NAME,			/* string, last part of the file's name */
	TSMC_A_ADVICE,			/* u32, enum tsmc_advice_kind */

	TSMC_A_INTERVAL_MS,		/* u32, 20..60000, while a migration is near */
	TSMC_A_BACKGROUND_MS,		/* u32, 0 (asleep) or 1000..3600000, otherwise */
	TSMC_A_BUDGET_PERMILLE,		/* u32, 1..500, of one CPU */

	__TSMC_A_NR
};
#define TSMC_A_MAX (__TSMC_A_NR - 1)

#endif /* _UAPI_LINUX_TSMC_NETLINK_H */
