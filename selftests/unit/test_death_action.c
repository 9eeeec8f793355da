// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What becomes of a domain that has shut down: as its configuration says, and as xl would.
 */
#include "../xen-glue/death_action.h"
#include "unit.h"

/* Each setting another, so that none can be taken for its neighbour. */
static const libxl_domain_config config = {
	.on_poweroff = LIBXL_ACTION_ON_SHUTDOWN_PRESERVE,
	.on_reboot = LIBXL_ACTION_ON_SHUTDOWN_RESTART,
	.on_crash = LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_RESTART,
	.on_watchdog = LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_DESTROY,
	.on_soft_reset = LIBXL_ACTION_ON_SHUTDOWN_SOFT_RESET,
};

static bool becomes(unsigned int reason, libxl_action_on_shutdown action, bool dump)
{
	struct tsmc_death death = { .config = &config, .reason = reason };

	tsmc_death_decide(&death);
	return death.action == action && death.dump == dump;
}

static void each_reason_has_its_setting(void)
{
	EXPECT(becomes(LIBXL_SHUTDOWN_REASON_POWEROFF, LIBXL_ACTION_ON_SHUTDOWN_PRESERVE, false));
	EXPECT(becomes(LIBXL_SHUTDOWN_REASON_REBOOT, LIBXL_ACTION_ON_SHUTDOWN_RESTART, false));
	EXPECT(becomes(LIBXL_SHUTDOWN_REASON_SOFT_RESET, LIBXL_ACTION_ON_SHUTDOWN_SOFT_RESET, false));
}

static void a_core_is_dumped_first(void)
{
	EXPECT(becomes(LIBXL_SHUTDOWN_REASON_CRASH, LIBXL_ACTION_ON_SHUTDOWN_RESTART, true));
	EXPECT(becomes(LIBXL_SHUTDOWN_REASON_WATCHDOG, LIBXL_ACTION_ON_SHUTDOWN_DESTROY, true));
}

static void what_nobody_knows_is_destroyed(void)
{
	EXPECT(becomes(77, LIBXL_ACTION_ON_SHUTDOWN_DESTROY, false));
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "each reason has its setting", each_reason_has_its_setting },
		{ "a core is dumped before the rest is done", a_core_is_dumped_first },
		{ "what nobody knows is destroyed", what_nobody_knows_is_destroyed },
	};

	unit_run(tests, ARRAY_SIZE(tests));
}
