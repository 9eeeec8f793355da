# SPDX-License-Identifier: GPL-2.0-or-later
"""The module's own selftests, in a guest."""
from xenbed.wait import wait_until

PROGRAMS = ["page_class", "load_unload", "requests", "classes", "grants",
            "new_code"]
LIMIT_S = 240


def suspend(guest):
    """The one that needs somebody outside to suspend its guest."""
    running = guest.start("cd /selftests && ./suspend 120")
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
    results.append(suspend(guest))
    world.destroy(guest)
    return results


CASES = [module]
