# SPDX-License-Identifier: GPL-2.0-or-later
"""The module's own selftests, in a guest."""

PROGRAMS = ["page_class", "load_unload", "requests", "classes", "grants",
            "suspend"]
LIMIT_S = 240


def module(world):
    """module"""
    guest = world.guest(world.a, "tested", memory_mb=160, module=False)
    results = []
    for program in PROGRAMS:
        status, output = guest.run(f"cd /selftests && ./{program}", timeout=LIMIT_S)
        results.append((output, status))
    world.destroy(guest)
    return results


CASES = [module]
