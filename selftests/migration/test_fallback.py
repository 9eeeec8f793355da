# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest without the module, and the mode that asks for the same."""
from workloads import MEMORY, Workload, must_grow


def without_module(world):
    """a guest without the module falls back to precopy and says so"""
    guest = world.guest(world.a, "plain", module=False, memory_mb=160)
    load = Workload(guest, "memory", MEMORY)
    move = world.mover.try_move(guest, world.a, world.b)
    assert move.status == 0, move.output
    lines = [l for l in move.output.splitlines() if "falling back" in l]
    assert len(lines) == 1 and "not loaded" in lines[0], move.output
    assert move.report["mode"] == "precopy" and move.report["missing_pages"] == 0
    must_grow(load)
    load.finish()
    world.destroy(guest)
    world.check_debris()


CASES = [without_module]
