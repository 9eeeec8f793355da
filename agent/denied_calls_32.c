// SPDX-License-Identifier: GPL-2.0-or-later
#include "denied_calls.h"

#include <asm/unistd_32.h>

const unsigned int tsmc_denied_calls_32[TSMC_NR_DENIED_32] = {
	TSMC_DENIED_CALLS(TSMC_NUMBER), __NR_clock_settime64,
};
