# SPDX-License-Identifier: GPL-2.0-or-later
"""The tests of xen-glue, in a Dom0, on a guest and on one of their own."""

PROGRAMS = "/build/selftests/xen"
LIMIT_S = 240


def glue(world):
    """glue"""
    guest = world.guest(world.a, "glue", memory_mb=160, module=False)
    results = []
    for program in ("source_test glue", "target_test glue",
                    f"holes_test {PROGRAMS}/holes_guest"):
        status, output = world.a.run(f"{PROGRAMS}/{program}", timeout=LIMIT_S)
        results.append((output, status))
    world.destroy(guest)
    world.check_debris()
    return results


CASES = [glue]
