// SPDX-License-Identifier: GPL-2.0-or-later
#include "denied_calls.h"

#include <asm/unistd_64.h>

const unsigned int tsmc_denied_calls_64[TSMC_NR_DENIED_64] = {
	TSMC_DENIED_CALLS(TSMC_NUMBER), __NR_kexec_file_load,
};
