// SPDX-License-Identifier: GPL-2.0-or-later
#include "mode.h"

/**
 * tsmc_mode_name - what the operator calls a mode
 * @mode: below TSMC_MODE_NR
 *
 * Return: a constant string.
 */
const char *tsmc_mode_name(enum tsmc_mode mode)
{
	static const char *const names[TSMC_MODE_NR] = {
		[TSMC_MODE_THREE_STAGE]	= "tsmc",
		[TSMC_MODE_PRECOPY]	= "precopy",
		[TSMC_MODE_POSTCOPY]	= "postcopy",
	};

	return names[mode];
}
