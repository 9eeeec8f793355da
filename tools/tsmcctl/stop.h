/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user has enough, and how to wait for that and for something else.
 */
#ifndef TSMC_STOP_H
#define TSMC_STOP_H

/* What ended a wait; negative errnos besides. */
enum tsmc_woken {
	TSMC_WOKEN_TIME,
	TSMC_WOKEN_INPUT,
	TSMC_WOKEN_STOP,
};

int tsmc_stop_open(void);
int tsmc_stop_wait(int stop, int input, int timeout_ms);

#endif /* TSMC_STOP_H */
