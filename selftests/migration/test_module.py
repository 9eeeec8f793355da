# SPDX-License-Identifier: GPL-2.0-or-later
"""The module's own selftests, in a guest."""
from xenbed.wait import wait_until

PROGRAMS = ["page_class", "state_operand", "load_unload", "requests", "classes", "grants",
            "new_code", "state_retry", "drop", "heat", "netlink", "netlink_lists",
            "netlink_advice", "netlink_malformed", "tsmcctl.sh"]
# These need somebody outside to suspend their guest.
SUSPENDED = ["suspend", "netlink_events"]
LIMIT_S = 240


def suspend(guest, program):
    """Run a program, and suspend its guest when it asks for it."""
    running = guest.start(f"cd /selftests && ./{program} 120")
    try:
        wait_until(lambda: "# suspend me" in running.output()
                   or not running.running(), 90,
                   "the selftest to want its guest suspended", running.output)
        guest.host.run(f"xl save -c {guest.name} /dev/null", timeout=LIMIT_S,
                       check=True)
        status, output = running.wait(LIMIT_S)
    finally:
        running.forget()
    return output, status


def module(world):
    """module"""
    guest = world.guest(world.a, "tested", memory_mb=192, module=False)
    results = []
    for program in PROGRAMS:
        status, output = guest.run(f"cd /selftests && ./{program}", timeout=LIMIT_S)
        results.append((output, status))
    results += [suspend(guest, program) for program in SUSPENDED]
    world.destroy(guest)
    return results


CASES = [module]
