/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a migration ended for this host, to be counted.
 */
#ifndef TSMC_ENDING_H
#define TSMC_ENDING_H

#include <stdint.h>

enum tsmc_side {
	TSMC_SIDE_SOURCE,
	TSMC_SIDE_TARGET,
	TSMC_SIDE_NR
};

/**
 * enum tsmc_outcome - what became of a guest
 * @TSMC_OUTCOME_NONE: nothing is decided yet, or it was counted before
 * @TSMC_OUTCOME_COMPLETED: it runs at the target and needs the source no more
 * @TSMC_OUTCOME_FAILED: it runs on at the source
 * @TSMC_OUTCOME_ABANDONED: after the hand-over an operator gave it up, or it was destroyed
 * @TSMC_OUTCOME_NR: how many there are
 */
enum tsmc_outcome {
	TSMC_OUTCOME_NONE,
	TSMC_OUTCOME_COMPLETED,
	TSMC_OUTCOME_FAILED,
	TSMC_OUTCOME_ABANDONED,
	TSMC_OUTCOME_NR
};

/**
 * struct tsmc_figures - what a migration took, or several
 * @ns: from its beginning to its end, on this host
 * @bytes: source: sent; target: received
 * @pages: source: sent with their content
 * @downtime_ns: source: from the request to suspend until the guest ran at the target
 * @faults: target: accesses to missing pages that waited for the network
 * @fault_wait_ns: target: for so long
 */
struct tsmc_figures {
	uint64_t ns, bytes, pages, downtime_ns, faults, fault_wait_ns;
};

/**
 * struct tsmc_ending - the end of one migration
 * @side: that this host was
 * @outcome: what became of the guest
 * @figures: as far as the process that ended it knows them
 */
struct tsmc_ending {
	enum tsmc_side side;
	enum tsmc_outcome outcome;
	struct tsmc_figures figures;
};

#endif /* TSMC_ENDING_H */
