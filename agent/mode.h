/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways of migrating that share the three stages.
 */
#ifndef TSMC_MODE_H
#define TSMC_MODE_H

/**
 * enum tsmc_mode - what crosses before the guest is suspended
 * @TSMC_MODE_THREE_STAGE: everything but what is being written to
 * @TSMC_MODE_PRECOPY: everything, again and again: nothing is left to stage three
 * @TSMC_MODE_POSTCOPY: only what cannot be missing at the resume
 * @TSMC_MODE_NR: how many there are
 */
enum tsmc_mode {
	TSMC_MODE_THREE_STAGE,
	TSMC_MODE_PRECOPY,
	TSMC_MODE_POSTCOPY,
	TSMC_MODE_NR,
};

/* Name of a mode: "tsmc", "precopy" or "postcopy"; constant. */
const char *tsmc_mode_name(enum tsmc_mode mode);

#endif /* TSMC_MODE_H */
