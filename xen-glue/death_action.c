// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is to become of a domain that has shut down.
 */
#include "death_action.h"

static libxl_action_on_shutdown configured(const libxl_domain_config *config, unsigned int reason)
{
	switch (reason) {
	case LIBXL_SHUTDOWN_REASON_POWEROFF:
		return config->on_poweroff;
	case LIBXL_SHUTDOWN_REASON_REBOOT:
		return config->on_reboot;
	case LIBXL_SHUTDOWN_REASON_CRASH:
		return config->on_crash;
	case LIBXL_SHUTDOWN_REASON_WATCHDOG:
		return config->on_watchdog;
	case LIBXL_SHUTDOWN_REASON_SOFT_RESET:
		return config->on_soft_reset;
	default:
		return LIBXL_ACTION_ON_SHUTDOWN_DESTROY;
	}
}

/**
 * tsmc_death_decide() - what a configuration says of an end
 * @death: with configuration and reason
 */
void tsmc_death_decide(struct tsmc_death *death)
{
	death->action = configured(death->config, death->reason);
	death->dump = true;
	if (death->action == LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_DESTROY)
		death->action = LIBXL_ACTION_ON_SHUTDOWN_DESTROY;
	else if (death->action == LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_RESTART)
		death->action = LIBXL_ACTION_ON_SHUTDOWN_RESTART;
	else
		death->dump = false;
}
