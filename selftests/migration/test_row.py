# SPDX-License-Identifier: GPL-2.0-or-later
"""Migrations in a row, and nothing leaks; soak.py makes hundreds."""
from mover import free_mib
from workloads import MEMORY, Workload, must_grow

MOVES = 6
SLACK_MIB = 1


def in_a_row(world):
    """6 migrations in a row under load: right memory, nothing left behind"""
    guest = world.guest(world.a, "runner", memory_mb=192)
    load = Workload(guest, "memory", MEMORY.replace("--size 48", "--size 24"))
    # The first pair makes what is allocated once, such as xenstored's tables.
    for _ in range(2):
        world.there(guest)
    before = free_mib(world.a), free_mib(world.b)
    for number in range(MOVES - 2):
        report = world.there(guest)
        assert report["mode"] == "tsmc", f"move {number + 3}: {report}"
    after = free_mib(world.a), free_mib(world.b)
    # A domain's leak would be its 192 MiB or its tables; Xen's own heap moves a little.
    lost = [then - now for then, now in zip(before, after)]
    assert max(lost) <= SLACK_MIB, f"free memory of the hosts, MiB: {before}, then {after}"
    must_grow(load)
    load.finish()
    world.destroy(guest)
    world.check_debris()
    world.check_hosts()


LONG = [in_a_row]
